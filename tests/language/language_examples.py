"""Annotated images for the tests of language: hand-made ones, and a hypothesis strategy for random ones."""

from dataclasses import replace
from math import cos, radians, sin
from pathlib import Path

from hypothesis import strategies as st

from sarvl.annotations import AnnotatedImage, AnnotatedObject, Box, Corners, LandCoverShare
from sarvl.annotations.parsing.box_checks import in_order

# Names that are hard to read: digits, underscores, hyphens, words of the grammar, numbers, synonyms of one another.
CLASS_NAMES = (
    *("ship", "tank", "storage_tank", "T72 tank", "2S1 howitzer", "BTR-60", "A220", "aircraft", "car", "vehicle"),
    *("bridge", "harbor", "other", "center", "radar", "ground track field", "737", "left bank", "urban areas", "bus"),
)


def annotated(
    objects: list[tuple[str, tuple[float, float, float, float]]], width: int = 300, height: int = 300, **fields: object
) -> AnnotatedImage:
    items = in_order([AnnotatedObject(name, Box(*box)) for name, box in objects])
    fields = {"file": "a/b.png", "path": Path("b.png")} | fields
    return AnnotatedImage(width=width, height=height, objects=items, **fields)


def placed(
    class_name: str, column: int, row: int, count: int = 1
) -> list[tuple[str, tuple[float, float, float, float]]]:
    """``count`` boxes side by side in cell (column, row) of the 3x3 grid of a 300 x 300 image."""
    x, y = 100 * column + 5, 100 * row + 40
    return [(class_name, (x + 6 * i, y, x + 6 * i + 5, y + 10)) for i in range(count)]


@st.composite
def images(draw: st.DrawFn, min_objects: int = 0, max_objects: int = 30) -> AnnotatedImage:
    width, height = draw(st.integers(40, 900)), draw(st.integers(40, 900))
    present = draw(st.lists(st.sampled_from(CLASS_NAMES), min_size=1, max_size=5, unique=True))
    size = draw(st.integers(min_objects, max_objects))
    random = draw(st.randoms(use_true_random=False))
    objects = []
    for _ in range(size):
        x, y = random.random() * (width - 9), random.random() * (height - 9)
        box = (x, y, x + 2 + random.random() * (width - x - 2), y + 2 + random.random() * (height - y - 2))
        small = (x, y, x + 2 + random.random() * 7, y + 2 + random.random() * 7)
        objects.append((random.choice(present), random.choice((box, small, small))))
    labelled = tuple(draw(st.lists(st.sampled_from(CLASS_NAMES), max_size=5, unique=True)))
    return annotated(objects, width, height, labelled_classes=labelled, file=f"{random.randrange(10**6)}.png")


def corners(cx: float, cy: float, length: float, width: float, degrees: float) -> Corners:
    """A rectangle around (cx, cy) whose long side is turned by ``degrees`` counter-clockwise, as seen."""
    along = (cos(radians(degrees)) * length / 2, -sin(radians(degrees)) * length / 2)
    across = (sin(radians(degrees)) * width / 2, cos(radians(degrees)) * width / 2)
    signs = ((-1, -1), (1, -1), (1, 1), (-1, 1))
    points = [(cx + i * along[0] + j * across[0], cy + i * along[1] + j * across[1]) for i, j in signs]
    return tuple(value for point in points for value in point)


def oriented(class_name: str, cx: float, cy: float, length: float, width: float, degrees: float) -> AnnotatedObject:
    around = corners(cx, cy, length, width, degrees)
    xs, ys = around[::2], around[1::2]
    return AnnotatedObject(class_name, Box(min(xs), min(ys), max(xs), max(ys)), around)


def rich(objects: list[AnnotatedObject], width: int = 300, height: int = 300, **fields: object) -> AnnotatedImage:
    return replace(annotated([], width, height, **fields), objects=in_order(objects))


def ground(**shares: float) -> tuple[LandCoverShare, ...]:
    ordered = sorted(shares.items(), key=lambda item: -item[1])
    return tuple(LandCoverShare(name.replace("_", " "), share) for name, share in ordered)


OBJECT_NAMES = ("ship", "bridge", "aircraft", "target", "shadow", "wake", "layover", "center", "building")
GROUND_NAMES = ("water", "forest", "urban_areas", "building", "shadow", "layover", "other", "bare_land", "ship")


@st.composite
def rich_images(draw: st.DrawFn) -> AnnotatedImage:
    """Images with oriented boxes, shadows, wakes, land cover, spacing, looks and labels, in all combinations."""
    width, height = draw(st.integers(60, 700)), draw(st.integers(60, 700))
    random = draw(st.randoms(use_true_random=False))
    present = draw(st.lists(st.sampled_from(OBJECT_NAMES), min_size=1, max_size=4, unique=True))
    objects: list[AnnotatedObject] = []
    for _ in range(draw(st.integers(0, 9))):
        cx, cy = random.uniform(15, width - 15), random.uniform(15, height - 15)
        length, breadth, degrees = random.uniform(2, 60), random.uniform(2, 30), random.random() * 360
        item = oriented(random.choice(present), cx, cy, length, breadth, degrees)
        if objects and random.random() < 0.3:  # next to the object before, as a shadow would be
            _, y, x, bottom = objects[-1].box
            item = item._replace(box=Box(x - 1, y, x + random.uniform(3, 20), bottom), corners=None)
        inside = Box(max(item.box[0], 0), max(item.box[1], 0), min(item.box[2], width), min(item.box[3], height))
        if inside.xmin < inside.xmax and inside.ymin < inside.ymax:
            objects.append(item._replace(box=inside, corners=random.choice((item.corners, item.corners, None))))
    names = draw(st.lists(st.sampled_from(GROUND_NAMES), max_size=5, unique=True))
    parts = [random.random() ** 4 + 1e-3 for _ in names]
    label = draw(st.sampled_from((None, None, "T72 tank", "ship", "forest")))
    return rich(
        objects,
        width,
        height,
        land_cover=ground(**{name: part / sum(parts) for name, part in zip(names, parts, strict=True)}),
        label=label,
        label_names=(label,) if label else (),
        labelled_classes=draw(st.sampled_from(((), ("ship", "bridge"), ("ship", "car", "water", "forest")))),
        spacing_m=draw(st.sampled_from((None, (0.3, 0.3), (3.0, 1.7), (10.0, 22.5)))),
        looks=draw(st.sampled_from((None, 1.0, 1.5, 2.0, 8.0, 8.5, 30.0))),
        target_size_m=draw(st.sampled_from((None, (6.9, 3.6), (183.0, 0.2), (294.6, 32.25)))),
        file=f"{random.randrange(10**6)}.png",
    )

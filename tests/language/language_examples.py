"""Annotated images for the tests of language: hand-made ones, and a hypothesis strategy for random ones."""

from pathlib import Path

from hypothesis import strategies as st

from sarvl.annotations import AnnotatedImage, AnnotatedObject, Box
from sarvl.annotations.check_boxes import in_order

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

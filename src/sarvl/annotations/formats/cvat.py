"""CVAT for images 1.1: one XML file with an ``image`` element an image, and its shapes."""

from collections.abc import Iterator
from math import cos, hypot, radians, sin
from xml.etree.ElementTree import Element

from sarvl.annotations.annotated_image import AnnotatedObject, Box, Reject
from sarvl.annotations.format import Format, FormatInput
from sarvl.annotations.parsing.corners import corners_of_rectangle, hull_of, number_of
from sarvl.annotations.parsing.label_files import label_files
from sarvl.annotations.parsing.other_forms import advice_for
from sarvl.annotations.parsing.outlines import OutlineCorners, object_of_outlines
from sarvl.annotations.parsing.xml_files import root_of
from sarvl.annotations.record import ListedClasses, Record, RefusedObject
from sarvl.annotations.split_name import SPLIT_NAME
from sarvl.errors import AnnotationError
from sarvl.recipes import RecipeModel

_SHAPES = frozenset({"box", "polygon", "ellipse", "mask"})
_REFUSED = frozenset({"polyline", "points", "cuboid", "skeleton"})
_MAX_SIDE_PX = 2**31


class CvatOptions(RecipeModel):
    """The options of format ``cvat``."""

    corners: OutlineCorners = "none"
    """``polygons`` takes oriented boxes from turned boxes and from polygons: one of four points is the box itself, any
    others give the smallest rectangle around all their points."""
    prefix: str = ""
    """Removed from the front of file names, where it stands there."""


def read_cvat(source: FormatInput[CvatOptions]) -> Iterator[Record | Reject | ListedClasses]:
    """Yield one Record an ``image`` element: boxes (turned by ``rotation``), polygons, ellipses and masks.

    The labels of ``meta`` are the listed classes. ``tag`` becomes the class of the image where there is one, ``subset``
    its official split. Polylines, points, cuboids and skeletons are refused. Raises AnnotationError where there is no
    XML file of this form.
    Source: CVAT documentation, CVAT for images 1.1.
    """
    path = source.annotations
    if path.is_file():
        yield from _records_of(root_of(path), path.name, source)
        return
    for file in label_files(source.annotation_files, path, ".xml", "cvat"):
        name = file.relative_to(path).as_posix()
        try:
            yield from _records_of(root_of(file), name, source)
        except AnnotationError as problem:
            reason = str(problem).replace(f"{path}/", "")
            yield Reject(source.name, "image", name, reason, "correct or remove this file")


def _records_of(
    root: Element, name: str, source: FormatInput[CvatOptions]
) -> Iterator[Record | Reject | ListedClasses]:
    images = root.findall("image") if root.tag == "annotations" else []
    if not images:
        path = source.annotations if source.annotations.is_file() else source.annotations / name
        raise AnnotationError(f"{path}: no `image` in `annotations`; {advice_for(path, 'cvat')}")
    labels = [(item.text or "").strip() for item in root.iterfind("meta//labels/label/name")]
    if labels:
        yield ListedClasses(tuple(filter(None, labels)))
    for number, image in enumerate(images):
        file = (image.get("name") or "").strip().removeprefix(source.options.prefix)
        where = f"{name}: image {number}"
        if file:
            yield _record_of(image, file, where, source.options)
        else:
            yield Reject(source.name, "image", where, "no `name`", "name the image in this element")


def _record_of(image: Element, file: str, where: str, options: CvatOptions) -> Record:
    size = _size_of(image)
    objects, refused = [], []
    for number, shape in enumerate(item for item in image if item.tag in _SHAPES | _REFUSED):
        label = (shape.get("label") or "").strip() or None
        try:
            if label is None:
                raise ValueError(f"{shape.tag} has no `label`")
            objects.append(_object_of(shape, label, size, options))
        except ValueError as problem:
            refused.append(RefusedObject(f"{where}: shape {number}", str(problem), label, "correct this shape"))
    tags = sorted({tag.get("label") or "" for tag in image.findall("tag")} - {""})
    subset = (image.get("subset") or "").strip()
    notes = [f"tags left out, of which an image has one: {', '.join(tags)}"] if len(tags) > 1 else []
    is_split = SPLIT_NAME.fullmatch(subset) is not None
    notes += [f"subset {subset[:40]!r} left out: it is no name of a split"] if subset and not is_split else []
    return Record(
        (file,),
        size,
        tuple(objects),
        label=tags[0] if len(tags) == 1 else None,
        official_split=subset if is_split else None,
        refused=tuple(refused),
        notes=tuple(notes),
    )


def _size_of(image: Element) -> tuple[int, int] | None:
    try:
        width, height = int(image.get("width") or 0), int(image.get("height") or 0)
    except ValueError:
        return None
    return (width, height) if 0 < width < _MAX_SIDE_PX and 0 < height < _MAX_SIDE_PX else None


def _object_of(shape: Element, label: str, size: tuple[int, int] | None, options: CvatOptions) -> AnnotatedObject:
    """Return the object of a shape; ValueError with the reason why it cannot be read."""
    if shape.tag == "box":
        left, top, right, bottom = _numbers(shape, "xtl", "ytl", "xbr", "ybr")
        return _turned(label, Box(left, top, right, bottom), shape, options)
    if shape.tag == "ellipse":
        x, y, across, down = _numbers(shape, "cx", "cy", "rx", "ry")
        item = _turned(label, Box(x - across, y - down, x + across, y + down), shape, options)
        turn = radians(number_of(shape.get("rotation") or "0"))
        half = hypot(across * cos(turn), down * sin(turn)), hypot(across * sin(turn), down * cos(turn))
        return item._replace(box=Box(x - half[0], y - half[1], x + half[0], y + half[1]))
    if shape.tag == "mask":
        return _mask(label, shape)
    if shape.tag == "polygon":
        texts = [point.split(",") for point in (shape.get("points") or "").split(";")]
        if not all(len(pair) == 2 for pair in texts):
            raise ValueError(f"points {(shape.get('points') or '')[:60]!r} are not x,y;x,y")
        return object_of_outlines(label, [[(number_of(x), number_of(y)) for x, y in texts]], size, options.corners)
    raise ValueError(f"a {shape.tag} is not read: draw a box, polygon, ellipse or mask")


def _turned(label: str, box: Box, shape: Element, options: CvatOptions) -> AnnotatedObject:
    """Return the object of a box that is turned about its centre, by degrees clockwise."""
    degrees = number_of(shape.get("rotation") or "0")
    if not degrees:
        return AnnotatedObject(label, box)
    width, height = box.xmax - box.xmin, box.ymax - box.ymin
    if width <= 0 or height <= 0:
        raise ValueError(f"{shape.tag} has no area")
    centre = (box.xmin + box.xmax) / 2, (box.ymin + box.ymax) / 2
    corners = corners_of_rectangle(*centre, width, height, radians(degrees))
    return AnnotatedObject(label, hull_of(corners), corners if options.corners == "polygons" else None)


def _mask(label: str, shape: Element) -> AnnotatedObject:
    """Return the object of a mask: its box, and the pixels that every other run length counts."""
    left, top, width, height = _numbers(shape, "left", "top", "width", "height")
    try:
        runs = [int(run) for run in (shape.get("rle") or "").split(",")]
    except ValueError:
        raise ValueError("rle of a mask is not whole numbers") from None
    if min(runs) < 0 or sum(runs) != width * height:
        raise ValueError(f"rle of a mask adds up to {sum(runs)}, not to its {width:g} x {height:g} pixels")
    return AnnotatedObject(label, Box(left, top, left + width, top + height), None, float(sum(runs[1::2])))


def _numbers(shape: Element, *names: str) -> list[float]:
    texts = [shape.get(name) for name in names]
    try:
        return [number_of(text) for text in texts]
    except ValueError as problem:
        raise ValueError(f"{shape.tag} with {', '.join(names)} {texts} is not numbers") from problem


FORMAT = Format(
    read_cvat,
    CvatOptions,
    reads="CVAT for images 1.1",
    annotations="the XML file, or a folder of them",
    gives="boxes, oriented boxes, mask areas, class, split",
    lists_images=False,
)

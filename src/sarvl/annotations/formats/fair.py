"""FAIR1M XML: one file an image, each object with its possible result and the four corners of an oriented box."""

from collections.abc import Iterator
from xml.etree.ElementTree import Element

from sarvl.annotations.annotated_image import AnnotatedObject, Reject
from sarvl.annotations.format import Format, FormatInput
from sarvl.annotations.parsing.corners import corners_of, hull_of, number_of
from sarvl.annotations.parsing.xml_files import image_names, size_of, xml_annotations
from sarvl.annotations.record import Record, RefusedObject
from sarvl.recipes import NoOptions


def read_fair(source: FormatInput[NoOptions]) -> Iterator[Record | Reject]:
    """Yield one Record an ``annotation`` element: ``objects/object`` with ``possibleresult/name`` and ``points/point``.

    An object has four points ``x,y`` in pixels, or five of which the last closes the outline; its box is their hull.
    The image is looked for by ``source/filename`` and then by the XML file's own stem.
    Raises AnnotationError where the path is missing or a single file cannot be read.
    Source: Sun et al. 2022 (FAIR1M); the same form as the Gaofen challenge.
    """
    for element in xml_annotations(source, "fair"):
        if isinstance(element, Reject):
            yield element
        else:
            yield from _record_of(*element, source)


def _record_of(
    element: Element, where: str, stem: str | None, source: FormatInput[NoOptions]
) -> Iterator[Record | Reject]:
    if element.find("objects") is None:
        yield Reject(source.name, "image", where, "no `objects`", "add it, or set format: voc")
        return
    names = image_names(element.findtext("source/filename"), stem)
    if not names:
        yield Reject(source.name, "image", where, "no `source/filename`", "name the image in this element")
        return
    objects, refused = [], []
    for number, item in enumerate(element.findall("objects/object")):
        parsed = _object_of(item)
        if isinstance(parsed, str):
            refused.append(RefusedObject(f"{where}: object {number}", parsed, _class_of(item), "correct this object"))
        else:
            objects.append(parsed)
    yield Record(names, size_of(element), tuple(objects), refused=tuple(refused))


def _class_of(item: Element) -> str | None:
    """Return the class of an object; None where it has none, or several that it may be."""
    names = [(name.text or "").strip() for name in item.findall("possibleresult/name")]
    return names[0] if len(names) == 1 and names[0] else None


def _object_of(item: Element) -> AnnotatedObject | str:
    """Return the object, or the reason why it cannot be read."""
    class_name = _class_of(item)
    if class_name is None:
        return f"object has {len(item.findall('possibleresult/name'))} possible results, not one with a name"
    coordinate = (item.findtext("coordinate") or "pixel").strip()
    if coordinate.lower() != "pixel":
        return f"coordinate {coordinate[:40]!r} is not pixel"
    texts = [(point.text or "").strip() for point in item.findall("points/point")]
    try:
        points = [_point_of(text) for text in texts]
    except ValueError:
        return f"points {str(texts)[:120]} are not x,y"
    if len(points) == 5 and points[4] == points[0]:
        points.pop()
    if len(points) != 4:
        return f"{len(points)} points are not the four corners of a box"
    corners = corners_of([value for point in points for value in point])
    return AnnotatedObject(class_name, hull_of(corners), corners)


def _point_of(text: str) -> tuple[float, float]:
    x, y = text.split(",")
    return number_of(x), number_of(y)


FORMAT = Format(
    read_fair,
    NoOptions,
    reads="FAIR1M XML",
    annotations="an XML file or a folder of them",
    gives="oriented boxes",
    lists_images=False,
)

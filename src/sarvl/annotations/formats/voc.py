"""VOC XML: one file an image, or one file that holds many ``annotation`` elements (SAR-AIRcraft-1.0)."""

from collections.abc import Iterator
from pathlib import Path
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import parse

from sarvl.annotations.annotated_image import AnnotatedObject, Box, Reject
from sarvl.annotations.format import Format
from sarvl.annotations.record import Record
from sarvl.annotations.source import Source
from sarvl.errors import AnnotationError

MAX_XML_BYTES = 2**30
_EDGES = ("xmin", "ymin", "xmax", "ymax")


def read_voc(source: Source) -> Iterator[Record | Reject]:
    """Yield one Record an ``annotation`` element; files of a folder are read in the order of their names.

    In a folder, an image is looked for by its ``filename`` and then by the XML file's own stem, since real files leave
    out the extension or a prefix. Raises AnnotationError where the path is missing or a single file cannot be read.
    Source: PASCAL VOC 2012 development kit.
    """
    assert source.annotations is not None  # the recipe demands it of this format
    path = source.annotations
    if path.is_file():
        yield from _elements_of(path, source, stem=None)
        return
    files = sorted(path.glob("*.xml"))
    if not files:
        raise AnnotationError(f"{path}: no XML file or folder of XML files; correct `annotations`")
    for file in files:
        try:
            yield from _elements_of(file, source, stem=file.stem)
        except AnnotationError as problem:
            yield Reject(source.name, "image", file.name, str(problem), "correct or remove this file")


def _elements_of(path: Path, source: Source, stem: str | None) -> Iterator[Record | Reject]:
    root = _root_of(path)
    elements = [root] if root.tag == "annotation" else root.findall("annotation")
    if not elements:
        raise AnnotationError(f"{path}: holds no `annotation` element; give VOC XML, or set another format")
    for number, element in enumerate(elements):
        where = path.name if len(elements) == 1 else f"{path.name}: annotation {number}"
        yield from _record_of(element, where, source, stem if len(elements) == 1 else None)


def _root_of(path: Path) -> Element:
    try:
        if path.stat().st_size > MAX_XML_BYTES:
            raise AnnotationError(f"{path}: larger than {MAX_XML_BYTES} bytes; split it into several files")
        root = parse(path).getroot()
    except OSError as problem:
        raise AnnotationError(f"{path}: cannot be read ({problem.strerror}); check the path") from problem
    except (ParseError, DefusedXmlException, ValueError, LookupError) as problem:
        reason = str(problem) or type(problem).__name__
        raise AnnotationError(f"{path}: not valid XML ({reason}); check that the file is complete") from problem
    if root is None:
        raise AnnotationError(f"{path}: holds no element; check that the file is complete")
    return root


def _record_of(element: Element, where: str, source: Source, stem: str | None) -> Iterator[Record | Reject]:
    filename = (element.findtext("filename") or "").strip()
    names = tuple(name for name in (filename, stem) if name)
    if not names:
        yield Reject(source.name, "image", where, "no `filename`", "name the image in this element")
        return
    objects = []
    for number, item in enumerate(element.findall("object")):
        parsed = _object_of(item)
        if isinstance(parsed, str):
            yield Reject(source.name, "box", f"{where}: object {number}", parsed, "correct this object")
        else:
            objects.append(parsed)
    yield Record(names, _size_of(element), tuple(objects))


def _object_of(item: Element) -> AnnotatedObject | str:
    """Return the object, or the reason why it cannot be read."""
    name = (item.findtext("name") or "").strip()
    if not name:
        return "object has no `name`"
    texts = [item.findtext(f"bndbox/{edge}") for edge in _EDGES]
    try:
        return AnnotatedObject(name, Box(*(float(text or "") for text in texts)))
    except ValueError:
        return f"bndbox {texts} is not four numbers"


def _size_of(element: Element) -> tuple[int, int] | None:
    try:
        width, height = (int(float(element.findtext(f"size/{name}") or 0)) for name in ("width", "height"))
    except (ValueError, OverflowError):
        return None
    return (width, height) if width > 0 < height else None


FORMAT = Format(read_voc)

"""XML annotations: one file an image, or one file that holds many ``annotation`` elements."""

from collections.abc import Iterator
from pathlib import Path
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import parse

from sarvl.annotations.annotated_image import Reject
from sarvl.errors import AnnotationError, unreadable
from sarvl.files import file_bytes

MAX_XML_BYTES = 2**30
_MAX_SIDE_PX = 2**31


def xml_annotations(path: Path, source: str) -> Iterator[tuple[Element, str, str | None] | Reject]:
    """Yield each ``annotation`` element, where it stands, and the stem of its file where that names one image.

    path: an XML file, or a folder of them. source: its name, for rejects.
    Files of a folder are read in the order of their names; one that cannot be read is a Reject.
    Raises AnnotationError where the path is missing or a single file cannot be read.
    """
    if path.is_file():
        yield from _elements_of(path, stem=None)
        return
    files = sorted(path.glob("*.xml"))
    if not files:
        raise AnnotationError(f"{path}: no XML file or folder of XML files; correct `annotations`")
    for file in files:
        try:
            yield from _elements_of(file, stem=file.stem)
        except AnnotationError as problem:
            reason = str(problem).replace(f"{path}/", "")
            yield Reject(source, "image", file.name, reason, "correct or remove this file")


def size_of(element: Element) -> tuple[int, int] | None:
    """Return the (width, height) that an ``annotation`` declares under ``size``, or None."""
    try:
        width, height = (int(float(element.findtext(f"size/{name}") or 0)) for name in ("width", "height"))
    except (ValueError, OverflowError):
        return None
    return (width, height) if 0 < width < _MAX_SIDE_PX and 0 < height < _MAX_SIDE_PX else None


def _elements_of(path: Path, stem: str | None) -> Iterator[tuple[Element, str, str | None]]:
    root = _root_of(path)
    elements = [root] if root.tag == "annotation" else root.findall("annotation")
    if not elements:
        raise AnnotationError(f"{path}: holds no `annotation` element; give such XML, or set another format")
    for number, element in enumerate(elements):
        alone = len(elements) == 1
        yield element, path.name if alone else f"{path.name}: annotation {number}", stem if alone else None


def _root_of(path: Path) -> Element:
    try:
        if file_bytes(path) > MAX_XML_BYTES:
            raise AnnotationError(f"{path}: larger than {MAX_XML_BYTES} bytes; split it into several files")
        root = parse(path).getroot()
    except OSError as problem:
        raise AnnotationError(unreadable(path, problem)) from problem
    except (ParseError, DefusedXmlException, ValueError, LookupError) as problem:
        reason = str(problem) or type(problem).__name__
        raise AnnotationError(f"{path}: not valid XML ({reason}); check that the file is complete") from problem
    if root is None:
        raise AnnotationError(f"{path}: holds no element; check that the file is complete")
    return root

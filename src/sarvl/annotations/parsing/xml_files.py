"""XML annotations: one file an image, or one file that holds many ``annotation`` elements."""

from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import parse

from sarvl.annotations.annotated_image import Reject
from sarvl.annotations.format import FormatInput
from sarvl.annotations.parsing.label_files import label_files
from sarvl.annotations.parsing.other_forms import advice_for
from sarvl.errors import AnnotationError, unreadable
from sarvl.files import file_bytes

MAX_XML_BYTES = 2**30
_MAX_SIDE_PX = 2**31


def xml_annotations(source: FormatInput[Any], asked: str) -> Iterator[tuple[Element, str, str | None] | Reject]:
    """Yield each ``annotation`` element, where it stands, and the path of its file where that names one image.

    The annotations are an XML file, or a folder of them. asked: the format that reads them.
    Files of a folder are read in the order of their relative paths, which are given without their ending; one that
    cannot be read is a Reject.
    Raises AnnotationError where the path is missing or a single file cannot be read.
    """
    path = source.annotations
    if path.is_file():
        yield from _elements_of(path, path.name, None, asked)
        return
    for file in label_files(source.annotation_files, path, ".xml", asked):
        name = file.relative_to(path).as_posix()
        try:
            yield from _elements_of(file, name, name.removesuffix(file.suffix), asked)
        except AnnotationError as problem:
            reason = str(problem).replace(f"{path}/", "")
            yield Reject(source.name, "image", name, reason, "correct or remove this file")


def image_names(filename: str | None, stem: str | None) -> tuple[str, ...]:
    """Return what an image may be called: as its XML says, first in the folder that the XML file is in; then as that.

    stem: relative path of the XML file without its ending, or None where it has several images.
    """
    named = (filename or "").strip()
    folder = PurePosixPath(stem or "").parent.as_posix()
    beside = f"{folder}/{PurePosixPath(named.replace(chr(92), '/')).name}" if named and folder != "." else None
    return tuple(name for name in (beside, named, stem) if name)


def size_of(element: Element) -> tuple[int, int] | None:
    """Return the (width, height) that an ``annotation`` declares under ``size``, or None."""
    try:
        width, height = (int(float(element.findtext(f"size/{name}") or 0)) for name in ("width", "height"))
    except (ValueError, OverflowError):
        return None
    return (width, height) if 0 < width < _MAX_SIDE_PX and 0 < height < _MAX_SIDE_PX else None


def _elements_of(path: Path, name: str, stem: str | None, asked: str) -> Iterator[tuple[Element, str, str | None]]:
    root = root_of(path)
    elements = [root] if root.tag == "annotation" else root.findall("annotation")
    if not elements:
        raise AnnotationError(f"{path}: holds no `annotation` element; {advice_for(path, asked)}")
    for number, element in enumerate(elements):
        alone = len(elements) == 1
        yield element, name if alone else f"{name}: annotation {number}", stem if alone else None


def root_of(path: Path) -> Element:
    """Return the outermost element of an XML file; AnnotationError where it cannot be read."""
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

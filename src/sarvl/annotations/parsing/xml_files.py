"""XML annotations: one file an image, or one file that holds many ``annotation`` elements."""

import re
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

from sarvl.annotations.annotated_image import Reject
from sarvl.annotations.format import FormatInput
from sarvl.annotations.parsing.label_files import label_files
from sarvl.annotations.parsing.other_forms import advice_for
from sarvl.errors import AnnotationError, unreadable
from sarvl.files import file_bytes

MAX_XML_BYTES = 2**30
_DECLARED = re.compile(rb"""\s*<\?xml[^>]*?encoding\s*=\s*["']([A-Za-z0-9._-]{1,40})["']""")
# Files in Chinese hold characters of the later standards, which contain the earlier one.
_WIDER = dict.fromkeys(("gb2312", "gb_2312-80", "gbk", "cp936"), "gb18030")
_MAX_SIDE_PX = 2**31


def xml_annotations(
    source: FormatInput[Any], asked: str, encoding: str | None = None
) -> Iterator[tuple[Element, str, str | None] | Reject]:
    """Yield each ``annotation`` element, where it stands, and the path of its file where that names one image.

    The annotations are an XML file, or a folder of them. asked: the format that reads them. encoding: of ``root_of``.
    Files of a folder are read in the order of their relative paths, which are given without their ending; one that
    cannot be read is a Reject.
    Raises AnnotationError where the path is missing or a single file cannot be read.
    """
    path = source.annotations
    if path.is_file():
        yield from _elements_of(root_of(path, encoding), path, (path.name, None), asked)
        return
    for file in label_files(source.annotation_files, path, ".xml", asked):
        name = file.relative_to(path).as_posix()
        try:
            yield from _elements_of(root_of(file, encoding), file, (name, name.removesuffix(file.suffix)), asked)
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


def _elements_of(
    root: Element, path: Path, called: tuple[str, str | None], asked: str
) -> Iterator[tuple[Element, str, str | None]]:
    """Yield the elements below ``root`` of a file; called: its relative path, and the same without its ending."""
    name, stem = called
    elements = [root] if root.tag == "annotation" else root.findall("annotation")
    if not elements:
        raise AnnotationError(f"{path}: holds no `annotation` element; {advice_for(path, asked)}")
    for number, element in enumerate(elements):
        alone = len(elements) == 1
        yield element, name if alone else f"{name}: annotation {number}", stem if alone else None


def _decoded(data: bytes, encoding: str | None) -> str | bytes:
    """Return the text of an XML file; the bytes as they are where the parser knows better.

    Tools declare what they do not write: a text that is not ASCII and is valid UTF-8 is UTF-8, whatever is declared.
    """
    if encoding is not None:
        return data.decode(encoding)
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16")
    if b"\0" in data[:4]:
        return data  # UTF-16 without a mark
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        declared = _DECLARED.match(data)
        name = declared[1].decode("ascii").lower() if declared else "utf-8"
        if name in {"utf-8", "utf8"}:
            raise
        return data.decode(_WIDER.get(name, name))


def root_of(path: Path, encoding: str | None = None) -> Element:
    """Return the outermost element of an XML file; AnnotationError where it cannot be read.

    encoding: what its text is in, where the user says it; else UTF-8 where it is that, then what the file declares.
    """
    try:
        if file_bytes(path) > MAX_XML_BYTES:
            raise AnnotationError(f"{path}: larger than {MAX_XML_BYTES} bytes; split it into several files")
        root: Element | None = fromstring(_decoded(path.read_bytes(), encoding))
    except OSError as problem:
        raise AnnotationError(unreadable(path, problem)) from problem
    except UnicodeDecodeError as problem:
        raise AnnotationError(
            f"{path}: not the text in {problem.encoding} that it should be; set option encoding, such as gb18030"
        ) from problem
    except (ParseError, DefusedXmlException, ValueError, LookupError) as problem:
        reason = str(problem) or type(problem).__name__
        raise AnnotationError(f"{path}: not valid XML ({reason}); check that the file is complete") from problem
    if root is None:
        raise AnnotationError(f"{path}: holds no element; check that the file is complete")
    return root

"""DOTA text: one file an image, one oriented box a line (DOTA, SRSDD, RSAR, FAIR-CSAR)."""

import re
from collections.abc import Iterator
from itertools import takewhile
from pathlib import Path
from typing import Literal

from sarvl.annotations.annotated_image import AnnotatedObject, Reject
from sarvl.annotations.format import Format, FormatInput
from sarvl.annotations.parsing.corners import corners_of, hull_of, number_of
from sarvl.annotations.parsing.label_files import first_lines, label_files, label_lines
from sarvl.annotations.parsing.listing import without_ending
from sarvl.annotations.parsing.other_forms import check_text_form
from sarvl.annotations.record import Record, RefusedObject
from sarvl.errors import AnnotationError
from sarvl.recipes import RecipeModel

_HEAD = re.compile(r"(imagesource|imagesize|gsd)\s*:(.*)", re.IGNORECASE)
_SEPARATOR = re.compile(r"[,\s]+")
_DIFFICULT = {"0": False, "1": True, "2": True}  # DOTA-v1.5 also writes 2
_SPACING_RANGE_M = (1e-3, 1e5)  # some files of DOTA have degrees here, about 1e-6


class DotaOptions(RecipeModel):
    """The options of format ``dota``."""

    difficult: Literal["keep", "leave_out"] = "keep"
    """Objects marked as difficult (1 or 2) are kept; ``leave_out`` refuses each, and then nothing is counted or denied
    of its class in that image."""


def read_dota(source: FormatInput[DotaOptions]) -> Iterator[Record | Reject]:
    """Yield one Record a .txt file of the folder ``annotations``; the image is found by the file's stem.

    A line is ``x1 y1 x2 y2 x3 y3 x4 y4 class difficult`` in pixels, separated by spaces or commas; a class may be
    several words. A line that ends with a class of one word is not difficult, as in the development kit. Head lines
    ``imagesource:``, ``imagesize:`` and ``gsd:`` may come first; gsd is the pixel spacing in metres.
    Raises AnnotationError where the folder has no .txt file.
    Source: Xia et al. 2018 (DOTA), development kit.
    """
    files = label_files(source.annotation_files, source.annotations, ".txt", "dota")
    check_text_form(first_lines(files), "dota", source.annotations)
    for path in files:
        try:
            yield from _record_of(path, source)
        except AnnotationError as problem:
            reason = str(problem).replace(f"{path.parent}/", "")
            yield Reject(source.name, "image", path.name, reason, "correct or remove this file")


def _record_of(path: Path, source: FormatInput[DotaOptions]) -> Iterator[Record | Reject]:
    options = source.options
    objects: list[AnnotatedObject] = []
    refused: list[RefusedObject] = []
    spacing: tuple[float, float] | None = None
    notes: tuple[str, ...] = ()
    for number, line in label_lines(path):
        head = None if objects else _HEAD.fullmatch(line)
        if head:
            if head[1].lower() == "gsd":
                spacing, notes = _spacing_of(head[2].strip())
            continue
        where, parsed = f"{path.name}: line {number}", _object_of(line)
        if isinstance(parsed, str):
            refused.append(RefusedObject(where, parsed, _class_of(line), "correct this line"))
        elif parsed[1] and options.difficult == "leave_out":
            advice = "set difficult: keep in the source's options to keep it"
            refused.append(RefusedObject(where, "marked as difficult", parsed[0].class_name, advice))
        else:
            objects.append(parsed[0])
    stem = without_ending(path.relative_to(source.annotations).as_posix())
    yield Record((stem,), objects=tuple(objects), spacing_m=spacing, refused=tuple(refused), notes=notes)


def _class_of(line: str) -> str | None:
    """Return the class of a line that cannot be read; None where it is not clear which words are the class."""
    values = _SEPARATOR.split(line.strip(","))
    has_flag = _is_number(values[-1])
    before = values[:-1] if has_flag else values
    words = list(takewhile(lambda value: not _is_number(value), reversed(before)))[::-1]
    is_clear = len(words) == 1 or (has_flag and len(before) - len(words) == 8)
    return " ".join(words) if words and is_clear else None


def _is_number(text: str) -> bool:
    try:
        number_of(text)
    except ValueError:
        return False
    return True


def _object_of(line: str) -> tuple[AnnotatedObject, bool] | str:
    """Return the object and whether it is difficult, or the reason why the line cannot be read."""
    values = _SEPARATOR.split(line.strip(","))
    if len(values) < 9:
        return f"{line[:60]!r} is not x1 y1 x2 y2 x3 y3 x4 y4 class difficult"
    *name, difficult = values[8:] if len(values) > 9 else (values[8], "0")
    if difficult not in _DIFFICULT:
        return f"last value {difficult[:40]!r} does not say whether the object is difficult (0, 1 or 2)"
    try:
        corners = corners_of([number_of(value) for value in values[:8]])
    except ValueError as problem:
        return f"{line[:60]!r} does not begin with eight numbers ({problem})"
    return AnnotatedObject(" ".join(name), hull_of(corners), corners), _DIFFICULT[difficult]


def _spacing_of(text: str) -> tuple[tuple[float, float] | None, tuple[str, ...]]:
    """Return the pixel spacing (row, column) in metres where ``gsd`` gives one, and what was left out."""
    if text.lower() in {"", "none", "null"}:
        return None, ()
    try:
        spacing = number_of(text)
    except ValueError:
        spacing = 0.0
    if not _SPACING_RANGE_M[0] <= spacing <= _SPACING_RANGE_M[1]:
        return None, (f"gsd {text[:40]!r} left out: no pixel spacing in metres",)
    return (spacing, spacing), ()


FORMAT = Format(
    read_dota,
    DotaOptions,
    reads="DOTA text: SRSDD, RSAR, FAIR-CSAR",
    annotations="folder of .txt files",
    gives="oriented boxes, spacing",
    lists_images=False,
)

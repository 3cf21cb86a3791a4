"""Raw MSTAR chips: class, spacing and depression angle stand in the Phoenix header of each file."""

from collections.abc import Iterator
from math import isfinite
from pathlib import Path
from typing import Literal

from pydantic import Field

from sarvl.annotations.annotated_image import Reject
from sarvl.annotations.format import Format, FormatInput
from sarvl.annotations.parsing.plain_text import plain_text
from sarvl.annotations.record import Record
from sarvl.annotations.split_name import SplitName
from sarvl.errors import ImageError, unreadable
from sarvl.files import file_bytes
from sarvl.imagery import phoenix_header
from sarvl.imagery.phoenix import is_phoenix
from sarvl.recipes import RecipeModel

MAX_HEADER_BYTES = 2**16
MAX_SPACING_M = 1000.0
_SPACING_KEYS = ("RangePixelSpacing", "CrossRangePixelSpacing")


class PhoenixOptions(RecipeModel):
    """The options of format ``phoenix``."""

    label: Literal["header", "path"] = "header"
    """``header`` takes the class from ``TargetType``; ``path`` takes it from the path, as the format ``folders``
    does."""
    split_by_depression: dict[int, SplitName] = Field(default={}, examples=[{17: "train", 15: "test"}])
    """Nominal depression angle in whole degrees (``DesiredDepression``) to the official split; chips of other angles
    are refused."""


def read_phoenix_chips(source: FormatInput[PhoenixOptions]) -> Iterator[Record | Reject]:
    """Yield one Record a chip below ``images`` that matches ``include``, in the order of the paths.

    ``spacing_m`` is that of the header: range (in the slant plane) and cross-range. A file without a Phoenix header,
    or with one that lacks what is asked for, is a Reject. Raises AnnotationError where no image is found.
    Source: MSTAR public release, Phoenix header (``TargetType``, ``DesiredDepression``, ``RangePixelSpacing``).
    """
    for file in source.listing.images():
        if isinstance(file, Reject):
            yield file
            continue
        try:
            yield _record_of(file, _header_of(source.images / file), source)
        except ImageError as problem:
            yield Reject(source.name, "image", file, str(problem), "replace the file, or correct `include`")


def _header_of(path: Path) -> dict[str, str]:
    try:
        file_bytes(path)  # refuses what might be read without end
        with path.open("rb") as stream:
            head = stream.read(MAX_HEADER_BYTES)
    except OSError as problem:
        raise ImageError(unreadable(path, problem, "")) from problem
    if not is_phoenix(head):
        raise ImageError(f"{path}: has no Phoenix header")
    return phoenix_header(path, head)


def _record_of(file: str, header: dict[str, str], source: FormatInput[PhoenixOptions]) -> Record | Reject:
    options = source.options
    label = source.listing.label_of(file) if options.label == "path" else plain_text(header.get("TargetType"))
    if isinstance(label, Reject):
        return label
    if label is None:
        return Reject(source.name, "image", file, "its header has no TargetType", "set option label: path")
    split = None
    if options.split_by_depression:
        text = header.get("DesiredDepression", "")
        split = options.split_by_depression.get(_whole_degrees(text))
        if split is None:
            reason = f"depression {text!r} is not in split_by_depression"
            return Reject(source.name, "image", file, reason, "add it there, or leave the file out by `include`")
    return Record((file,), label=label, official_split=split, spacing_m=_spacing_m(file, header))


def _whole_degrees(text: str) -> int:
    """Return an angle rounded to degrees, or -1 where the text is none."""
    try:
        return round(float(text))
    except (ValueError, OverflowError):
        return -1


def _spacing_m(file: str, header: dict[str, str]) -> tuple[float, float] | None:
    if not all(key in header for key in _SPACING_KEYS):
        return None
    try:
        row, column = (float(header[key]) for key in _SPACING_KEYS)
    except ValueError as problem:
        raise ImageError(f"{file}: pixel spacing {header[_SPACING_KEYS[0]]!r} is no number") from problem
    if not all(isfinite(value) and 0 < value < MAX_SPACING_M for value in (row, column)):
        raise ImageError(f"{file}: pixel spacing {row:g} x {column:g} m cannot be")
    return row, column


FORMAT = Format(
    read_phoenix_chips,
    PhoenixOptions,
    reads="raw MSTAR chips",
    annotations=None,
    gives="class, spacing, split",
)

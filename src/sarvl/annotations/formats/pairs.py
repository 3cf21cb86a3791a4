"""SAR images with optical twins: captions that people wrote for the optical image of the same ground."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import PurePosixPath

from pydantic import Field, model_validator

from sarvl.annotations.annotated_image import Reject
from sarvl.annotations.format import Format, FormatInput
from sarvl.annotations.formats.captions import CaptionsOptions, read_captions
from sarvl.annotations.formats.csv_captions import CsvCaptionsOptions, read_csv_captions
from sarvl.annotations.parsing.corner_positions import read_corner_positions
from sarvl.annotations.parsing.plain_text import composed
from sarvl.annotations.record import Record
from sarvl.recipes import RecipeModel, RecipePath


class PairsOptions(RecipeModel):
    """The options of format ``pairs``."""

    sar_pattern: re.Pattern[str] | None = Field(default=None, examples=["s1_(?P<pair>[0-9]+)"])
    """Regular expression searched in a SAR file's relative path, with named parts such as ``(?P<pair>...)``."""
    optical_pattern: re.Pattern[str] | None = Field(default=None, examples=["s2_(?P<pair>[0-9]+)"])
    """The same for the optical file's name, as the captions give it. Files whose parts agree are a pair; without
    patterns, files of one stem are."""
    csv: CsvCaptionsOptions = CsvCaptionsOptions()
    """Options of the caption table, where the captions do not end in ``.json`` or ``.jsonl``."""
    metadata: RecipePath | None = Field(default=None, examples=["metadata.json"])
    """JSON list that gives the corners of each SAR file on the ground."""

    @model_validator(mode="after")
    def _consistent(self) -> "PairsOptions":
        parts = [set(pattern.groupindex) if pattern else set() for pattern in (self.sar_pattern, self.optical_pattern)]
        if (self.sar_pattern is None) != (self.optical_pattern is None) or parts[0] != parts[1]:
            raise ValueError(
                "give both sar_pattern and optical_pattern, with the same named parts such as (?P<pair>...)"
            )
        if self.sar_pattern and not parts[0]:
            raise ValueError("sar_pattern has no named part; write one, as (?P<pair>...)")
        return self


def read_pairs(source: FormatInput[PairsOptions]) -> Iterator[Record | Reject]:
    """Yield one Record a SAR image below ``images`` that matches ``include``, with the captions of its optical twin.

    ``annotations`` is a caption file of the optical images, as of ``captions`` (``.json``, ``.jsonl``) or
    ``csv_captions``; its scene classes and splits hold for the SAR images too. A SAR image whose twin has no captions,
    or cannot be told, is a Reject of unit image; captions without a SAR image are Rejects of unit caption.
    Raises AnnotationError where the images, the captions or the metadata as a whole cannot be read.
    """
    options = source.options
    positions = read_corner_positions(options.metadata) if options.metadata else {}
    twins: dict[str, list[Record]] = defaultdict(list)
    for twin in _captions(source):
        if isinstance(twin, Reject):
            yield twin._replace(unit="caption")  # no SAR image is refused for it
        else:
            twins[_key_of(twin.names[0], options.optical_pattern)].append(twin)
    keys = Counter(_key_of(file, options.sar_pattern) for file in source.files.all())
    for file in source.listing.images():
        twin = file if isinstance(file, Reject) else _twin_of(file, twins, keys, source)
        position = positions.get(PurePosixPath(file).stem) if isinstance(file, str) else None
        yield twin if isinstance(twin, Reject) else twin._replace(position=position)
    for key in sorted(twins.keys() - (keys.keys() - {""})):
        for twin in twins[key]:
            advice = "add the image, or correct the patterns"
            yield Reject(source.name, "caption", twin.names[0], "no SAR image is its twin", advice)


def _captions(source: FormatInput[PairsOptions]) -> Iterator[Record | Reject]:
    if source.annotations.suffix.lower() in {".json", ".jsonl"}:
        return read_captions(source.with_options(CaptionsOptions()))
    return read_csv_captions(source.with_options(source.options.csv))


def _key_of(file: str, pattern: re.Pattern[str] | None) -> str:
    """Return what a file and its twin have in common: the stem, or the named parts; empty where there are none."""
    if pattern is None:
        return composed(PurePosixPath(file.replace("\\", "/")).stem)
    match = pattern.search(file)
    return composed("\0".join(value or "" for _, value in sorted(match.groupdict().items()))) if match else ""


def _twin_of(
    file: str, twins: dict[str, list[Record]], keys: Counter[str], source: FormatInput[PairsOptions]
) -> Record | Reject:
    """Return what is said of the optical twin as said of the SAR image; ``keys`` counts the SAR images of each key."""
    key = _key_of(file, source.options.sar_pattern)
    captioned = twins.get(key, []) if key else []
    if not captioned:
        reason = "no optical twin with captions"
    elif len(captioned) > 1:
        reason = f"{len(captioned)} captioned optical images could be its twin"
    elif source.options.sar_pattern is None and keys[key] > 1:
        reason = f"{keys[key]} SAR images have the stem {key}: their twins cannot be told apart"
    else:
        twin = captioned[0]
        told = (*twin.captions, *(caption.text for caption in twin.model_captions))
        return twin._replace(names=(file,), captions=(), model_captions=(), twin_captions=told)
    advice = "caption the optical image, or set sar_pattern and optical_pattern"
    return Reject(source.name, "image", file, reason, advice)


FORMAT = Format(
    read_pairs,
    PairsOptions,
    reads="SAR images, and captions of their optical twins",
    annotations="the caption file",
    gives="captions of the twin, position",
    has_objects=False,
)

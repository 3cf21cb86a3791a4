"""Facts: what the first pass of a build finds in an image file: that it can be used, its hashes, and its physics."""

from collections.abc import Sequence
from math import isfinite
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sarvl.annotations import Source
from sarvl.errors import ImageError, unreadable
from sarvl.files import file_bytes, sha256_of, sha256_of_file
from sarvl.imagery import Quantity, Reading, SarImage, read_image, read_position, thumbnail, thumbnail_hash

_READ_AT_ONCE_BYTES = 2**26
_POSITION_DIGITS = 7  # of degrees, about a centimetre; PROJ's last bits differ between its versions


class ImageFile(NamedTuple):
    """One file to look at: path, (width, height) as the annotation declares it, and the place of its source."""

    path: str
    size: tuple[int, int]
    source: int


class ImageFacts(NamedTuple):
    """What a file holds: SHA-256 of its bytes, perceptual hash, and as SarImage has them the other fields.

    position: (longitude, latitude) of the centre in degrees, from the georeference. notes: of the image, and
    what could not be found out.
    """

    sha256: str
    phash: int
    quantity: Quantity
    bands: tuple[str, ...]
    spacing_m: tuple[float, float] | None
    position: tuple[float, float] | None
    notes: tuple[str, ...]


class Usable(NamedTuple):
    """A file that can be used: its facts, and its thumbnail (32, 32) for the search of duplicates."""

    facts: ImageFacts
    thumbnail: NDArray[np.uint16]


class Unusable(NamedTuple):
    """A file that cannot be used: why, and what to do."""

    reason: str
    advice: str


def find_facts(files: Sequence[ImageFile], sources: Sequence[Source]) -> list[Usable | Unusable]:
    """Decode, check and hash a chunk of files."""
    return [_facts_of(file, sources[file.source]) for file in files]


def _facts_of(file: ImageFile, source: Source) -> Usable | Unusable:
    path = Path(file.path)
    try:
        data = path.read_bytes() if file_bytes(path) <= _READ_AT_ONCE_BYTES else None
        reading = Reading(source.quantity, source.bands, source.nodata, file.size)
        image = read_image(path, data=data, **reading._asdict())
        digest = sha256_of_file(path) if data is None else sha256_of(data)
        small = thumbnail(image)
    except ImageError as problem:
        return Unusable(str(problem), "replace the file, or correct the source's fields")
    except OSError as problem:
        return Unusable(unreadable(path, problem, ""), "check the file and its permissions")
    if (image.width, image.height) != file.size:
        declared = "{} x {}".format(*file.size)
        reason = f"the annotation says {declared}, the file has {image.width} x {image.height}"
        return Unusable(reason, "replace the file, or correct the annotation")
    position, notes = _position_of(image, path)
    return Usable(
        ImageFacts(
            sha256=digest,
            phash=thumbnail_hash(small),
            quantity=image.quantity,
            bands=image.bands,
            spacing_m=image.spacing_m,
            position=position,
            notes=(*image.notes, *notes),
        ),
        small,
    )


def _position_of(image: SarImage, path: Path) -> tuple[tuple[float, float] | None, tuple[str, ...]]:
    if image.georeference is None:
        return None, ()
    try:
        position = read_position(path)
    except ImageError:
        position = None  # the pixels are whole: it is the coordinate system that leads nowhere
    if position is None or not all(map(isfinite, position)):
        return None, ("georeference gives no position on the ground",)
    return (round(position[0], _POSITION_DIGITS), round(position[1], _POSITION_DIGITS)), ()

"""LocatedImage: an image file as a model sees it, and where on the map it lies; or why it cannot be read."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from sarvl.errors import ImageError
from sarvl.imagery import InputContract, Prepared, Reading, SarImage, read_image, read_position

FileToRead = tuple[Path, Reading]
_OPTIONS = re.compile(r"`(quantity|bands|nodata)`")


class Place(NamedTuple):
    """Where an image lies.

    longitude, latitude: of its centre, in degrees, WGS 84. crs: its coordinate system, ``EPSG:n`` or WKT. left, bottom,
    right, top: what its corners span in that system. All but the centre are None where the file has ground control
    points instead of a grid.
    """

    longitude: float
    latitude: float
    crs: str | None = None
    left: float | None = None
    bottom: float | None = None
    right: float | None = None
    top: float | None = None


class LocatedImage(NamedTuple):
    """An image that could be read. place: None where the file holds no georeference."""

    path: Path
    width: int
    height: int
    quantity: str
    prepared: Prepared
    place: Place | None


class Refusal(NamedTuple):
    """A file that could not be read or brought to the model, and why, with what to do."""

    path: Path
    reason: str


def read_located(files: Sequence[FileToRead], contract: InputContract) -> list[LocatedImage | Refusal]:
    """Read a chunk of files, each for itself: one that cannot be read is a Refusal."""
    return [_read(path, reading, contract) for path, reading in files]


def _read(path: Path, reading: Reading, contract: InputContract) -> LocatedImage | Refusal:
    try:
        image = read_image(path, **reading._asdict())
        prepared = contract.prepare(image)
        return LocatedImage(path, image.width, image.height, image.quantity, prepared, _place(path, image))
    except ImageError as problem:
        return Refusal(path, told_with_options(problem))


def told_with_options(problem: ImageError) -> str:
    """Return what is wrong with a file: its reader names the fields of a recipe, which are options here."""
    return _OPTIONS.sub(r"--\1", str(problem))


def _place(path: Path, image: SarImage) -> Place | None:
    position = read_position(path)
    if position is None:
        return None
    if image.georeference is None:
        return Place(*position)
    a, b, c, d, e, f = image.georeference.transform
    corners = [(x, y) for x in (0, image.width) for y in (0, image.height)]
    across = [a * x + b * y + c for x, y in corners]
    along = [d * x + e * y + f for x, y in corners]
    return Place(*position, image.georeference.crs, min(across), min(along), max(across), max(along))

"""Positions of images on the ground, from a JSON list that gives each file's corners in a coordinate system."""

import re
from collections.abc import Sequence
from pathlib import Path, PurePosixPath
from typing import Any

from rasterio._err import CPLE_BaseError  # what transform raises outside of a projection; it has no public name
from rasterio.errors import RasterioError
from rasterio.warp import transform

from sarvl.errors import AnnotationError
from sarvl.files import read_json

_FILE_KEYS = ("fragment_filename", "filename", "file_name", "image")
_CORNERS_KEY = re.compile(r"corners_EPSG:(\d{1,6})")
_MAX_COORDINATE = 1e9


def read_corner_positions(path: Path) -> dict[str, tuple[float, float]]:
    """Return (longitude, latitude) in degrees, WGS 84, of the mean of the corners, by the stem of the file's name.

    An entry holds a file name and ``corners_EPSG:<code>``, a list of (x, y) in that system.
    Raises AnnotationError where the file is no such list, or names a stem twice.
    """
    entries = read_json(path, AnnotationError)
    if not isinstance(entries, list):
        raise AnnotationError(f"{path}: not a list of entries with corners; leave out option metadata")
    positions: dict[str, tuple[float, float]] = {}
    for number, entry in enumerate(entries):
        try:
            stem, position = _position(entry)
        except (ValueError, RasterioError, CPLE_BaseError) as problem:
            raise AnnotationError(f"{path}: entry {number}: {problem}; correct it, or leave out metadata") from problem
        if stem in positions:
            raise AnnotationError(f"{path}: entry {number}: {stem} stands twice; keep one of the two")
        positions[stem] = position
    return positions


def _position(entry: Any) -> tuple[str, tuple[float, float]]:
    if not isinstance(entry, dict):
        raise ValueError("not an object")
    name = next((entry[key] for key in _FILE_KEYS if isinstance(entry.get(key), str)), None)
    key = next((match for match in map(_CORNERS_KEY.fullmatch, entry) if match), None)
    if name is None or key is None:
        raise ValueError("no file name or no corners_EPSG:<code>")
    corners = entry[key[0]]
    if not isinstance(corners, list) or not corners or not all(_is_point(corner) for corner in corners):
        raise ValueError(f"{key[0]} is not a list of (x, y)")
    x, y = (sum(corner[axis] for corner in corners) / len(corners) for axis in (0, 1))
    (longitude,), (latitude,) = transform(f"EPSG:{key[1]}", "EPSG:4326", [x], [y])
    if not (abs(longitude) <= 360 and abs(latitude) <= 90):  # written so that NaN is refused too
        raise ValueError(f"{key[0]} lie outside their coordinate system")
    return PurePosixPath(name).stem, (float(longitude), float(latitude))


def _is_point(corner: Any) -> bool:
    return isinstance(corner, Sequence) and len(corner) == 2 and all(_is_coordinate(value) for value in corner)


def _is_coordinate(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < _MAX_COORDINATE

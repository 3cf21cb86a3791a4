"""JPEG tables: how a picture was compressed, so that what is composed of such pictures can be compressed alike."""

import io
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from sarvl.errors import ImageError, unreadable
from sarvl.imagery.containers import JPEG_SIGNATURE

BLOCK_PX = 8
Tables = tuple[int, ...]
"""The 64 steps of the brightness of a JPEG file, in the order of its frequencies."""


def tables_of(path: Path) -> Tables | None:
    """Return the steps of a JPEG file, None for files of other kinds; ImageError for one that Pillow does not open."""
    with path.open("rb") as file:
        if file.read(len(JPEG_SIGNATURE)) != JPEG_SIGNATURE:
            return None
    try:
        with Image.open(path) as picture:
            return tuple(picture.quantization[0])  # type: ignore[attr-defined] # of JPEG files
    except (OSError, Image.DecompressionBombError) as problem:
        raise ImageError(unreadable(path, problem, "cut it into tiles, or leave it out")) from problem


def as_if_stored(pixels: NDArray[np.uint8], tables: Tables) -> NDArray[np.uint8]:
    """Return a picture ``(H, W)`` as a JPEG file with these steps keeps it; one that came from such stays as is."""
    stored = io.BytesIO()
    Image.fromarray(pixels).save(stored, "JPEG", qtables=[list(tables)])
    with Image.open(stored) as picture:
        return np.asarray(picture.convert("L"))

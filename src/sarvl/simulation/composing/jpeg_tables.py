"""JPEG tables: how a picture was compressed, so that what is composed of such pictures can be compressed alike."""

import io
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

BLOCK_PX = 8
Tables = tuple[int, ...]
"""The 64 steps of the brightness of a JPEG file, in the order of its frequencies."""


def tables_of(path: Path) -> Tables | None:
    """Return the steps of a JPEG file, None for files of other kinds."""
    try:
        with Image.open(path) as picture:
            tables = getattr(picture, "quantization", None)
    except OSError:  # raw data and the like, which Pillow does not know
        return None
    return tuple(tables[0]) if tables else None


def as_if_stored(pixels: NDArray[np.uint8], tables: Tables) -> NDArray[np.uint8]:
    """Return a picture ``(H, W)`` as a JPEG file with these steps keeps it; one that came from such stays as is."""
    stored = io.BytesIO()
    Image.fromarray(pixels).save(stored, "JPEG", qtables=[list(tables)])
    with Image.open(stored) as picture:
        return np.asarray(picture.convert("L"))

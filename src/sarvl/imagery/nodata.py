"""Pixels without a measurement whose value the user names, since the file does not."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sarvl.imagery.stored_image import StoredImage


def with_nodata(stored: StoredImage, values: Sequence[str | float]) -> StoredImage:
    """Return the image with the pixels of these values under its mask too: any band of physical data, all of bytes."""
    if not values:
        return stored
    absent = np.zeros(stored.pixels.shape, np.bool_)
    for value in map(float, values):
        absent |= _equal(stored.pixels, value)
    # As where the file declares a value: a saturated colour may equal it in one channel.
    combine = np.logical_and if stored.pixels.dtype == np.uint8 else np.logical_or
    mask: NDArray[np.bool_] = combine.reduce(absent, axis=0)
    mask = mask if stored.nodata is None else mask | stored.nodata
    return replace(stored, nodata=mask if mask.any() else None)


def _equal(pixels: NDArray[Any], value: float) -> NDArray[np.bool_]:
    if np.isnan(value):
        return np.isnan(pixels) if pixels.dtype.kind in "fc" else np.zeros(pixels.shape, np.bool_)
    wanted = pixels.dtype.type(value) if pixels.dtype.kind == "f" else value  # -9999.1 as the file could hold it
    equal: NDArray[np.bool_] = np.asarray(pixels == wanted)
    return equal

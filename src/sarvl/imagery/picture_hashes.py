"""Perceptual hash: 64 bits that stay nearly the same when an image is compressed or resized, to find its copies."""

from functools import lru_cache
from math import isfinite
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from sarvl.errors import ImageError
from sarvl.imagery.convert import to_amplitude
from sarvl.imagery.sar_image import Quantity, SarImage

THUMBNAIL_SIDE_PX = 32
_FREQUENCIES = 8
_SUMS_IN_INT32 = 2**23  # so many bytes add up to less than 2^31
_BT601 = (0.299, 0.587, 0.114)  # red, green, blue
# The lowest rows of the cosine transform (type II) in whole numbers, whose sums are exact: equal thumbnails have equal
# hashes on every machine, even where coefficients tie.
_COSINES = np.rint(
    2**16 * np.cos(np.pi / THUMBNAIL_SIDE_PX * np.outer(np.arange(_FREQUENCIES), np.arange(THUMBNAIL_SIDE_PX) + 0.5))
).astype(np.int64)  # (8, 32)


def perceptual_hash(image: SarImage) -> int:
    """Return the DCT hash of an image, from 0 to 2^64 - 1: ``thumbnail_hash`` of its ``thumbnail``."""
    return thumbnail_hash(thumbnail(image))


def thumbnail_hash(grey: NDArray[np.uint16]) -> int:
    """Return the DCT hash of a thumbnail ``(32, 32)``, from 0 to 2^64 - 1.

    Of the 8 x 8 lowest frequencies, the constant one among them, each gives a bit, row by row, the first the highest:
    one where its coefficient is above the median. So half of the bits are ones, but for ties, and two hashes differ in
    an even number of bits. A change of gain leaves the hash as it is.
    Source: C. Zauner, Implementation and Benchmarking of Perceptual Image Hash Functions, 2010; the frequencies are
    those of ``phash`` of the Python package ImageHash.
    """
    coefficients = _COSINES @ grey.astype(np.int64) @ _COSINES.T  # (8, 8)
    middle = np.partition(coefficients, (31, 32), axis=None)[31:33]
    ones = 2 * coefficients > middle.sum()
    return int.from_bytes(np.packbits(ones).tobytes(), "big")


def thumbnail(image: SarImage) -> NDArray[np.uint16]:
    """Return the image as ``(32, 32)`` grey values, averaged by area; the brightest is 65535.

    Display bytes are averaged as they are, every other quantity as amplitude. Three display bands are red, green and
    blue, weighed by BT.601; others weigh the same. No-data is 0. A change of gain leaves the thumbnail as it is.
    Raises ImageError where the amplitude is no finite number.
    """
    linear = image if image.quantity is Quantity.DISPLAY else to_amplitude(image)
    bands = (band if image.nodata is None else np.where(image.nodata, 0, band) for band in linear.pixels)
    weights = _BT601 if linear.quantity is Quantity.DISPLAY and len(linear.bands) == 3 else (1.0,) * len(linear.bands)
    with np.errstate(invalid="ignore"):  # infinities
        grey: NDArray[np.float64] = np.zeros((THUMBNAIL_SIDE_PX, THUMBNAIL_SIDE_PX))
        for weight, band in zip(weights, bands, strict=True):
            grey += weight * _averaged(band)
    brightest = float(grey.max())
    if not isfinite(brightest):
        raise ImageError(f"{image.name}: its amplitude overflows; declare another `quantity`, or mend the file")
    return np.rint(grey * (65535 / brightest if brightest > 0 else 0)).astype(np.uint16)


def _averaged(band: NDArray[Any]) -> NDArray[np.float64]:
    """Return the means (32, 32) of a band's (H, W) equal cells, which may cut through pixels.

    Through the table of sums of all that lies above and to the left (F. Crow, Summed-Area Tables for Texture Mapping,
    1984), of which only the rows and columns about the edges of cells are taken.
    """
    whole = band.dtype == np.uint8 and band.size < _SUMS_IN_INT32
    sums = cv2.integral(band, sdepth=cv2.CV_32S if whole else cv2.CV_64F)  # (H + 1, W + 1)
    rows, row_weights = _cells(band.shape[0])
    columns, column_weights = _cells(band.shape[1])
    means: NDArray[np.float64] = row_weights @ sums.take(rows, axis=0).take(columns, axis=1) @ column_weights.T
    return means


@lru_cache(maxsize=1024)
def _cells(length: int) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
    """Return which of ``length + 1`` sums to take (66,), and the weights (32, 66) that turn them into 32 means."""
    edges = np.arange(THUMBNAIL_SIDE_PX + 1)
    before = np.minimum(edges * length // THUMBNAIL_SIDE_PX, length - 1)
    beyond = edges * (length / THUMBNAIL_SIDE_PX) - before  # of an edge, in pixels
    at_edges = np.zeros((len(edges), len(edges), 2))
    at_edges[edges, edges] = np.stack([1 - beyond, beyond], axis=1)  # sums between two pixels grow linearly
    taken = np.stack([before, before + 1], axis=1).ravel()
    return taken, np.diff(at_edges.reshape(len(edges), -1), axis=0) * (THUMBNAIL_SIDE_PX / length)

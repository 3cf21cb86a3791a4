"""Perceptual hash: 64 bits that stay nearly the same when an image is compressed or resized, to find its copies."""

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from sarvl.errors import ImageError
from sarvl.imagery.convert import to_amplitude
from sarvl.imagery.sar_image import Quantity, SarImage

THUMBNAIL_SIDE_PX = 32
_FREQUENCIES = 8
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
    bands = [_averaged(band if image.nodata is None else np.where(image.nodata, 0, band)) for band in linear.pixels]
    weights = _BT601 if linear.quantity is Quantity.DISPLAY and len(bands) == 3 else (1.0,) * len(bands)
    grey: NDArray[np.float64] = np.sum(
        [weight * band for weight, band in zip(weights, bands, strict=True)], axis=0
    )  # (32, 32)
    brightest = grey.max()
    if not np.isfinite([linear.pixels.max(), brightest]).all():
        raise ImageError(f"{image.name}: its amplitude overflows; declare another `quantity`, or mend the file")
    scaled: NDArray[np.float64] = np.rint(grey * (65535 / brightest if brightest > 0 else 0))
    return scaled.astype(np.uint16)


def _averaged(band: NDArray[Any]) -> NDArray[np.float64]:
    side = (THUMBNAIL_SIDE_PX, THUMBNAIL_SIDE_PX)
    small: NDArray[np.float32] = cv2.resize(band.astype(np.float32, copy=False), side, interpolation=cv2.INTER_AREA)
    return small.astype(np.float64)

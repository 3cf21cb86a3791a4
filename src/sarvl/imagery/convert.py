"""Explicit conversions between complex, amplitude, intensity and decibel.

``full_scale`` follows the linear values: amplitude and complex share it, intensity has its square, and an image in
decibel keeps that of its intensity, to which its values are then relative. Values in physical units have none, before
and after. So a round trip gives back both the pixels and ``full_scale``.
"""

import math
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sarvl.errors import ImageError
from sarvl.imagery.sar_image import Quantity, SarImage


def to_amplitude(image: SarImage) -> SarImage:
    """Return float32 amplitude A = |z| = sqrt(I); ImageError for ``display``, whose scaling is not known."""
    match image.quantity:
        case Quantity.AMPLITUDE:
            return image
        case Quantity.COMPLEX:
            return image.with_pixels(np.abs(image.pixels), Quantity.AMPLITUDE)
        case Quantity.INTENSITY:
            return _linear(image, np.sqrt(image.pixels), Quantity.AMPLITUDE, _root(image.full_scale))
        case Quantity.DECIBEL:
            full_scale = _root(image.full_scale)
            return _linear(image, _from_decibel(image.pixels, 20, full_scale), Quantity.AMPLITUDE, full_scale)
        case Quantity.DISPLAY:
            raise _refusal(image, Quantity.AMPLITUDE)


def to_intensity(image: SarImage) -> SarImage:
    """Return float32 intensity I = |z|^2 = A^2; ImageError for ``display``, whose scaling is not known."""
    match image.quantity:
        case Quantity.INTENSITY:
            return image
        case Quantity.COMPLEX:
            power = np.square(image.pixels.real) + np.square(image.pixels.imag)
            return _linear(image, power, Quantity.INTENSITY, _square(image.full_scale))
        case Quantity.AMPLITUDE:
            return _linear(image, np.square(image.pixels), Quantity.INTENSITY, _square(image.full_scale))
        case Quantity.DECIBEL:
            pixels = _from_decibel(image.pixels, 10, image.full_scale)
            return _linear(image, pixels, Quantity.INTENSITY, image.full_scale)
        case Quantity.DISPLAY:
            raise _refusal(image, Quantity.INTENSITY)


def to_decibel(image: SarImage, floor_db: float = -100.0) -> SarImage:
    """Return float32 decibels 10 log10 I = 20 log10 A, no lower than ``floor_db`` (dB is returned as it is).

    Digital numbers give decibels relative to full scale. ImageError for ``display``, whose scaling is not known.
    """
    match image.quantity:
        case Quantity.DECIBEL:
            return image
        case Quantity.INTENSITY:
            return image.with_pixels(_decibel(image.pixels, 10, image.full_scale, floor_db), Quantity.DECIBEL)
        case Quantity.COMPLEX | Quantity.AMPLITUDE:
            pixels = _decibel(np.abs(image.pixels), 20, image.full_scale, floor_db)
            return _linear(image, pixels, Quantity.DECIBEL, _square(image.full_scale))
        case Quantity.DISPLAY:
            raise _refusal(image, Quantity.DECIBEL)


def _decibel(values: NDArray[Any], factor: int, full_scale: float | None, floor_db: float) -> NDArray[np.float32]:
    relative = values / np.float32(full_scale or 1)
    floor = np.float32(10 ** (floor_db / factor))
    decibels: NDArray[np.float32] = np.float32(factor) * np.log10(np.maximum(relative, floor))
    return np.maximum(decibels, np.float32(floor_db))


def _from_decibel(values: NDArray[Any], factor: int, full_scale: float | None) -> NDArray[np.float32]:
    with np.errstate(over="ignore"):  # becomes infinite, which shows
        powers: NDArray[np.float32] = np.power(np.float32(10), values / np.float32(factor))
        return powers * np.float32(full_scale or 1)


def _linear(image: SarImage, pixels: NDArray[Any], quantity: Quantity, full_scale: float | None) -> SarImage:
    return replace(image, pixels=pixels, quantity=quantity, full_scale=full_scale)


def _square(full_scale: float | None) -> float | None:
    return None if full_scale is None else full_scale**2


def _root(full_scale: float | None) -> float | None:
    return None if full_scale is None else math.sqrt(full_scale)


def _refusal(image: SarImage, wanted: Quantity) -> ImageError:
    return ImageError(
        f"{image.name}: display bytes were stretched in an unknown way and cannot become {wanted}; "
        "read the original data, or declare the `quantity` of the bytes"
    )

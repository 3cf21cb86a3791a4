"""Degradations: more speckle, less resolution, another gain, fewer levels, each on the physical quantity of the image.

Display bytes are taken as linear in amplitude, as ``InputContract.prepare`` takes them for its gain; every other
quantity is what it was declared to be. Size, no-data, bands and full scale stay.
"""

from collections.abc import Callable
from math import isfinite
from typing import Any, Literal, NamedTuple, get_args

import cv2
import numpy as np
from numpy.typing import NDArray

from sarvl.errors import ImageError
from sarvl.imagery.sar_image import Quantity, SarImage

Kind = Literal["speckle", "resolution", "gain", "quantisation"]
UNITS: dict[Kind, str] = {"speckle": "looks", "resolution": "times coarser", "gain": "dB", "quantisation": "bits"}
Values = NDArray[Any]


class Degradation(NamedTuple):
    """One way to make an image worse, and how much.

    speckle: multiplies the intensity by gamma noise of mean 1 of ``level`` looks (Goodman 1976), independent between
    pixels. resolution: the mean intensity of ``level`` x ``level`` pixels, interpolated back to the size. gain: makes
    it ``level`` decibels brighter. quantisation: 2^``level`` levels of amplitude between 0 and full scale, or where
    there is none the largest amplitude of the image.
    """

    kind: Kind
    level: float

    def problem(self) -> str | None:
        """Return why there is no such degradation; None where there is."""
        if self.kind not in get_args(Kind):
            return f"no degradation {self.kind}; there are {', '.join(get_args(Kind))}"
        if not isfinite(self.level):
            return f"{self.kind} of {self.level}; give a number"
        if self.kind == "speckle" and not self.level > 0:
            return f"speckle of {self.level:g} looks; give more than 0"
        if self.kind == "resolution" and not self.level >= 1:
            return f"resolution {self.level:g} times coarser; give 1 or more"
        if self.kind == "quantisation" and not (self.level == int(self.level) and 1 <= self.level <= 16):
            return f"quantisation to {self.level:g} bits; give a whole number from 1 to 16"
        return None

    def __str__(self) -> str:
        """Return such as ``speckle=4``."""
        return f"{self.kind}={self.level:g}"


def degrade(image: SarImage, degradation: Degradation, rng: np.random.Generator) -> SarImage:
    """Return the image made worse; ``rng`` draws speckle, and nothing else.

    Raises ImageError for a degradation that there is not.
    """
    if problem := degradation.problem():
        raise ImageError(f"{image.name}: {problem}")
    change = _CHANGES[degradation.kind]
    valid = np.ones(image.pixels.shape[1:], bool) if image.nodata is None else ~image.nodata
    bands = [change(band, degradation.level, image, rng, valid) for band in image.pixels]
    return image.with_pixels(np.where(valid, np.stack(bands), image.pixels), image.quantity)


def _speckle(band: Values, looks: float, image: SarImage, rng: np.random.Generator, _: Values) -> Values:
    return _scaled(band, rng.gamma(looks, 1 / looks, band.shape).astype(np.float32), image.quantity)


def _gain(band: Values, gain_db: float, image: SarImage, _: np.random.Generator, __: Values) -> Values:
    return _scaled(band, np.float32(10 ** (gain_db / 10)), image.quantity)


def _scaled(band: Values, factor: Any, quantity: Quantity) -> Values:
    """Return a band whose intensity is ``factor`` times what it was."""
    match quantity:
        case Quantity.INTENSITY:
            return np.asarray(band * factor)
        case Quantity.DECIBEL:
            return np.asarray(band + 10 * np.log10(np.maximum(factor, np.float32(1e-30))), np.float32)
        case Quantity.DISPLAY:
            return _as_bytes(band * np.sqrt(factor))
    return np.asarray(band * np.sqrt(factor), band.dtype)


def _as_bytes(values: Values) -> Values:
    return np.asarray(np.clip(np.rint(values), 0, 255), np.uint8)


def _coarser(band: Values, times: float, image: SarImage, _: np.random.Generator, valid: Values) -> Values:
    """Return the mean intensity of squares, interpolated back; of complex pixels the mean of the field."""
    height, width = band.shape
    size = max(1, round(width / times)), max(1, round(height / times))
    share = cv2.resize(valid.astype(np.float32), size, interpolation=cv2.INTER_AREA)

    def averaged(values: Values) -> Values:
        small = cv2.resize(np.where(valid, values, 0).astype(np.float32), size, interpolation=cv2.INTER_AREA)
        means = np.divide(small, share, out=np.zeros_like(small), where=share > 0)
        return np.asarray(cv2.resize(means, (width, height), interpolation=cv2.INTER_LINEAR))

    if image.quantity is Quantity.COMPLEX:
        return np.asarray(averaged(band.real) + 1j * averaged(band.imag), band.dtype)
    intensity, back = _INTENSITY_OF[image.quantity]
    return back(averaged(intensity(band)))


def _db_from(intensity: Values) -> Values:
    return np.asarray(10 * np.log10(np.maximum(intensity, np.float32(1e-10))), np.float32)


# The intensity of a band, and the way back; of decibels relative to full scale as well.
_INTENSITY_OF: dict[Quantity, tuple[Callable[[Values], Values], Callable[[Values], Values]]] = {
    Quantity.INTENSITY: (lambda band: band, lambda intensity: intensity),
    Quantity.AMPLITUDE: (np.square, np.sqrt),
    Quantity.DECIBEL: (lambda band: np.power(np.float32(10), band / np.float32(10)), _db_from),
    Quantity.DISPLAY: (lambda band: np.square(band.astype(np.float32)), lambda values: _as_bytes(np.sqrt(values))),
}


def _quantised(band: Values, bits: float, image: SarImage, _: np.random.Generator, valid: Values) -> Values:
    steps = 2 ** int(bits) - 1
    if image.quantity is Quantity.COMPLEX:
        most = np.abs(band[valid]).max(initial=0) or 1.0
        real, imaginary = (np.rint(part / most * steps) / steps * most for part in (band.real, band.imag))
        return np.asarray(real + 1j * imaginary, band.dtype)
    if image.quantity is Quantity.DISPLAY:
        return _as_bytes(np.rint(band / 255 * steps) / steps * 255)
    intensity, back = _INTENSITY_OF[image.quantity]
    amplitude = np.sqrt(intensity(band))
    most = _full_amplitude(image) or float(amplitude[valid].max(initial=0)) or 1.0
    return np.asarray(back(np.square(np.rint(np.minimum(amplitude / most, 1) * steps) / steps * most)), band.dtype)


def _full_amplitude(image: SarImage) -> float | None:
    """Return the amplitude of full scale; 1 of decibels, which are relative to it; None in physical units."""
    if image.full_scale is None:
        return None
    if image.quantity is Quantity.DECIBEL:
        return 1.0
    return float(np.sqrt(image.full_scale)) if image.quantity is Quantity.INTENSITY else float(image.full_scale)


_CHANGES: dict[str, Callable[[Values, float, SarImage, np.random.Generator, Values], Values]] = {
    "speckle": _speckle,
    "resolution": _coarser,
    "gain": _gain,
    "quantisation": _quantised,
}

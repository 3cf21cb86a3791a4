"""Amplitudes: what scenes are composed in, whatever quantity the files hold."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sarvl.annotations import AnnotatedImage, Source
from sarvl.errors import ImageError
from sarvl.imagery import Quantity, SarImage, read_image, to_amplitude

Amplitude = NDArray[np.float32]
_TYPES = ("int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64")
_TYPE_OF_SCALE = {float(np.iinfo(name).max): np.dtype(name) for name in _TYPES}


def read_of(source: Source, image: AnnotatedImage) -> SarImage:
    """Read an image as its source declares it; ImageError as ``read_image``, and for complex pixels."""
    read = read_image(image.path, source.quantity, source.bands, nodata=source.nodata, size=(image.width, image.height))
    if read.quantity is Quantity.COMPLEX:
        raise ImageError(f"{image.path}: complex pixels have a phase, which no seam can match; detect them first")
    if (read.width, read.height) != (image.width, image.height):
        raise ImageError(f"{image.path}: {read.width} x {read.height} pixels, but the annotation says otherwise")
    return read


def amplitude_of(image: SarImage) -> Amplitude:
    """Return the amplitude ``(bands, H, W)`` float32 of an image; bytes are taken as linear in it."""
    if image.quantity is Quantity.DISPLAY:
        return image.pixels.astype(np.float32)
    amplitude: Amplitude = to_amplitude(image).pixels.astype(np.float32)
    return amplitude


def image_of(amplitude: Amplitude, kind: "PixelKind") -> SarImage:
    """Return an amplitude ``(bands, H, W)`` as an image of this kind."""
    return SarImage(_stored(amplitude, kind), kind.quantity, kind.bands, kind.full_scale)


def _stored(amplitude: Amplitude, kind: "PixelKind") -> NDArray[Any]:
    if kind.quantity is Quantity.DISPLAY:
        return np.clip(np.rint(amplitude), 0, 255).astype(np.uint8)
    if kind.quantity is Quantity.DECIBEL:
        return np.float32(20) * np.log10(np.maximum(amplitude, np.finfo(np.float32).tiny))
    pixels = amplitude if kind.quantity is Quantity.AMPLITUDE else np.square(amplitude)
    if kind.full_scale is None:
        return pixels
    # As the files of targets and clutter hold it: another type of numbers would be read with another full scale.
    whole = np.rint(pixels.astype(np.float64)).clip(0, kind.full_scale)
    stored: NDArray[Any] = whole.astype(_TYPE_OF_SCALE[kind.full_scale])
    return stored


def dithered(amplitude: Amplitude, gain: NDArray[np.float32], kind: "PixelKind", rng: np.random.Generator) -> Amplitude:
    """Return an amplitude ``(bands, h, w)`` times the gain of each band.

    Whole numbers are spread within their step first: times a gain they would else leave out some of the new ones. Those
    of intensity are not: in amplitude, their steps are fine.
    """
    is_whole = kind.quantity is Quantity.DISPLAY or (
        kind.quantity is Quantity.AMPLITUDE and kind.full_scale is not None
    )
    spread = rng.uniform(-0.5, 0.5, amplitude.shape).astype(np.float32) if is_whole else np.float32(0)
    changed: Amplitude = np.maximum(amplitude + spread, 0) * gain[:, None, None]
    return changed


class PixelKind(NamedTuple):
    """What pixels are; targets and clutter of one scene have the same."""

    quantity: Quantity
    bands: tuple[str, ...]
    full_scale: float | None

    def __str__(self) -> str:
        """Return it as errors tell it."""
        scale = "" if self.full_scale is None else f" of up to {self.full_scale:g}"
        return f"{self.quantity} ({', '.join(self.bands)}){scale}"


def kind_of(image: SarImage) -> PixelKind:
    """Return what the pixels of an image are."""
    return PixelKind(image.quantity, image.bands, image.full_scale)

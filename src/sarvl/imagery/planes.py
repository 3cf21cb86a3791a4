"""Planes: the bands of a contract as bytes, at any size that the image is asked for."""

from dataclasses import replace
from functools import cached_property
from typing import Any, Literal, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from sarvl.imagery.bands import LUMA, BandContract, Curve, Mix, Range
from sarvl.imagery.convert import to_decibel, to_intensity
from sarvl.imagery.sar_image import Quantity, SarImage

Values = NDArray[Any]
Interpolation = Literal["linear", "cubic", "nearest"]

_GROWING = {"linear": cv2.INTER_LINEAR, "cubic": cv2.INTER_CUBIC, "nearest": cv2.INTER_NEAREST}
_FILTERS = {
    "linear": Image.Resampling.BILINEAR,
    "cubic": Image.Resampling.BICUBIC,
    "nearest": Image.Resampling.NEAREST,
}
_FLOOR_DB = -100.0  # of the bands of a mix; one band alone ends at its own range
_LEAST_DB = -300.0  # below what float32 intensities hold


class Plane(NamedTuple):
    """What a plane is made of, and how: equal for bands that are the same plane.

    ranges_db, curves: the decibels at which it is cut, and what its bytes are linear in, for physical units and for
    digital numbers.
    """

    mix: Mix
    ranges_db: tuple[Range, Range]
    curves: tuple[Curve, Curve]


def planes_of(bands: tuple[BandContract, ...], image: SarImage) -> list[Plane]:
    """Return the planes of an image: one where all bands are the same, else one a band.

    Raises ImageError where the image lacks a band.
    """
    planes = [
        Plane(
            band.source.mix(image),
            (band.range_db, band.range_db_full_scale),
            (band.curve, band.curve_full_scale or band.curve),
        )
        for band in bands
    ]
    return planes[:1] if len(set(planes)) == 1 else planes


class BandPlanes:
    """The planes of one image.

    Display bytes are resized as they are, by Pillow or, without ``antialias``, by area where they shrink. Every other
    quantity is averaged by area as intensity where it shrinks, because that is multilooking and the mean of decibels is
    biased by speckle; then it is cut to the band's range, put on its curve, interpolated where it grows, and rounded to
    0..255. No-data becomes ``fill``.

    gain_db: brightens the image as a radar of that much gain would, before anything is cut or rounded. A difference of
    bands stays as it is. Display bytes are taken as linear in amplitude, as most chips for the eye are drawn.
    """

    def __init__(
        self,
        image: SarImage,
        bands: tuple[BandContract, ...],
        interpolation: Interpolation,
        fill: int,
        *,
        gain_db: float = 0.0,
        antialias: bool = True,
    ) -> None:
        """Find the planes; raises ImageError where the image lacks a band."""
        self._image, self._fill, self._gain_db = image, fill, gain_db
        self._growing, self._filter = _GROWING[interpolation], _FILTERS[interpolation] if antialias else None
        self._planes = planes_of(bands, image)

    def at(self, width: int, height: int) -> NDArray[np.uint8]:
        """Return the bytes of the planes at a size, ``(C, height, width)``."""
        if self._image.quantity is Quantity.DISPLAY:
            pictures = [self._resized(self._picture(plane.mix), width, height) for plane in self._planes]
            return np.stack([_to_bytes(picture) for picture in pictures])
        return self._physical(width, height)

    def _resized(self, picture: Values, width: int, height: int) -> Values:
        if self._filter is None:
            return self._grow(_shrink(picture, width, height), width, height)
        if picture.shape == (height, width):
            return picture
        return np.asarray(Image.fromarray(picture).resize((width, height), self._filter))

    def _picture(self, mix: Mix) -> Values:
        if mix != LUMA:
            band: Values = self._filled[mix.bands[0]]
            return band
        grey: Values = cv2.cvtColor(np.ascontiguousarray(self._filled.transpose(1, 2, 0)), cv2.COLOR_RGB2GRAY)
        return grey

    @cached_property
    def _filled(self) -> Values:
        image, pixels = self._image, self._image.pixels
        if self._gain_db:
            pixels = pixels * np.float32(10 ** (self._gain_db / 20))
        return pixels if image.nodata is None else np.where(image.nodata, pixels.dtype.type(self._fill), pixels)

    @cached_property
    def _intensity(self) -> SarImage:
        return to_intensity(self._image)

    @cached_property
    def _valid(self) -> Values:
        nodata = self._image.nodata
        shape = self._image.pixels.shape[1:]
        return np.ones(shape, np.float32) if nodata is None else (~nodata).astype(np.float32)

    def _physical(self, width: int, height: int) -> NDArray[np.uint8]:
        share, averaged = self._averaged(width, height)
        measured = cv2.resize(share, (width, height), interpolation=cv2.INTER_NEAREST) > 0
        stacked = np.empty((len(self._planes), height, width), np.uint8)
        for index, plane in enumerate(self._planes):
            scaled = np.where(share > 0, self._scaled(averaged, plane), self._fill)
            stacked[index] = np.where(measured, _to_bytes(self._grow(scaled, width, height)), self._fill)
        return stacked

    def decibels_at(self, width: int, height: int) -> list[Values]:
        """Return each plane at a size before it is cut: the decibels of the pixels that were measured and return any.

        They are relative to full scale for digital numbers. An image smaller than asked for keeps its size.
        """
        share, averaged = self._averaged(width, height)
        planes = []
        for plane in self._planes:
            lit = np.logical_and.reduce([averaged[index] > 0 for index in plane.mix.bands]) & (share > 0)
            planes.append(self._decibels(averaged, plane, _LEAST_DB)[lit])
        return planes

    def _averaged(self, width: int, height: int) -> tuple[Values, dict[int, Values]]:
        """Return of each pixel the share that was measured, and the mean intensity of each band that is used."""
        share = _shrink(self._valid, width, height)
        divisor = np.where(share > 0, share, 1)
        used = {band for plane in self._planes for band in plane.mix.bands}
        return share, {
            band: _shrink(self._intensity.pixels[band] * self._valid, width, height) / divisor for band in used
        }

    def _decibels(self, averaged: dict[int, Values], plane: Plane, floor_db: float) -> Values:
        """Return a plane in decibels from the intensity of each band, none of them lower than ``floor_db``."""
        (indices, weights), alone = plane.mix, len(plane.mix.bands) == 1
        names = tuple(self._image.bands[index] for index in indices)
        mixed = replace(self._intensity, pixels=np.stack([averaged[index] for index in indices]), bands=names)
        bands: Values = to_decibel(mixed, floor_db=floor_db if alone else min(floor_db, _FLOOR_DB)).pixels
        return bands[0] if alone else np.tensordot(np.array(weights, np.float32), bands, 1)

    def _scaled(self, averaged: dict[int, Values], plane: Plane) -> Values:
        """Return a plane on its curve, 0 to 255, from the intensity of each band."""
        of_numbers = self._image.full_scale is not None
        low, high = (end - self._gain_db * sum(plane.mix.weights) for end in plane.ranges_db[of_numbers])
        cut = np.clip(self._decibels(averaged, plane, low), np.float32(low), np.float32(high))
        if plane.curves[of_numbers] == "decibel":
            return 255 * ((cut - np.float32(low)) / np.float32(high - low))
        amplitude: Values = np.power(np.float32(10), (cut - np.float32(high)) / np.float32(20))
        return 255 * amplitude

    def _grow(self, values: Values, width: int, height: int) -> Values:
        """Interpolate ``(H, W)`` along each side that is smaller than asked for."""
        if values.shape == (height, width):
            return values
        grown: Values = cv2.resize(values, (width, height), interpolation=self._growing)
        return grown


def _to_bytes(values: Values) -> NDArray[np.uint8]:
    """Round values of 0 to 255 to bytes; those beyond are cut."""
    if values.dtype == np.uint8:
        return values
    cut: NDArray[np.uint8] = np.clip(np.rint(values), 0, 255).astype(np.uint8)
    return cut


def _shrink(values: Values, width: int, height: int) -> Values:
    """Average ``(H, W)`` by area along each side that is larger than asked for."""
    size = min(values.shape[1], width), min(values.shape[0], height)
    shrunk: Values = values if size == values.shape[::-1] else cv2.resize(values, size, interpolation=cv2.INTER_AREA)
    return shrunk

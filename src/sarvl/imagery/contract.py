"""InputContract: how any image becomes the bytes that a model sees; stored with the weights."""

import json
from typing import Any, Literal, Self

import cv2
import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, model_validator

from sarvl.errors import ImageError
from sarvl.files import sha256_of
from sarvl.imagery.convert import to_decibel, to_intensity
from sarvl.imagery.sar_image import Quantity, SarImage


class InputContract(BaseModel):
    """What a model takes, and how an image is brought to it.

    size: side S of the square input in pixels.
    channels: 1 or 3, what the first layer takes.
    mean, std: one value a channel on the 0..1 scale of byte / 255.
    curve: what a byte is linear in between the ends of the range. ``amplitude`` looks like a photograph to towers that
    were trained on photographs; ``decibel`` keeps more of the dark.
    range_db: intensity in decibels at which bytes are cut, for physical units; its upper end is byte 255.
    range_db_full_scale: the same for digital numbers, whose decibels are relative to full scale.
    accepts: quantities that may be brought to the contract.
    resize: ``squash`` scales each side to S; ``pad`` keeps the aspect and centres the image on zeros.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    size: int = Field(ge=1)
    channels: Literal[1, 3]
    mean: tuple[float, ...]
    std: tuple[float, ...]
    curve: Literal["amplitude", "decibel"] = "amplitude"
    range_db: tuple[float, float] = (-40.0, 0.0)
    range_db_full_scale: tuple[float, float] = (-80.0, -18.0)
    accepts: tuple[Quantity, ...] = tuple(Quantity)
    resize: Literal["squash", "pad"] = "squash"

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if len(self.mean) != self.channels or len(self.std) != self.channels:
            raise ValueError(f"mean and std need one value for each of {self.channels} channels")
        if min(self.std) <= 0:
            raise ValueError("std must be positive")
        if self.range_db[0] >= self.range_db[1] or self.range_db_full_scale[0] >= self.range_db_full_scale[1]:
            raise ValueError("a range in dB needs its lower end first")
        return self

    def digest(self) -> str:
        """Return the SHA-256 (64 hexadecimal digits) of the contract as canonical JSON."""
        canonical = json.dumps(self.model_dump(mode="json"), sort_keys=True, separators=(",", ":"))
        return sha256_of(canonical.encode())

    def prepare(self, image: SarImage) -> NDArray[np.uint8]:
        """Return the image as bytes ``(1, S, S)`` or, of three bands for three channels, ``(3, S, S)``.

        Display bytes are resized as they are. Every other quantity is averaged as intensity where it shrinks, because
        that is multilooking and the mean of decibels is biased by speckle; then it is cut to the contract's range, put
        on its curve, interpolated where it grows, and rounded to 0..255. No-data becomes 0.

        Raises ImageError for a quantity that the contract does not accept, for two bands or more than three, and for
        three physical bands into one channel.
        """
        self._check(image)
        width, height = self._target(image)
        if image.quantity is Quantity.DISPLAY:
            planes = _prepare_display(image, width, height, self.channels)
        else:
            planes = self._prepare_physical(image, width, height)
        if planes.shape[1:] == (self.size, self.size):
            return planes
        framed = np.zeros((len(planes), self.size, self.size), np.uint8)
        top, left = (self.size - height) // 2, (self.size - width) // 2
        framed[:, top : top + height, left : left + width] = planes
        return framed

    def _check(self, image: SarImage) -> None:
        if image.quantity not in self.accepts:
            takes = ", ".join(self.accepts)
            raise ImageError(
                f"{image.name}: {image.quantity} pixels, but the model takes {takes}; convert the image first"
            )
        count = len(image.bands)
        usable = count == 1 or (count == 3 and (self.channels == 3 or image.quantity is Quantity.DISPLAY))
        if not usable:
            names = ", ".join(image.bands)
            channels = "one band" if self.channels == 1 else "one band or three"
            raise ImageError(
                f"{image.name}: {count} bands ({names}), but the model takes {channels}; choose with `bands`"
            )

    def _target(self, image: SarImage) -> tuple[int, int]:
        if self.resize == "squash":
            return self.size, self.size
        scale = self.size / max(image.width, image.height)
        return max(1, round(image.width * scale)), max(1, round(image.height * scale))

    def _prepare_physical(self, image: SarImage, width: int, height: int) -> NDArray[np.uint8]:
        low, high = self.range_db if image.full_scale is None else self.range_db_full_scale
        intensity = to_intensity(image)
        valid = (
            np.ones(image.pixels.shape[1:], np.float32) if image.nodata is None else (~image.nodata).astype(np.float32)
        )
        share = _shrink(valid, width, height)  # of each output pixel that was measured
        averaged = [_shrink(band * valid, width, height) / np.where(share > 0, share, 1) for band in intensity.pixels]
        decibels = to_decibel(intensity.with_pixels(np.stack(averaged), Quantity.INTENSITY), floor_db=low).pixels
        scaled = 255 * self._on_curve(np.minimum(decibels, high), low, high)
        grown = np.stack([_grow(band, width, height) for band in np.where(share > 0, scaled, 0)])
        measured = cv2.resize(share, (width, height), interpolation=cv2.INTER_NEAREST) > 0
        return np.where(measured, np.rint(grown), 0).astype(np.uint8)

    def _on_curve(self, decibels: NDArray[Any], low: float, high: float) -> NDArray[Any]:
        """Return decibels between ``low`` and ``high`` as 0 to 1."""
        if self.curve == "decibel":
            return (decibels - np.float32(low)) / np.float32(high - low)
        amplitude: NDArray[Any] = np.power(np.float32(10), (decibels - np.float32(high)) / np.float32(20))
        return amplitude


def _prepare_display(image: SarImage, width: int, height: int, channels: int) -> NDArray[np.uint8]:
    pixels = image.pixels if image.nodata is None else np.where(image.nodata, np.uint8(0), image.pixels)
    if len(pixels) == 3 and channels == 1:
        pixels = cv2.cvtColor(np.ascontiguousarray(pixels.transpose(1, 2, 0)), cv2.COLOR_RGB2GRAY)[None]  # BT.601
    return np.stack([_grow(_shrink(band, width, height), width, height) for band in pixels])


def _shrink(plane: NDArray[Any], width: int, height: int) -> NDArray[Any]:
    """Average ``(H, W)`` by area along each side that is larger than asked for."""
    size = min(plane.shape[1], width), min(plane.shape[0], height)
    shrunk: NDArray[Any] = plane if size == plane.shape[::-1] else cv2.resize(plane, size, interpolation=cv2.INTER_AREA)
    return shrunk


def _grow(plane: NDArray[Any], width: int, height: int) -> NDArray[Any]:
    """Interpolate ``(H, W)`` linearly along each side that is smaller than asked for."""
    if plane.shape == (height, width):
        return plane
    grown: NDArray[Any] = cv2.resize(plane, (width, height), interpolation=cv2.INTER_LINEAR)
    return grown

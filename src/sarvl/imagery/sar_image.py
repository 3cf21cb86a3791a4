"""SarImage: pixels that carry their declared physical quantity."""

from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from sarvl.errors import ImageError


class Quantity(StrEnum):
    """What a pixel value is: the physical quantity, never guessed."""

    COMPLEX = "complex"
    AMPLITUDE = "amplitude"
    INTENSITY = "intensity"
    DECIBEL = "decibel"
    DISPLAY = "display"


@dataclass(frozen=True, slots=True)
class Georeference:
    """Where the pixels lie on the map: coordinate system (``EPSG:n`` or WKT) and affine transform (a to f)."""

    crs: str
    transform: tuple[float, float, float, float, float, float]


@dataclass(frozen=True, slots=True)
class SarImage:
    """An image and what its pixels mean.

    pixels: ``(bands, H, W)``; complex64 for ``complex``, uint8 for ``display``, else float32.
    quantity: what one pixel value is; ``decibel`` is always of intensity (10 log10 I = 20 log10 A).
    bands: one name a band, such as ``("VV", "VH")``, ``("gray",)`` or ``("red", "green", "blue")``.
    full_scale: the largest value that the integer file could hold, where pixels are uncalibrated digital numbers
        (65535 for uint16); None where they are in physical units. ``decibel`` is then relative to full scale.
    spacing_m: pixel spacing (row, column) in metres, where known.
    nodata: ``(H, W)`` bool, True where there is no measurement; None where every pixel is valid.
    notes: what was done or left out in reading the file, such as an EXIF orientation or further pages.
    """

    pixels: NDArray[Any]
    quantity: Quantity
    bands: tuple[str, ...]
    full_scale: float | None = None
    spacing_m: tuple[float, float] | None = None
    nodata: NDArray[np.bool_] | None = None
    georeference: Georeference | None = None
    path: Path | None = None
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuse arrays that are not ``(bands, H, W)``, empty, or at odds with the names of the bands."""
        if self.pixels.ndim != 3 or 0 in self.pixels.shape:
            raise ImageError(
                f"{self.name}: pixels have shape {self.pixels.shape}; give a non-empty (bands, H, W) array"
            )
        if len(self.bands) != self.pixels.shape[0]:
            raise ImageError(f"{self.name}: {self.pixels.shape[0]} bands but names {self.bands}; give one name a band")

    @property
    def name(self) -> str:
        """The file's path for messages, or ``<array>`` where the image came from memory."""
        return str(self.path) if self.path else "<array>"

    @property
    def height(self) -> int:
        """Rows."""
        return int(self.pixels.shape[1])

    @property
    def width(self) -> int:
        """Columns."""
        return int(self.pixels.shape[2])

    def window(self, x0: int, y0: int, x1: int, y1: int) -> Self:
        """Return the pixels from (x0, y0) up to (x1, y1) as an image; nothing is copied, and the map moves along.

        Raises ImageError where that is empty or reaches beyond the image.
        """
        if not (0 <= x0 < x1 <= self.width and 0 <= y0 < y1 <= self.height):
            raise ImageError(f"{self.name}: no window {x0}, {y0} to {x1}, {y1} in {self.width} x {self.height} pixels")
        place, moved = self.georeference, None
        if place:
            a, b, c, d, e, f = place.transform
            moved = replace(place, transform=(a, b, c + a * x0 + b * y0, d, e, f + d * x0 + e * y0))
        nodata = None if self.nodata is None else self.nodata[y0:y1, x0:x1]
        return replace(self, pixels=self.pixels[:, y0:y1, x0:x1], nodata=nodata, georeference=moved)

    def with_pixels(self, pixels: NDArray[Any], quantity: Quantity) -> Self:
        """Return a copy with other pixels of another quantity, all else kept."""
        return replace(self, pixels=pixels, quantity=quantity)

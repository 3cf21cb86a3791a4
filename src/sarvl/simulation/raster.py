"""From shapes in metres to pixels."""

from collections.abc import Sequence
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from sarvl.simulation.geometry import Points

_FRACTION_BITS = 4
_MARGIN_PX = 2


class Frame(NamedTuple):
    """A square chip: its side in pixels and the spacing of its pixels in metres."""

    size: int
    spacing_m: float

    @property
    def extent_m(self) -> float:
        """The side of the chip in metres."""
        return self.size * self.spacing_m

    def cell_of(self, point: Points) -> tuple[int, int]:
        """Return the (column, row) corner nearest to a point given in metres from the middle of the chip."""
        column, row = np.rint(0.5 * self.size + point / self.spacing_m).astype(int)
        return int(column), int(row)


class Mask(NamedTuple):
    """A cut-out binary mask: ``pixels`` (h, w) uint8 of 0 and 1, and where its upper left pixel lies."""

    pixels: NDArray[np.uint8]
    column: int
    row: int


def fill(
    canvas: NDArray[np.generic], polygons: Sequence[Points], value: float, origin: tuple[int, int], spacing_m: float
) -> None:
    """Paint polygons, in metres about ``origin`` (column, row), onto ``canvas`` (H, W); the rest is cut off."""
    for polygon in polygons:
        # OpenCV puts whole coordinates at the middle of a pixel, sarvl at its corner.
        centred = polygon / spacing_m + origin - 0.5
        fixed = np.rint(centred * 2**_FRACTION_BITS).astype(np.int32)
        cv2.fillPoly(canvas, [fixed], value, shift=_FRACTION_BITS)


def mask_of(polygons: Sequence[Points], spacing_m: float) -> Mask:
    """Return the union of polygons in metres about the origin, cut to the pixels that it covers."""
    everything = np.concatenate(list(polygons)) / spacing_m
    low = np.floor(everything.min(axis=0)).astype(int) - _MARGIN_PX
    high = np.ceil(everything.max(axis=0)).astype(int) + _MARGIN_PX
    canvas = np.zeros((high[1] - low[1], high[0] - low[0]), np.uint8)
    fill(canvas, polygons, 1, (-int(low[0]), -int(low[1])), spacing_m)
    column, row, width, height = cv2.boundingRect(canvas)
    pixels = np.ascontiguousarray(canvas[row : row + height, column : column + width])
    return Mask(pixels, int(low[0]) + column, int(low[1]) + row)

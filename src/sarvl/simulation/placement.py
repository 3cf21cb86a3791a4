"""Targets placed on the ground of a chip so that they are whole and do not overlap."""

from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray

from sarvl.simulation.geometry import Viewing
from sarvl.simulation.raster import Frame, Mask, fill, mask_of
from sarvl.simulation.shore import Shore
from sarvl.simulation.target import Berth, Target

POSITION_TRIES = 40
_GAP_PX = 3


@dataclass(frozen=True, slots=True)
class Placed:
    """A target at ``origin`` (column, row), and the mask of its footprint in chip coordinates."""

    target: Target
    origin: tuple[int, int]
    mask: Mask


@dataclass(slots=True)
class Layout:
    """A chip's ground and the targets placed so far.

    water: ``(H, W)`` bool. taken: ``(H, W)`` uint8, 1 where a target or its shadow lies, with a gap around.
    paved: ``(H, W)`` bool, True on the apron; None where there is none. apron_heading: its direction in radians.
    berths: places that are still free for ships, each with the origin of its harbor.
    """

    frame: Frame
    land_cover: str
    viewing: Viewing
    water: NDArray[np.bool_]
    shore: Shore | None = None
    paved: NDArray[np.bool_] | None = None
    apron_heading: float = 0.0
    taken: NDArray[np.uint8] = field(init=False)
    placed: list[Placed] = field(default_factory=list)
    berths: list[tuple[Berth, tuple[int, int]]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.taken = np.zeros((self.frame.size, self.frame.size), np.uint8)

    def put(self, target: Target, origin: tuple[int, int], allowed: NDArray[np.bool_] | None = None) -> bool:
        """Place a target there if it is whole, free and on allowed ground; say whether it was."""
        cut = mask_of(target.footprint, self.frame.spacing_m)
        mask = Mask(cut.pixels, cut.column + origin[0], cut.row + origin[1])
        if not self._fits(mask, allowed):
            return False
        self._keep(Placed(target, origin, mask))
        return True

    def put_anywhere(self, rng: np.random.Generator, target: Target, allowed: NDArray[np.bool_]) -> bool:
        """Try random places for a target on allowed ground; say whether one was found."""
        cut = mask_of(target.footprint, self.frame.spacing_m)
        height, width = cut.pixels.shape
        columns, rows = self.frame.size - width, self.frame.size - height
        if columns < 1 or rows < 1:
            return False
        for column, row in rng.integers(0, (columns + 1, rows + 1), (POSITION_TRIES, 2)).tolist():
            mask = Mask(cut.pixels, column, row)
            if self._fits(mask, allowed):
                self._keep(Placed(target, (column - cut.column, row - cut.row), mask))
                return True
        return False

    def _fits(self, mask: Mask, allowed: NDArray[np.bool_] | None) -> bool:
        height, width = mask.pixels.shape
        size = self.frame.size
        if mask.column < 0 or mask.row < 0 or mask.column + width > size or mask.row + height > size:
            return False
        window = np.s_[mask.row : mask.row + height, mask.column : mask.column + width]
        if np.any(self.taken[window] & mask.pixels):
            return False
        return allowed is None or not np.any(mask.pixels.astype(bool) & ~allowed[window])

    def _keep(self, placed: Placed) -> None:
        self.placed.append(placed)
        gap = np.ones((2 * _GAP_PX + 1, 2 * _GAP_PX + 1), np.uint8)
        grown = cv2.dilate(np.pad(placed.mask.pixels, _GAP_PX), gap)
        _or_into(self.taken, Mask(grown, placed.mask.column - _GAP_PX, placed.mask.row - _GAP_PX))
        fill(self.taken, placed.target.shadows, 1, placed.origin, self.frame.spacing_m)
        self.berths += [(berth, placed.origin) for berth in placed.target.berths]


def _or_into(canvas: NDArray[np.uint8], mask: Mask) -> None:
    """Mark a mask on the canvas; what lies outside is cut off."""
    left, top = max(0, mask.column), max(0, mask.row)
    cut = mask.pixels[top - mask.row : canvas.shape[0] - mask.row, left - mask.column : canvas.shape[1] - mask.column]
    canvas[top : top + cut.shape[0], left : left + cut.shape[1]] |= cut

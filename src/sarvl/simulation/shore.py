"""Where land ends and water begins: a coast or a river across the chip."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sarvl.simulation.geometry import Points, rotated
from sarvl.simulation.raster import Frame


@dataclass(frozen=True, slots=True)
class Shore:
    """Water between two parallel banks.

    heading: the direction of the bank in radians; the water lies on its +y side.
    offset_m: distance of the near bank from the middle of the chip. width_m: infinite for a coast.
    wobble_m, wavelength_m, phase: how both banks meander; 0 is straight.
    """

    heading: float
    offset_m: float
    width_m: float
    wobble_m: float
    wavelength_m: float
    phase: float

    def point(self, along_m: float, inland_water_m: float) -> Points:
        """Return the point, in metres from the chip's middle, so far along the near bank and out on the water."""
        local = np.array([[along_m, self.offset_m + inland_water_m]])
        moved: Points = rotated(local, self.heading)[0]
        return moved

    def is_water(self, frame: Frame) -> NDArray[np.bool_]:
        """Return ``(H, W)``: True where the middle of the pixel lies on water."""
        axis = ((np.arange(frame.size) + 0.5) * frame.spacing_m - 0.5 * frame.extent_m).astype(np.float32)
        cosine, sine = np.float32(np.cos(self.heading)), np.float32(np.sin(self.heading))
        out = axis * -sine + (axis * cosine)[:, None] - np.float32(self.offset_m)  # (H, W)
        if self.wobble_m:
            along = axis * cosine + (axis * sine)[:, None]  # (H, W)
            turn = np.float32(2 * np.pi / self.wavelength_m)
            out -= np.float32(self.wobble_m) * np.sin(along * turn + np.float32(self.phase))
        return (out > 0) & (out < self.width_m)


def draw_coast(rng: np.random.Generator, frame: Frame, *, straight: bool) -> Shore:
    """Return a coast that leaves between about a third and two thirds of the chip to the water."""
    return _draw(rng, frame, np.inf, rng.uniform(-0.18, 0.15) * frame.extent_m, straight=straight)


def draw_river(rng: np.random.Generator, frame: Frame, width_m: float, *, straight: bool) -> Shore:
    """Return a river of ``width_m`` that passes near the middle of the chip."""
    offset = rng.uniform(-0.12, 0.12) * frame.extent_m - 0.5 * width_m
    return _draw(rng, frame, width_m, offset, straight=straight)


def _draw(rng: np.random.Generator, frame: Frame, width_m: float, offset_m: float, *, straight: bool) -> Shore:
    wobble = 0.0 if straight else rng.uniform(0.01, 0.05) * frame.extent_m
    wavelength = rng.uniform(0.5, 1.2) * frame.extent_m
    return Shore(rng.uniform(0, 2 * np.pi), offset_m, width_m, wobble, wavelength, rng.uniform(0, 2 * np.pi))

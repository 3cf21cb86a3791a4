"""Where a target can be set: free, and with clutter like its own."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sarvl.simulation.composing.amplitude import Amplitude
from sarvl.simulation.composing.compose_recipe import Match
from sarvl.simulation.composing.local_statistics import (
    BandStatistics,
    Statistics,
    WindowSums,
    integral_of,
    window_sum,
)
from sarvl.simulation.composing.object_masks import Mask

_STEP_PX = 4


class Grid(NamedTuple):
    """The places that are tried: every ``step`` pixels, from ``(left, top)`` on."""

    step: int = _STEP_PX
    left: int = 0
    top: int = 0


def is_like(first: Statistics, second: Statistics, match: Match) -> NDArray[np.bool_]:
    """Say whether statistics, numbers or arrays of them, are as alike as a recipe asks."""
    level = np.abs(20 * np.log10(np.maximum(first.level, 1e-9) / np.maximum(second.level, 1e-9)))
    variation = np.abs(np.log(np.maximum(first.variation, 1e-9) / np.maximum(second.variation, 1e-9)))
    correlation = np.maximum(np.abs(first.along - second.along), np.abs(first.across - second.across))
    alike: NDArray[np.bool_] = (
        (level <= match.most_gain_db) & (variation <= np.log(match.variation)) & (correlation <= match.correlation)
    )
    return alike


def bands_are_like(first: Sequence[Statistics], second: Sequence[Statistics], match: Match) -> NDArray[np.bool_]:
    """Say whether the statistics of all bands are as alike as a recipe asks."""
    bands = [is_like(one, other, match) for one, other in zip(first, second, strict=True)]
    alike: NDArray[np.bool_] = np.logical_and.reduce(bands)
    return alike


class Places:
    """The free places of one scene, of amplitude ``(bands, H, W)``."""

    def __init__(self, amplitude: Amplitude, taken: Mask) -> None:
        self._sums = [WindowSums(band) for band in amplitude]
        self.taken = taken
        self._taken_sums = integral_of(taken)

    def take(self, mask: Mask) -> None:
        """Take the pixels of a mask ``(H, W)``."""
        self.taken |= mask
        self._taken_sums = integral_of(self.taken)

    def like(
        self, shape: tuple[int, int], grid: Grid, wanted: BandStatistics, ground: BandStatistics, match: Match
    ) -> NDArray[np.intp]:
        """Return the corners ``(N, 2)``, top and left, of free windows of a shape that are like what is wanted.

        ground: as a whole, from whose level a place may differ no more than from the target's own.
        """
        height, width = shape
        rows, columns = self.taken.shape
        tops, lefts = (
            corners.ravel()
            for corners in np.meshgrid(
                np.arange(grid.top, rows - height + 1, grid.step),
                np.arange(grid.left, columns - width + 1, grid.step),
                indexing="ij",
            )
        )
        free = window_sum(self._taken_sums, tops, lefts, height, width) < 0.5
        tops, lefts = tops[free], lefts[free]
        for sums, own, whole in zip(self._sums, wanted, ground, strict=True):
            local = sums.statistics(tops, lefts, height, width)
            alike = is_like(local, own, match) & is_like(local, local._replace(level=whole.level), match)
            alike &= sums.evenness(tops, lefts, height, width) <= match.evenness
            tops, lefts = tops[alike], lefts[alike]
        return np.stack([tops, lefts], axis=1)

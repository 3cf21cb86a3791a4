"""Local statistics of amplitude: level, variation and correlation, around a target and wherever it could be put."""

from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from sarvl.simulation.composing.amplitude import Amplitude

_LEAST_VARIANCE = 1e-12
_LEAST_QUARTER_PX = 16
Numbers = NDArray[np.float64]


class Statistics(NamedTuple):
    """Of an area: mean amplitude, deviation by mean, and the correlation with the next pixel along columns and rows."""

    level: float
    variation: float
    along: float
    across: float


BandStatistics = tuple[Statistics, ...]
"""One a band."""


def statistics_of_bands(amplitude: Amplitude, where: NDArray[np.bool_]) -> BandStatistics:
    """Return the statistics of each band ``(bands, H, W)`` where the mask ``(H, W)`` is true."""
    return tuple(statistics_of(band, where) for band in amplitude)


def statistics_of(amplitude: Amplitude, where: NDArray[np.bool_]) -> Statistics:
    """Return the statistics of the pixels ``where`` ``(H, W)``; correlations are those of pairs that are both in it."""
    values = amplitude[where].astype(np.float64)
    mean, variance = values.mean(), max(values.var(), _LEAST_VARIANCE)
    deviation = np.where(where, amplitude - mean, 0.0)
    along = _mean_product(deviation[:, 1:], deviation[:, :-1], where[:, 1:] & where[:, :-1]) / variance
    across = _mean_product(deviation[1:], deviation[:-1], where[1:] & where[:-1]) / variance
    return Statistics(float(mean), float(np.sqrt(variance) / max(mean, 1e-9)), along, across)


def _mean_product(first: Numbers, second: Numbers, where: NDArray[np.bool_]) -> float:
    return float((first * second)[where].mean()) if where.any() else 0.0


def level_of(amplitude: Amplitude, where: NDArray[np.bool_]) -> NDArray[np.float32]:
    """Return the level ``(bands,)`` of the pixels ``where`` ``(H, W)``: their mean without the brightest twentieth."""
    values = np.sort(amplitude[:, where], axis=1)
    level: NDArray[np.float32] = values[:, : max(1, int(0.95 * values.shape[1]))].mean(axis=1)
    return np.maximum(level, np.float32(1e-9))


def evenness_of(amplitude: Amplitude, where: NDArray[np.bool_]) -> float:
    """Return the brightest by the darkest mean of the four quarters, each of the pixels ``where`` ``(H, W)``."""
    down, right = where.shape[0] // 2, where.shape[1] // 2
    halves = [(slice(side), slice(side, None)) for side in (down, right)]
    quarters = [(rows, columns) for rows in halves[0] for columns in halves[1]]
    levels = [amplitude[each][where[each]].mean() for each in quarters if where[each].sum() >= _LEAST_QUARTER_PX]
    return float(max(levels) / max(min(levels), 1e-9)) if levels else 1.0


class WindowSums:
    """Sums over windows of an amplitude ``(H, W)``, each as cheap as one pixel."""

    def __init__(self, amplitude: Amplitude) -> None:
        values = amplitude.astype(np.float64)
        self._sums = [_integral(each) for each in (values, values**2, _times_next(values, 1), _times_next(values, 0))]

    def statistics(self, tops: NDArray[np.intp], lefts: NDArray[np.intp], height: int, width: int) -> Statistics:
        """Return the statistics, each an array ``(N,)``, of the windows whose upper left corners are given."""
        mean, square, along, across = (
            window_sum(sums, tops, lefts, height, width) / (height * width) for sums in self._sums
        )
        variance = np.maximum(square - mean**2, _LEAST_VARIANCE)
        correlations = ((product - mean**2) / variance for product in (along, across))
        return Statistics(mean, np.sqrt(variance) / np.maximum(mean, 1e-9), *correlations)  # type: ignore[arg-type]

    def evenness(self, tops: NDArray[np.intp], lefts: NDArray[np.intp], height: int, width: int) -> Numbers:
        """Return the brightest by the darkest mean of each window's four quarters, ``(N,)``."""
        half = (max(1, height // 2), max(1, width // 2))
        quarters = [
            window_sum(self._sums[0], tops + down * (height - half[0]), lefts + right * (width - half[1]), *half)
            for down in (0, 1)
            for right in (0, 1)
        ]
        brightest: Numbers = np.max(quarters, axis=0) / np.maximum(np.min(quarters, axis=0), 1e-9)
        return brightest


def _times_next(values: Numbers, axis: int) -> Numbers:
    """Return each value times the next along the axis, the last times itself."""
    nearest = np.roll(values, -1, axis)
    nearest[(-1,) if axis == 0 else (slice(None), -1)] = values[(-1,) if axis == 0 else (slice(None), -1)]
    return values * nearest


def integral_of(mask: NDArray[np.bool_]) -> Numbers:
    """Return the sums from the upper left corner, ``(H + 1, W + 1)``."""
    sums: Numbers = cv2.integral(mask.astype(np.uint8), sdepth=cv2.CV_64F)
    return sums


def _integral(values: Numbers) -> Numbers:
    sums = np.zeros((values.shape[0] + 1, values.shape[1] + 1))
    sums[1:, 1:] = values.cumsum(axis=0).cumsum(axis=1)
    return sums


def window_sum(sums: Numbers, tops: NDArray[np.intp], lefts: NDArray[np.intp], height: int, width: int) -> Numbers:
    """Return the sum over each window, ``(N,)``, from the sums of ``integral_of``."""
    bottoms, rights = tops + height, lefts + width
    total: Numbers = sums[bottoms, rights] - sums[tops, rights] - sums[bottoms, lefts] + sums[tops, lefts]
    return total

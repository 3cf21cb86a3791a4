"""The refined Lee filter: speckle reduction that keeps edges."""

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from sarvl.errors import ImageError
from sarvl.imagery.sar_image import Quantity

WINDOW = 7
# Relative deviation of single-look speckle: 1 for exponential intensity, sqrt(4/pi - 1) for Rayleigh amplitude.
SPECKLE_SIGMA = {Quantity.INTENSITY: 1.0, Quantity.AMPLITUDE: 0.523}

_MARGIN = WINDOW // 2
_STEP = 2  # between the centres of the 3x3 sub-windows
# Across each of four edge directions: the pair of opposite sub-windows that lie on its two sides, (row, column).
_SIDES = (((0, -1), (0, 1)), ((-1, 0), (1, 0)), ((-1, 1), (1, -1)), ((-1, -1), (1, 1)))


def refined_lee(values: NDArray[Any], looks: float, quantity: Quantity) -> NDArray[np.float32]:
    """Filter one band ``(H, W)`` of amplitude or intensity; returns float32 ``(H, W)``, borders reflected.

    In each 7x7 window the means of nine 3x3 sub-windows give the edge direction (the largest of four gradients) and the
    side of the edge that the pixel belongs to (the sub-window mean closer to the central one). Mean m and variance v of
    that half window (28 pixels) give m + k (z - m), k = (v - m^2 s^2) / (v (1 + s^2)) within 0..1, where s is the
    relative deviation of the speckle: 1/sqrt(looks) for intensity, 0.523/sqrt(looks) for amplitude.
    Source: J.-S. Lee, Refined filtering of image noise using local statistics, CGIP 15 (1981).

    ImageError for another quantity, or looks that are not positive.
    """
    if quantity not in SPECKLE_SIGMA:
        raise ImageError(f"refined Lee filters amplitude or intensity, not {quantity}; convert the image first")
    if not looks > 0:
        raise ImageError(f"refined Lee needs a positive number of looks, not {looks}; set `looks`")
    padded = cv2.copyMakeBorder(values.astype(np.float64), _MARGIN, _MARGIN, _MARGIN, _MARGIN, cv2.BORDER_REFLECT)
    mean, variance = _half_window_statistics(padded, _half_window_choice(padded))
    sigma_squared = SPECKLE_SIGMA[quantity] ** 2 / looks
    signal = (variance - mean**2 * sigma_squared) / (1 + sigma_squared)
    gain = np.clip(np.divide(signal, variance, out=np.zeros_like(mean), where=variance > 0), 0, 1)
    return np.asarray(mean + gain * (values - mean), np.float32)


def half_windows() -> NDArray[np.float64]:
    """Return the eight half windows ``(8, 7, 7)`` of ones and zeros: two sides for each of the four edge directions."""
    rows, columns = np.mgrid[-_MARGIN : _MARGIN + 1, -_MARGIN : _MARGIN + 1]
    inside = [row * rows + column * columns >= 0 for pair in _SIDES for row, column in pair]
    return np.stack(inside).astype(np.float64)


def _half_window_choice(padded: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return ``(H, W)``, the index into ``half_windows`` for each pixel inside the margin."""
    # Sums, not means: comparisons are the same and integers stay exact.
    sums = cv2.boxFilter(padded, -1, (3, 3), normalize=False)
    at = {(row, column): _shifted(sums, row * _STEP, column * _STEP) for row in (-1, 0, 1) for column in (-1, 0, 1)}
    gradients = np.stack([np.abs(_gradient(at, side)) for side, _ in _SIDES])  # (4, H, W)
    second_is_closer = np.stack(
        [np.abs(at[second] - at[0, 0]) < np.abs(at[first] - at[0, 0]) for first, second in _SIDES]
    )
    edge = gradients.argmax(axis=0)[None]  # (1, H, W)
    chosen: NDArray[np.int64] = 2 * edge[0] + np.take_along_axis(second_is_closer, edge, axis=0)[0]
    return chosen


def _gradient(at: dict[tuple[int, int], NDArray[np.float64]], side: tuple[int, int]) -> NDArray[np.float64]:
    """Sum of the three sub-windows towards ``side`` minus that of the three opposite ones (Prewitt's masks)."""
    signs = {place: np.sign(place[0] * side[0] + place[1] * side[1]) for place in at}
    total: NDArray[np.float64] = np.sum([sign * at[place] for place, sign in signs.items() if sign], axis=0)
    return total


def _shifted(padded: NDArray[np.float64], row: int, column: int) -> NDArray[np.float64]:
    height, width = padded.shape[0] - 2 * _MARGIN, padded.shape[1] - 2 * _MARGIN
    return padded[_MARGIN + row :, _MARGIN + column :][:height, :width]


def _half_window_statistics(
    padded: NDArray[np.float64], choice: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return mean and variance ``(H, W)`` over the half window that ``choice`` names for each pixel."""
    mean, mean_square = np.empty(choice.shape), np.empty(choice.shape)
    squared = padded**2
    for index, window in enumerate(half_windows()):
        kernel = window / window.sum()
        here = choice == index
        np.copyto(mean, _shifted(cv2.filter2D(padded, -1, kernel), 0, 0), where=here)
        np.copyto(mean_square, _shifted(cv2.filter2D(squared, -1, kernel), 0, 0), where=here)
    return mean, np.maximum(mean_square - mean**2, 0)

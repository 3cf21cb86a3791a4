"""Grain: the power spectrum of clutter in small windows, and filters that give a field the grain of another."""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray
from scipy import fft
from scipy.ndimage import map_coordinates
from scipy.signal.windows import hann

from sarvl.simulation.composing.amplitude import Amplitude
from sarvl.simulation.composing.local_statistics import integral_of, window_sum
from sarvl.simulation.composing.object_masks import Mask

WINDOW_PX, _STEP_PX = 16, 4
_MOST_GAIN = 100.0  # of a filter, in amplitude
Numbers = NDArray[np.float64]


def grain_of(fields: Iterable[tuple[Amplitude, Mask]]) -> Numbers | None:
    """Return the mean power spectrum ``(16, 16)`` of amplitudes ``(H, W)`` where their masks are true.

    Welch's method, over all windows that are wholly in a mask, each by its field's mean. None where there are none.
    """
    total, count = np.zeros((WINDOW_PX, WINDOW_PX)), 0
    taper = np.outer(hann(WINDOW_PX, sym=False), hann(WINDOW_PX, sym=False))
    for amplitude, where in fields:
        if min(amplitude.shape) < WINDOW_PX or not where.any():
            continue
        windows = np.lib.stride_tricks.sliding_window_view(amplitude / amplitude[where].mean() - 1.0, taper.shape)
        tops, lefts = (s.ravel() for s in np.mgrid[: windows.shape[0] : _STEP_PX, : windows.shape[1] : _STEP_PX])
        whole = window_sum(integral_of(where), tops, lefts, *taper.shape) > taper.size - 0.5
        chosen = windows[tops[whole], lefts[whole]] * taper  # (N, 16, 16)
        total += np.square(np.abs(fft.fft2(chosen))).sum(axis=0)
        count += len(chosen)
    return total / count if count else None


def filter_between(grain: Numbers, wanted: Numbers) -> Numbers:
    """Return the gain ``(16, 16)`` in amplitude, by frequency, that turns one grain into another; the mean stays."""
    gain: Numbers = np.sqrt(wanted / wanted.mean() / np.maximum(grain / grain.mean(), 1e-12))
    gain[0, 0] = 1
    return np.clip(gain, 1 / _MOST_GAIN, _MOST_GAIN)


def filtered(field: Numbers, gain: Numbers) -> Numbers:
    """Return a field ``(N, N)`` with each frequency times the gain, which is interpolated between those of windows."""
    frequency = fft.fftfreq(len(field)) * WINDOW_PX
    places = np.stack(np.meshgrid(frequency, frequency[: len(field) // 2 + 1] % WINDOW_PX, indexing="ij"))
    response = np.exp(map_coordinates(np.log(gain), places, order=1, mode="grid-wrap"))
    changed: Numbers = fft.irfft2(fft.rfft2(field) * response, field.shape)
    return changed

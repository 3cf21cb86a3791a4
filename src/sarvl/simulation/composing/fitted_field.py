"""Fields of clutter drawn anew, with the distribution and the correlation that were measured where no target is."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import fft
from scipy.special import gammainc, gammaincinv

from sarvl.simulation.composing.amplitude import Amplitude
from sarvl.simulation.composing.object_masks import Mask

_PARTS = (np.arange(512) + 0.5) / 512
_MOST_LOOKS = 64
_NOISE = 4.0  # standard deviations that a correlation must have: there are hundreds of lags
_TURNS = 30
Numbers = NDArray[np.float64]


class FittedField(NamedTuple):
    """What a field is drawn from.

    quantiles: ``(bands, 512)`` of amplitude, the middle of each part of equal probability. looks: of its speckle.
    coherence: ``(bands, 2 r + 1, 2 r + 1)`` of the complex pixels, by lag. between: ``(bands, bands)`` of bands.
    """

    quantiles: Amplitude
    looks: int
    coherence: Numbers
    between: Numbers


def fit_field(margins: Sequence[tuple[Amplitude, Mask]], reach_px: int) -> FittedField:
    """Fit a field to amplitudes ``(bands, H, W)`` where their masks ``(H, W)`` are true.

    Neighbours depend on each other as in speckle (Goodman 1976): the ranks of each margin's pixels give the power that
    pixels of such rank have in speckle of as many looks; its correlation by lag, over pairs that are both in the margin
    (a mask), is the square of the coherence. The distribution is that of all margins together, whatever it is.
    """
    bands = range(margins[0][0].shape[0])
    values = [np.concatenate([amplitude[band][where] for amplitude, where in margins]) for band in bands]
    looks = _looks_of(values[0])
    powers = [np.stack([_power(band, where, looks) for band in amplitude]) for amplitude, where in margins]
    coherence = [
        _coherence([(power[band], where) for power, (_, where) in zip(powers, margins, strict=True)], reach_px)
        for band in bands
    ]
    together = np.concatenate([power[:, where] for power, (_, where) in zip(powers, margins, strict=True)], axis=1)
    alike = np.atleast_2d(np.corrcoef(together))
    between = np.sqrt(np.where(alike > _NOISE / np.sqrt(together.shape[1]), alike, 0))
    return FittedField(np.quantile(values, _PARTS, axis=1).T.astype(np.float32), looks, np.array(coherence), between)


def _looks_of(amplitude: Amplitude) -> int:
    """Return the equivalent number of looks, whole: squared mean by variance of the power."""
    power = np.square(amplitude, dtype=np.float64)
    return int(np.clip(np.rint(power.mean() ** 2 / max(power.var(), 1e-30)), 1, _MOST_LOOKS))


def _power(band: Amplitude, where: Mask, looks: int) -> Numbers:
    """Return the power less its mean that speckle of such ranks has, 0 elsewhere; equal values share a mean rank."""
    _, index, counts = np.unique(band[where], return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - counts / 2) / counts.sum()
    power = np.zeros(band.shape)
    power[where] = gammaincinv(looks, ranks)[index] / looks
    power[where] -= power[where].mean()
    return power


def _coherence(margins: Sequence[tuple[Numbers, Mask]], reach: int) -> Numbers:
    """Return the coherence by lag, ``(2 reach + 1,) * 2``, that of no lag in the middle; 0 where it drowns in noise."""
    products = np.zeros((2 * reach + 1,) * 2)
    pairs = np.zeros_like(products)
    lags = np.ix_(range(-reach, reach + 1), range(-reach, reach + 1))
    for power, where in margins:
        shape = [fft.next_fast_len(side + reach, real=True) for side in where.shape]
        products += fft.irfft2(np.abs(fft.rfft2(power, shape)) ** 2, shape)[lags]
        pairs += fft.irfft2(np.abs(fft.rfft2(where.astype(float), shape)) ** 2, shape)[lags]
    pairs = np.maximum(pairs, 1)
    correlation = products / pairs
    correlation /= max(correlation[reach, reach], 1e-30)
    noise = _NOISE / np.sqrt(pairs)
    coherence: Numbers = np.sqrt(np.where(correlation > noise, correlation, 0))
    return coherence


def draw_field(fitted: FittedField, size: int, rng: np.random.Generator) -> Amplitude:
    """Return an amplitude ``(bands, size, size)`` of the fitted distribution and correlation; it has no border."""
    bands = len(fitted.quantiles)
    spectra = np.array([_spectrum(coherence, size) for coherence in fitted.coherence])
    mixing = np.linalg.cholesky(fitted.between + 1e-6 * np.eye(bands))
    power = np.zeros((bands, size, size))
    for _ in range(fitted.looks):
        noise = rng.standard_normal((bands, size, size, 2)).view(np.complex128)[..., 0]
        mixed = np.einsum("ij,jhw->ihw", mixing, noise)
        look = fft.ifft2(fft.fft2(mixed) * np.sqrt(spectra))
        power += np.square(look.real) + np.square(look.imag)
    ranks = gammainc(fitted.looks, fitted.looks * power / power.mean(axis=(1, 2), keepdims=True))
    return np.array([np.interp(r, _PARTS, band) for r, band in zip(ranks, fitted.quantiles, strict=True)], np.float32)


def _spectrum(coherence: Numbers, size: int) -> Numbers:
    """Return the power spectrum ``(size, size)`` whose coherence by lag is the nearest to the measured one.

    A measured coherence may have no spectrum: where it is none, what can be had and what was measured are met in turns.
    """
    reach = len(coherence) // 2
    placed = np.zeros((size, size))
    near = np.ix_(range(-reach, reach + 1), range(-reach, reach + 1))
    placed[near] = coherence
    is_measured = placed > 0
    for _ in range(_TURNS):
        spectrum = np.maximum(fft.fft2(placed).real, 0)
        possible = fft.ifft2(spectrum / spectrum.mean()).real
        placed[near] = np.where(is_measured, placed, 0.5 * possible)[near]
    final: Numbers = spectrum / spectrum.mean()
    return final

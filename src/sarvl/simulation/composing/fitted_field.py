"""Fields of clutter drawn anew, with the distribution and the correlation that were measured where no target is."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import fft
from scipy.special import gammaincinv

from sarvl.simulation.composing.amplitude import Amplitude
from sarvl.simulation.composing.grain import WINDOW_PX, filter_between, filtered, grain_of
from sarvl.simulation.composing.object_masks import Mask

_PARTS = (np.arange(512) + 0.5) / 512
_MOST_LOOKS = 64
_NOISE = 4.0  # standard deviations that a correlation must have: there are hundreds of lags
_MOST_SLOW = 0.5
_TRIAL_PX, _FILTERS = 256, 4
_TURNS, _STEP = 200, 1.5
Numbers = NDArray[np.float64]


class FittedField(NamedTuple):
    """What a field is drawn from.

    quantiles: ``(bands, 512)`` of amplitude, the middle of each part of equal probability. looks: of its speckle.
    coherence: ``(bands, 4 r + 1, 4 r + 1)`` of the complex pixels, by lag. between: ``(bands, bands)`` of bands.
    texture: ``(bands,)`` variance of the power, by its squared mean, that changes slowly. reach_px: how far r is.
    filters: ``(turns, bands, 16, 16)`` gains by frequency that give it, one after the other, the grain of the margins.
    """

    quantiles: Amplitude
    looks: int
    coherence: Numbers
    between: Numbers
    texture: Numbers
    reach_px: int
    filters: Numbers


def fit_field(margins: Sequence[tuple[Amplitude, Mask]], reach_px: int) -> FittedField:
    """Fit a field to amplitudes ``(bands, H, W)`` where their masks ``(H, W)`` are true.

    Neighbours depend on each other as in speckle (Goodman 1976): the ranks of each margin's pixels give the power that
    pixels of such rank have in speckle of as many looks. Its correlation by lag, over pairs that are both in a margin,
    is the square of the coherence, but for what changes slowly. The distribution is that of all margins together, each
    brought to the mean level of all.
    """
    bands = range(margins[0][0].shape[0])
    values = [_of_one_level([amplitude[band][where] for amplitude, where in margins]) for band in bands]
    looks = _looks_of(values[0])
    powers = [np.stack([_power(band, where, looks) for band in amplitude]) for amplitude, where in margins]
    correlations = [
        _correlation([(power[band], where) for power, (_, where) in zip(powers, margins, strict=True)], reach_px)
        for band in bands
    ]
    slow, coherence = zip(*(_parted(*correlation) for correlation in correlations), strict=True)
    together = np.concatenate([power[:, where] for power, (_, where) in zip(powers, margins, strict=True)], axis=1)
    alike = np.atleast_2d(np.corrcoef(together))
    between = np.sqrt(np.where(alike > _NOISE / np.sqrt(together.shape[1]), alike, 0))
    quantiles = np.quantile(values, _PARTS, axis=1).T.astype(np.float32)
    no_filters = np.ones((0, len(bands), WINDOW_PX, WINDOW_PX))
    fitted = FittedField(quantiles, looks, np.array(coherence), between, np.array(slow) / looks, reach_px, no_filters)
    grains = [grain_of((amplitude[band], where) for amplitude, where in margins) for band in bands]
    return _with_filters(fitted, [grain for grain in grains if grain is not None])


def _with_filters(fitted: FittedField, grains: Sequence[Numbers]) -> FittedField:
    """Return a field with filters that bring the grain of what is drawn to that of the margins.

    Each filter changes the distribution, and what restores that changes the grain: so in turns, as for surrogate data
    (Schreiber and Schmitz 1996). Margins too narrow for a window leave the field as it is.
    """
    everywhere = np.ones((_TRIAL_PX, _TRIAL_PX), bool)
    for _ in range(_FILTERS if len(grains) == len(fitted.quantiles) else 0):
        drawn = draw_field(fitted, _TRIAL_PX, np.random.default_rng(0))
        now = [grain_of([(band, everywhere)]) for band in drawn]
        turn = [filter_between(grain, wanted) for grain, wanted in zip(now, grains, strict=True) if grain is not None]
        fitted = fitted._replace(filters=np.concatenate([fitted.filters, np.array(turn)[None]]))
    return fitted


def _of_one_level(values: Sequence[Amplitude]) -> Amplitude:
    """Return the values of all margins together, each brought to the mean level of all."""
    levels = np.array([each.mean() for each in values])
    return np.concatenate([each * (levels.mean() / level) for each, level in zip(values, levels, strict=True)])


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


def _correlation(margins: Sequence[tuple[Numbers, Mask]], reach: int) -> tuple[Numbers, Numbers]:
    """Return the correlation by lag, ``(2 reach + 1,) * 2``, that of no lag in the middle, and how sure it is."""
    products = np.zeros((2 * reach + 1,) * 2)
    pairs = np.zeros_like(products)
    lags = np.ix_(range(-reach, reach + 1), range(-reach, reach + 1))
    for power, where in margins:
        shape = [fft.next_fast_len(side + reach, real=True) for side in where.shape]
        products += fft.irfft2(np.abs(fft.rfft2(power, shape)) ** 2, shape)[lags]
        pairs += fft.irfft2(np.abs(fft.rfft2(where.astype(float), shape)) ** 2, shape)[lags]
    correlation = products / np.maximum(pairs, 1)
    return correlation / max(correlation[reach, reach], 1e-30), 1 / np.sqrt(np.maximum(pairs, 1))


def _parted(correlation: Numbers, deviation: Numbers) -> tuple[float, Numbers]:
    """Return the part of the variance that changes slowly, and the coherence by lag of the rest: that is speckle.

    What is left of the correlation far away is of the slow part, which near by is as large.
    """
    reach = len(correlation) // 2
    rows, columns = np.mgrid[-reach : reach + 1, -reach : reach + 1]
    slow = float(np.clip(correlation[np.hypot(rows, columns) > 0.75 * reach].mean(), 0, _MOST_SLOW))
    speckle = (correlation - slow) / (1 - slow)
    return slow, _possible(np.sqrt(np.where(speckle > _NOISE * deviation, speckle, 0)))


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
    for band, variance in enumerate(fitted.texture):
        power[band] *= _slow_texture(size, float(variance), 2.0 * fitted.reach_px, rng)
    drawn = [_of_distribution(band, quantiles) for band, quantiles in zip(power, fitted.quantiles, strict=True)]
    for turn in fitted.filters:
        drawn = [
            _of_distribution(filtered(band, gain), quantiles)
            for band, gain, quantiles in zip(drawn, turn, fitted.quantiles, strict=True)
        ]
    return np.array(drawn, np.float32)


def _of_distribution(field: Numbers, quantiles: Amplitude) -> Numbers:
    """Return a field with each value replaced by that of equal rank in a distribution."""
    values: Numbers = np.empty(field.shape)
    values.ravel()[field.ravel().argsort()] = np.interp((np.arange(field.size) + 0.5) / field.size, _PARTS, quantiles)
    return values


def _slow_texture(size: int, variance: float, length_px: float, rng: np.random.Generator) -> Numbers:
    """Return lognormal texture ``(size, size)`` of mean 1 that changes over a length."""
    along = fft.fftfreq(size)
    response = np.exp(-2 * (np.pi * length_px) ** 2 * (along**2 + along[:, None] ** 2) / 2)
    smooth = fft.ifft2(fft.fft2(rng.standard_normal((size, size))) * response).real / np.sqrt(np.mean(response**2))
    deviation = np.sqrt(np.log1p(variance))
    texture: Numbers = np.exp(deviation * smooth - deviation**2 / 2)
    return texture


def _possible(coherence: Numbers) -> Numbers:
    """Return the coherence by lag, ``(4 reach + 1,) * 2``, that a spectrum can have and that is nearest to this one.

    Of a measured coherence only the magnitude is known, and 0 stands where it drowns in noise. In turns, the spectrum
    loses what is negative, and the coherence is corrected by what it still lacks (Gerchberg and Saxton 1972).
    """
    reach = len(coherence) // 2
    size = fft.next_fast_len(8 * reach + 1)
    near = np.ix_(range(-reach, reach + 1), range(-reach, reach + 1))
    given, placed = np.zeros((size, size)), np.zeros((size, size))
    given[near] = placed[near] = coherence
    for _ in range(_TURNS):
        spectrum = np.maximum(fft.fft2(placed).real, 0)
        possible = fft.ifft2(spectrum / spectrum.mean()).real
        lacking = np.where(given > 0, np.where(possible < 0, -given, given) - possible, 0)
        placed = possible + _STEP * lacking
    wide = np.ix_(range(-2 * reach, 2 * reach + 1), range(-2 * reach, 2 * reach + 1))
    nearest: Numbers = possible[wide]
    return nearest


def _spectrum(coherence: Numbers, size: int) -> Numbers:
    """Return the power spectrum ``(size, size)`` of a coherence by lag; what rounding makes negative is left out."""
    reach = min(len(coherence) // 2, (size - 1) // 2)
    middle = len(coherence) // 2
    placed = np.zeros((size, size))
    near = np.ix_(range(-reach, reach + 1), range(-reach, reach + 1))
    inner = slice(middle - reach, middle + reach + 1)
    placed[near] = coherence[inner, inner]
    power = np.maximum(fft.fft2(placed).real, 0)
    spectrum: Numbers = power / power.mean()
    return spectrum

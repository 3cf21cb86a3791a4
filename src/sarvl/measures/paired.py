"""Paired comparison of two models on the same items: whether a difference is real, and how small a one shows."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import stdtrit

from sarvl.errors import EvaluationError
from sarvl.measures.measure import Measure
from sarvl.measures.statistics import (
    WEIGHTS_AT_ONCE,
    ImageClusters,
    Statistic,
    WeightedFigure,
    cluster_sums,
    mean_of_ratios,
    resampled_weights,
)

SIGNIFICANCE, POWER = 0.05, 0.8
EXACT_CLUSTERS = 13  # 8192 ways to exchange them: no more work than drawing
_ROUNDING = 1e-12


@dataclass(frozen=True, slots=True)
class PairedDifference:
    """The second model's figure minus the first's. clusters: how many bear on it; each is resampled whole.

    low, high: the 95 % interval: Student's t with the standard error of the difference when the same clusters are drawn
    again for both models, within what the figure can differ by at all. A percentile interval would be too short where
    there are few of them.
    p_value: of the exchange test, two-sided: how often a difference as large arises where the models are exchanged at
    random, cluster by cluster. detectable: the smallest true difference that such a set shows (p below 0.05) in four
    of five cases. All four are None where there are fewer than two clusters; all but p_value where hardly a resample
    has a figure, or where the models differ by the same in every cluster, or never, since nothing is then known of how
    their difference varies.
    """

    difference: float
    clusters: int
    low: float | None = None
    high: float | None = None
    p_value: float | None = None
    detectable: float | None = None


def paired_difference(
    first: ArrayLike,
    second: ArrayLike,
    clusters: ArrayLike | None = None,
    *,
    statistic: Statistic = mean_of_ratios,
    resamples: int = 1000,
    exchanges: int = 10_000,
    seed: int = 0,
) -> PairedDifference:
    """Compare two models by their terms ``(N, F)``: one row an item, the same items in the same order.

    clusters: ``(N,)`` labels of what belongs together, such as a scene; None where each item stands alone.
    exchanges: how many are drawn where there are more than 13 clusters; else all are tried, and the test is exact.
    Sources: paired bootstrap, Koehn, Statistical Significance Tests for Machine Translation Evaluation, EMNLP 2004;
    exchange test, Noreen, Computer-Intensive Methods for Testing Hypotheses, 1989; smallest detectable difference,
    Bloom, Minimum Detectable Effects, Evaluation Review 19(5), 1995, with Student's t for the clusters.
    Raises EvaluationError where the terms differ in shape or are not finite, or a model has no figure of them, such as
    a share of nothing.
    """
    terms = np.asarray(first, np.float64), np.asarray(second, np.float64)
    if terms[0].shape != terms[1].shape:
        raise EvaluationError(f"compare: terms of shapes {terms[0].shape} and {terms[1].shape}; give the same items")
    for which, part in zip(("first", "second"), terms, strict=True):
        if not np.isfinite(statistic(part.sum(axis=0))):
            raise EvaluationError(f"compare: the {which} model has no figure, or one that is not finite; leave it out")
    sums = [cluster_sums(part, clusters) for part in terms]  # each (C, F)
    counted = (sums[0] != 0).any(axis=1) | (sums[1] != 0).any(axis=1)  # the others have nothing to do with the figure
    pair = _Pair(sums[0][counted], sums[1][counted], statistic)
    return _paired(pair, len(pair.first), resamples, exchanges, seed)


def measured_difference(first: Measure, second: Measure, seed: int = 0) -> PairedDifference | None:
    """Compare a figure of two models that answered the same items, in the same order.

    None for a plain count, and where one of the models has no figure, such as a share of nothing.
    A figure that is no function of sums is made anew for each draw: there are 200 resamples and 1,000 exchanges of it.
    """
    if not np.isfinite([first.value, second.value]).all():
        return None
    if first.terms is not None and second.terms is not None:
        difference = paired_difference(first.terms, second.terms, first.groups, statistic=first.statistic, seed=seed)
        return _within(difference, max(first.most, second.most))
    if first.weighted is None or second.weighted is None or first.groups is None:
        return None
    images = ImageClusters(first.groups, first.weighted.bearing | second.weighted.bearing)
    pair = _WeightedPair(first.weighted.joined(second.weighted), images)
    return _within(_paired(pair, images.count, 200, 1000, seed), max(first.most, second.most))


def _within(difference: PairedDifference, most: float) -> PairedDifference:
    """Return a difference whose interval ends at what two figures from 0 to ``most`` can differ by."""
    if difference.low is None or difference.high is None:
        return difference
    return replace(difference, low=max(difference.low, -most), high=min(difference.high, most))


class _Differing(Protocol):
    """Two models by clusters: ``differences`` of weights, and those of exchanged models."""

    def differences(self, weights: NDArray[np.float64]) -> NDArray[np.float64]: ...

    def exchanged(self, kept: NDArray[np.float64]) -> NDArray[np.float64]: ...


def _paired(pair: _Differing, count: int, resamples: int, exchanges: int, seed: int) -> PairedDifference:
    difference = float(pair.differences(np.ones((1, count)))[0])
    if count < 2:
        return PairedDifference(difference, count)
    drawn = np.concatenate([pair.differences(weights) for weights in resampled_weights(count, resamples, seed)])
    drawn = drawn[np.isfinite(drawn)]  # a class may be in none of the clusters that were drawn
    p_value = _exchange_test(pair, count, difference, exchanges, seed)
    error = float(drawn.std() * np.sqrt(count / (count - 1))) if len(drawn) > 1 else np.nan
    if np.isnan(error) or error < _ROUNDING:
        return PairedDifference(difference, count, p_value=p_value)
    width = float(stdtrit(count - 1, 1 - SIGNIFICANCE / 2)) * error
    return PairedDifference(
        difference, count, difference - width, difference + width, p_value, _detectable(error, count)
    )


@dataclass(frozen=True, slots=True)
class _Pair:
    """The sums of two models a cluster, both ``(C, F)``."""

    first: NDArray[np.float64]
    second: NDArray[np.float64]
    statistic: Statistic

    def differences(self, weights: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return ``(R,)``: the second minus the first, with each cluster counted so often, weights ``(R, C)``."""
        return self.statistic(weights @ self.second) - self.statistic(weights @ self.first)

    def exchanged(self, kept: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return ``(R,)``: the same where the models are exchanged in clusters that are not kept; kept ``(R, C)``."""
        second = kept @ self.second + (1 - kept) @ self.first
        first = kept @ self.first + (1 - kept) @ self.second
        return self.statistic(second) - self.statistic(first)


@dataclass(frozen=True, slots=True)
class _WeightedPair:
    """A figure of the images of two models together, and the clusters of the images of one."""

    joined: WeightedFigure
    images: ImageClusters

    def differences(self, weights: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return ``(R,)`` as ``_Pair`` does."""
        none = np.zeros_like(weights)
        return self._figure(none, weights) - self._figure(weights, none)

    def exchanged(self, kept: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return ``(R,)`` as ``_Pair`` does."""
        return self._figure(1 - kept, kept) - self._figure(kept, 1 - kept)

    def _figure(self, first: NDArray[np.float64], second: NDArray[np.float64]) -> NDArray[np.float64]:
        return self.joined(np.hstack([self.images.spread(first), self.images.spread(second)]))


def _exchange_test(pair: _Differing, count: int, difference: float, exchanges: int, seed: int) -> float:
    """Return the share of exchanges whose difference is at least as large; exact where there are few clusters."""
    exact = count <= EXACT_CLUSTERS
    tried = as_large = 0
    for kept in _all_exchanges(count) if exact else _drawn_exchanges(count, exchanges, seed):
        # An exchange that leaves one of the models without an answer has no difference: it speaks for neither.
        is_smaller = np.abs(pair.exchanged(kept)) < abs(difference) - _ROUNDING
        as_large += int(np.count_nonzero(~is_smaller))
        tried += len(kept)
    return as_large / tried if exact else (as_large + 1) / (tried + 1)


def _all_exchanges(clusters: int) -> Iterator[NDArray[np.float64]]:
    """Yield every way to keep (1) or exchange (0) the clusters, ``(2 ** C, C)``."""
    yield ((np.arange(2**clusters)[:, None] >> np.arange(clusters)) & 1).astype(np.float64)


def _drawn_exchanges(clusters: int, exchanges: int, seed: int) -> Iterator[NDArray[np.float64]]:
    rng = np.random.default_rng(seed)
    block = max(1, WEIGHTS_AT_ONCE // clusters)
    for start in range(0, exchanges, block):
        yield rng.integers(0, 2, (min(block, exchanges - start), clusters)).astype(np.float64)


def _detectable(error: float, clusters: int) -> float:
    """Return what lies (t of the test + t of the power) standard errors from zero."""
    freedom = clusters - 1
    return float((stdtrit(freedom, 1 - SIGNIFICANCE / 2) + stdtrit(freedom, POWER)) * error)

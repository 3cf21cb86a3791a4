"""Intervals: the 95 % interval of a share that is a function of sums over queries, from how clusters of them differ."""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import betaincinv, expit, logit, stdtrit  # scipy.stats has the same, and takes long to import

from sarvl.measures.statistics import (
    ImageClusters,
    Statistic,
    WeightedFigure,
    cluster_sums,
    mean_of_ratios,
    resampled_weights,
    terms_of,
)

FEW_CLUSTERS = 10
"""With fewer clusters than this an interval says little; what prints one warns."""
_TAIL = 0.025
_PSEUDO = 0.5  # half a right and half a wrong answer, as in Jeffreys' interval: no share is at the edge
_MOST_GAIN = 4.0  # a spread under half of that of independent queries is taken for chance
_STEP = 1e-3  # of the numeric derivative by the weight of a cluster


class Interval(NamedTuple):
    """The 95 % interval of a share, and the number of clusters that bear on it; None with fewer than two."""

    low: float | None
    high: float | None
    clusters: int


def share_interval(
    values: ArrayLike,
    clusters: ArrayLike | None = None,
    *,
    statistic: Statistic = mean_of_ratios,
    queries: int | None = None,
) -> Interval:
    """Return the 95 % interval of a share from 0 to 1 for new clusters of the same kind.

    values: ``(Q,)``, one a query, for the interval of their mean; or ``(Q, F)`` terms, summed over the queries and
        given to ``statistic``.
    clusters: ``(Q,)`` labels (numbers or strings), or None where each query stands alone. Queries of a cluster are not
        independent: captions of one image, overlapping patches of one scene. Clusters without a term do not count.
    queries: how many answers the share is of, where that is not the number of values.

    The variance over clusters is the sum of squared influences (the delta method). It gives the number of independent
    answers that would vary as much; half a right and half a wrong answer are added, and the interval is Student's t
    on the scale of log odds, with one degree of freedom less than clusters. Where all clusters answer alike, each
    counts as one answer (Jeffreys' interval), so that 6 of 6 is not [1, 1]. ``benchmarks/intervals.py`` measures how
    often such an interval, and others that were tried, holds the truth.
    Sources: Korn and Graubard, Confidence Intervals for Proportions with Small Expected Number of Positive Counts
    Estimated from Survey Data, Survey Methodology 24(2), 1998 (effective number of answers); Brown, Cai and DasGupta,
    Interval Estimation for a Binomial Proportion, Statistical Science 16(2), 2001.
    Raises EvaluationError for no values, values that are not finite, or labels of another length.
    """
    terms = terms_of(values)
    sums = cluster_sums(terms, clusters)
    sums = sums[(sums != 0).any(axis=1)]  # (C, F)
    count = len(sums)
    if count < 2:
        return Interval(None, None, count)
    share = float(np.clip(statistic(sums.sum(axis=0)), 0, 1))
    return _interval(share, _variance(sums, statistic), count, queries or len(terms))


def resampled_interval(
    share: WeightedFigure,
    clusters: ArrayLike,
    *,
    queries: int,
    resamples: int = 200,
    seed: int = 0,
) -> Interval:
    """Return the 95 % interval of a share that is no function of sums, such as average precision.

    clusters: ``(N,)`` labels; each is drawn whole, with its images, and those that do not bear on the share do not
    count. queries: how many answers the share is of.

    The variance is that of the share when as many clusters are drawn again, with replacement; from there on it is as in
    ``share_interval``.
    """
    images = ImageClusters(clusters, share.bearing)
    count = images.count
    if count < 2:
        return Interval(None, None, count)
    drawn = np.concatenate([share(images.spread(weights)) for weights in resampled_weights(count, resamples, seed)])
    variance = float(np.nanvar(drawn)) * count / (count - 1)
    value = float(np.clip(share(images.spread(np.ones((1, count))))[0], 0, 1))
    return _interval(value, variance, count, queries)


def _interval(share: float, variance: float, clusters: int, queries: int) -> Interval:
    """Return the interval of a share whose variance over clusters is known."""
    spread = share * (1 - share)
    if spread == 0 or variance == 0:
        return Interval(*_jeffreys(share, clusters), clusters)
    answers = min(spread / variance, _MOST_GAIN * queries)
    return Interval(*_student(share, answers, clusters), clusters)


def _variance(sums: NDArray[np.float64], statistic: Statistic) -> float:
    """Return the variance of the figure over clusters ``(C, F)``, by the influence of each."""
    total, count = sums.sum(axis=0), len(sums)
    influence = (statistic(total + _STEP * sums) - statistic(total - _STEP * sums)) / (2 * _STEP)  # (C,)
    return float(count / (count - 1) * np.square(influence - influence.mean()).sum())


def _student(share: float, answers: float, clusters: int) -> tuple[float, float]:
    """Return Student's interval of a share of so many answers, on the scale of log odds."""
    smoothed = (share * answers + _PSEUDO) / (answers + 2 * _PSEUDO)
    width = stdtrit(clusters - 1, 1 - _TAIL) / np.sqrt(smoothed * (1 - smoothed) * (answers + 2 * _PSEUDO))
    log_odds = logit(smoothed)
    return float(expit(log_odds - width)), float(expit(log_odds + width))


def _jeffreys(share: float, answers: int) -> tuple[float, float]:
    """Return Jeffreys' interval of a share of so many answers, which ends where the share does."""
    right = share * answers
    shape = right + _PSEUDO, answers - right + _PSEUDO
    low, high = betaincinv(*shape, [_TAIL, 1 - _TAIL])
    return (0.0 if share == 0 else float(low)), (1.0 if share == 1 else float(high))

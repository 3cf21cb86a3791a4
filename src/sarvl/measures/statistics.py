"""Cluster bootstrap: 95 % intervals for figures that are functions of sums over queries."""

from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sarvl.errors import EvaluationError

Statistic = Callable[[NDArray[np.float64]], NDArray[np.float64]]
"""Totals ``(..., F)`` to the figure ``(...,)``."""

WEIGHTS_AT_ONCE = 2**22


def mean_of_ratios(totals: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the mean of sum / count over the (sum, count) pairs in the last axis, leaving out empty counts.

    totals: ``(..., 2 * parts)``. One part is a plain mean; one part a class is the mean per-class accuracy.
    """
    parts = totals.reshape(*totals.shape[:-1], -1, 2)  # (..., parts, 2)
    counts = parts[..., 1]
    ratios = np.divide(parts[..., 0], counts, out=np.zeros_like(counts), where=counts > 0)
    present: NDArray[np.int64] = np.count_nonzero(counts > 0, axis=-1)
    return np.asarray(ratios.sum(axis=-1) / np.maximum(present, 1))


def bootstrap_interval(
    values: ArrayLike,
    clusters: ArrayLike | None = None,
    *,
    statistic: Statistic = mean_of_ratios,
    resamples: int = 1000,
    seed: int = 0,
) -> tuple[float, float] | tuple[None, None]:
    """Return the 95 % percentile interval of a figure when whole clusters are drawn again with replacement.

    values: ``(Q,)``, one a query, for the interval of their mean; or ``(Q, F)`` terms, summed over the queries and
        given to ``statistic``.
    clusters: ``(Q,)`` labels (numbers or strings), or None where each query stands alone. All queries of a cluster
        stay together: captions of one image, and overlapping patches of one scene, are not independent.
    With fewer than two clusters nothing can be drawn, and the answer is ``(None, None)``.
    Raises EvaluationError for no values, values that are not finite, or labels of another length.
    Source: Efron and Tibshirani, An Introduction to the Bootstrap, 1993, chapter 13 (percentile interval).
    """
    sums = cluster_sums(_terms(values), clusters)  # (C, F)
    if len(sums) < 2:
        return None, None
    figures = [statistic(weights @ sums) for weights in resampled_weights(len(sums), resamples, seed)]
    low, high = np.quantile(np.concatenate(figures), (0.025, 0.975))
    return float(low), float(high)


def resampled_weights(clusters: int, resamples: int, seed: int) -> Iterator[NDArray[np.float64]]:
    """Yield how often each cluster is drawn, ``(some resamples, C)`` at a time: as many draws as there are clusters."""
    rng = np.random.default_rng(seed)
    chances = np.full(clusters, 1 / clusters)
    block = max(1, WEIGHTS_AT_ONCE // clusters)
    for start in range(0, resamples, block):
        yield rng.multinomial(clusters, chances, size=min(block, resamples - start)).astype(np.float64)


def _terms(values: ArrayLike) -> NDArray[np.float64]:
    """Return ``(Q, F)`` terms; plain values become (value, 1)."""
    terms = np.asarray(values, dtype=np.float64)
    if terms.ndim not in (1, 2) or len(terms) == 0:
        raise EvaluationError(f"bootstrap: values have shape {terms.shape}; give a non-empty (Q,) or (Q, F) array")
    if not np.isfinite(terms).all():
        raise EvaluationError("bootstrap: a value is not finite; check the scores that it was made from")
    return np.column_stack((terms, np.ones(len(terms)))) if terms.ndim == 1 else terms


def cluster_sums(terms: NDArray[np.float64], clusters: ArrayLike | None) -> NDArray[np.float64]:
    """Return ``(C, F)``: the terms of each cluster added up, clusters in the order of their labels."""
    if clusters is None:
        return terms
    labels = np.asarray(clusters)
    if labels.shape != (len(terms),):
        raise EvaluationError(f"bootstrap: {len(terms)} values but labels of shape {labels.shape}; give one each")
    names, index = np.unique(labels, return_inverse=True)
    sums = np.zeros((len(names), terms.shape[1]))
    np.add.at(sums, index, terms)
    return sums

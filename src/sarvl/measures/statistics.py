"""Figures that are functions of sums over queries, and the clusters that their queries come in."""

from collections.abc import Callable, Iterator
from typing import Any, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sarvl.errors import EvaluationError

Statistic = Callable[[NDArray[np.float64]], NDArray[np.float64]]
"""Totals ``(..., F)`` to the figure ``(...,)``."""

WEIGHTS_AT_ONCE = 2**22


class WeightedFigure(Protocol):
    """A figure that is no function of sums, such as average precision: how often each of N images counts decides it."""

    def __call__(self, weights: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the figure ``(R,)`` of weights ``(R, N)``; NaN where it is not defined."""

    @property
    def bearing(self) -> NDArray[np.bool_]:
        """Which images have to do with the figure, ``(N,)``."""

    def joined(self, other: Any) -> "WeightedFigure":
        """Return the figure of 2 N images: those of this model, and the same as another one of its kind answered."""


def mean_of_ratios(totals: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the mean of sum / count over the (sum, count) pairs in the last axis, leaving out empty counts.

    totals: ``(..., 2 * parts)``. One part is a plain mean; one part a class is the mean per-class accuracy.
    NaN where all counts are empty.
    """
    parts = totals.reshape(*totals.shape[:-1], -1, 2)  # (..., parts, 2)
    counts = parts[..., 1]
    ratios = np.divide(parts[..., 0], counts, out=np.zeros_like(counts), where=counts > 0)
    present: NDArray[np.int64] = np.count_nonzero(counts > 0, axis=-1)
    means: NDArray[np.float64] = np.full(present.shape, np.nan)
    np.divide(ratios.sum(axis=-1), present, out=means, where=present > 0)
    return means


def resampled_weights(clusters: int, resamples: int, seed: int) -> Iterator[NDArray[np.float64]]:
    """Yield how often each cluster is drawn, ``(some resamples, C)`` at a time: as many draws as there are clusters."""
    rng = np.random.default_rng(seed)
    chances = np.full(clusters, 1 / clusters)
    block = max(1, WEIGHTS_AT_ONCE // clusters)
    for start in range(0, resamples, block):
        yield rng.multinomial(clusters, chances, size=min(block, resamples - start)).astype(np.float64)


class ImageClusters:
    """Which cluster each of N images is of: weights of clusters become those of images.

    clusters: ``(N,)`` labels. bearing: ``(N,)``; clusters without such an image are left out, and their images get 0.
    """

    def __init__(self, clusters: ArrayLike, bearing: NDArray[np.bool_]) -> None:
        labels = np.asarray(clusters)
        names = np.unique(labels[bearing])
        self.count = len(names)
        self._in_one = np.isin(labels, names)
        self._index = np.searchsorted(names, labels[self._in_one])

    def spread(self, weights: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return ``(R, N)`` for weights ``(R, C)``."""
        spread = np.zeros((len(weights), len(self._in_one)))
        spread[:, self._in_one] = weights[:, self._index]
        return spread


def terms_of(values: ArrayLike) -> NDArray[np.float64]:
    """Return ``(Q, F)`` terms; plain values become (value, 1)."""
    terms = np.asarray(values, dtype=np.float64)
    if terms.ndim not in (1, 2) or len(terms) == 0:
        raise EvaluationError(f"interval: values have shape {terms.shape}; give a non-empty (Q,) or (Q, F) array")
    if not np.isfinite(terms).all():
        raise EvaluationError("interval: a value is not finite; check the scores that it was made from")
    return np.column_stack((terms, np.ones(len(terms)))) if terms.ndim == 1 else terms


def cluster_sums(terms: NDArray[np.float64], clusters: ArrayLike | None) -> NDArray[np.float64]:
    """Return ``(C, F)``: the terms of each cluster added up, clusters in the order of their labels."""
    if clusters is None:
        return terms
    labels = np.asarray(clusters)
    if labels.shape != (len(terms),):
        raise EvaluationError(f"interval: {len(terms)} values but labels of shape {labels.shape}; give one each")
    names, index = np.unique(labels, return_inverse=True)
    sums = np.zeros((len(names), terms.shape[1]))
    np.add.at(sums, index, terms)
    return sums

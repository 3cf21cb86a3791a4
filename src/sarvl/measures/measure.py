"""Measure: one figure of an evaluation with what its interval needs."""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sarvl.measures.intervals import Interval, resampled_interval, share_interval
from sarvl.measures.statistics import Statistic, WeightedFigure, mean_of_ratios


@dataclass(frozen=True, slots=True)
class Measure:
    """A figure: name, value, the number of queries behind it, and the values that need no skill or cannot be passed.

    chance: the expectation of a random answer. ceiling: the most that any model can reach; both None where undefined.
    terms: ``(N, F)`` sums, one row an image, from which ``statistic`` makes the value; None for a plain count.
    groups: ``(N,)`` labels (such as scenes) of images that are not independent; None where each image stands alone.
    weighted: the figure by how often each image counts, where it is no function of sums; its interval is then drawn.
    of_model: False for a baseline, which the images alone decide. most: the largest value that it can have, such as the
    largest error; the interval is made of its share of that.
    """

    metric: str
    value: float
    n: int
    chance: float | None = None
    ceiling: float | None = None
    terms: NDArray[np.float64] | None = None
    statistic: Statistic = mean_of_ratios
    groups: ArrayLike | None = None
    of_model: bool = True
    most: float = 1.0
    weighted: WeightedFigure | None = None

    @classmethod
    def of(
        cls,
        metric: str,
        terms: NDArray[np.float64],
        n: int,
        *,
        chance: float | None = None,
        ceiling: float | None = None,
        statistic: Statistic = mean_of_ratios,
        groups: ArrayLike | None = None,
        of_model: bool = True,
        most: float = 1.0,
    ) -> Self:
        """Make a measure whose value is ``statistic`` of the terms' sum over images."""
        value = float(statistic(terms.sum(axis=0)))
        return cls(metric, value, n, chance, ceiling, terms, statistic, groups, of_model, most)

    def interval(self) -> Interval:
        """Return the 95 % interval over the groups; none for a plain count."""
        if self.weighted is not None and self.groups is not None:
            return resampled_interval(self.weighted, self.groups, queries=self.n)
        if self.terms is None:
            return Interval(None, None, 0)
        low, high, clusters = share_interval(self.terms, self.groups, statistic=self._share, queries=self.n)
        if low is None or high is None:
            return Interval(None, None, clusters)
        return Interval(self.most * low, self.most * high, clusters)

    def _share(self, totals: NDArray[np.float64]) -> NDArray[np.float64]:
        return self.statistic(totals) / self.most

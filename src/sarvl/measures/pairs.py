"""Strict retrieval of pairs: row i of the images is right for row i of the texts, and nothing else."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sarvl.errors import EvaluationError
from sarvl.measures.features import distinct_rows, unit_features


@dataclass(frozen=True, slots=True)
class PairPlaces:
    """How many other rows score more than a query's own row, how many as much, and which row is first: all ``(P,)``."""

    above: NDArray[np.int64]
    tied: NDArray[np.int64]
    first: NDArray[np.int64]


def pair_places(queries: NDArray[np.float32], candidates: NDArray[np.float32], *, chunk: int = 256) -> PairPlaces:
    """Rank P queries against P candidates, of which row i is right for query i: ``(P, D)`` each, unit rows.

    Equal candidates tie exactly. Scores are made ``chunk`` queries at a time. Raises EvaluationError where the rows are
    not of unit length, or the two differ in shape.
    """
    asked, offered = unit_features(queries, "queries"), unit_features(candidates, "candidates")
    if asked.shape != offered.shape:
        raise EvaluationError(f"pairs: {asked.shape} queries but {offered.shape} candidates; give one row a pair")
    distinct, index = distinct_rows(offered)
    places = PairPlaces(*(np.empty(len(asked), np.int64) for _ in range(3)))
    for start in range(0, len(asked), chunk):
        part = slice(start, start + chunk)
        scores = (asked[part] @ distinct.T)[:, index]  # (c, P)
        own = scores[np.arange(len(scores)), np.arange(start, start + len(scores))][:, None]
        places.above[part] = np.count_nonzero(scores > own, axis=1)
        places.tied[part] = np.count_nonzero(scores == own, axis=1) - 1
        places.first[part] = scores.argmax(axis=1)
    return places


def expected_hits(above: NDArray[np.int64], tied: NDArray[np.int64], k: int) -> NDArray[np.float64]:
    """Return ``(P,)``: the chance that the own row is among the first k, where equal scores are in any order."""
    return np.clip((k - above) / (tied + 1), 0, 1)

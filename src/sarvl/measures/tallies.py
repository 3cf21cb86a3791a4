"""What is tallied of scores that come in tiles: how many reach a threshold, and which stands first."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Self

import numpy as np
from numpy.typing import NDArray

from sarvl.measures.links import Indices, LinkedPairs
from sarvl.measures.score_tiles import Lines, Scores

_MOST_IN_A_BYTE = 255


@dataclass(frozen=True, slots=True)
class Readers:
    """K queries, sorted by the line of the scores that each reads. line, order: ``(K,)``; order: which stands where."""

    line: Indices
    order: Indices

    @classmethod
    def of(cls, line: Indices) -> Self:
        """Sort queries by their lines ``(K,)``."""
        order = np.argsort(line, kind="stable")
        return cls(line[order], order)

    def read(self, scores: Scores, lines: slice) -> Iterator[tuple[slice, Scores]]:
        """Yield readers, at most as many at a time as a tile has lines, and the scores of each ``(k, C)``."""
        low, high = map(int, np.searchsorted(self.line, (lines.start, lines.stop)))
        read = self.line[low:high] - lines.start
        if np.array_equal(read, np.arange(len(scores))):  # one query a line: no copy
            yield slice(low, high), scores
            return
        for first in range(0, len(read), len(scores)):
            block = read[first : first + len(scores)]
            yield slice(low + first, low + first + len(block)), scores[block]

    def unsorted(self, values: NDArray[np.generic]) -> NDArray[np.generic]:
        """Return values ``(..., K)`` in the order of the queries again."""
        back = np.empty_like(values)
        back[..., self.order] = values
        return back


@dataclass(frozen=True, slots=True)
class Counts:
    """How many candidates of each query score at least its threshold; ``weights``: how many each line counts for."""

    readers: Readers
    threshold: Scores
    weights: Sequence[NDArray[np.float64]]
    counts: Indices = field(repr=False)

    @classmethod
    def of(cls, line: Indices, threshold: Scores, *weights: NDArray[np.float64]) -> Self:
        """Count from nothing for K queries ``(K,)``, by each of the weights ``(C,)``."""
        readers = Readers.of(line)
        return cls(readers, threshold[readers.order], weights, np.zeros((len(weights), len(line)), np.int64))

    def add(self, scores: Scores, lines: slice, others: slice) -> None:
        """Count in a tile, whose rows are lines of the queries."""
        for readers, own in self.readers.read(scores, lines):
            marks = own >= self.threshold[readers, None]
            for counts, weights in zip(self.counts, self.weights, strict=True):
                counts[readers] += _weighted(marks, weights[others])

    def totals(self) -> Indices:
        """Return the counts ``(W, K)``: of each weight, for each query."""
        return np.asarray(self.readers.unsorted(self.counts), np.int64)


def _weighted(marks: NDArray[np.bool_], weights: NDArray[np.float64]) -> Indices:
    """Return the weights of the marks of each row, summed; a product of floats is exact for whole numbers."""
    return _marks_a_row(marks) if (weights == 1).all() else (marks @ weights).astype(np.int64)


def _marks_a_row(marks: NDArray[np.bool_]) -> Indices:
    """Return how many marks each row has; many times as fast as ``count_nonzero`` by rows."""
    if marks.flags.c_contiguous:
        return np.asarray(np.bitwise_count(np.packbits(marks, axis=1)).sum(axis=1, dtype=np.int64))
    columns = marks.T.view(np.uint8)
    parts = [columns[low : low + _MOST_IN_A_BYTE] for low in range(0, len(columns), _MOST_IN_A_BYTE)]
    return np.asarray(np.sum([part.sum(axis=0, dtype=np.uint8) for part in parts], axis=0, dtype=np.int64))


@dataclass(frozen=True, slots=True)
class Tops:
    """Which line with a wrong candidate scores most for each query.

    covered: query (by its place) and line of what has no wrong candidate: all that have this line are right.
    """

    readers: Readers
    covered: tuple[Indices, Indices]
    score: Scores
    line: Indices

    @classmethod
    def of(cls, queries: Lines, candidates: Lines, links: LinkedPairs) -> Self:
        """Begin for the queries of links, whose scores have no line yet."""
        readers = Readers.of(queries.line)
        cells = LinkedPairs.of(np.argsort(readers.order)[links.query], candidates.line[links.candidate])
        is_covered = cells.rows == np.bincount(candidates.line)[cells.candidate]
        covered = (cells.query[is_covered], cells.candidate[is_covered])
        count = len(queries.line)
        return cls(readers, covered, np.full(count, -np.inf, np.float32), np.zeros(count, np.int64))

    def add(self, scores: Scores, lines: slice, others: slice) -> None:
        """Look at a tile, whose rows are lines of the queries; it is left as it was."""
        for readers, own in self.readers.read(scores, lines):
            covered = self._covered(readers, others)
            held = own[covered]
            own[covered] = -np.inf
            best = own.max(axis=1)
            better = np.flatnonzero(best > self.score[readers])
            self.score[readers.start + better] = best[better]
            self.line[readers.start + better] = own[better].argmax(axis=1) + others.start
            own[covered] = held

    def _covered(self, readers: slice, others: slice) -> tuple[Indices, Indices]:
        query, line = self.covered
        cells = slice(*np.searchsorted(query, (readers.start, readers.stop)))
        inside = (line[cells] >= others.start) & (line[cells] < others.stop)
        return query[cells][inside] - readers.start, line[cells][inside] - others.start

    def best(self) -> tuple[Indices, Scores]:
        """Return the line ``(Q,)`` and its score for each query; minus infinity where every candidate is right."""
        return np.asarray(self.readers.unsorted(self.line)), np.asarray(self.readers.unsorted(self.score))

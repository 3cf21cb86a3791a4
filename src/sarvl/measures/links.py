"""Links: which captions and images belong together, in the form that ranks and their limits are counted in."""

from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sarvl.errors import EvaluationError

Indices = NDArray[np.int64]
Value = TypeVar("Value", np.int64, np.float32)


@dataclass(frozen=True, slots=True)
class LinkedPairs:
    """The distinct (query, candidate) links behind the caption rows, sorted by query, each query at least once.

    query, candidate, rows: ``(U,)``; rows counts the caption rows that say the same link (a caption can be given twice
    to one image). starts: ``(Q,)``, where each query's links begin. link_of_pair: ``(P,)``.
    """

    query: Indices
    candidate: Indices
    rows: Indices
    starts: Indices
    link_of_pair: Indices

    @classmethod
    def of(cls, query: Indices, candidate: Indices) -> "LinkedPairs":
        """Count the links of caption rows ``(P,)``: the query that each is for, and the candidate that is right."""
        width = int(candidate.max()) + 1
        keys, link_of_pair, rows = np.unique(query * width + candidate, return_inverse=True, return_counts=True)
        distinct_query = keys // width
        starts = np.searchsorted(distinct_query, np.arange(distinct_query[-1] + 1))
        return cls(distinct_query, keys % width, rows, starts, link_of_pair)

    def links_of_query(self) -> Indices:
        """Return ``(Q,)``: the number of distinct candidates that are right for each query."""
        return np.bincount(self.query)

    def of_pairs(self, values: NDArray[Value]) -> NDArray[Value]:
        """Return ``(U,)``: for each link the value that its caption rows have, of values ``(P,)``."""
        own = np.empty(len(self.query), values.dtype)
        own[self.link_of_pair] = values
        return own


def checked_pairs(
    text_of_pair: ArrayLike, image_of_pair: ArrayLike, texts: int, images: int
) -> tuple[Indices, Indices]:
    """Return both index arrays as int64, or say what is wrong with them."""
    checked = []
    for name, values, size in (("caption", text_of_pair, texts), ("image", image_of_pair, images)):
        index = np.asarray(values, dtype=np.int64)
        if index.ndim != 1 or len(index) == 0 or index.min() < 0 or index.max() >= size:
            raise EvaluationError(f"retrieval: {name} indices of the pairs must be (P,) numbers from 0 to {size - 1}")
        unused = np.flatnonzero(np.bincount(index, minlength=size) == 0)
        if len(unused):
            raise EvaluationError(
                f"retrieval: {len(unused)} {name}s are in no pair (first: {unused[0]}); leave them out"
            )
        checked.append(index)
    if len(checked[0]) != len(checked[1]):
        raise EvaluationError(f"retrieval: {len(checked[0])} caption indices but {len(checked[1])} image indices")
    return checked[0], checked[1]

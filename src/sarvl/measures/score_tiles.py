"""The scores of captions and images, some at a time: each is made in one tile, which has one shape whenever it is made.

A library adds up a product in another order where the matrix has another shape. Near ties would fall by that order, so
that ranks may compare only scores whose tiles are always cut in the same way.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from sarvl.measures.features import distinct_rows
from sarvl.measures.links import Indices

Scores = NDArray[np.float32]
_CAPTIONS_AN_IMAGE = 4  # a tile is so many times as high as it is wide, as captions are more than images


@dataclass(frozen=True, slots=True)
class Lines:
    """The distinct vectors of a side: equal ones have one line, so that they have one score, to the last bit.

    vectors: ``(L, D)``. line: ``(N,)``, which line each of the N has.
    """

    vectors: Scores
    line: Indices

    @classmethod
    def of(cls, features: Scores) -> Self:
        """Put equal vectors into one line; lines stand in the order in which their vectors come."""
        vectors, index = distinct_rows(features)
        line = np.arange(len(features))[index] if isinstance(index, slice) else index
        return cls(vectors, line).sorted_by(np.unique(line, return_index=True)[1])

    def sorted_by_least(self, which: Indices, keys: Indices) -> Self:
        """Return the same with its lines in the order of the least key of each; which: ``(P,)``, that keys are of."""
        least = np.full(len(self.vectors), np.iinfo(np.int64).max)
        np.minimum.at(least, self.line[which], keys)
        return self.sorted_by(least)

    def sorted_by(self, keys: Indices) -> Self:
        """Return the same with its lines in the order of a key of each ``(L,)``."""
        order = np.argsort(keys, kind="stable")
        if np.array_equal(order, np.arange(len(order))):
            return self
        return type(self)(self.vectors[order], np.argsort(order)[self.line])


@dataclass(frozen=True, slots=True)
class ScoreTiles:
    """Cosines of captions ``(R, D)`` and images ``(C, D)`` in tiles of ``chunk`` images and four times the captions."""

    captions: Scores
    images: Scores
    chunk: int

    def places(self) -> Iterator[tuple[slice, slice]]:
        """Yield the captions and the images of each tile."""
        for low in range(0, len(self.images), self.chunk):
            for first in range(0, len(self.captions), self.height):
                yield slice(first, first + self.height), slice(low, low + self.chunk)

    @property
    def height(self) -> int:
        """How many captions a tile has."""
        return _CAPTIONS_AN_IMAGE * self.chunk

    def scores(self, captions: slice, images: slice) -> Scores:
        """Return one tile; captions and images: as ``places`` gives them."""
        return self.captions[captions] @ self.images[images].T

    def scores_of(self, caption: Indices, image: Indices) -> Scores:
        """Return the scores ``(K,)`` of K pairs; only the tiles that hold some are made."""
        scores = np.empty(len(caption), np.float32)
        tile_of_pair = caption // self.height * len(self.images) + image // self.chunk
        order = np.argsort(tile_of_pair, kind="stable")
        for pairs in np.split(order, np.flatnonzero(np.diff(tile_of_pair[order])) + 1):
            first = caption[pairs[0]] // self.height * self.height
            low = image[pairs[0]] // self.chunk * self.chunk
            tile = self.scores(slice(first, first + self.height), slice(low, low + self.chunk))
            scores[pairs] = tile[caption[pairs] - first, image[pairs] - low]
        return scores

"""ImageTexts: which texts each image has, as index arrays, so that millions of them cost no Python object."""

from dataclasses import dataclass
from typing import Self

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

Indices = NDArray[np.int64]


@dataclass(frozen=True)
class ImageTexts:
    """Images that have a text at least; the one at place ``i`` has ``texts[starts[i] : starts[i + 1]]``.

    images: (I,) rows of the images table, ascending. texts: (C,) rows of the texts table. starts: (I + 1,).
    """

    images: Indices
    texts: Indices
    starts: Indices

    @classmethod
    def of(cls, texts: Indices, image_of_text: Indices) -> Self:
        """Group ``texts`` (C,) by image, each image's in their order; ``image_of_text`` is of the whole table (T,)."""
        order = np.argsort(image_of_text[texts], kind="stable")
        images, starts = np.unique(image_of_text[texts][order], return_index=True)
        return cls(images, texts[order], np.append(starts, len(texts)))

    def __len__(self) -> int:
        return len(self.images)

    def first(self, images: Indices) -> Indices:
        """Return the first text of each image, by its index here (B,)."""
        first: Indices = self.texts[self.starts[images]]
        return first

    def drawn(self, images: Indices, generator: np.random.Generator) -> Indices:
        """Return one text of each image, by its index here (B,), drawn at random."""
        first = self.starts[images]
        drawn: Indices = self.texts[first + generator.integers(self.starts[images + 1] - first)]
        return drawn


def numbered(column: pa.ChunkedArray) -> tuple[Indices, pa.Array]:
    """Return a number for each value, equal where the values are, and the distinct values that they count."""
    chunks = column.dictionary_encode().chunks  # all with one dictionary
    if not chunks:
        return np.empty(0, np.int64), pa.array([], column.type)
    return np.concatenate([chunk.indices.to_numpy() for chunk in chunks]).astype(np.int64), chunks[-1].dictionary

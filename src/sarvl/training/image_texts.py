"""ImageTexts: which texts each image has, as index arrays, so that millions of them cost no Python object.

And which of a corpus's texts are of some kinds, which a stage keeps, and which outlive what is done to their image.
"""

from dataclasses import dataclass
from typing import Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from sarvl.corpus import Corpus
from sarvl.corpus.filters import TextFilter, kept_texts
from sarvl.language.claims.geometric_changes import EVERY_CHANGE, changes_kept_by_json
from sarvl.language.statement import Kind
from sarvl.progress import note

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


def of_kinds(corpus: Corpus, kinds: tuple[Kind, ...]) -> NDArray[np.bool_]:
    """Return for each row of the texts table whether it is of one of ``kinds``: (T,) bool."""
    asked: NDArray[np.bool_] = pc.is_in(corpus.texts["kind"], value_set=pa.array(kinds)).to_numpy()
    return asked


def kinds_told(kinds: tuple[Kind, ...]) -> str:
    """Return kinds in words, such as "caption or question"."""
    return " or ".join(kinds)


def kept_texts_of(corpus: Corpus, split: str, wanted: TextFilter, kinds: tuple[Kind, ...], stage: str) -> ImageTexts:
    """Return the images of a split that have a text of some kinds that the stage wants, with those texts."""
    keeps = kept_texts(corpus.images, corpus.texts, wanted, f"{corpus.folder}: stage {stage}: texts")
    keeps &= of_kinds(corpus, kinds)
    images = corpus.rows_of(split)
    image_of_text = corpus.image_of_text
    kept = ImageTexts.of(np.flatnonzero(keeps & np.isin(image_of_text, images)), image_of_text)
    if len(kept) < len(images):
        left_out = len(images) - len(kept)
        lack = f"have no {kinds_told(kinds)} for stage {stage}"
        note(f"{left_out} of {len(images)} images of {corpus.folder} {lack}: left out")
    return kept


def movable_texts(corpus: Corpus, texts: Indices) -> NDArray[np.bool_]:
    """Return for each row of the texts table whether it is one of ``texts`` and outlives every change: (T,) bool."""
    number, claims = numbered(corpus.texts["claims"])
    label_of_image, labels = numbered(corpus.images["label"].fill_null(""))
    said = number[texts] * len(labels) + label_of_image[corpus.image_of_text[texts]]  # claims beside the image's label
    distinct, pair_of_text = np.unique(said, return_inverse=True)
    outlives = [
        changes_kept_by_json(claims[int(pair) // len(labels)].as_py(), labels[int(pair) % len(labels)].as_py() or None)
        == EVERY_CHANGE
        for pair in distinct
    ]
    movable = np.zeros(len(corpus.texts), np.bool_)
    movable[texts] = np.array(outlives, np.bool_)[pair_of_text]
    return movable

"""ImageTexts: which texts each image has, as index arrays, so that millions of them cost no Python object.

And which texts of its corpora a stage keeps, and which outlive what is done to their image.
"""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from sarvl.corpus.filters import TextFilter, kept_texts
from sarvl.language.claims.geometric_changes import EVERY_CHANGE, changes_kept_by_json
from sarvl.language.statement import Kind
from sarvl.progress import note
from sarvl.training.data.corpora import Corpora
from sarvl.training.data.text_columns import Indices, numbered, of_kinds


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

    def each_alone(self) -> Self:
        """Return every text with its image for itself: an image stands here as often as it has texts."""
        images = np.repeat(self.images, np.diff(self.starts))
        return type(self)(images, self.texts, np.arange(len(self.texts) + 1))

    def owned(self, images: Indices) -> list[Indices]:
        """Return all texts of each image, by its index here."""
        return [self.texts[self.starts[image] : self.starts[image + 1]] for image in images]

    def drawn(self, images: Indices, generator: np.random.Generator) -> Indices:
        """Return one text of each image, by its index here (B,), drawn at random."""
        first = self.starts[images]
        drawn: Indices = self.texts[first + generator.integers(self.starts[images + 1] - first)]
        return drawn


def kinds_told(kinds: tuple[Kind, ...]) -> str:
    """Return kinds in words, such as "caption or question"."""
    return " or ".join(kinds)


def kept_texts_of(
    corpora: Corpora, images: Indices, wanted: TextFilter, kinds: tuple[Kind, ...], stage: str
) -> ImageTexts:
    """Return those of ``images`` that have a text of some kinds that the stage wants, with those texts."""
    image_of_text = corpora.image_of_text
    where = f"{corpora.names}: stage {stage}: texts"
    keeps = kept_texts(corpora.images, corpora.texts, image_of_text, wanted, where)
    keeps &= of_kinds(corpora.texts, kinds)
    kept = ImageTexts.of(np.flatnonzero(keeps & np.isin(image_of_text, images)), image_of_text)
    asked, left = (
        np.bincount(corpora.part_of_images(rows), minlength=len(corpora.parts)) for rows in (images, kept.images)
    )
    for corpus, count, still in zip(corpora.parts, asked, left, strict=True):
        if still < count:
            lack = f"have no {kinds_told(kinds)} for stage {stage}"
            note(f"{count - still} of {count} images of {corpus.folder} {lack}: left out")
    return kept


def movable_texts(corpora: Corpora, texts: Indices) -> NDArray[np.bool_]:
    """Return for each row of the texts table whether it is one of ``texts`` and outlives every change: (T,) bool."""
    number, claims = numbered(corpora.texts["claims"])
    label_of_image, labels = numbered(corpora.images["label"].fill_null(""))
    said = number[texts] * len(labels) + label_of_image[corpora.image_of_text[texts]]  # claims beside the image's label
    distinct, pair_of_text = np.unique(said, return_inverse=True)
    outlives = [
        changes_kept_by_json(claims[int(pair) // len(labels)].as_py(), labels[int(pair) % len(labels)].as_py() or None)
        == EVERY_CHANGE
        for pair in distinct
    ]
    movable = np.zeros(len(corpora.texts), np.bool_)
    movable[texts] = np.array(outlives, np.bool_)[pair_of_text]
    return movable

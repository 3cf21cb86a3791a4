"""Batches of a stage: which image, which caption and which random draws, each a function of the step's number."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pyarrow.compute as pc
import torch
from numpy.typing import NDArray
from torch import Tensor

from sarvl.corpus import Corpus, pixel_cache
from sarvl.errors import CorpusError
from sarvl.imagery import ImageBatches, PreparedImages
from sarvl.models.protocols import Trainable
from sarvl.progress import note
from sarvl.seeds import seeded_bytes
from sarvl.training.image_texts import ImageTexts, Indices, kept_texts_of, kinds_told, movable_texts, numbered, of_kinds
from sarvl.training.objective import OBJECTIVES, Batch
from sarvl.training.recipe import Stage
from sarvl.training.tokens import TextTokens, token_cache


class EpochOrder:
    """The order in which an epoch goes through ``count`` images: drawn when the epoch is first asked for, and kept."""

    def __init__(self, count: int, seed: int) -> None:
        self._count, self._seed = count, seed
        self._epoch, self._order = -1, np.empty(0, np.int64)

    def of(self, epoch: int) -> Indices:
        """Return the places of the images, each once: (I,)."""
        if epoch != self._epoch:
            self._order = np.random.default_rng([self._seed, epoch]).permutation(self._count)
            self._epoch = epoch
        return self._order


@dataclass(frozen=True)
class StageData:
    """The images of one split of a stage's corpus, their pixels from the cache, and their texts as tokens.

    texts: the images of the split with the texts that the stage keeps and that fit the text tower.
    gained: the images at each gain that the stage's augmentation draws from; none where it draws no gain.
    """

    corpus: Corpus
    images: ImageBatches
    gained: tuple[PreparedImages, ...]
    texts: ImageTexts
    tokens: TextTokens
    batch_size: int
    seed: int

    @classmethod
    def open(cls, stage: Stage, split: str, model: Trainable, seed: int, workers: int | None) -> "StageData":
        """Open the stage's corpus.

        Images without a text of the objective's kinds that ``stage.texts`` keeps are left out, and so are texts that
        are too long for the text tower: both is said on standard error.
        Raises CorpusError where ``stage.texts`` names what the corpus does not have, where fewer images are left than a
        batch needs (2), or where no text of an image fits.
        """
        corpus = Corpus.open(stage.corpus)
        kinds = OBJECTIVES.get(stage.objective).kinds
        kept = kept_texts_of(corpus, split, stage.texts, kinds, stage.name)
        if len(kept) < 2:
            kept_texts = f"{kinds_told(kinds)}s of {len(kept)} images of split {split!r}"
            raise CorpusError(f"{stage.corpus}: stage {stage.name} keeps {kept_texts}; a batch needs two")
        images = pixel_cache(corpus, model.contract, workers)
        gains = stage.augmentation.gains_db if split == stage.split else ()
        gained = tuple(pixel_cache(corpus, model.contract, workers, gain_db) for gain_db in gains)
        tokens = token_cache(corpus, model, kinds)
        texts = _fitting(corpus, kept, tokens, model.name)
        return cls(corpus, images, gained, texts, tokens, min(stage.batch_size, len(texts)), seed)

    @property
    def rows(self) -> Indices:
        """Rows of the images table: (I,)."""
        return self.texts.images

    @property
    def steps_per_epoch(self) -> int:
        """Whole batches an epoch; which images are left over is drawn anew each epoch."""
        return len(self.rows) // self.batch_size

    def training_batch(self, step: int) -> Batch:
        """Return the batch of a step, counted from 0 over all epochs; a step's batch depends on nothing before it."""
        epoch, place = divmod(step, self.steps_per_epoch)
        chosen = self._order.of(epoch)[place * self.batch_size : (place + 1) * self.batch_size]
        draw = np.random.default_rng([self.seed, epoch, place, 1])
        return self._batch(chosen, self.texts.drawn(chosen, draw), self._at_drawn_gains(chosen, epoch, place))

    def validation_batches(self) -> Iterator[Batch]:
        """Yield every image once, each with one of its texts, in about equal batches.

        Order and texts are drawn from the seed by what the images are called and the texts say: they do not depend on
        the order of the corpus, nor change from epoch to epoch.
        """
        order, texts = self._validation_pairs
        for part in np.array_split(np.arange(len(order)), -(-len(order) // self.batch_size)):
            yield self._batch(order[part], texts[part], self.images.batch(self.rows[order[part]]))

    def captions(self) -> tuple[list[str], Indices, Indices]:
        """Return the distinct captions, and for each caption row (P,) which of them it is, and of which image.

        Those of the images by their index here.
        """
        is_caption = of_kinds(self.corpus, ("caption",))[self.texts.texts]
        images = np.repeat(np.arange(len(self.texts)), np.diff(self.texts.starts))[is_caption]
        text_of_row, distinct = numbered(self.corpus.texts["text"].take(self.texts.texts[is_caption]))
        return distinct.to_pylist(), text_of_row, images

    def sampled_tiles(self, count: int) -> Iterator[Tensor]:
        """Yield the tiles, uint8 (sum of T, C, S, S), of up to ``count`` images, always the same.

        They come in about equal batches.
        """
        rows = np.random.default_rng([self.seed, 2]).permutation(self.rows)[:count]
        for part in np.array_split(rows, -(-len(rows) // self.batch_size)):
            yield torch.from_numpy(self.images.batch(part).tiles)

    def movable(self, texts: Indices) -> Tensor:
        """Return for each of ``texts`` whether it outlives every geometric change of its image: (B,) bool."""
        return torch.from_numpy(self._movable[texts])

    def _at_drawn_gains(self, indices: Indices, epoch: int, place: int) -> PreparedImages:
        rows = self.rows[indices]
        if not self.gained:
            return self.images.batch(rows)
        steps = np.random.default_rng([self.seed, epoch, place, 3]).integers(len(self.gained), size=len(rows))
        return PreparedImages.of([self.gained[step][row] for step, row in zip(steps, rows, strict=True)])

    def _batch(self, indices: Indices, texts: Indices, images: PreparedImages) -> Batch:
        return Batch(
            corpus=self.corpus,
            texts=texts,
            images=images,
            pixels=torch.from_numpy(images.tiles),
            tokens=self.tokens.of(texts),
            meanings=torch.from_numpy(self._meanings[texts]),
        )

    @cached_property
    def _validation_pairs(self) -> tuple[Indices, Indices]:
        """The images in their order of validation, by their index here, and a text of each: (I,) both."""
        ids, sentences = self.corpus.images["image_id"], self.corpus.texts["text"]
        names = [ids[int(row)].as_py() for row in self.rows]
        order = np.array(sorted(range(len(names)), key=lambda index: seeded_bytes(self.seed, names[index])), np.int64)
        starts = self.texts.starts
        own = [self.texts.texts[starts[index] : starts[index + 1]] for index in order]
        texts = [min(rows, key=lambda row: seeded_bytes(self.seed, sentences[int(row)].as_py())) for rows in own]
        return order, np.array(texts, np.int64)

    @cached_property
    def _order(self) -> EpochOrder:
        return EpochOrder(len(self.rows), self.seed)

    @cached_property
    def _meanings(self) -> Indices:
        """A number for every text, equal where two say the same: their claims, or their own words without any."""
        claims, words = self.corpus.texts["claims"], self.corpus.texts["text"]
        return numbered(pc.if_else(pc.equal(claims, "[]"), words, claims))[0]

    @cached_property
    def _movable(self) -> NDArray[np.bool_]:
        return movable_texts(self.corpus, self.texts.texts)


def _fitting(corpus: Corpus, kept: ImageTexts, tokens: TextTokens, model_name: str) -> ImageTexts:
    """Leave out texts that do not fit the text tower; CorpusError where none of an image does."""
    fits = tokens.fits(kept.texts)
    texts = ImageTexts.of(kept.texts[fits], corpus.image_of_text)
    if not fits.all():
        left_out = len(fits) - np.count_nonzero(fits)
        note(f"{left_out} of {len(fits)} texts of {corpus.folder} do not fit {model_name} and are left out")
    wordless = np.setdiff1d(kept.images, texts.images)
    if len(wordless):
        name = corpus.column("image_id")[wordless[0]]
        raise CorpusError(f"{corpus.folder}: no text of {name} fits {model_name}; write a shorter one")
    return texts

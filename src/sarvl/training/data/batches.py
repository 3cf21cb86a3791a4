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
from sarvl.errors import CorpusError, ModelError
from sarvl.imagery import ImageBatches, PreparedImages
from sarvl.models.protocols import Trainable
from sarvl.progress import note
from sarvl.seeds import seeded_bytes, torch_seed
from sarvl.training.data.corpora import Corpora, joined_images
from sarvl.training.data.image_texts import ImageTexts, kept_texts_of, kinds_told, movable_texts
from sarvl.training.data.reading import Draw, Tokens, reading_of
from sarvl.training.data.sampling import EpochOrder, epoch_order
from sarvl.training.data.text_columns import Indices, numbered, of_kinds
from sarvl.training.data.true_captions import TrueCaptions
from sarvl.training.objective import OBJECTIVES, Batch
from sarvl.training.pairs import asks_for_truth
from sarvl.training.recipe import Stage


@dataclass(frozen=True)
class StageData:
    """The images of one split of a stage's corpora, their pixels from the caches, and their texts as tokens.

    texts: the images of the split with the texts that the stage keeps and that fit the text tower. order: of training.
    gained: the images at each gain that the stage's augmentation draws from; none where it draws no gain. draw: which
    texts of each image a batch has. true_captions: what batches tell the truth by; None where nobody asks.
    """

    corpora: Corpora
    images: ImageBatches
    gained: tuple[ImageBatches, ...]
    texts: ImageTexts
    tokens: Tokens
    order: EpochOrder
    batch_size: int
    seed: int
    draw: Draw
    true_captions: TrueCaptions | None = None

    @classmethod
    def open(
        cls, stage: Stage, split: str, model: Trainable, seed: int, workers: int | None, *, processes: int = 1
    ) -> "StageData":
        """Open the stage's corpora; a validation split need not be in all of them, which is said.

        Images without a text of the objective's kinds that ``stage.texts`` keeps are left out, and so are texts that
        are too long for the text tower: both is said on standard error.
        Raises CorpusError where ``stage.texts`` names what no corpus has, where fewer images are left than a batch
        needs (2), or where no text of an image fits.
        """
        corpora = Corpora(tuple(Corpus.open(part.corpus) for part in stage.learned))
        kinds = OBJECTIVES.get(stage.objective).kinds
        split_images = corpora.rows_of(split, everywhere=split == stage.split)
        kept = kept_texts_of(corpora, split_images, stage.texts, kinds, stage.name)
        if len(kept) < 2:
            kept_texts = f"{kinds_told(kinds)}s of {len(kept)} images of split {split!r}"
            raise CorpusError(f"{corpora.names}: stage {stage.name} keeps {kept_texts}; a batch needs two")
        is_training = split == stage.split

        def pixels(gain_db: float = 0.0) -> ImageBatches:
            parts = [pixel_cache(part, model.contract, workers, gain_db) for part in corpora.parts]
            return joined_images(corpora, parts)

        gained = tuple(map(pixels, stage.augmentation.gains_db)) if is_training else ()
        tokens, draw = reading_of(stage, corpora, model)
        texts = _fitting(corpora, kept, tokens.fits(kept.texts), model.name)
        if is_training and stage.sampling == "texts":
            texts = texts.each_alone()
        order = epoch_order(stage, corpora, texts.images, seed) if is_training else EpochOrder.evenly(len(texts), seed)
        # Each process goes through the whole of a validation split.
        batch_size = _shared(stage, len(texts), processes if is_training else 1)
        true_captions = TrueCaptions(corpora) if asks_for_truth(stage.options) else None
        return cls(corpora, pixels(), gained, texts, tokens, order, batch_size, seed, draw, true_captions)

    @property
    def rows(self) -> Indices:
        """Rows of the table of all images: (I,)."""
        return self.texts.images

    @property
    def steps_per_epoch(self) -> int:
        """Whole batches an epoch; which images are left over is drawn anew each epoch."""
        return len(self.rows) // self.batch_size

    def training_batch(self, step: int, rank: int = 0, processes: int = 1) -> Batch:
        """Return the batch of a step, counted from 0 over all epochs; a step's batch depends on nothing before it.

        rank, processes: whose part of it; the parts of all processes, one after the other, are the batch of one.
        """
        epoch, place = divmod(step, self.steps_per_epoch)
        chosen = self.order.of(epoch)[place * self.batch_size : (place + 1) * self.batch_size]
        texts = self.draw(self.texts, chosen, np.random.default_rng([self.seed, epoch, place, 1]))
        own = self._own(rank, processes)
        return self._batch(texts[own], self._at_drawn_gains(chosen, epoch, place, own), texts[:, 0])

    def seeds_of_images(self, step: int, rank: int = 0, processes: int = 1) -> Iterator[int]:
        """Yield a seed for each image of ``training_batch``: it follows from the epoch and the image's place in it."""
        epoch, place = divmod(step, self.steps_per_epoch)
        places = range(place * self.batch_size, (place + 1) * self.batch_size)
        return (torch_seed(self.seed, epoch, image) for image in places[self._own(rank, processes)])

    def validation_batches(self) -> Iterator[Batch]:
        """Yield every image once, each with one of its texts, in about equal batches.

        Order and texts are drawn from the seed by what the images are called and the texts say: they do not depend on
        the order of the corpus, nor change from epoch to epoch.
        """
        order, texts = self._validation_pairs
        for part in np.array_split(np.arange(len(order)), -(-len(order) // self.batch_size)):
            yield self._batch(texts[part, None], self.images.batch(self.rows[order[part]]))

    def captions(self) -> tuple[list[str], Indices, Indices]:
        """Return the distinct captions, and for each caption row (P,) which of them it is, and of which image.

        Those of the images by their index here.
        """
        is_caption = of_kinds(self.corpora.texts, ("caption",))[self.texts.texts]
        images = np.repeat(np.arange(len(self.texts)), np.diff(self.texts.starts))[is_caption]
        text_of_row, distinct = numbered(self.corpora.texts["text"].take(self.texts.texts[is_caption]))
        return distinct.to_pylist(), text_of_row, images

    def sampled_tiles(self, count: int) -> Iterator[Tensor]:
        """Yield the tiles, uint8 (sum of T, C, S, S), of up to ``count`` images, always the same.

        They come in about equal batches.
        """
        rows = np.random.default_rng([self.seed, 2]).permutation(self.rows)[:count]
        for part in np.array_split(rows, -(-len(rows) // self.batch_size)):
            yield torch.from_numpy(self.images.batch(part).tiles)

    def movable(self, batch: Batch) -> Tensor:
        """Return for each image of a batch whether all of its texts outlive every geometric change: (B,) bool."""
        further = self._movable[batch.further] | (batch.further < 0)
        return torch.from_numpy(self._movable[batch.texts] & further.all(axis=1))

    def _own(self, rank: int, processes: int) -> slice:
        """Return which part of a batch is that of a process."""
        share = self.batch_size // processes
        return slice(rank * share, (rank + 1) * share)

    def _at_drawn_gains(self, indices: Indices, epoch: int, place: int, own: slice) -> PreparedImages:
        rows = self.rows[indices]
        if not self.gained:
            return self.images.batch(rows[own])
        steps = np.random.default_rng([self.seed, epoch, place, 3]).integers(len(self.gained), size=len(rows))
        return PreparedImages.of(
            [self.gained[step].batch([row])[0] for step, row in zip(steps[own], rows[own], strict=True)]
        )

    def _batch(self, texts: Indices, images: PreparedImages, every_text: Indices | None = None) -> Batch:
        """every_text: the first texts (W,) of the parts of all processes; those of ``texts`` where absent."""
        first = texts[:, 0]
        rows = self.corpora.image_of_text[first]
        truth = self.true_captions.of(rows, first if every_text is None else every_text) if self.true_captions else None
        return Batch(
            corpora=self.corpora,
            texts=first,
            further=texts[:, 1:],
            images=images,
            pixels=torch.from_numpy(images.tiles),
            tokens=self.tokens.of(first),
            meanings=torch.from_numpy(self._meanings[first]),
            pictures=torch.from_numpy(self._pictures[rows]),
            truth=None if truth is None else torch.from_numpy(truth),
        )

    @cached_property
    def _validation_pairs(self) -> tuple[Indices, Indices]:
        """The images in their order of validation, by their index here, and a text of each: (I,) both."""
        ids, sentences = self.corpora.images["image_id"], self.corpora.texts["text"]
        names = [ids[int(row)].as_py() for row in self.rows]
        order = np.array(sorted(range(len(names)), key=lambda index: seeded_bytes(self.seed, names[index])), np.int64)
        starts = self.texts.starts
        own = [self.texts.texts[starts[index] : starts[index + 1]] for index in order]
        texts = [min(rows, key=lambda row: seeded_bytes(self.seed, sentences[int(row)].as_py())) for rows in own]
        return order, np.array(texts, np.int64)

    @cached_property
    def _meanings(self) -> Indices:
        """A number for every text, equal where two say the same: their claims, or their own words without any."""
        claims, words = self.corpora.texts["claims"], self.corpora.texts["text"]
        return numbered(pc.if_else(pc.equal(claims, "[]"), words, claims))[0]

    @cached_property
    def _pictures(self) -> Indices:
        """A number for every image, equal where two are the same file to the byte."""
        return numbered(self.corpora.images["sha256"])[0]

    @cached_property
    def _movable(self) -> NDArray[np.bool_]:
        return movable_texts(self.corpora, self.texts.texts)


def _shared(stage: Stage, images: int, processes: int) -> int:
    """Return how many pairs a step has, which the processes share evenly; ModelError where they cannot."""
    pairs = min(stage.batch_size, images)
    if stage.batch_size % processes or pairs < processes:
        raise ModelError(
            f"stage {stage.name}: {stage.batch_size} pairs a step, of {images} images, cannot be shared evenly by "
            f"{processes} processes; give a multiple as batch_size"
        )
    return pairs // processes * processes


def _fitting(corpora: Corpora, kept: ImageTexts, fits: NDArray[np.bool_], model_name: str) -> ImageTexts:
    """Leave out texts that the model cannot take whole; CorpusError where none of an image is left."""
    texts = ImageTexts.of(kept.texts[fits], corpora.image_of_text)
    if not fits.all():
        left_out = len(fits) - np.count_nonzero(fits)
        note(f"{left_out} of {len(fits)} texts of {corpora.names} do not fit {model_name} and are left out")
    wordless = np.setdiff1d(kept.images, texts.images)
    if len(wordless):
        name = corpora.images["image_id"][int(wordless[0])].as_py()
        raise CorpusError(f"{corpora.names}: no text of {name} fits {model_name}; write a shorter one")
    return texts

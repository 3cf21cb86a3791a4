"""Batches of a stage: which image, which caption and which random draws, each a function of the step's number."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from sarvl.corpus import Corpus, pixel_cache
from sarvl.corpus.filters import kept_texts
from sarvl.errors import CorpusError
from sarvl.models import Clip
from sarvl.progress import note
from sarvl.training.objectives import meaning_ids
from sarvl.training.recipe import Stage

_TEXTS_AT_ONCE = 4096


@dataclass(frozen=True)
class Batch:
    """pixels: uint8 (B, C, S, S). tokens: (B, context). meanings: (B,). movable: (B,) bool, see training.augment."""

    pixels: Tensor
    tokens: Tensor
    meanings: Tensor
    movable: Tensor


@dataclass(frozen=True)
class StageData:
    """The images of one split of a stage's corpus, their pixels from the cache, and their texts as tokens.

    texts: for each row of the images table, the rows of its captions that the stage keeps and that fit the text tower.
    tokens: for each row of the texts table that fits, its token ids (context,).
    """

    corpus: Corpus
    pixels: NDArray[np.uint8]
    rows: NDArray[np.int64]
    texts: dict[int, list[int]]
    tokens: dict[int, Tensor]
    batch_size: int
    seed: int

    @classmethod
    def open(cls, stage: Stage, split: str, model: Clip, seed: int, workers: int) -> "StageData":
        """Open the stage's corpus.

        Images without a caption that ``stage.texts`` keeps are left out, and so are captions that are too long for the
        text tower: both is said on standard error.
        Raises CorpusError where ``stage.texts`` names what the corpus does not have, where fewer images are left than a
        batch needs (2), or where no caption of an image fits.
        """
        corpus = Corpus.open(stage.corpus)
        captions = _captions_of(corpus, corpus.rows_of(split), stage)
        if len(captions) < 2:
            raise CorpusError(
                f"{stage.corpus}: stage {stage.name} keeps captions of {len(captions)} images of split {split!r}; "
                "a contrastive batch needs two"
            )
        pixels = pixel_cache(corpus, model.contract, workers)
        tokens = _tokens_of(corpus, captions, model)
        texts = {row: [text for text in rows if text in tokens] for row, rows in captions.items()}
        wordless = [row for row in texts if not texts[row]]
        if wordless:
            name = corpus.column("image_id")[wordless[0]]
            raise CorpusError(f"{stage.corpus}: no text of {name} fits {model.name}; write a shorter one")
        rows = np.array(list(texts))
        return cls(corpus, pixels, rows, texts, tokens, min(stage.batch_size, len(rows)), seed)

    @property
    def steps_per_epoch(self) -> int:
        """Whole batches an epoch; which images are left over is drawn anew each epoch."""
        return len(self.rows) // self.batch_size

    def training_batch(self, step: int) -> Batch:
        """Return the batch of a step, counted from 0 over all epochs; a step's batch depends on nothing before it."""
        epoch, place = divmod(step, self.steps_per_epoch)
        order = np.random.default_rng([self.seed, epoch]).permutation(self.rows)
        chosen = order[place * self.batch_size : (place + 1) * self.batch_size]
        draw = np.random.default_rng([self.seed, epoch, place, 1])
        return self._batch(chosen, [int(draw.choice(self.texts[int(row)])) for row in chosen])

    def validation_batches(self) -> Iterator[Batch]:
        """Yield every image once, each with its first caption, in equal batches of the corpus's order."""
        for rows in np.array_split(self.rows, -(-len(self.rows) // self.batch_size)):
            yield self._batch(rows, [self.texts[int(row)][0] for row in rows])

    def sampled_pixels(self, count: int) -> Iterator[Tensor]:
        """Yield the bytes (B, C, S, S) of up to ``count`` images, always the same, in about equal batches."""
        rows = np.random.default_rng([self.seed, 2]).permutation(self.rows)[:count]
        for part in np.array_split(rows, -(-len(rows) // self.batch_size)):
            yield torch.from_numpy(self.pixels[part])

    def _batch(self, rows: NDArray[np.int64], texts: list[int]) -> Batch:
        return Batch(
            pixels=torch.from_numpy(self.pixels[rows]),
            tokens=torch.stack([self.tokens[text] for text in texts]).long(),
            meanings=meaning_ids([self.corpus.meanings[text] for text in texts]),
            movable=torch.tensor([self._movable[text] for text in texts]),
        )

    @cached_property
    def _movable(self) -> list[bool]:
        """Whether a text stays true when its image is mirrored, shifted or zoomed: what a whole chip shows does."""
        return [family == "classification" for family in self.corpus.texts.column("family").to_pylist()]


def _captions_of(corpus: Corpus, rows: NDArray[np.int64], stage: Stage) -> dict[int, list[int]]:
    """Return the captions that the stage keeps of each of the images, without those that it keeps none of."""
    keeps = kept_texts(corpus.images, corpus.texts, stage.texts, f"{stage.corpus}: stage {stage.name}: texts")
    found = {int(row): [text for text in corpus.captions_of_image[row] if keeps[text]] for row in rows}
    captions = {row: texts for row, texts in found.items() if texts}
    if len(captions) < len(found):
        left_out = len(found) - len(captions)
        note(f"{left_out} of {len(found)} images of {corpus.folder} have no caption for stage {stage.name}: left out")
    return captions


def _tokens_of(corpus: Corpus, captions: dict[int, list[int]], model: Clip) -> dict[int, Tensor]:
    """Return the tokens (context,) of every caption that fits the text tower."""
    texts = [text for rows in captions.values() for text in rows]
    distinct = list(dict.fromkeys(corpus.sentences[text] for text in texts))
    found: dict[str, Tensor] = {}
    for start in range(0, len(distinct), _TEXTS_AT_ONCE):
        part = distinct[start : start + _TEXTS_AT_ONCE]
        tokens = model.tokenizer(part)  # (T, context)
        cut = set(model.too_long(part, tokens))
        found |= {sentence: tokens[index].int() for index, sentence in enumerate(part) if index not in cut}
    left_out = sum(corpus.sentences[text] not in found for text in texts)
    if left_out:
        note(f"{left_out} of {len(texts)} texts of {corpus.folder} do not fit {model.name} and are left out")
    return {text: found[corpus.sentences[text]] for text in texts if corpus.sentences[text] in found}

"""Answers: what is asked about an image is answered, and a caption is the answer to a prompt (Liu et al. 2024)."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import torch
from numpy.typing import NDArray
from pydantic import Field, model_validator
from torch import Tensor
from torch.nn import functional

from sarvl.language.prompts import CAPTION_PROMPT, CHOICE_PROMPT, QUESTION_PROMPT
from sarvl.language.questions.choices import letter_of
from sarvl.models.protocols import AnswerLearner
from sarvl.recipes import RecipeModel
from sarvl.training.data.corpora import Corpora
from sarvl.training.data.image_texts import ImageTexts
from sarvl.training.data.text_columns import Indices
from sarvl.training.objective import Batch, Gather, Objective, Tensors

_COLUMNS = ("kind", "text", "answer", "options")


class AnswerOptions(RecipeModel):
    """What is asked, and how often."""

    caption_weight: float = Field(default=1.0, ge=0)
    """How often a caption is drawn for an image, relative to ``question_weight``; 0: only where it has no question."""
    question_weight: float = Field(default=1.0, ge=0)
    """How often a question is drawn; 0: only where there is no caption."""
    pairs_an_image: int = Field(default=1, ge=1, le=64)
    """Questions and captions that a step has of an image, which goes through the tower once for all; fewer where it has
    no more."""
    caption_prompt: str = Field(default=CAPTION_PROMPT, min_length=1)
    """What a caption is the answer to."""
    question_prompt: str = Field(default=QUESTION_PROMPT, pattern=r"\{question\}")
    """What a question is put as, with ``{question}`` where it goes."""
    choice_prompt: str = Field(default=CHOICE_PROMPT, pattern=r"\{question\}")
    """The same for a question with choices, which is answered by a letter."""

    @model_validator(mode="after")
    def _some_weight(self) -> "AnswerOptions":
        if not self.caption_weight + self.question_weight:
            raise ValueError("both weights are 0; give one of captions or of questions")
        return self


class Pair(NamedTuple):
    """What is asked, and what is to be answered."""

    prompt: str
    answer: str


class Answers(Objective[AnswerOptions]):
    """The cross-entropy of the tokens of answers alone; each pair counts the same, however long its answer is."""

    needs = AnswerLearner
    kinds = ("caption", "question")
    options = AnswerOptions

    def fits(self, model: AnswerLearner, corpora: Corpora, texts: Indices, options: AnswerOptions) -> NDArray[np.bool_]:
        """Return for each of ``texts`` whether the decoder has room for the pair."""
        pairs = pairs_of(corpora.texts.take(texts), options)
        room, fits = model.room, np.ones(len(texts), np.bool_)
        # A token is a byte at least, but for those around the prompt: few pairs are long enough to be counted.
        long = [place for place, pair in enumerate(pairs) if len("".join(pair).encode()) > room // 2]
        counts = model.tokens_of_pairs([pairs[place] for place in long])
        fits[long] = np.array(counts, np.int64) <= room
        return fits

    def drawn(
        self, corpora: Corpora, owned: Sequence[Indices], generator: np.random.Generator, options: AnswerOptions
    ) -> Indices:
        """Return which texts of B images a batch has (B, K): no text twice, captions and questions by their weights."""
        chosen = np.full((len(owned), options.pairs_an_image), -1, np.int64)
        for row, texts in zip(chosen, owned, strict=True):
            weights = weights_of(corpora.is_caption[texts], options)
            wanted, draws = weights > 0, generator.random(len(texts))
            # The largest of u^(1 / w) are drawn without replacement by the weights w (Efraimidis and Spirakis 2006).
            keys = np.log(draws[wanted]) / weights[wanted] if wanted.any() else draws
            best = (texts[wanted] if wanted.any() else texts)[np.argsort(-keys, kind="stable")[: len(row)]]
            row[: len(best)] = best
        return chosen

    def left_out(self, corpora: Corpora, texts: ImageTexts, options: AnswerOptions) -> NDArray[np.bool_]:
        """Return for each text whether its kind has no weight, and another of its image has one: (C,)."""
        image = np.repeat(np.arange(len(texts)), np.diff(texts.starts))
        weights = np.where(corpora.is_caption[texts.texts], options.caption_weight, options.question_weight)
        has_another = np.bincount(image, weights, len(texts)) > 0
        left_out: NDArray[np.bool_] = (weights == 0) & has_another[image]
        return left_out

    def readings(self, texts: pa.Table, options: AnswerOptions) -> set[str]:
        """Return all prompts and answers."""
        return {part for pair in pairs_of(texts, options) for part in pair}

    def collate(self, model: AnswerLearner, batch: Batch, options: AnswerOptions) -> Tensors:
        """Return what the model takes, the weight of each token of an answer, and whether it is of a caption (B, A)."""
        rows = batch.texts_of_image
        counts, every = [len(own) for own in rows], np.concatenate(rows)
        pairs = pairs_of(batch.corpora.texts.take(every), options)
        ends = np.cumsum(counts).tolist()
        pairs_of_image = [pairs[end - count : end] for count, end in zip(counts, ends, strict=True)]
        inputs = model.answer_inputs(batch.images, batch.pixels, pairs_of_image)
        is_caption, number = torch.from_numpy(batch.corpora.is_caption[every]), inputs.pop("pair_of_answer")
        marks = {"is_caption": is_caption[number.clamp(min=0)] & (number >= 0)}
        return inputs | {"weights": weights_of_tokens(number)} | marks

    def tokens_of(self, inputs: Tensors) -> int:
        """Return the tokens of what is asked and answered; those of images count where a processor puts them in."""
        there = inputs["pair"] >= 0 if "pair" in inputs else inputs["attention_mask"]
        return int(there.sum())

    def forward(self, model: AnswerLearner, inputs: Tensors, _options: AnswerOptions) -> Tensors:
        """Return the logits (B, A, V)."""
        return {"logits": model.answer_logits(inputs)}

    def loss(self, outputs: Tensors, inputs: Tensors, gather: Gather, _options: AnswerOptions) -> Tensors:
        """Return the parts ``question`` and ``caption``: of each, the sum over its pairs, of the number of all."""
        logits, answers, weights = outputs["logits"], inputs["answers"], inputs["weights"]
        surprise = functional.cross_entropy(logits.flatten(0, 1).float(), answers.flatten(), reduction="none")
        surprise = surprise.view_as(weights) * weights
        pairs = gather(weights.sum()[None]).mean()  # of a process, so that their mean is that of all pairs
        is_caption = inputs["is_caption"]
        return {
            "question": surprise.masked_fill(is_caption, 0).sum() / pairs,
            "caption": surprise.masked_fill(~is_caption, 0).sum() / pairs,
        }

    def after_step(self, _model: Any, _options: AnswerOptions) -> None:
        """Leave the parameters as they are."""


def pairs_of(texts: pa.Table, options: AnswerOptions) -> list[Pair]:
    """Return rows of a table of texts as pairs of what is asked and what is answered."""
    kinds, written, answers, choices = (texts[name].to_pylist() for name in _COLUMNS)
    return [_pair(*row, options) for row in zip(kinds, written, answers, choices, strict=True)]


def _pair(kind: str, text: str, answer: str | None, choices: list[str] | None, options: AnswerOptions) -> Pair:
    if kind == "caption":
        return Pair(options.caption_prompt, text)
    if choices:
        return Pair(options.choice_prompt.replace("{question}", text), letter_of(answer or "", choices))
    return Pair(options.question_prompt.replace("{question}", text), answer or "")


def weights_of(is_caption: NDArray[np.bool_], options: AnswerOptions) -> NDArray[np.float64]:
    """Return with which weight each text of an image is drawn: those of a kind share that of the kind."""
    captions = int(is_caption.sum())
    shares = (options.question_weight / max(len(is_caption) - captions, 1), options.caption_weight / max(captions, 1))
    return np.where(is_caption, shares[1], shares[0])


def weights_of_tokens(number: Tensor) -> Tensor:
    """Return the weight of each token (B, A), of the number of its pair (B, A): 1 over the tokens of that; 0 for -1."""
    counts = torch.bincount(number.flatten() + 1)
    return torch.where(number >= 0, 1 / counts[number + 1], 0.0)


OBJECTIVE = Answers()

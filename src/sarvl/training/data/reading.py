"""Reading: how a stage's texts are drawn, and come to a model: as rows of tokens, or as its objective reads them."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from sarvl.errors import ModelError
from sarvl.models.protocols import TokenReader, Trainable, able
from sarvl.training.data.corpora import Corpora, joined_tokens
from sarvl.training.data.image_texts import ImageTexts
from sarvl.training.data.text_columns import Indices
from sarvl.training.data.tokens import token_cache
from sarvl.training.objective import OBJECTIVES, LeavesOut, ReadsTexts
from sarvl.training.recipe import Stage

Draw = Callable[[ImageTexts, Indices, np.random.Generator], Indices]
"""Gives which texts (B, K) some images (B,) have in a batch, -1 where an image has fewer than K."""


class Tokens(Protocol):
    """The texts of a stage as rows of tokens."""

    def of(self, texts: Indices) -> Tensor:
        """Return the token ids of some texts: int64 (B, context)."""

    def fits(self, texts: Indices) -> NDArray[np.bool_]:
        """Return for each of ``texts`` whether the model can take the whole of it: (B,)."""


@dataclass(frozen=True)
class NoTokens:
    """Stands for them where the objective reads texts itself."""

    fits: Callable[[Indices], NDArray[np.bool_]]

    def of(self, texts: Indices) -> Tensor:
        """Return rows of no tokens: int64 (B, 0)."""
        return torch.empty((len(texts), 0), dtype=torch.int64)


def reading_of(stage: Stage, corpora: Corpora, model: Trainable) -> tuple[Tokens, Draw]:
    """Return the texts of a stage as tokens, and how they are drawn; ModelError where the model reads no tokens."""
    objective, options = OBJECTIVES.get(stage.objective), stage.options
    if isinstance(objective, ReadsTexts):
        return NoTokens(partial(objective.fits, model, corpora, options=options)), partial(_drawn, stage, corpora)
    reader = able(model, TokenReader, f"objective {stage.objective} of stage {stage.name}", model.name, ModelError)
    return joined_tokens(corpora, [token_cache(part, reader, objective.kinds) for part in corpora.parts]), _one_each


def learned_texts(stage: Stage, corpora: Corpora, texts: ImageTexts) -> Indices:
    """Return the rows of the texts that a batch of a stage may have, among those of its images."""
    objective = OBJECTIVES.get(stage.objective)
    if not isinstance(objective, LeavesOut):
        return texts.texts
    return texts.texts[~objective.left_out(corpora, texts, stage.options)]


def _one_each(texts: ImageTexts, images: Indices, generator: np.random.Generator) -> Indices:
    return texts.drawn(images, generator)[:, None]


def _drawn(
    stage: Stage, corpora: Corpora, texts: ImageTexts, images: Indices, generator: np.random.Generator
) -> Indices:
    objective: Any = OBJECTIVES.get(stage.objective)
    drawn: Indices = objective.drawn(corpora, texts.owned(images), generator, stage.options)
    return drawn

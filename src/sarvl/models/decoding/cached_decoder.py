"""CachedDecoder: the next token of many texts at a time, from open_clip's residual blocks."""

from dataclasses import dataclass
from typing import Any, Literal

import torch
from torch import Tensor, nn

from sarvl.models.decoding.attention import CachedBlock, CrossAttention, SelfAttention

Looks = Literal["tower", "text", "image"]
"""What a block of a ``Writer`` looks at."""


@dataclass(frozen=True)
class Writer:
    """What writes text in a network: all that a token goes through, in this order.

    embedding: of V tokens. positions: (L, W), added to it. blocks: open_clip's ``ResidualAttentionBlock``, each behind
    what it looks at: ``text`` the tokens before, ``image`` the image; those called ``tower`` look at the tokens before
    but for padding. norm, projection: (W, V) at the end. start, end, padding: token ids. mask: which key a padding
    token hides in the ``tower``: its ``own``, or the ``next`` one, as all published CoCa weights were trained.
    """

    embedding: nn.Embedding
    positions: Tensor
    blocks: tuple[tuple[Looks, Any], ...]
    norm: nn.Module
    projection: Tensor
    start: int
    end: int
    padding: int
    mask: Literal["own", "next"] = "next"

    @property
    def most_tokens(self) -> int:
        """The tokens of the longest text."""
        return len(self.positions)


class CachedDecoder:
    """R texts of N images that grow by one token a step, as ``GrowingTexts``."""

    def __init__(self, writer: Writer, image_tokens: Tensor, texts_an_image: int, most_tokens: int) -> None:
        """Compute what the blocks need of ``image_tokens`` (N, P, W), and make room for ``most_tokens`` a text."""
        self.writer, self.images, self._texts_an_image = writer, len(image_tokens), texts_an_image
        rows = self.images * texts_an_image
        self._blocks: list[tuple[bool, CachedBlock]] = [
            (kind == "tower", _cached(kind, block, image_tokens, rows, most_tokens)) for kind, block in writer.blocks
        ]
        self._is_hidden = torch.zeros((rows, most_tokens + 1), dtype=torch.bool, device=image_tokens.device)
        self.length = 0

    @property
    def start(self) -> int:
        """The token before all texts."""
        return self.writer.start

    @property
    def ends(self) -> tuple[int, ...]:
        """The tokens that end a text."""
        return (self.writer.end,)

    @property
    def padding(self) -> int:
        """The token of texts that have ended."""
        return self.writer.padding

    @property
    def device(self) -> torch.device:
        """Where it computes."""
        return self.writer.positions.device

    def step(self, tokens: Tensor) -> Tensor:
        """Take the next token of each text (R,), and return the logits of the one behind it, float32 (R, V)."""
        self._hide_padding(tokens)
        allowed = self._allowed()
        hidden = self.writer.embedding(tokens)[:, None] + self.writer.positions[self.length]  # (R, 1, W)
        for has_padding, block in self._blocks:
            hidden = block.step(hidden, self.length, allowed if has_padding else None)
        self.length += 1
        logits: Tensor = (self.writer.norm(hidden[:, 0]) @ self.writer.projection).float()
        return logits

    def _hide_padding(self, tokens: Tensor) -> None:
        place = self.length + (self.writer.mask == "next")
        self._is_hidden[:, place] = tokens == self.writer.padding

    def _allowed(self) -> Tensor | None:
        hidden = self._is_hidden[:, : self.length + 1]
        return ~hidden[:, None, None] if bool(hidden.any()) else None

    def reorder(self, rows: Tensor) -> None:
        """Let the text of row r go on from that of row ``rows[r]``, which is of the same image; rows: (R,)."""
        for _, block in self._blocks:
            block.reorder(rows, self.length)
        self._is_hidden = self._is_hidden[rows]

    def keep(self, images: Tensor) -> None:
        """Go on with some images only."""
        self.images = len(images)
        rows = (
            images[:, None] * self._texts_an_image + torch.arange(self._texts_an_image, device=images.device)
        ).flatten()
        for _, block in self._blocks:
            block.keep(images, rows)
        self._is_hidden = self._is_hidden[rows]


def _cached(kind: Looks, block: Any, image_tokens: Tensor, rows: int, most_tokens: int) -> CachedBlock:
    return CrossAttention(block, image_tokens) if kind == "image" else SelfAttention(block, rows, most_tokens)

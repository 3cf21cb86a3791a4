"""GrowingTexts: what a decoder with a key-value cache does, whichever it is; and Limit, what a text may be."""

from collections.abc import Sequence
from typing import Protocol

import torch
from torch import Tensor


class GrowingTexts(Protocol):
    """R texts of N images that grow by one token a step; the rows of an image stand one behind the other.

    What stands before them, such as an image and a question, is computed once, and is not counted.

    images: N. length: the steps that were done. start: the token before all texts. ends: the tokens that end one.
    padding: the token of texts that have ended.
    """

    images: int
    length: int

    @property
    def start(self) -> int: ...  # noqa: D102 - as above
    @property
    def ends(self) -> tuple[int, ...]: ...  # noqa: D102
    @property
    def padding(self) -> int: ...  # noqa: D102
    @property
    def device(self) -> torch.device: ...  # noqa: D102

    def step(self, tokens: Tensor) -> Tensor:
        """Take the next token of each text (R,), and return the logits of the one behind it, float32 (R, V).

        The first step takes the start of each, which stands before the first token.
        """

    def reorder(self, rows: Tensor) -> None:
        """Let the text of row r go on from that of row ``rows[r]``, which is of the same image; rows: (R,)."""

    def keep(self, images: Tensor) -> None:
        """Go on with some images only."""


class Limit(Protocol):
    """What one text may be."""

    def next_token(self, logits: Tensor, ends: Sequence[int]) -> int:
        """Return the next token by the logits (V,); one of ``ends`` where the text is to end."""

    @property
    def is_over(self) -> bool:
        """Whether nothing is left to choose, so that no further token has to be computed."""

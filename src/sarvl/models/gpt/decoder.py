"""LanguageDecoder: what a decoder must give, whichever it is: our own small one, or a causal model of transformers."""

from typing import Any, Protocol

from torch import Tensor


class LanguageDecoder(Protocol):
    """Says of a row of tokens, given as vectors, which token comes next.

    width: of the vectors. context: the most tokens of a row.
    """

    width: int
    context: int

    def embed(self, tokens: Tensor) -> Tensor:
        """Return the vectors (..., width) of token ids."""

    def logits(
        self, vectors: Tensor, positions: Tensor, allowed: Tensor, kept: Tensor, cache: Any | None = None
    ) -> Tensor:
        """Return the logits (B, K, V) of the tokens that come behind some places.

        vectors: (B, L, width). positions: of each in its text (B, L). allowed: which of the tokens that the cache has
        and then of these each may look at (B, L, all). kept: those places, in the row (B, K).
        cache: what ``new_cache`` gave, with the tokens before; these are put behind them.
        """

    def new_cache(self) -> Any:
        """Return a cache of no tokens."""

    def choose(self, cache: Any, rows: Tensor) -> Any:
        """Return a cache that has, of each row r, the tokens of row ``rows[r]``."""

    def set_grad_checkpointing(self, enable: bool = True) -> None:
        """Have activations computed again in the backward pass, or kept."""

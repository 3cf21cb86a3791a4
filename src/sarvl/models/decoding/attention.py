"""Attention of one new token, in open_clip's residual blocks, with the keys and values of all before it kept."""

from typing import Any, Protocol

import torch
from torch import Tensor
from torch.nn import functional


class CachedBlock(Protocol):
    """A residual block that takes one new token a row."""

    def step(self, hidden: Tensor, position: int, allowed: Tensor | None) -> Tensor:
        """Return the block's output (R, 1, W) of the tokens ``hidden`` (R, 1, W) at ``position``.

        allowed: (R, 1, 1, position + 1), the tokens that may be looked at; None for all.
        """

    def reorder(self, rows: Tensor, length: int) -> None:
        """Let the first ``length`` tokens of row r be those of row ``rows[r]`` of the same image; rows: (R,)."""

    def keep(self, images: Tensor, rows: Tensor) -> None:
        """Go on with some images, and the rows of these."""


class SelfAttention:
    """A block that looks back at the tokens before."""

    def __init__(self, block: Any, rows: int, length: int) -> None:
        """Make room for ``length`` tokens of each of ``rows`` texts."""
        self._block = block
        attention = block.attn
        shape = (rows, attention.num_heads, length, attention.head_dim)
        self._keys, self._values = (attention.in_proj_weight.new_zeros(shape) for _ in range(2))

    def step(self, hidden: Tensor, position: int, allowed: Tensor | None) -> Tensor:
        """Return the output (R, 1, W), after the token's own key and value are kept."""
        attention, end = self._block.attn, position + 1
        joined = functional.linear(self._block.ln_1(hidden), attention.in_proj_weight, attention.in_proj_bias)
        query, key, value = (_by_heads(part, attention.num_heads) for part in joined.chunk(3, dim=-1))  # (R, H, 1, D)
        self._keys[:, :, position:end], self._values[:, :, position:end] = key, value
        keys, values = self._keys[:, :, :end], self._values[:, :, :end]
        seen = functional.scaled_dot_product_attention(query, keys, values, attn_mask=allowed)
        return _joined(self._block, hidden, _of_heads(seen))

    def reorder(self, rows: Tensor, length: int) -> None:
        """Copy the keys and values of the rows that change."""
        changed = torch.nonzero(rows != torch.arange(len(rows), device=rows.device)).flatten()
        for cache in (self._keys, self._values):
            cache[changed, :, :length] = cache[rows[changed], :, :length]

    def keep(self, images: Tensor, rows: Tensor) -> None:
        """Keep ``rows``."""
        self._keys, self._values = self._keys[rows], self._values[rows]


class CrossAttention:
    """A block that looks at the image, whose keys and values are computed once for all rows and tokens."""

    def __init__(self, block: Any, image_tokens: Tensor) -> None:
        """Compute the keys and values of ``image_tokens`` (N, P, W)."""
        self._block = block
        attention = block.attn
        width = attention.embed_dim
        joined = functional.linear(
            block.ln_1_kv(image_tokens), attention.in_proj_weight[width:], attention.in_proj_bias[width:]
        )
        self._keys, self._values = (_by_heads(part, attention.num_heads) for part in joined.chunk(2, dim=-1))

    def step(self, hidden: Tensor, position: int, allowed: Tensor | None) -> Tensor:
        """Return the output (R, 1, W); the rows of an image are so many queries of it."""
        attention = self._block.attn
        width = attention.embed_dim
        query = functional.linear(
            self._block.ln_1(hidden), attention.in_proj_weight[:width], attention.in_proj_bias[:width]
        )
        queries = _by_heads(query.view(len(self._keys), -1, width), attention.num_heads)  # (N, H, R / N, D)
        seen = functional.scaled_dot_product_attention(queries, self._keys, self._values)
        return _joined(self._block, hidden, _of_heads(seen).reshape(hidden.shape))

    def reorder(self, rows: Tensor, length: int) -> None:
        """Do nothing: rows stay with their image."""

    def keep(self, images: Tensor, rows: Tensor) -> None:
        """Keep ``images``."""
        self._keys, self._values = self._keys[images], self._values[images]


def _by_heads(tokens: Tensor, heads: int) -> Tensor:
    return tokens.view(*tokens.shape[:-1], heads, -1).transpose(1, 2)  # (B, L, W) -> (B, H, L, W / H)


def _of_heads(tokens: Tensor) -> Tensor:
    return tokens.transpose(1, 2).flatten(2)  # (B, H, L, D) -> (B, L, H * D)


def _joined(block: Any, hidden: Tensor, seen: Tensor) -> Tensor:
    """Add to the stream what attention saw, then the block's perceptron."""
    hidden = hidden + block.ls_1(block.attn.out_proj(seen))
    output: Tensor = hidden + block.ls_2(block.mlp(block.ln_2(hidden)))
    return output

"""SmallDecoder: a causal transformer of a few million weights, trained from nothing on the texts of corpora."""

from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.utils.checkpoint import checkpoint

from sarvl.errors import ModelError
from sarvl.models.gpt.language_options import MOST_WEIGHTS, SmallLanguage

_LONGEST_WAVE = 10_000.0  # of the rotary positions, Su et al. 2021
Kept = tuple[Tensor, Tensor]


class Rotation(NamedTuple):
    """By which angles pairs of values are turned: their cosines and sines, (B, 1, L, D / 2)."""

    cosines: Tensor
    sines: Tensor

    def __call__(self, values: Tensor) -> Tensor:
        """Return values (B, H, L, D), turned."""
        first, second = values.chunk(2, dim=-1)
        turned = (first * self.cosines - second * self.sines, second * self.cosines + first * self.sines)
        return torch.cat(turned, dim=-1).to(values.dtype)


class Block(nn.Module):
    """Attention, then a perceptron, each added to the stream behind a norm of what it takes."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.attention_norm, self.perceptron_norm = nn.RMSNorm(width), nn.RMSNorm(width)
        self.queries_keys_values = nn.Linear(width, 3 * width, bias=False)
        self.attended = nn.Linear(width, width, bias=False)
        self.widen = nn.Linear(width, 4 * width)
        self.narrow = nn.Linear(4 * width, width)

    def forward(
        self, stream: Tensor, rotation: Rotation, allowed: Tensor, before: Kept | None = None
    ) -> tuple[Tensor, Kept]:
        """Return the stream (B, L, W), and the keys and values (B, H, all, D) of the tokens before and of these."""
        joined = self.queries_keys_values(self.attention_norm(stream))
        queries, keys, values = (
            part.unflatten(-1, (self.heads, -1)).transpose(1, 2) for part in joined.chunk(3, dim=-1)
        )
        queries, keys = rotation(queries), rotation(keys)
        if before:
            keys, values = (torch.cat(pair, dim=2) for pair in zip(before, (keys, values), strict=True))
        seen = functional.scaled_dot_product_attention(queries, keys, values, attn_mask=allowed[:, None])
        stream = stream + self.attended(seen.transpose(1, 2).flatten(2))
        stream = stream + self.narrow(functional.gelu(self.widen(self.perceptron_norm(stream))))
        return stream, (keys, values)


class SmallDecoder(nn.Module):
    """A ``LanguageDecoder`` of ours: rotary positions, and the vectors of tokens used for their logits as well."""

    def __init__(self, shape: SmallLanguage, vocabulary_size: int) -> None:
        """Draw its weights; raises ModelError where they are more than a small decoder may have."""
        super().__init__()
        self.shape, self.width, self.context = shape, shape.width, shape.context
        self.blocks = nn.ModuleList(Block(shape.width, shape.heads) for _ in range(shape.layers))
        self.norm = nn.RMSNorm(shape.width)
        self._recomputes = False
        self._draw()
        self.take_vocabulary(vocabulary_size)

    def take_vocabulary(self, size: int) -> None:
        """Draw the weights that belong to the ids of a vocabulary of so many."""
        self.embedding = nn.Embedding(size, self.width)
        nn.init.normal_(self.embedding.weight, std=0.02)
        weights = sum(parameter.numel() for parameter in self.parameters())
        if weights > MOST_WEIGHTS:
            raise ModelError(
                f"language: a small decoder of {weights:,} weights, of {MOST_WEIGHTS:,} at most; give less width"
            )

    def _draw(self) -> None:
        """Draw the weights of the blocks as GPT-2 has them (Radford et al. 2019)."""
        out = 0.02 * (2 * self.shape.layers) ** -0.5
        for block in (module for module in self.modules() if isinstance(module, Block)):
            for layer, std in (
                (block.queries_keys_values, 0.02),
                (block.widen, 0.02),
                (block.attended, out),
                (block.narrow, out),
            ):
                nn.init.normal_(layer.weight, std=std)
                if layer.bias is not None:
                    nn.init.zeros_(layer.bias)

    def embed(self, tokens: Tensor) -> Tensor:
        """Return the vectors (..., width) of token ids."""
        vectors: Tensor = self.embedding(tokens)
        return vectors

    def logits(
        self, vectors: Tensor, positions: Tensor, allowed: Tensor, kept: Tensor, cache: list[Kept] | None = None
    ) -> Tensor:
        """Return the logits (B, K, V) behind the places ``kept``; see ``LanguageDecoder``."""
        rotation, stream = self._rotation(positions), vectors
        for number, block in enumerate(self.blocks):
            before = cache[number] if cache and number < len(cache) else None
            if self._recomputes and torch.is_grad_enabled():
                stream, own = checkpoint(block, stream, rotation, allowed, before, use_reentrant=False)
            else:
                stream, own = block(stream, rotation, allowed, before)
            if cache is not None:
                cache[number : number + 1] = [own]
        chosen = self.norm(at_places(stream, kept))
        return functional.linear(chosen, self.embedding.weight)

    def _rotation(self, positions: Tensor) -> Rotation:
        side = self.width // self.shape.heads
        waves = torch.arange(0, side, 2, device=positions.device, dtype=torch.float32) / side
        angles = positions[:, None, :, None].float() * _LONGEST_WAVE**-waves  # (B, 1, L, D / 2)
        return Rotation(angles.cos(), angles.sin())

    def new_cache(self) -> list[Kept]:
        """Return a cache of no tokens."""
        return []

    def choose(self, cache: list[Kept], rows: Tensor) -> list[Kept]:
        """Return a cache that has, of each row r, the tokens of row ``rows[r]``."""
        return [(keys[rows], values[rows]) for keys, values in cache]

    def set_grad_checkpointing(self, enable: bool = True) -> None:
        """Have activations computed again in the backward pass, or kept."""
        self._recomputes = enable


def at_places(stream: Tensor, kept: Tensor) -> Tensor:
    """Return what stands at the places ``kept`` (B, K) of rows (B, L, W): (B, K, W)."""
    return stream.gather(1, kept[:, :, None].expand(-1, -1, stream.shape[2]))

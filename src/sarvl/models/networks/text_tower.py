"""Encoding text without its padding: open_clip's causal text towers, cut to the longest text of the batch."""

from typing import Any

import torch
from torch import Tensor, nn

from sarvl.models.networks.towers import tower_module


def is_causal(network: nn.Module) -> bool:
    """Tell whether what follows the end-of-text token cannot change a text's feature, so that padding may be cut."""
    tower = tower_module(network, "text")
    pool = getattr(tower, "pool_type", getattr(network, "text_pool_type", None))
    mask = getattr(tower, "attn_mask", None)
    return mask is not None and pool == "argmax" and getattr(tower, "cls_emb", None) is None


def without_padding(network: nn.Module, tokens: Tensor) -> Tensor:
    """Cut token ids (B, context), padded behind the end of text, to the longest text where the tower is causal."""
    # The end of text is the highest id; 0 would not tell the padding, since it is also the token of "!" in "!?".
    return tokens[:, : int(tokens.argmax(dim=1).max()) + 1] if is_causal(network) else tokens


def encode_text(network: nn.Module, tokens: Tensor) -> Tensor:
    """Return text features (B, D), not normalised, of token ids (B, L) that may be cut to any length L.

    Equals open_clip's ``encode_text`` of the full context, at the cost of L tokens instead of the context's; towers
    that are not causal go through ``encode_text`` itself and need the full context.
    """
    if not is_causal(network):
        return network.encode_text(tokens)  # type: ignore[operator, no-any-return]
    tower: Any = tower_module(network, "text")
    length = tokens.shape[1]
    hidden = tower.token_embedding(tokens).to(tower.transformer.get_cast_dtype())  # (B, L, W)
    hidden = hidden + tower.positional_embedding[:length].to(hidden.dtype)
    hidden = tower.transformer(hidden, attn_mask=tower.attn_mask[:length, :length])
    hidden = tower.ln_final(hidden)
    rows = torch.arange(len(tokens), device=tokens.device)
    pooled: Tensor = hidden[rows, tokens.argmax(dim=-1)]  # (B, W)
    projection = tower.text_projection
    if projection is None:
        return pooled
    projected: Tensor = projection(pooled) if isinstance(projection, nn.Linear) else pooled @ projection
    return projected

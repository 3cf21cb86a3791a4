"""Captions of many lengths, decoded in groups of like length: else padding takes most of the time and memory."""

from collections.abc import Callable

import torch
from torch import Tensor

_GROUPS = 8


def logits_of_texts(
    decode: Callable[[Tensor, Tensor], Tensor], looked_at: Tensor, texts: Tensor, is_text: Tensor
) -> Tensor:
    """Return the logits (K, V) of the K places that are text, row by row.

    decode: gives the logits (b, l, V) of ``looked_at`` (b, P, W) and ``texts`` (b, l, ...), each place of those before
    it alone. is_text: (B, L), true up to the end of each row's text.
    """
    lengths = is_text.sum(dim=1)  # (B,)
    made, owners = [], []
    for rows in lengths.argsort(stable=True).chunk(_GROUPS):
        shown = is_text[rows, : int(lengths[rows].max())]  # (b, l)
        made.append(decode(looked_at[rows], texts[rows, : shown.shape[1]])[shown])
        owners.append(rows.repeat_interleave(lengths[rows]))
    return torch.cat(made)[torch.cat(owners).argsort(stable=True)]

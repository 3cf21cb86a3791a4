"""Rows: questions about images with their answers as token ids, those about one image behind each other in one row."""

from collections.abc import Sequence
from itertools import accumulate

import torch
from torch import Tensor

from sarvl.models.gpt.script import Script

NO_TOKEN = -100
"""Stands where no token is to be written, as cross entropy of PyTorch takes it."""
Pairs = Sequence[tuple[str, str]]


def packed_rows(script: Script, pairs_of_image: Sequence[Pairs]) -> dict[str, Tensor]:
    """Return the ids of all pairs of B images, a row an image, and what is to be written where.

    Each is a pair of what is asked and what is to be answered. ``tokens`` (B, L): their ids, without the image.
    ``pair`` (B, L): the number of the pair that a token is of, -1 of padding. ``offsets`` (B, L): its place in that
    pair. ``kept`` (B, A): the places behind which a token of an answer comes. ``answers`` (B, A): that token,
    ``NO_TOKEN`` beyond the last. ``pair_of_answer`` (B, A): the number of its pair, counted over all
    images, -1 beyond the last.
    """
    starts = [0, *accumulate(map(len, pairs_of_image))]
    rows = [_row(script, pairs, first) for pairs, first in zip(pairs_of_image, starts, strict=False)]
    fill = {"tokens": script.padding, "answers": NO_TOKEN, "pair": -1, "pair_of_answer": -1, "offsets": 0, "kept": 0}
    return {name: padded([row[name] for row in rows], value) for name, value in fill.items()}


def _row(script: Script, pairs: Pairs, first_number: int) -> dict[str, list[int]]:
    asked = script.asked([prompt for prompt, _ in pairs])
    written = script.written([answer for _, answer in pairs])
    lengths = [len(before) + len(answer) for before, answer in zip(asked, written, strict=True)]
    starts = [0, *accumulate(lengths)]
    row: dict[str, list[int]] = {
        name: [] for name in ("tokens", "pair", "offsets", "kept", "answers", "pair_of_answer")
    }
    for number, (before, answer) in enumerate(zip(asked, written, strict=True)):
        first = starts[number] + len(before) - 1
        row["tokens"] += before + answer
        row["pair"] += [number] * lengths[number]
        row["offsets"] += range(lengths[number])
        row["kept"] += range(first, first + len(answer))
        row["answers"] += answer
        row["pair_of_answer"] += [first_number + number] * len(answer)
    return row


def padded(rows: Sequence[Sequence[int]], value: int) -> Tensor:
    """Return rows as one tensor (B, longest)."""
    padded = torch.full((len(rows), max(map(len, rows))), value)
    for place, row in enumerate(rows):
        padded[place, : len(row)] = torch.tensor(row)
    return padded

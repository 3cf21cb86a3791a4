"""Prompts about few images: each image, and all that stands before a question about it, is taken in once."""

from collections.abc import Sequence
from hashlib import sha256
from typing import Any, NamedTuple

import torch
from torch import Tensor

from sarvl.models.answering.pictures import Picture

_FILLS = {"input_ids": None, "attention_mask": 0, "token_type_ids": 0, "mm_token_type_ids": 0}
"""What a processor gives of each token, and what stands there of padding, but for its own token."""


class Alike(NamedTuple):
    """Which of N pictures are the same. number: of each, counted by their first places (N,). first: these (D,)."""

    number: list[int]
    first: list[int]


class Behind(NamedTuple):
    """What stands behind the images of N prompts, padded on the left.

    image_of: which of D images each is about (N,). tokens: (N, L). is_there: (N, L).
    """

    image_of: Tensor
    tokens: Tensor
    is_there: Tensor


def alike(pictures: Sequence[Picture]) -> Alike:
    """Return which pictures are the same, pixel by pixel."""
    keys = [
        sha256(str((picture.image, picture.pixels.shape)).encode() + picture.pixels.tobytes()) for picture in pictures
    ]
    digests = [key.digest() for key in keys]
    numbers = {digest: number for number, digest in enumerate(dict.fromkeys(digests))}
    return Alike([numbers[digest] for digest in digests], [digests.index(digest) for digest in numbers])


def parted(
    inputs: dict[str, Any], prompts: Sequence[Sequence[int]], same: Alike, mark: int, padding: int
) -> tuple[dict[str, Any], Behind] | None:
    """Return what is taken in once, up to the last token of each image, and what stands behind it in each prompt.

    inputs: what a processor made of the first prompt about each image, D rows. prompts: the token ids of all N, in
    which an image has one ``mark`` or none. None where a processor changes what stands behind an image, so that it
    cannot be known of the other prompts.
    """
    rows = [
        row[there.bool()].tolist() for row, there in zip(inputs["input_ids"], inputs["attention_mask"], strict=True)
    ]
    ends, tails = [_end(row, mark) for row in rows], [list(ids[_end(ids, mark) :]) for ids in prompts]
    joints = []
    for row, end, first in zip(rows, ends, same.first, strict=True):
        rest, tail = row[end:], tails[first]
        if not end or rest[len(rest) - len(tail) :] != tail:
            return None
        joints.append(rest[: len(rest) - len(tail)])
    behind = [joints[number] + tail for number, tail in zip(same.number, tails, strict=True)]
    tokens, is_there = _left_padded(behind, padding)
    return _begins(inputs, ends, padding), Behind(torch.tensor(same.number), tokens, is_there)


def _end(ids: Sequence[int], mark: int) -> int:
    """Return the place behind the last mark of an image; 0 where there is none."""
    return max((place + 1 for place, token in enumerate(ids) if token == mark), default=0)


def _begins(inputs: dict[str, Any], ends: Sequence[int], padding: int) -> dict[str, Any]:
    """Return inputs of whose rows only the first tokens are left, as many as ``ends`` says of each."""
    mask = inputs["attention_mask"].bool()
    cut = {}
    for name in (name for name in _FILLS if name in inputs):
        fill = padding if _FILLS[name] is None else _FILLS[name]
        begun = [row[there][:end].tolist() for row, there, end in zip(inputs[name], mask, ends, strict=True)]
        cut[name] = _left_padded(begun, fill)[0].to(inputs[name].dtype)
    return {**inputs, **cut}


def _left_padded(rows: Sequence[Sequence[int]], fill: Any) -> tuple[Tensor, Tensor]:
    longest = max(map(len, rows))
    padded = torch.full((len(rows), longest), fill)
    is_there = torch.zeros(padded.shape, dtype=torch.int64)
    for place, row in enumerate(rows):
        padded[place, longest - len(row) :], is_there[place, longest - len(row) :] = torch.tensor(row), 1
    return padded, is_there

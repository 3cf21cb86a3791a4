"""Search: which token comes next, for texts of many images at a time."""

from collections.abc import Sequence
from random import Random

import torch
from torch import Tensor

from sarvl.models.decoding.beams import search_beams
from sarvl.models.decoding.cached_decoder import CachedDecoder, Writer
from sarvl.models.decoding.growing_texts import GrowingTexts, Limit
from sarvl.models.decoding.written import Written
from sarvl.models.protocols import Decoding
from sarvl.seeds import seeded_random


def write_texts(writer: Writer, image_tokens: Tensor, decoding: Decoding, keys: Sequence[object] = ()) -> list[Written]:
    """Return one text an image, of their tokens (N, P, W).

    keys: one an image, its number where none are given: what is drawn of an image depends on the seed and its key
    alone, so that it does not change with what else is in the batch.
    """
    most = min(decoding.most_tokens, writer.most_tokens)
    decoder = CachedDecoder(writer, image_tokens, decoding.beams, most)
    return write_on(decoder, decoding, most, keys or range(len(image_tokens)))


def write_on(
    texts: GrowingTexts,
    decoding: Decoding,
    most: int,
    keys: Sequence[object],
    limits: Sequence[Limit | None] = (),
) -> list[Written]:
    """Return one text an image, which goes on from what ``texts`` hold.

    most: the tokens of a text, its start and end included. keys: one an image, for what is drawn. limits: what
    the text of each image may be, None for anything; a limited one takes its likeliest tokens until it is whole,
    however many these are, and is followed by no beams.
    """
    if decoding.beams > 1:
        return search_beams(texts, decoding, most)
    seeds = [seeded_random("decoding", decoding.seed, key) for key in keys]
    every = [_Open(limit, draws) for limit, draws in zip(limits or [None] * len(seeds), seeds, strict=True)]
    return _one_by_one(texts, decoding, most, every)


class _Open:
    """A text that has not ended: its tokens, what it may be, and the draws of its tokens."""

    def __init__(self, limit: Limit | None, draws: Random) -> None:
        self.limit, self.draws = limit, draws
        self.tokens: list[int] = []
        self.log_sum = 0.0

    def take(self, token: int, log_probability: float, ends: Sequence[int], is_full: bool) -> bool:
        """Add a token; return whether another one follows."""
        self.log_sum += log_probability
        if token in ends:
            return False
        self.tokens.append(token)
        return not self.limit.is_over if self.limit else not is_full


def _one_by_one(texts: GrowingTexts, decoding: Decoding, most: int, every: Sequence[_Open]) -> list[Written]:
    """Take the likeliest token, or draw one, until every text has ended; those that have are computed no further."""
    going_on, ends = list(every), (*texts.ends, texts.padding)
    tokens = torch.full((texts.images,), texts.start, device=texts.device)
    while going_on:
        logits = texts.step(tokens)  # (R, V)
        log_probabilities = logits.log_softmax(dim=-1)
        tokens = _chosen(logits, texts, decoding, going_on)
        steps = log_probabilities.gather(1, tokens[:, None]).flatten().tolist()
        is_full = texts.length >= most - 2  # the last place is the end's
        taken = zip(going_on, tokens.tolist(), steps, strict=True)
        kept = [row for row, (each, token, step) in enumerate(taken) if each.take(token, step, ends, is_full)]
        if kept and len(kept) < len(going_on):
            rows = torch.tensor(kept, dtype=torch.int64, device=tokens.device)
            texts.keep(rows)
            tokens = tokens[rows]
        going_on = [going_on[row] for row in kept]
    return [Written(tuple(each.tokens), each.log_sum) for each in every]


def _chosen(logits: Tensor, texts: GrowingTexts, decoding: Decoding, going_on: Sequence[_Open]) -> Tensor:
    """Return the next token of each open text (R,)."""
    if texts.length < decoding.least_tokens:
        logits[:, list(texts.ends)] = -torch.inf
    tokens = _next_tokens(logits, decoding, [each.draws.random() for each in going_on])
    limited = {row: each.limit.next_token(logits[row], texts.ends) for row, each in enumerate(going_on) if each.limit}
    for row, token in limited.items():
        tokens[row] = token
    return tokens


def _next_tokens(logits: Tensor, decoding: Decoding, draws: list[float]) -> Tensor:
    """Return a token a row (R,): the likeliest, or where the row's draw in [0, 1) falls among the likely ones."""
    if not decoding.temperature:
        return logits.argmax(dim=-1)
    probabilities, order = (logits.double() / decoding.temperature).softmax(dim=-1).sort(descending=True, stable=True)
    before = probabilities.cumsum(dim=-1) - probabilities
    nucleus = probabilities * (before < decoding.top_p)
    upto = nucleus.cumsum(dim=-1)
    at = torch.tensor(draws, dtype=upto.dtype, device=upto.device)[:, None] * upto[:, -1:]
    last = (nucleus > 0).sum(dim=-1, keepdim=True) - 1
    place = torch.minimum((upto <= at).sum(dim=-1, keepdim=True), last)
    return order.gather(1, place).flatten()

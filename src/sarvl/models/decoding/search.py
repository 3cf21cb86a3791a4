"""Search: which token comes next, for texts of many images at a time."""

import torch
from torch import Tensor

from sarvl.models.decoding.beams import search_beams
from sarvl.models.decoding.cached_decoder import CachedDecoder, Writer
from sarvl.models.decoding.written import Written
from sarvl.models.protocols import Decoding
from sarvl.seeds import seeded_random


def write_texts(writer: Writer, image_tokens: Tensor, decoding: Decoding, first_number: int = 0) -> list[Written]:
    """Return one text an image, of their tokens (N, P, W).

    first_number: the number of the first image: what is drawn of an image depends on the seed and its number alone, so
    that it does not change with the batch.
    """
    most = min(decoding.most_tokens, writer.most_tokens)
    decoder = CachedDecoder(writer, image_tokens, decoding.beams, most)
    if decoding.beams > 1:
        return search_beams(decoder, decoding, most)
    return _one_by_one(decoder, decoding, most, first_number)


def _one_by_one(decoder: CachedDecoder, decoding: Decoding, most: int, first_number: int) -> list[Written]:
    """Take the likeliest token, or draw one, until every text has ended; those that have are computed no further."""
    writer = decoder.writer
    texts: list[list[int]] = [[] for _ in range(decoder.images)]
    sums = [0.0] * decoder.images
    draws = [seeded_random("decoding", decoding.seed, first_number + image) for image in range(decoder.images)]
    open_images = list(range(decoder.images))
    tokens = torch.full((decoder.images,), writer.start, device=writer.positions.device)
    while open_images and decoder.length < most - 2:  # the last place is the end's
        logits = decoder.step(tokens)  # (R, V)
        log_probabilities = logits.log_softmax(dim=-1)
        if decoder.length < decoding.least_tokens:
            logits[:, writer.end] = -torch.inf
        tokens = _next_tokens(logits, decoding, [draws[image].random() for image in open_images])
        steps = log_probabilities.gather(1, tokens[:, None]).flatten().tolist()
        has_ended = [token in (writer.end, writer.padding) for token in tokens.tolist()]
        for image, token, step, ended in zip(open_images, tokens.tolist(), steps, has_ended, strict=True):
            sums[image] += step
            texts[image] += [] if ended else [token]
        if any(has_ended):
            kept = [place for place, ended in enumerate(has_ended) if not ended]
            open_images = [open_images[place] for place in kept]
            chosen = torch.tensor(kept, dtype=torch.int64, device=tokens.device)
            decoder.keep(chosen)
            tokens = tokens[chosen]
    return [Written(tuple(text), total) for text, total in zip(texts, sums, strict=True)]


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

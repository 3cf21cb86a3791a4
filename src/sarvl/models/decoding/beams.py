"""Beam search, in one group or in several that are kept apart (Vijayakumar et al. 2018).

Texts that have ended are scored by their sum over their length, the end included, to the power of ``length_penalty``;
a group has ended where no open text can do better, as in Hugging Face's transformers 4.
"""

from typing import NamedTuple

import torch
from torch import Tensor

from sarvl.models.decoding.growing_texts import GrowingTexts
from sarvl.models.decoding.written import Written
from sarvl.models.protocols import Decoding

_NO_BEAM = -1e9  # the score of beams that all start alike: only the first of a group counts


class _Ended(NamedTuple):
    score: float
    text: Written


class _Group:
    """One group of beams of one image: the best texts that have ended."""

    def __init__(self, size: int, length_penalty: float) -> None:
        self.size, self._length_penalty = size, length_penalty
        self.best: list[_Ended] = []
        self.is_done = False

    def add(self, tokens: list[int], total: float, length: int, log_probability: float) -> None:
        """Take in a text that has ended, if it is among the best."""
        score = total / length**self._length_penalty
        if len(self.best) == self.size and score <= self.best[0].score:
            return
        # A stable order, so that of equals the one that came first goes first.
        self.best = sorted([*self.best, _Ended(score, Written(tuple(tokens), log_probability))], key=_score)
        self.best = self.best[-self.size :]

    def close(self, best_total: float, length: int) -> None:
        """End the group where ``best_total``, the best sum of an open text, promises no better one."""
        promised = best_total / length**self._length_penalty
        self.is_done = self.is_done or (len(self.best) == self.size and self.best[0].score >= promised)


def _score(ended: _Ended) -> float:
    return ended.score


class _Beams:
    """The open texts of all images, and what has ended."""

    def __init__(self, decoder: GrowingTexts, decoding: Decoding, most: int) -> None:
        images, beams, device = decoder.images, decoding.beams, decoder.device
        self.decoder, self.decoding, self.most = decoder, decoding, most
        self.size = beams // decoding.groups
        self.tokens = torch.full((images, beams, most), decoder.padding, device=device)
        self.tokens[:, :, 0] = decoder.start
        self.totals = torch.full((images, beams), _NO_BEAM, device=device)
        self.totals[:, :: self.size] = 0
        self.log_sums = torch.zeros((images, beams), device=device)
        self.groups = [
            [_Group(self.size, decoding.length_penalty) for _ in range(decoding.groups)] for _ in range(images)
        ]

    def search(self) -> list[Written]:
        while self.decoder.length < self.most - 1 and not all(group.is_done for own in self.groups for group in own):
            self._step()
        for image, own in enumerate(self.groups):
            for number, group in enumerate(own):
                if not group.is_done:
                    self._end_open(image, number, group)
        return [_best(own) for own in self.groups]

    def _step(self) -> None:
        images, beams, _ = self.tokens.shape
        length = self.decoder.length + 1  # of the texts that are there already
        logits = self.decoder.step(self.tokens[:, :, length - 1].flatten()).view(images, beams, -1)
        log_probabilities = logits.log_softmax(dim=-1)  # (N, B, V)
        values = logits if self.decoding.sums == "logits" else log_probabilities
        if length < self.decoding.least_tokens:
            values = values.index_fill(2, torch.tensor(self.decoder.ends, device=values.device), -torch.inf)
        sources = torch.arange(beams, device=values.device).repeat(images, 1)  # (N, B)
        chosen = torch.full_like(sources, self.decoder.padding)
        totals = torch.zeros_like(self.totals)
        counts = torch.zeros_like(values[:, 0])  # (N, V): how often the groups before chose a token
        for number in range(self.decoding.groups):
            own = slice(number * self.size, (number + 1) * self.size)
            scores = values[:, own] + self.totals[:, own, None] - self.decoding.diversity * counts[:, None]
            best, flat = scores.flatten(1).topk(2 * self.size, dim=1)
            for image in range(images):
                candidates = _candidates(best[image], flat[image], values.shape[-1], own.start)
                self._advance(image, number, candidates, log_probabilities[image], (sources, chosen, totals))
            counts.scatter_add_(1, chosen[:, own], torch.ones_like(best[:, : self.size]))
        gained = log_probabilities.flatten(1).gather(1, sources * values.shape[-1] + chosen)
        self.log_sums, self.totals = self.log_sums.gather(1, sources) + gained, totals
        self.tokens = self.tokens.gather(1, sources[:, :, None].expand(-1, -1, self.most))
        self.tokens[:, :, length] = chosen
        first = torch.arange(images, device=sources.device)[:, None] * beams
        self.decoder.reorder((first + sources).flatten())

    def _advance(
        self,
        image: int,
        number: int,
        candidates: list[tuple[float, int, int]],
        log_probabilities: Tensor,
        following: tuple[Tensor, Tensor, Tensor],
    ) -> None:
        """Choose the next tokens of one group of one image among ``candidates`` (total, beam, token), best first."""
        group, length = self.groups[image][number], self.decoder.length + 1
        if group.is_done:
            return
        sources, chosen, totals = following
        place = number * self.size
        for rank, (total, beam, token) in enumerate(candidates):
            if token not in self.decoder.ends:
                sources[image, place], chosen[image, place], totals[image, place] = beam, token, total
                place += 1
            elif rank < self.size:
                text = self.tokens[image, beam, 1 : length - 1].tolist()
                log_sum = float(self.log_sums[image, beam] + log_probabilities[beam, token])
                group.add(text, total, length, log_sum)
            if place == (number + 1) * self.size:
                break
        group.close(candidates[0][0], length)

    def _end_open(self, image: int, number: int, group: _Group) -> None:
        length = self.decoder.length + 1
        for beam in range(number * self.size, (number + 1) * self.size):
            text = self.tokens[image, beam, 1:length].tolist()
            group.add(text, float(self.totals[image, beam]), length, float(self.log_sums[image, beam]))


def _best(groups: list[_Group]) -> Written:
    """Return the best text of all groups; of equals, the last."""
    return max((ended for group in reversed(groups) for ended in reversed(group.best)), key=_score).text


def _candidates(best: Tensor, flat: Tensor, vocabulary: int, first_beam: int) -> list[tuple[float, int, int]]:
    """Return (total, beam, token) of the best places in a group's scores, laid out beam by beam."""
    places = [divmod(place, vocabulary) for place in flat.tolist()]
    return [(total, first_beam + beam, token) for total, (beam, token) in zip(best.tolist(), places, strict=True)]


def search_beams(decoder: GrowingTexts, decoding: Decoding, most: int) -> list[Written]:
    """Return the best text of each image."""
    return _Beams(decoder, decoding, most).search()

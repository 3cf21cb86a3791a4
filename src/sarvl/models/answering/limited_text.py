"""LimitedText: one answer that is being written inside its space, and how sure each of its choices was."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from torch import Tensor

from sarvl.errors import ModelError
from sarvl.models.answering.patterns import Pattern
from sarvl.models.answering.sureness import Choice, Floats, probability_of
from sarvl.models.answering.token_texts import NextTokens, TokenTexts

_NONE: Floats = np.zeros(0)


class Chosen(NamedTuple):
    """A whole answer.

    choices: of each time that there were several ways, all of their logarithmic shares, and which one leads to it.
    """

    text: str
    choices: tuple[Choice, ...]


class LimitedText:
    """A ``Limit``: each time the likeliest way that the pattern has.

    Tokens that lead to the same are one way, whose probability is their sum: "Yes" is "yes", and so is "y" where
    nothing else begins with it. A blank before all ways is none: it is written where it is likelier than all of them
    together, and left out else. Each time the likeliest whole answer among the other ways is kept in mind.
    """

    def __init__(self, pattern: Pattern, texts: TokenTexts) -> None:
        """Begin with nothing written."""
        self._pattern, self._texts = pattern, texts
        self._tokens: list[int] = []
        self._choices: tuple[Choice, ...] = ()
        self._passed: list[Chosen] = []

    def next_token(self, logits: Tensor, ends: Sequence[int]) -> int:
        """Return the next token by the logits (V,); ModelError where the vocabulary cannot write what may follow."""
        following = self._texts.following(self._pattern)
        if not len(following.ids) and not self._pattern.is_whole:
            raise ModelError("the model's vocabulary has no tokens for an answer of this kind; ask for a free text")
        values = _numbers(logits[following.ids.to(logits.device)])  # (A,)
        may_end = self._pattern.is_whole
        of_ends = _numbers(logits[list(ends)]) if may_end else _NONE
        masses = _masses(values, following, of_ends)
        if may_end:
            way = self._likeliest_way(masses, values, following)
        else:
            is_blank = masses[-1] > masses[:-1].sum()
            way = following.ways if is_blank else self._likeliest_way(masses[:-1], values, following)
        if may_end and way == following.ways:
            return int(ends[int(of_ends.argmax())])
        place = _place(values, following, way)
        self._pattern = following.patterns[place]
        self._tokens.append(int(following.ids[place]))
        return self._tokens[-1]

    def _likeliest_way(self, masses: Floats, values: Floats, following: NextTokens) -> int:
        """Return the likeliest way; the last one may be to end. The likeliest whole answer of the others is kept."""
        best, before = int(masses.argmax()), self._choices
        if len(masses) == 1:
            return best
        with np.errstate(divide="ignore"):
            shares = np.log(masses / masses.sum())
        self._choices = (*before, Choice(shares, best))
        others = np.where((*following.is_whole, True)[: len(masses)], masses, -1)
        others[best] = -1
        other = int(others.argmax())
        if others[other] >= 0:
            self._passed.append(Chosen(self._ended(other, values, following), (*before, Choice(shares, other))))
        return best

    def _ended(self, way: int, values: Floats, following: NextTokens) -> str:
        """Return the whole answer that a way leads to."""
        if way == following.ways:
            return self._texts.text(self._tokens)
        place = _place(values, following, way)
        return self._texts.text((*self._tokens, int(following.ids[place]))) + (following.patterns[place].only or "")

    @property
    def is_over(self) -> bool:
        """Whether the answer can only go on in one way."""
        return self._pattern.only is not None

    @property
    def written(self) -> Chosen:
        """What was written, with the rest that could only be so."""
        return Chosen(self._texts.text(self._tokens) + (self._pattern.only or ""), self._choices)

    @property
    def likeliest(self) -> Chosen:
        """What was written, or a whole answer that was passed by and is likelier."""
        return max((self.written, *self._passed), key=lambda chosen: probability_of(chosen.choices))


def _numbers(logits: Tensor) -> Floats:
    return logits.double().cpu().numpy()


def _place(values: Floats, following: NextTokens, way: int) -> int:
    """Return the place of the likeliest token of a way."""
    return int(np.where(following.way == way, values, -np.inf).argmax())


def _masses(values: Floats, following: NextTokens, of_ends: Floats) -> Floats:
    """Return the sum of the exponentials of each way, and behind them that of the blanks, or of the ends (W + 1,).

    They are parts of that of the likeliest token.
    """
    way = np.concatenate((following.way, np.full(len(of_ends), following.ways)))
    every = np.concatenate((values, of_ends))
    return np.bincount(way, np.exp(every - every.max()), following.ways + 1).astype(np.float64)

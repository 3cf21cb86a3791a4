"""LimitedText: one answer that is being written inside its space, and how sure each of its choices was."""

from collections.abc import Sequence

import torch
from torch import Tensor

from sarvl.errors import ModelError
from sarvl.models.answering.patterns import Pattern
from sarvl.models.answering.sureness import Choice
from sarvl.models.answering.token_texts import TokenTexts


class LimitedText:
    """A ``Limit``: each time the likeliest continuation that the pattern has.

    Tokens that add the same text but for its spelling are one continuation, whose probability is their sum: "Yes" is
    "yes". choices: of each time that there were several, all of their logarithmic shares, and which one was taken.
    """

    def __init__(self, pattern: Pattern, texts: TokenTexts) -> None:
        """Begin with nothing written."""
        self._pattern, self._texts = pattern, texts
        self._tokens: list[int] = []
        self.choices: list[Choice] = []

    def next_token(self, logits: Tensor, ends: Sequence[int]) -> int:
        """Return the next token by the logits (V,); ModelError where the vocabulary cannot write what may follow."""
        ids, group, following = self._texts.following(self._pattern)
        if not len(ids) and not self._pattern.is_whole:
            raise ModelError("the model's vocabulary has no tokens for an answer of this kind; ask for a free text")
        ids, group = ids.to(logits.device), group.to(logits.device)
        if self._pattern.is_whole:
            own = torch.tensor(list(ends), device=logits.device)
            group = torch.cat((group, torch.full_like(own, int(group.max()) + 1 if len(group) else 0)))
            ids = torch.cat((ids, own))
        values = logits[ids].double()  # (A,)
        shares = _log_sums(values, group)  # (G,)
        best = int(shares.argmax())
        place = int(values.masked_fill(group != best, -torch.inf).argmax())
        if len(shares) > 1:
            self.choices.append(Choice(shares.log_softmax(dim=0).cpu().numpy(), best))
        if place < len(following):
            self._pattern = following[place]
            self._tokens.append(int(ids[place]))
        return int(ids[place])

    @property
    def is_over(self) -> bool:
        """Whether the answer can only go on in one way."""
        return self._pattern.only is not None

    @property
    def text(self) -> str:
        """What was written, with the rest that could only be so."""
        return self._texts.text(self._tokens) + (self._pattern.only or "")


def _log_sums(values: Tensor, group: Tensor) -> Tensor:
    """Return the logarithm of the sum of the exponentials of each group (G,), of values (A,)."""
    highest = values.max()
    sums = values.new_zeros(int(group.max()) + 1).index_add(0, group, (values - highest).exp())
    return sums.log() + highest

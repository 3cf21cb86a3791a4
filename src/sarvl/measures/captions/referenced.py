"""Captions with their references, as tokens: what every score of a caption starts from."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sarvl.errors import EvaluationError


@dataclass(frozen=True)
class ReferencedCaptions:
    """N captions, each with at least one reference. All are tokens joined by single spaces (``tokens.ptb_tokens``).

    Raises EvaluationError where a caption has no reference, or the numbers differ.
    """

    captions: Sequence[str]
    references: Sequence[Sequence[str]]

    def __post_init__(self) -> None:
        """Refuse what cannot be scored."""
        if len(self.captions) != len(self.references):
            raise EvaluationError(
                f"captions: {len(self.captions)} of them but references for {len(self.references)}; give each its own"
            )
        if not self.captions:
            raise EvaluationError("captions: there are none; give at least one")
        if empty := sum(not own for own in self.references):
            raise EvaluationError(f"captions: {empty} of {len(self.captions)} have no reference; leave them out")

    def __len__(self) -> int:
        return len(self.captions)

    @property
    def counts(self) -> NDArray[np.int64]:
        """How many references each caption has, ``(N,)``."""
        return np.array([len(own) for own in self.references], np.int64)

"""TextEmbedder: anything that makes vectors of texts. ``corpus`` and ``models`` need it, so it stands below both."""

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray


@runtime_checkable
class TextEmbedder(Protocol):
    """Makes one vector a text."""

    def encode_texts(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return the vectors of N texts, float32 (N, D); those of a model with two towers are of unit length."""

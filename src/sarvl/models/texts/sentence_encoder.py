"""SentenceEncoder: a model of texts alone, for measures that are not about a model of images."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from sarvl.models.protocols import Features


@dataclass(frozen=True)
class SentenceEncoder:
    """A model of sentence-transformers: a ``TextEmbedder``."""

    name: str
    network: Any

    def encode_texts(self, texts: Sequence[str]) -> Features:
        """Return the vectors of N texts as the model gives them, float32 (N, D)."""
        return np.asarray(self.network.encode(list(texts), show_progress_bar=False), np.float32)

"""Sentence encoders: models of texts alone, for measures that are not about a model of images."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from sarvl.errors import ModelError
from sarvl.models.checkpoint import load_model
from sarvl.models.protocols import Features
from sarvl.text_embedder import TextEmbedder

SENTENCE_TRANSFORMERS = "sentence-transformers:"


@dataclass(frozen=True)
class SentenceEncoder:
    """A model of sentence-transformers: a ``TextEmbedder``."""

    name: str
    network: Any

    def encode_texts(self, texts: Sequence[str]) -> Features:
        """Return the vectors of N texts as the model gives them, float32 (N, D)."""
        return np.asarray(self.network.encode(list(texts), show_progress_bar=False), np.float32)


def load_text_embedder(name: str) -> TextEmbedder:
    """Return what makes vectors of texts.

    name: ``sentence-transformers:`` and a folder or a name on the Hugging Face Hub, or a CLIP model as ``load_model``
    takes it, whose text tower is used. Raises ModelError where it cannot be loaded; pickled weights are not.
    """
    if not name.startswith(SENTENCE_TRANSFORMERS):
        return load_model(name)
    try:
        from sentence_transformers import SentenceTransformer  # noqa: PLC0415 - a heavy extra
    except ImportError as problem:
        raise ModelError(f"{name}: sentence-transformers is not installed; pip install 'sarvl[embed]'") from problem
    try:
        network = SentenceTransformer(
            name.removeprefix(SENTENCE_TRANSFORMERS), model_kwargs={"use_safetensors": True}, device="cpu"
        )
    except (OSError, ValueError) as problem:
        reason = " ".join(str(problem).split())
        raise ModelError(f"{name}: cannot be loaded ({reason})") from problem
    return SentenceEncoder(name, network)

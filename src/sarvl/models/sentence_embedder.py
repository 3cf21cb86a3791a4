"""Sentence embedders by name: for measures of text that are not about a model."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from sarvl.errors import ModelError
from sarvl.models.checkpoint import load_model

SENTENCE_TRANSFORMERS = "sentence-transformers:"


def sentence_embedder(name: str) -> Callable[[list[str]], NDArray[np.float32]]:
    """Return a function from N texts to vectors (N, D).

    name: ``sentence-transformers:`` and a folder or a name on the Hugging Face Hub, or a CLIP model as ``load_model``
    takes it, whose text tower is used. Raises ModelError where it cannot be loaded; pickled weights are not.
    """
    if not name.startswith(SENTENCE_TRANSFORMERS):
        return load_model(name).encode_texts
    try:
        from sentence_transformers import SentenceTransformer  # noqa: PLC0415 - a heavy extra
    except ImportError as problem:
        raise ModelError(f"{name}: sentence-transformers is not installed; pip install 'sarvl[embed]'") from problem
    try:
        model = SentenceTransformer(
            name.removeprefix(SENTENCE_TRANSFORMERS), model_kwargs={"use_safetensors": True}, device="cpu"
        )
    except (OSError, ValueError) as problem:
        reason = " ".join(str(problem).split())
        raise ModelError(f"{name}: cannot be loaded ({reason})") from problem
    return lambda texts: np.asarray(model.encode(texts, show_progress_bar=False), np.float32)

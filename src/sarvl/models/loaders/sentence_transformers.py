"""``sentence-transformers:NAME``: a model of texts alone, a folder or a name on the Hugging Face Hub."""

from sarvl.errors import ModelError
from sarvl.models.loader import Loader
from sarvl.models.sentence_encoder import SentenceEncoder


def load(name: str) -> SentenceEncoder:
    """Load an encoder; raises ModelError where it cannot be had, or its weights are pickled."""
    try:
        from sentence_transformers import SentenceTransformer  # noqa: PLC0415 - a heavy extra
    except ImportError as problem:
        raise ModelError(f"{name}: sentence-transformers is not installed; pip install 'sarvl[embed]'") from problem
    try:
        network = SentenceTransformer(name, model_kwargs={"use_safetensors": True}, device="cpu")
    except (OSError, ValueError) as problem:
        reason = " ".join(str(problem).split())
        raise ModelError(f"{name}: cannot be loaded ({reason})") from problem
    return SentenceEncoder(name, network)


LOADER = Loader("NAME", "models of texts alone, for `sarvl inspect --embedder`", load)

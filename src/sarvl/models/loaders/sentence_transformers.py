"""``sentence-transformers:NAME``: a model of texts alone, a folder or a name on the Hugging Face Hub."""

from pathlib import Path

from sarvl.errors import ModelError
from sarvl.files import read_json
from sarvl.models.loader import Loader
from sarvl.models.texts.sentence_encoder import SentenceEncoder


def load(name: str) -> SentenceEncoder:
    """Load an encoder; raises ModelError where it cannot be had, its weights are pickled, or it brings code along."""
    _check_modules(Path(name) / "modules.json")
    try:
        from sentence_transformers import SentenceTransformer  # noqa: PLC0415 - a heavy extra
    except ImportError as problem:
        raise ModelError(f"{name}: sentence-transformers is not installed; pip install 'sarvl[embed]'") from problem
    try:
        network = SentenceTransformer(
            name, model_kwargs={"use_safetensors": True}, device="cpu", trust_remote_code=False
        )
    except (OSError, ValueError, ImportError) as problem:
        reason = " ".join(str(problem).split())
        raise ModelError(f"{name}: cannot be loaded ({reason})") from problem
    return SentenceEncoder(name, network)


def _check_modules(path: Path) -> None:
    """Refuse a folder whose parts are classes of its own, which sentence-transformers imports from the folder."""
    parts = read_json(path, ModelError) if path.is_file() else []
    kinds = (
        [part.get("type") if isinstance(part, dict) else None for part in parts] if isinstance(parts, list) else [None]
    )
    foreign = [kind for kind in kinds if not isinstance(kind, str) or not kind.startswith("sentence_transformers.")]
    if foreign:
        raise ModelError(f"{path}: {foreign[0]} is no part of sentence-transformers; code of a folder is never run")


LOADER = Loader("NAME", "models of texts alone, for `sarvl inspect --embedder`", load)

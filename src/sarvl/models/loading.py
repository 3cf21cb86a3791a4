"""Loading a model by its name: a folder, a name behind the prefix of a loader, or one that open_clip knows."""

from pathlib import Path

from sarvl.errors import ModelError
from sarvl.files import FilePath
from sarvl.models.clips.creation import is_architecture, open_architecture
from sarvl.models.hub import check_hub
from sarvl.models.loader import LOADERS, LOCAL_FOLDER, names_told
from sarvl.models.model import Model
from sarvl.models.protocols import TextEmbedder, able


def load_model(name: FilePath) -> Model:
    """Return a trained model of images.

    name: a run of ``sarvl train`` (its best checkpoint), a checkpoint folder, an architecture of open_clip with weights
    (``NAME:TAG``, or ``NAME:PATH`` of a file), or what a loader of ``LOADERS`` takes behind its prefix, such as
    ``hf-hub:OWNER/NAME``. Models without a sarvl.json get the contract that their preprocessing declares, and the
    default decibel ranges. Weights are safetensors, or go through PyTorch's weights-only loader, which runs no code.
    Raises ModelError where it is missing, could run code, cannot be fetched, or is no model of images.
    """
    model = _load(str(name))
    if not isinstance(model, Model):
        raise ModelError(f"{name}: is a {type(model).__name__}, no model of images; choose another model")
    return model


def load_text_embedder(name: FilePath) -> TextEmbedder:
    """Return what makes vectors of texts: ``sentence-transformers:NAME``, or a model that has a text tower.

    Raises ModelError where it cannot be loaded, or makes no vectors of texts.
    """
    return able(_load(str(name)), TextEmbedder, "the similarity of captions", str(name), ModelError)


def _load(name: str) -> object:
    check_hub(name)
    if Path(name).exists():
        name = LOCAL_FOLDER + name
    prefix, _, rest = name.partition(":")
    if prefix in LOADERS.names():
        return LOADERS.get(prefix).load(rest)
    if not rest:
        raise ModelError(f"{name}: no such folder; give {names_told()}")
    if not is_architecture(prefix):
        raise ModelError(f"{name}: no such architecture of open_clip, and no such prefix; give {names_told()}")
    return open_architecture(prefix, rest)

"""``image_text``: an image-text model of transformers, as its own classes write it."""

from pathlib import Path

from sarvl.models.answering.image_text_model import ImageTextModel
from sarvl.models.answering.opening import open_image_text_model
from sarvl.models.kind import ModelKind
from sarvl.models.sidecar import Sidecar


def load(folder: Path, _sidecar: Sidecar) -> ImageTextModel:
    """Open the folder as ``hf:`` does."""
    return open_image_text_model(str(folder))


KIND = ModelKind(load, answers=True)

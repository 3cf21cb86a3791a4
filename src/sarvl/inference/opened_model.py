"""A model opened to be asked about image files. It brings in PyTorch: import it once all else has been checked."""

from typing import TypeVar

from sarvl import models
from sarvl.errors import ModelError, SarvlError
from sarvl.files import FilePath
from sarvl.inference.image_options import ImageOptions
from sarvl.models.device import on_device
from sarvl.models.model import Model
from sarvl.models.protocols import Answerer, Embedder, able, check_able

Ability = TypeVar("Ability")


def open_model(
    name: FilePath, ability: type[Ability], asker: str, error: type[SarvlError], options: ImageOptions
) -> tuple[Model, Ability]:
    """Return a model where it is to compute, once for what it is and once for what it can do.

    asker: what needs the ability, such as ``embed``. Raises ``error`` where the model lacks it, and ModelError where
    there is no such model or device.
    """
    model = on_device(models.load_model(name), options.get("device"))
    return model, able(model, ability, asker, str(name), error)


def open_answering_model(name: FilePath, options: ImageOptions) -> Model:
    """Return a model that answers, or compares captions; raises ModelError where it does neither, or cannot be had."""
    model = on_device(models.load_model(name), options.get("device"))
    check_able(model, Answerer | Embedder, "ask", str(name), ModelError)
    return model

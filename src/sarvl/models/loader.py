"""Loader: how models of one kind of name are loaded, found by the prefix of the name."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sarvl.errors import ModelError
from sarvl.registry import Registry

if TYPE_CHECKING:
    from sarvl.models.model import Model
    from sarvl.text_embedder import TextEmbedder


@dataclass(frozen=True)
class Loader:
    """Loads the models whose names are a prefix, a colon and what the loader takes.

    takes: what stands behind the colon, such as ``OWNER/NAME``. gives: which models these are, in words.
    load: from what stands there to the model; raises ModelError where there is none.
    """

    takes: str
    gives: str
    load: "Callable[[str], Model | TextEmbedder]"


LOADERS: Registry[Loader] = Registry(
    kind="model loader",
    package="sarvl.models.loaders",
    export="LOADER",
    entry_points="sarvl.model_loaders",
    value=Loader,
    error=ModelError,
    hyphens=True,
)
"""The loaders by prefix: one module each in ``models/loaders``, and entry points ``sarvl.model_loaders``."""
IMAGE_TEXT = "hf:"
"""What the name of an image-text model of transformers begins with."""
LOCAL_FOLDER = "local-dir:"
"""What the name of a model that is a folder may begin with, as open_clip writes it."""


def names_told() -> str:
    """Return how a model can be named, for help and errors; nothing is imported for it."""
    prefixes = ", ".join(f"{prefix}:" for prefix in LOADERS.names())
    return (
        f"a run of `sarvl train`, a checkpoint folder, open_clip's NAME:TAG or NAME:PATH, or a name behind {prefixes}"
    )

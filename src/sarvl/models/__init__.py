"""Models: what they are and can do, loaded by name and saved with their input contract."""

from typing import TYPE_CHECKING

from sarvl.lazy_names import lazy_getattr

if TYPE_CHECKING:
    from sarvl.models.adapting.image_weights import load_image_tower
    from sarvl.models.checkpoint import save_model
    from sarvl.models.clips.clip import Clip
    from sarvl.models.clips.clip_with_decoder import with_fresh_decoder
    from sarvl.models.clips.creation import create_model
    from sarvl.models.conversion import convert
    from sarvl.models.loader import LOADERS
    from sarvl.models.loading import load_model, load_text_embedder
    from sarvl.models.model import Model

__all__ = [
    "LOADERS",
    "Clip",
    "Model",
    "convert",
    "create_model",
    "load_image_tower",
    "load_model",
    "load_text_embedder",
    "save_model",
    "with_fresh_decoder",
]
__getattr__ = lazy_getattr(
    __name__,
    {
        "LOADERS": "sarvl.models.loader",
        "Clip": "sarvl.models.clips.clip",
        "Model": "sarvl.models.model",
        "convert": "sarvl.models.conversion",
        "create_model": "sarvl.models.clips.creation",
        "load_image_tower": "sarvl.models.adapting.image_weights",
        "load_model": "sarvl.models.loading",
        "load_text_embedder": "sarvl.models.loading",
        "save_model": "sarvl.models.checkpoint",
        "with_fresh_decoder": "sarvl.models.clips.clip_with_decoder",
    },
)

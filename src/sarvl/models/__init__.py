"""Models: what they are and can do, loaded by name and saved with their input contract."""

from typing import TYPE_CHECKING

from sarvl.lazy_names import lazy_getattr

if TYPE_CHECKING:
    from sarvl.models.checkpoint import save_model
    from sarvl.models.clip import Clip
    from sarvl.models.clip_with_decoder import with_fresh_decoder
    from sarvl.models.conversion import convert
    from sarvl.models.image_weights import load_image_tower
    from sarvl.models.loader import LOADERS
    from sarvl.models.loading import load_model, load_text_embedder
    from sarvl.models.model import Model
    from sarvl.models.open_clip_models import create_model

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
        "Clip": "sarvl.models.clip",
        "Model": "sarvl.models.model",
        "convert": "sarvl.models.conversion",
        "create_model": "sarvl.models.open_clip_models",
        "load_image_tower": "sarvl.models.image_weights",
        "load_model": "sarvl.models.loading",
        "load_text_embedder": "sarvl.models.loading",
        "save_model": "sarvl.models.checkpoint",
        "with_fresh_decoder": "sarvl.models.clip_with_decoder",
    },
)

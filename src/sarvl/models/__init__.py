"""Models: CLIP through open_clip, loaded and saved with their input contract."""

from sarvl.models.checkpoint import create_model, load_image_tower, load_model, save_model
from sarvl.models.clip import Clip

__all__ = ["Clip", "create_model", "load_image_tower", "load_model", "save_model"]

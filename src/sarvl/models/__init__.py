"""Models: CLIP through open_clip, loaded and saved with their input contract."""

from sarvl.models.checkpoint import LOCAL_FOLDER, create_model, load_image_tower, load_model, save_model
from sarvl.models.clip import Clip

__all__ = ["LOCAL_FOLDER", "Clip", "create_model", "load_image_tower", "load_model", "save_model"]

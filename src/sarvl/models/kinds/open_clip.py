"""``open_clip``: all of the model is what open_clip opens."""

from sarvl.models.kind import ModelKind
from sarvl.models.open_clip_checkpoint import clip_of_folder

KIND = ModelKind(clip_of_folder)

"""``open_clip``: all of the model is what open_clip opens."""

from sarvl.models.clips.open_clip_checkpoint import clip_of_folder
from sarvl.models.kind import ModelKind

KIND = ModelKind(clip_of_folder)

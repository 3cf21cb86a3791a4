"""``clip_with_decoder``: a CLIP, and beside it our decoder of captions with its vocabulary."""

from sarvl.models.clips.clip_with_decoder import with_decoder_of_folder
from sarvl.models.clips.open_clip_checkpoint import completed_clip
from sarvl.models.kind import ModelKind

KIND = ModelKind(completed_clip(with_decoder_of_folder))

"""``clip_with_decoder``: a CLIP, and beside it our decoder of captions with its vocabulary."""

from sarvl.models.clip_with_decoder import with_decoder_of_folder
from sarvl.models.kind import ModelKind
from sarvl.models.open_clip_checkpoint import completed_clip

KIND = ModelKind(completed_clip(with_decoder_of_folder))

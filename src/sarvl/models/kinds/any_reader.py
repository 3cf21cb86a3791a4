"""``any_reader``: a CLIP, and beside it what makes one vector of those of tiles."""

from sarvl.models.clips.any_reader import any_reader_of_folder
from sarvl.models.clips.open_clip_checkpoint import completed_clip
from sarvl.models.kind import ModelKind

KIND = ModelKind(completed_clip(any_reader_of_folder))

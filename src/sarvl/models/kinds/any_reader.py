"""``any_reader``: a CLIP, and beside it what makes one vector of those of tiles."""

from sarvl.models.any_reader import any_reader_of_folder
from sarvl.models.kind import ModelKind
from sarvl.models.open_clip_checkpoint import completed_clip

KIND = ModelKind(completed_clip(any_reader_of_folder))

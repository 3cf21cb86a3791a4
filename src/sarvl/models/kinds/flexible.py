"""``flexible``: a CLIP whose image tower, a transformer of timm, reads patches as NaFlex."""

from sarvl.models.clips.flexible_clip import flexible_of_folder
from sarvl.models.clips.open_clip_checkpoint import completed_clip
from sarvl.models.kind import ModelKind

KIND = ModelKind(completed_clip(flexible_of_folder))

"""``flexible``: a CLIP whose image tower, a transformer of timm, reads patches as NaFlex."""

from sarvl.models.flexible_clip import flexible_of_folder
from sarvl.models.kind import ModelKind
from sarvl.models.open_clip_checkpoint import completed_clip

KIND = ModelKind(completed_clip(flexible_of_folder))

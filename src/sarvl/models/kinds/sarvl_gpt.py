"""``sarvl_gpt``: an image tower, a projector, and a decoder that answers."""

from sarvl.models.gpt.construction import gpt_of_folder
from sarvl.models.kind import ModelKind

KIND = ModelKind(gpt_of_folder, answers=True)

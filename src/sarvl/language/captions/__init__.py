"""Captions: one file a family, and what families write with: scenes, phrases, templates and a balanced choice."""

from sarvl.language.captions.family import CAPTION_FAMILIES, CaptionFamily, families_in_order
from sarvl.language.captions.scene import Scene

__all__ = ["CAPTION_FAMILIES", "CaptionFamily", "Scene", "families_in_order"]

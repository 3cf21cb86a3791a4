"""Caption families: each says one kind of thing about a scene, or None where the annotation does not support it."""

from collections.abc import Callable, Mapping
from random import Random

from sarvl.language.captions.families.absence import absence
from sarvl.language.captions.families.absolute_region import absolute_region
from sarvl.language.captions.families.center_periphery import center, periphery
from sarvl.language.captions.families.classification import classification
from sarvl.language.captions.families.complex_counts import complex_counts
from sarvl.language.captions.families.general import general
from sarvl.language.captions.families.land_cover import land_cover
from sarvl.language.captions.families.orientation import orientation
from sarvl.language.captions.families.radar_effects import radar_effects
from sarvl.language.captions.families.relative_region import relative_region
from sarvl.language.captions.families.size_extent import extent, size
from sarvl.language.captions.families.speckle import speckle
from sarvl.language.captions.families.subset import subset
from sarvl.language.captions.families.totals import totals
from sarvl.language.captions.scene import Scene
from sarvl.language.statement import Statement

Family = Callable[[Scene, Random], Statement | None]

CAPTION_FAMILIES: Mapping[str, Family] = {
    "general": general,
    "complex": complex_counts,
    "absolute_region": absolute_region,
    "relative_region": relative_region,
    "totals": totals,
    "center": center,
    "periphery": periphery,
    "subset": subset,
    "absence": absence,
    "classification": classification,
    "orientation": orientation,
    "size": size,
    "extent": extent,
    "land_cover": land_cover,
    "radar_effects": radar_effects,
    "speckle": speckle,
}

# Families that few annotations support are drawn more often where they are, so that a corpus comes out balanced.
# Speckle is the same in all images of a source, and is drawn less often.
FAMILY_WEIGHTS: Mapping[str, float] = dict.fromkeys(CAPTION_FAMILIES, 1.0) | {
    "relative_region": 2.0,
    "totals": 2.0,
    "center": 1.5,
    "land_cover": 2.0,
    "radar_effects": 2.0,
    "speckle": 0.2,
}

# What an image must have before a family is drawn at all. An image with none of it gets the texts that it always got.
EVIDENCE: Mapping[str, Callable[[Scene], bool]] = {
    "orientation": lambda scene: any(item.corners for item in scene.image.objects),
    "size": lambda scene: scene.image.spacing_m is not None or scene.image.target_size_m is not None,
    "extent": lambda scene: scene.image.spacing_m is not None,
    "land_cover": lambda scene: bool(scene.image.land_cover),
    "radar_effects": lambda scene: scene.vocabulary.has_effects,
    "speckle": lambda scene: scene.image.looks is not None,
}

__all__ = ["CAPTION_FAMILIES", "EVIDENCE", "FAMILY_WEIGHTS", "Family", "Scene"]

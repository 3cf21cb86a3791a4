"""Caption families: each says one kind of thing about a scene, or None where the annotation does not support it."""

from collections.abc import Callable
from random import Random

from sarvl.language.families.absence import absence
from sarvl.language.families.absolute_region import absolute_region
from sarvl.language.families.center_periphery import center, periphery
from sarvl.language.families.classification import classification
from sarvl.language.families.complex_counts import complex_counts
from sarvl.language.families.general import general
from sarvl.language.families.relative_region import relative_region
from sarvl.language.families.scene import Scene
from sarvl.language.families.subset import subset
from sarvl.language.families.totals import totals
from sarvl.language.statement import Statement

Family = Callable[[Scene, Random], Statement | None]

# Families that few annotations support are drawn more often where they are, so that a corpus comes out balanced.
FAMILY_WEIGHTS: dict[Family, float] = {
    general: 1.0,
    complex_counts: 1.0,
    absolute_region: 1.0,
    relative_region: 2.0,
    totals: 2.0,
    center: 1.5,
    periphery: 1.0,
    subset: 1.0,
    absence: 1.0,
    classification: 1.0,
}

__all__ = ["FAMILY_WEIGHTS", "Family", "Scene"]

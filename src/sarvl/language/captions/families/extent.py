"""Extent captions: how far an axis-aligned box extends in metres, across and down."""

from random import Random

from sarvl.language.captions.family import CaptionFamily
from sarvl.language.captions.measured_object import caption_of_one, measured_objects
from sarvl.language.captions.scene import Scene
from sarvl.language.claims.kinds.extent import Extent
from sarvl.language.statement import Statement
from sarvl.language.words.measures import extent_m


def write(scene: Scene, rng: Random) -> Statement | None:
    """Return "This SAR image shows a ship whose box extends about 120 m by 40 m.": across, then down.

    Never "a ship 120 m long": the box around a ship that lies diagonally is wider than the ship, and not as long. None
    where all objects have oriented boxes, or none can be measured.
    """
    measured = [item for item in measured_objects(scene, extent_m) if scene.image.objects[item[0]].corners is None]
    return caption_of_one(scene, rng, Extent, measured)


def _has_evidence(scene: Scene) -> bool:
    return scene.image.spacing_m is not None


FAMILY = CaptionFamily(write, has_evidence=_has_evidence, order=13)

"""Size captions: length and width in metres, of an oriented box or of a labelled target."""

from random import Random

from sarvl.language.captions.family import CaptionFamily
from sarvl.language.captions.measured_object import caption_of_one, measured_caption, measured_objects
from sarvl.language.captions.scene import Scene
from sarvl.language.claims.kinds.size import Size
from sarvl.language.group import Group
from sarvl.language.statement import Statement
from sarvl.language.words.lexicon import singular_of
from sarvl.language.words.measures import oriented_size_m, target_size_m


def write(scene: Scene, rng: Random) -> Statement | None:
    """Return "A SAR image of a ship about 120 m long and 17 m wide in the upper left.".

    Of the labelled target where the source declares its size and the label names one object, else from an oriented box;
    None where there is neither.
    """
    label, declared_m = scene.image.label, target_size_m(scene.image)
    if label is None or declared_m is None or singular_of(label) != label:
        return caption_of_one(scene, rng, Size, measured_objects(scene, oriented_size_m))
    return measured_caption(scene, rng, Size(Group(label), declared_m))


def _has_evidence(scene: Scene) -> bool:
    return scene.image.spacing_m is not None or scene.image.target_size_m is not None


FAMILY = CaptionFamily(write, has_evidence=_has_evidence, order=12)

"""Classification captions for chips: the image's label in SARVLM's chip sentence and its zero-shot prompts."""

from random import Random

from sarvl.language.captions.family import CaptionFamily
from sarvl.language.captions.scene import Scene
from sarvl.language.claims.construction import quantity_claim
from sarvl.language.group import Group
from sarvl.language.statement import Statement

# "a satellite SAR image of" is left out: a source does not say whether its sensor flew on a satellite or an aircraft.
_TEMPLATES = (
    "{an_image} of the {name} acquired by {sensor}.",
    "{an_image} of {name}.",
    "{an_image} of the {name}.",
    "{an_image} showing the {name}.",
    "{imagery} showing {name}.",
    "{imagery} of the {name}.",
    "this is {an_image} of the {name}.",
    "this {image} shows the {name}.",
    "the {name} can be seen in this {image}.",
    "the {name} in {an_image}.",
)


def write(scene: Scene, rng: Random) -> Statement | None:
    """Return "A radar image of the 2S1 howitzer acquired by a SAR sensor."; None where the image has no label.

    Claims presence, resting on the label and on the objects of that class, if any. No article "a" and no number:
    a label such as ``water`` or ``urban areas`` cannot be counted.
    """
    label = scene.image.label
    if label is None:
        return None
    group = Group(label)
    claim = quantity_claim(group, "at least", 1, scene.layout.ids(group))
    return scene.statement(rng, "classification", _TEMPLATES, [claim], name=scene.name_of(label, rng).singular)


FAMILY = CaptionFamily(write, order=10)

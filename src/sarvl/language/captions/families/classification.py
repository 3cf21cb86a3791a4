"""Classification captions for chips: the image's label in SARVLM's chip sentence and its zero-shot prompts."""

from random import Random

from sarvl.language.captions.family import CaptionFamily
from sarvl.language.captions.scene import Scene
from sarvl.language.claims.construction import quantity_claim
from sarvl.language.group import Group
from sarvl.language.statement import Statement

_TEMPLATES = (
    "{an_image} of {name}.",
    "{an_image} of {name}.",
    "{an_image} showing {name}.",
    "{imagery} of {name}.",
    "this is {an_image} of {name}.",
    "this {image} shows {name}.",
    "{name} can be seen in this {image}.",
)
# "a satellite SAR image of" is left out: a source does not say whether its sensor flew on a satellite or an aircraft.
_PUBLISHED_TEMPLATES = (
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
    """Return "A SAR image of a 2S1 howitzer."; None where the image has no label.

    Claims presence, resting on the label and on the objects of that class, if any. No number, and no article where a
    label such as ``open water`` or ``urban areas`` has none.
    """
    label = scene.image.label
    if label is None:
        return None
    group = Group(label)
    claim = quantity_claim(group, "at least", 1, scene.layout.ids(group))
    name = scene.name_of(label, rng)
    if scene.is_published:
        return scene.statement(rng, "classification", _PUBLISHED_TEMPLATES, [claim], name=name.singular)
    return scene.statement(rng, "classification", _TEMPLATES, [claim], name=name.with_article)


FAMILY = CaptionFamily(write, order=10)

"""Absence captions: classes that the source would have labelled and did not; no other is ever said to be absent."""

from random import Random

from sarvl.language.captions.family import CaptionFamily
from sarvl.language.captions.phrases import exact
from sarvl.language.captions.scene import Scene, pick, shuffled
from sarvl.language.claims.construction import quantity_claim
from sarvl.language.group import Group
from sarvl.language.statement import Statement
from sarvl.language.words.name_meaning import covers
from sarvl.language.words.open_classes import is_closed

_TEMPLATES = (
    "no {things} are visible in this {image}.",
    "there are no {things} in this {image}.",
    "this {image} shows no {things}.",
    "{an_image} without {things}.",
    "{an_image} with no {things}.",
    "no {things} can be seen in this {image}.",
)
_CONTRAST_TEMPLATES = (
    "this {image} shows {present} but no {things}.",
    "{an_image} with {present} but no {things}.",
    "there {are} {present} but no {things} in this {image}.",
)


def write(scene: Scene, rng: Random) -> Statement | None:
    """Return "No ships are visible in this SAR image." or "This SAR image shows 3 ships but no tanks.".

    None for chips: a label says what is there, not what else is absent; and where no labelled class is lacking.
    Where cars are, "no vehicles" is not said.
    """
    image, by_class = scene.image, scene.layout.by_class
    covering = {item.class_name for item in image.land_cover}
    there, is_a = {*by_class, *covering}, image.is_a
    absent = sorted(
        name
        for name in {*image.labelled_classes}
        if is_closed(name, image) and not any(covers(name, other, is_a) for other in there)
    )
    if image.label is not None or not absent:
        return None
    groups = [Group(class_name) for class_name in shuffled(rng, absent)[: pick(rng, (1, 2))]]
    claims = [quantity_claim(group, "exactly", 0) for group in groups]
    # The class's own name only: a wider synonym would deny more than the source labels.
    things = " or ".join(scene.vocabulary.names[group.class_name][0].plural for group in groups)
    counted = [name for name in by_class if scene.is_clear(name)]
    if not counted or rng.random() < 0.5:
        return scene.statement(rng, "absence", _TEMPLATES, claims, things=things)
    whole = Group(pick(rng, counted))
    present = exact(whole, scene.layout.ids(whole), scene.name_of(whole.class_name, rng), rng.random() < 0.5)
    return scene.statement(
        rng,
        "absence",
        _CONTRAST_TEMPLATES,
        [present.claim, *claims],
        present=present.text,
        things=things,
        are="are" if present.is_plural else "is",
    )


FAMILY = CaptionFamily(write, order=9)

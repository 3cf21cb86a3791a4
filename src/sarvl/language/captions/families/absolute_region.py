"""Absolute region captions: what lies in which cell of the 3x3 grid. SARVLM's family 3."""

from random import Random

from sarvl.language.captions.family import CaptionFamily
from sarvl.language.captions.phrases import exact, indefinite, verb_of
from sarvl.language.captions.scene import Scene, pick
from sarvl.language.statement import Statement

_ONE_CELL = (
    "{an_image} of {things} located in the {place} of the image.",
    "{an_image} with {things} in the {place}.",
    "this {image} shows {things} in the {place}.",
    "in the {place} of this {image}, there {are} {things}.",
    "in this {image}, {things} {are} located in the {place}.",
    "there {are} {things} in the {place} of this {image}.",
)
_TWO_CELLS = (
    "{an_image} with {things} in the {place} and {others} in the {other_place}.",
    "this {image} shows {things} in the {place} and {others} in the {other_place}.",
    "in this {image}, there {are} {things} in the {place} and {others} in the {other_place}.",
)


def write(scene: Scene, rng: Random) -> Statement | None:
    """Return "A SAR image of 5 cars located in the upper right of the image."; None where there are no objects."""
    cells = scene.layout.occupied_cells
    if not cells:
        return None
    first = pick(rng, cells)
    elsewhere = [group for group in cells if group.position != first.position]
    groups = [first, pick(rng, elsewhere)] if elsewhere and rng.random() < 0.4 else [first]
    names = {group.class_name: scene.name_of(group.class_name, rng) for group in groups}
    is_exact, as_word = rng.random() < 0.8 and all(map(scene.is_clear, names)), rng.random() < 0.5
    phrases = []
    for group in groups:
        ids, name = scene.layout.ids(group), names[group.class_name]
        phrases.append(exact(group, ids, name, as_word) if is_exact else indefinite(group, ids, name))
    return scene.statement(
        rng,
        "absolute_region",
        _ONE_CELL if len(groups) == 1 else _TWO_CELLS,
        [phrase.claim for phrase in phrases],
        things=phrases[0].text,
        place=groups[0].position or "",
        others=phrases[-1].text,
        other_place=groups[-1].position or "",
        are=verb_of(phrases[:1]),
    )


FAMILY = CaptionFamily(write, order=3)

"""Absolute region captions: what lies in which cell of the 3x3 grid. SARVLM's family 3."""

from random import Random

from sarvl.language.captions.family import CaptionFamily
from sarvl.language.captions.phrases import exact, indefinite, verb_of
from sarvl.language.captions.scene import Scene, pick
from sarvl.language.statement import Statement
from sarvl.language.words.places import place_words

_ONE_CELL = (
    "{an_image} of {things}{place}.",
    "{an_image} with {things}{place}.",
    "this {image} shows {things}{place}.",
    "there {are} {things}{place} of this {image}.",
)
_SEEN = (
    "{things} can be seen{place} of this {image}.",
    "in the {position} of this {image}, there {are} {things}.",
    *_ONE_CELL,
)
_TWO_CELLS = (
    "{an_image} with {things}{place} and {others}{other_place}.",
    "this {image} shows {things}{place} and {others}{other_place}.",
    "in this {image}, there {are} {things}{place} and {others}{other_place}.",
)
_PUBLISHED_ONE_CELL = (
    "{an_image} of {things} located in the {position} of the image.",
    "{an_image} with {things} in the {position}.",
    "this {image} shows {things} in the {position}.",
    "in the {position} of this {image}, there {are} {things}.",
    "in this {image}, {things} {are} located in the {position}.",
    "there {are} {things} in the {position} of this {image}.",
)
_PUBLISHED_TWO_CELLS = (
    "{an_image} with {things} in the {position} and {others} in the {other_position}.",
    "this {image} shows {things} in the {position} and {others} in the {other_position}.",
    "in this {image}, there {are} {things} in the {position} and {others} in the {other_position}.",
)


def write(scene: Scene, rng: Random) -> Statement | None:
    """Return "A SAR image of 5 cars centred in the top right."; None where there are no objects."""
    cells = scene.places()
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
    positions = [place_words(group.position or "", scene.image.wording) for group in groups]
    return scene.statement(
        rng,
        "absolute_region",
        _templates(scene, len(groups), is_exact),
        [phrase.claim for phrase in phrases],
        things=phrases[0].text,
        place=scene.at(groups[0].position, is_exact),
        position=positions[0],
        others=phrases[-1].text,
        other_place=scene.at(groups[-1].position, is_exact),
        other_position=positions[-1],
        are=verb_of(phrases[:1]),
    )


def _templates(scene: Scene, places: int, is_exact: bool) -> tuple[str, ...]:
    if scene.is_published:
        return _PUBLISHED_ONE_CELL if places == 1 else _PUBLISHED_TWO_CELLS
    if places > 1:
        return _TWO_CELLS
    return _ONE_CELL if is_exact else _SEEN


FAMILY = CaptionFamily(write, order=3)

"""Complex captions: exact counts of every class. SARVLM's family 2."""

from random import Random

from sarvl.language.captions.family import CaptionFamily
from sarvl.language.captions.phrases import AT_LEAST, counted, texts_of, there_are, verb_of
from sarvl.language.captions.scene import Scene, shuffled
from sarvl.language.group import Group
from sarvl.language.statement import Statement

_PUBLISHED_FIRST = "this is {an_image} that includes {things}."
_TEMPLATES = (
    "{an_image} with {things}.",
    "{an_image} containing {things}.",
    "{an_image} of {things}.",
    "this {image} contains {things}.",
    "this {image} shows {things}.",
    "{there_are} {things} in this {image}.",
    "in this {image}, {things} {are} visible.",
)


def write(scene: Scene, rng: Random) -> Statement | None:
    """Return "A SAR image with 1 ship, 14 tanks and 3 bridges."; None where there are no objects."""
    classes = shuffled(rng, scene.things())
    if not classes:
        return None
    as_word = rng.random() < 0.5
    phrases = []
    for class_name in classes:
        group = Group(class_name)
        phrases.append(counted(scene, group, scene.name_of(class_name, rng), as_word))
    phrases.sort(key=lambda phrase: phrase.text.startswith(AT_LEAST))  # "at least" would be read of all that follow it
    templates = (_PUBLISHED_FIRST, *_TEMPLATES) if scene.is_published else _TEMPLATES
    claims = [phrase.claim for phrase in phrases]
    parts = {"things": texts_of(phrases), "are": verb_of(phrases), "there_are": there_are(phrases)}
    return scene.statement(rng, "complex", templates, claims, **parts)


FAMILY = CaptionFamily(write, order=2)

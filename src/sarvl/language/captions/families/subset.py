"""Subset captions: some of the objects by class, RemoteCLIP's base captions 3 to 5, worded so that they are true."""

from random import Random

from sarvl.language.captions.family import CaptionFamily
from sarvl.language.captions.phrases import MANY_WORDS, at_least, texts_of, there_are, verb_of
from sarvl.language.captions.scene import Scene, pick, shuffled
from sarvl.language.group import Group
from sarvl.language.statement import Statement
from sarvl.language.words.lexicon import effect_of

_TEMPLATES = (
    "this {image} has {things}.",
    "{there_are} {things} in this {image}.",
    "{an_image} with {things}.",
    "{an_image} showing {things}.",
    "{things} can be seen in this {image}.",
    "in this {image}, {things} {are} visible.",
)


def write(scene: Scene, rng: Random) -> Statement | None:
    """Return "This SAR image has at least 3 ships and many cars."; None where there are fewer than two objects.

    Shadows and wakes are no objects here. RemoteCLIP gives the counts of a random subset as if they were all; "at
    least" keeps the sentence true.
    """
    named = [
        (index, class_name)
        for index, class_name in enumerate(scene.layout.class_names)
        if class_name and not effect_of(class_name)
    ]
    if len(named) < 2:
        return None
    size = 1 + int(rng.random() * len(named))
    chosen: dict[str, list[int]] = {}
    for index, class_name in sorted(shuffled(rng, named)[:size]):
        chosen.setdefault(class_name, []).append(index)
    as_word, many = rng.random() < 0.5, pick(rng, MANY_WORDS)
    phrases = [
        at_least(Group(class_name), tuple(ids), scene.name_of(class_name, rng), as_word, many)
        for class_name, ids in chosen.items()
    ]
    claims = [phrase.claim for phrase in phrases]
    parts = {"things": texts_of(phrases), "are": verb_of(phrases), "there_are": there_are(phrases)}
    return scene.statement(rng, "subset", _TEMPLATES, claims, **parts)


FAMILY = CaptionFamily(write, order=8)

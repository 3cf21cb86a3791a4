"""Captions of all that lies in one position, as the center and periphery families have them."""

from collections.abc import Sequence
from random import Random

from sarvl.language.captions.phrases import AT_LEAST, MANY_WORDS, at_least, exact_or_many, texts_of, there_are, verb_of
from sarvl.language.captions.scene import Scene, pick
from sarvl.language.group import Group
from sarvl.language.statement import Statement


def caption_of_position(
    scene: Scene, rng: Random, family: str, position: str, templates: Sequence[str]
) -> Statement | None:
    """Return a caption of all objects in ``position``; None where there are none."""
    groups = [Group(class_name, position) for class_name in scene.layout.by_class]
    present = [(group, ids) for group in groups if (ids := scene.layout.ids(group))]
    if not present:
        return None
    as_word, many = rng.random() < 0.5, pick(rng, MANY_WORDS)
    phrases = [
        (exact_or_many if scene.is_clear(group.class_name) else at_least)(
            group, ids, scene.name_of(group.class_name, rng), as_word, many
        )
        for group, ids in present
    ]
    phrases.sort(key=lambda phrase: phrase.text.startswith(AT_LEAST))  # "at least" would be read of all that follow it
    claims = [phrase.claim for phrase in phrases]
    parts = {"things": texts_of(phrases), "are": verb_of(phrases), "there_are": there_are(phrases)}
    return scene.statement(rng, family, templates, claims, **parts)

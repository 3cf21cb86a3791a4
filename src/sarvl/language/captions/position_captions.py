"""Captions of all that lies in one position, as the center and periphery families have them."""

from random import Random
from typing import NamedTuple

from sarvl.language.captions.phrases import (
    AT_LEAST,
    MANY_WORDS,
    Phrase,
    at_least,
    exact,
    exact_or_many,
    indefinite,
    texts_of,
    there_are,
    verb_of,
)
from sarvl.language.captions.scene import Scene, pick
from sarvl.language.group import Group
from sarvl.language.statement import Statement


class Templates(NamedTuple):
    """Templates for numbers, which are of box centres, for what is seen at all, and those of the published systems."""

    counted: tuple[str, ...]
    seen: tuple[str, ...]
    published: tuple[str, ...]


def caption_of_position(
    scene: Scene, rng: Random, family: str, position: str, templates: Templates
) -> Statement | None:
    """Return a caption of all objects in ``position``; None where there are none."""
    groups = [Group(class_name, position) for class_name in scene.things()]
    present = [(group, ids) for group in groups if (ids := scene.layout.ids(group))]
    if not present:
        return None
    is_counted = all(scene.is_clear(group.class_name) for group, _ in present) and rng.random() < _COUNTED_SHARE
    phrases = _published(scene, rng, present) if scene.is_published else _plain(scene, rng, present, is_counted)
    chosen = templates.published if scene.is_published else templates.counted if is_counted else templates.seen
    claims = [phrase.claim for phrase in phrases]
    parts = {"things": texts_of(phrases), "are": verb_of(phrases), "there_are": there_are(phrases)}
    return scene.statement(rng, family, chosen, claims, **parts)


_COUNTED_SHARE = 0.6
Present = list[tuple[Group, tuple[int, ...]]]


def _plain(scene: Scene, rng: Random, present: Present, is_counted: bool) -> list[Phrase]:
    as_word = rng.random() < 0.5
    names = [scene.name_of(group.class_name, rng) for group, _ in present]
    if is_counted:
        return [exact(group, ids, name, as_word) for (group, ids), name in zip(present, names, strict=True)]
    return [indefinite(group, ids, name) for (group, ids), name in zip(present, names, strict=True)]


def _published(scene: Scene, rng: Random, present: Present) -> list[Phrase]:
    """Return "5 ships", or "many ships" for more than ten, as RemoteCLIP's captions have it."""
    as_word, many = rng.random() < 0.5, pick(rng, MANY_WORDS)
    phrases = [
        (exact_or_many if scene.is_clear(group.class_name) else at_least)(
            group, ids, scene.name_of(group.class_name, rng), as_word, many
        )
        for group, ids in present
    ]
    return sorted(
        phrases, key=lambda phrase: phrase.text.startswith(AT_LEAST)
    )  # else it would be read of all that follow

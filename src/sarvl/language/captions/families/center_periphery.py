"""Center and periphery captions: RemoteCLIP's base captions 1 and 2; the center is the middle third on both axes."""

from collections.abc import Sequence
from random import Random

from sarvl.language.captions.phrases import MANY_WORDS, exact_or_many, texts_of, there_are, verb_of
from sarvl.language.captions.scene import Scene, pick
from sarvl.language.geometry.layout import CENTER, OUTSIDE_CENTER
from sarvl.language.statement import Group, Statement

_CENTER_TEMPLATES = (
    "in the center of this {image}, {there_are} {things}.",
    "the center of this {image} shows {things}.",
    "in this {image}, {things} {are} located in the center.",
    "at the center of the {image}, {things} can be seen.",
)
_PERIPHERY_TEMPLATES = (
    "outside the center of this {image}, {there_are} {things}.",
    "away from the center of this {image}, {things} can be seen.",
    "in this {image}, {things} {are} located outside the center.",
    "in the periphery of this {image}, {there_are} {things}.",
)


def center(scene: Scene, rng: Random) -> Statement | None:
    """Return a caption of all objects whose box centre lies in the image centre; None where there are none."""
    return _caption_of(scene, rng, "center", CENTER, _CENTER_TEMPLATES)


def periphery(scene: Scene, rng: Random) -> Statement | None:
    """Return a caption of all objects outside the image centre; None where there are none."""
    return _caption_of(scene, rng, "periphery", OUTSIDE_CENTER, _PERIPHERY_TEMPLATES)


def _caption_of(scene: Scene, rng: Random, family: str, position: str, templates: Sequence[str]) -> Statement | None:
    groups = [Group(class_name, position) for class_name in scene.layout.by_class]
    present = [(group, ids) for group in groups if (ids := scene.layout.ids(group))]
    if not present:
        return None
    as_word, many = rng.random() < 0.5, pick(rng, MANY_WORDS)
    phrases = [exact_or_many(group, ids, scene.name_of(group.class_name, rng), as_word, many) for group, ids in present]
    claims = [phrase.claim for phrase in phrases]
    parts = {"things": texts_of(phrases), "are": verb_of(phrases), "there_are": there_are(phrases)}
    return scene.statement(rng, family, templates, claims, **parts)

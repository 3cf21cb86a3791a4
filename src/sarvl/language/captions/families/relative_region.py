"""Relative region captions: how two groups of objects lie to each other. SARVLM's family 4."""

from itertools import combinations
from random import Random

from sarvl.language.captions.family import CaptionFamily
from sarvl.language.captions.phrases import Phrase, exact, verb_of
from sarvl.language.captions.scene import Scene, pick, shuffled
from sarvl.language.claims.kinds.relation import relation_claim
from sarvl.language.group import Group
from sarvl.language.statement import Statement

_TEMPLATES = (
    "in this {image}, {subject} {are} {relation} {reference}.",
    "this {image} shows {subject} {relation} {reference}.",
    "{an_image} in which {subject} {are} {relation} {reference}.",
)
_PUBLISHED_TEMPLATES = (
    "in this {image}, {subject} {are} positioned {relation} {reference}.",
    "{an_image} in which {subject} {are} positioned {relation} {reference}.",
    *_TEMPLATES,
)
_RELATION_WORDS = {"left of": "to the left of", "right of": "to the right of"}


def write(scene: Scene, rng: Random) -> Statement | None:
    """Return "In this SAR image, 5 ships centred in the top right are above the 3 bridges.".

    A group is all of a class, or all of a class in one cell. None where no two groups are apart on an axis.
    """
    apart = _two_groups_apart(scene, rng)
    if apart is None:
        return None
    group, relation, other = apart
    as_word = rng.random() < 0.5
    names = {item.class_name: scene.name_of(item.class_name, rng) for item in (group, other)}
    subject, reference = (
        exact(item, scene.layout.ids(item), names[item.class_name], as_word) for item in (group, other)
    )
    evidence = tuple(sorted(subject.claim.objects + reference.claim.objects))
    return scene.statement(
        rng,
        "relative_region",
        _PUBLISHED_TEMPLATES if scene.is_published else _TEMPLATES,
        (subject.claim, reference.claim, relation_claim(group, relation, other, evidence)),
        subject=_with_place(scene, subject, " located" if scene.is_published and rng.random() < 0.5 else ""),
        relation=_RELATION_WORDS.get(relation, relation),
        reference=("the " if reference.is_plural else "") + _with_place(scene, reference),
        are=verb_of((subject,)),
    )


def _two_groups_apart(scene: Scene, rng: Random) -> tuple[Group, str, Group] | None:
    layout = scene.layout
    groups = [group for group in (*map(Group, scene.things()), *scene.places()) if scene.is_clear(group.class_name)]
    groups = shuffled(rng, groups)
    for group, other in combinations(groups, 2):
        # All ships cannot lie above the ships of one cell: a group and a part of it are no two groups.
        if group.class_name == other.class_name and not (group.position and other.position):
            continue
        if relations := layout.relations(group, other):
            return group, pick(rng, relations), other
    return None


def _with_place(scene: Scene, phrase: Phrase, located: str = "") -> str:
    position = phrase.claim.group.position
    return phrase.text + (located if position else "") + scene.at(position, is_counted=True)


FAMILY = CaptionFamily(write, weight=2.0, order=4)

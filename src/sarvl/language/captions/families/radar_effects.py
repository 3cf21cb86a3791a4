"""Radar captions: shadows, wakes and layover, where a mask or a box of the source says so."""

from random import Random
from typing import NamedTuple

from sarvl.language.captions.family import CaptionFamily
from sarvl.language.captions.phrases import listed
from sarvl.language.captions.scene import Scene, pick
from sarvl.language.claims.claim import Claim
from sarvl.language.claims.construction import quantity_claim
from sarvl.language.claims.kinds.relation import relation_claim
from sarvl.language.group import Group
from sarvl.language.statement import Statement
from sarvl.language.words.lexicon import OWNED_EFFECTS, effect_of, with_article
from sarvl.language.words.measures import LEAST_SHARE

_OWNED = (
    "{an_image} of {owner} and its {effect}.",
    "this {image} shows {owner} with its {effect}.",
    "in this {image}, {owner} {verb} {an_effect}.",
)
_ON_A_SIDE = (
    "{an_image} of {owner} with {an_effect} {side}.",
    "this {image} shows {owner} with {an_effect} {side}.",
)
_SEEN = (
    "{an_image} with {effects}.",
    "this {image} shows {effects}.",
    "{effects} can be seen in this {image}.",
)
_SEEN_WITH_LABEL = (
    "{an_image} of the {label} with {effects}.",
    "this {image} shows the {label} with {effects}.",
)
_VERBS = {"shadow": "casts", "wake": "leaves"}
_SIDES = {"above": "above it", "below": "below it", "left of": "to its left", "right of": "to its right"}


class Pair(NamedTuple):
    """An object and its shadow or wake: their groups, and their ids."""

    owner: Group
    effect: Group
    ids: tuple[int, int]


def write(scene: Scene, rng: Random) -> Statement | None:
    """Return "A SAR image of the T72 tank with a radar shadow above it." or "A SAR image with layover.".

    A shadow or wake belongs to the one object whose box its own meets. None without a class of shadow, wake or layover,
    and in other domains.
    """
    pairs = _pairs(scene) if scene.domain == "sar" else []
    if pairs and rng.random() < 0.7:
        return _of_pair(scene, rng, pick(rng, pairs))
    effects = _effects(scene) if scene.domain == "sar" else []
    return _of_all(scene, rng, effects) if effects else None


def _pairs(scene: Scene) -> list[Pair]:
    effects = [
        (class_name, index)
        for class_name, ids in scene.layout.by_class.items()
        if effect_of(class_name) in OWNED_EFFECTS
        for index in ids
    ]
    owners = [(effect, scene.layout.owner_of(effect[1])) for effect in effects]
    return [
        Pair(Group(scene.layout.class_names[owner] or ""), Group(class_name), (owner, index))
        for (class_name, index), owner in owners
        if owner is not None
    ]


def _of_pair(scene: Scene, rng: Random, pair: Pair) -> Statement:
    owner_ids, effect_ids = scene.layout.ids(pair.owner), scene.layout.ids(pair.effect)
    name, effect = scene.name_of(pair.owner.class_name, rng), _name(pair.effect, scene)
    claims: list[Claim] = [
        quantity_claim(pair.owner, "at least", 1, pair.ids[:1]),
        quantity_claim(pair.effect, "at least", 1, pair.ids[1:]),
    ]
    parts = {
        "owner": f"the {name.singular}" if len(owner_ids) == 1 else name.with_article,
        "effect": effect,
        "an_effect": with_article(effect),
        "verb": _VERBS[effect_of(pair.effect.class_name) or ""],
    }
    evidence = (min(pair.ids), max(pair.ids))
    sides = scene.layout.relations(pair.effect, pair.owner) if len(owner_ids) == len(effect_ids) == 1 else []
    if not sides or rng.random() < 0.4:
        claims.append(relation_claim(pair.owner, "has", pair.effect, evidence))
        return scene.statement(rng, "radar_effects", _OWNED, claims, **parts)
    side = pick(rng, sides)
    claims.append(relation_claim(pair.effect, side, pair.owner, evidence))
    return scene.statement(rng, "radar_effects", _ON_A_SIDE, claims, side=_SIDES[side], **parts)


def _effects(scene: Scene) -> list[Group]:
    covering = {item.class_name for item in scene.image.land_cover if item.share >= LEAST_SHARE}
    present = sorted(covering | scene.layout.by_class.keys())
    return [Group(class_name) for class_name in present if effect_of(class_name)]


def _of_all(scene: Scene, rng: Random, effects: list[Group]) -> Statement:
    claims: list[Claim] = [quantity_claim(group, "at least", 1, scene.layout.ids(group)) for group in effects]
    names = [(_name(group, scene), effect_of(group.class_name)) for group in effects]
    counted = [effect == "wake" or name.endswith(" area") for name, effect in names]  # "layover area"
    text = listed([with_article(name) if one else name for (name, _), one in zip(names, counted, strict=True)])
    label = scene.image.label
    if label is None or Group(label) in effects:
        return scene.statement(rng, "radar_effects", _SEEN, claims, effects=text)
    claims.append(quantity_claim(Group(label), "at least", 1, scene.layout.ids(Group(label))))
    name = scene.name_of(label, rng).singular
    return scene.statement(rng, "radar_effects", _SEEN_WITH_LABEL, claims, effects=text, label=name)


def _name(effect: Group, scene: Scene) -> str:
    own = scene.vocabulary.names[effect.class_name][0].singular
    return f"radar {own}" if own == "shadow" else own


def _has_evidence(scene: Scene) -> bool:
    return scene.vocabulary.has_effects


FAMILY = CaptionFamily(write, weight=2.0, has_evidence=_has_evidence, order=15)

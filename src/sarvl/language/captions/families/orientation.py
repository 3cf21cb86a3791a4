"""Orientation captions: how the long axes of oriented boxes lie in the image; an axis has no head, so no headings."""

from random import Random

from sarvl.language.captions.family import CaptionFamily
from sarvl.language.captions.phrases import MANY_WORDS, Phrase, at_least, exact, indefinite, listed, verb_of
from sarvl.language.captions.scene import Scene, pick
from sarvl.language.claims.claim import Claim
from sarvl.language.claims.construction import quantity_claim
from sarvl.language.geometry.oriented_box import DIAGONAL
from sarvl.language.group import Group, Orientation
from sarvl.language.statement import Statement
from sarvl.language.words.lexicon import number_text
from sarvl.language.words.places import place_words

_TEMPLATES = (
    "{an_image} of {things}.",
    "{an_image} with {things}.",
    "this {image} shows {things}.",
    "in this {image}, there {are} {things}.",
)
_PARTICIPLES = ("lying", "oriented")
_WORDS: dict[Orientation, str] = {
    "horizontal": "horizontally",
    "vertical": "vertically",
    "diagonal": "diagonally",
    "rising": "diagonally from lower left to upper right",
    "falling": "diagonally from upper left to lower right",
}
AlignedGroup = tuple[Group, tuple[int, ...]]  # those of a group that lie one way, and their ids


def write(scene: Scene, rng: Random) -> Statement | None:
    """Return "A SAR image with 3 ships, two of them lying horizontally and one diagonally.".

    Of a class, or of a class in one cell. None where no object has an oriented box with a long axis.
    """
    layout = scene.layout
    groups = (*map(Group, layout.by_class), *layout.occupied_cells)
    with_axes = [group for group in groups if any(layout.orientations[index] for index in layout.ids(group))]
    if not with_axes:
        return None
    group = pick(rng, with_axes)
    aligned = _aligned_groups(scene, group, is_coarse=rng.random() < 0.5)
    is_known = sum(len(ids) for _, ids in aligned) == len(layout.ids(group)) and scene.is_clear(group.class_name)
    if is_known and len(aligned) > 1:
        phrase, claims = _several_ways(scene, rng, group, aligned)
    else:
        phrase, claims = _one_way(scene, rng, pick(rng, aligned), is_known)
    return scene.statement(rng, "orientation", _TEMPLATES, claims, things=phrase.text, are=verb_of([phrase]))


def _aligned_groups(scene: Scene, group: Group, is_coarse: bool) -> list[AlignedGroup]:
    """Return the ways that objects of ``group`` lie, the most frequent first; as "diagonal" where ``is_coarse``."""
    by_direction: dict[Orientation, list[int]] = {}
    for index in scene.layout.ids(group):
        lies = scene.layout.orientations[index]
        if lies is not None:
            by_direction.setdefault(DIAGONAL if is_coarse and lies in ("rising", "falling") else lies, []).append(index)
    aligned = [(group._replace(orientation=lies), tuple(ids)) for lies, ids in sorted(by_direction.items())]
    return sorted(aligned, key=lambda each: -len(each[1]))


def _one_way(scene: Scene, rng: Random, aligned: AlignedGroup, is_known: bool) -> tuple[Phrase, list[Claim]]:
    """Return "2 ships in the center lying vertically"; without a number, or "at least", where others may lie so too."""
    group, ids = aligned
    name, as_word = scene.name_of(group.class_name, rng), rng.random() < 0.5
    if is_known and rng.random() < 0.7:
        phrase = exact(group, ids, name, as_word)
    elif len(ids) == 1 or is_known:
        phrase = indefinite(group, ids, name)
    else:
        phrase = at_least(group, ids, name, as_word, pick(rng, MANY_WORDS))
    place = scene.at(group.position, is_counted=getattr(phrase.claim, "comparison", "") == "exactly")
    text = f"{phrase.text}{place} {pick(rng, _PARTICIPLES)} {_word(scene, group)}"
    return phrase._replace(text=text), [phrase.claim]


def _several_ways(scene: Scene, rng: Random, group: Group, aligned: list[AlignedGroup]) -> tuple[Phrase, list[Claim]]:
    """Return "3 ships, two of them lying horizontally and one diagonally"."""
    as_word = rng.random() < 0.5
    phrase = exact(group, scene.layout.ids(group), scene.name_of(group.class_name, rng), as_word)
    numbers = [number_text(len(ids), as_word) for _, ids in aligned]
    ways = [f"{number} {_word(scene, each)}" for number, (each, _) in zip(numbers, aligned, strict=True)]
    ways[0] = f"{numbers[0]} of them {pick(rng, _PARTICIPLES)} {_word(scene, aligned[0][0])}"
    claims = [phrase.claim, *(quantity_claim(each, "exactly", len(ids), ids) for each, ids in aligned)]
    return phrase._replace(text=f"{phrase.text}{scene.at(group.position, is_counted=True)}, {listed(ways)}"), claims


def _word(scene: Scene, group: Group) -> str:
    return place_words(_WORDS[group.orientation], scene.image.wording) if group.orientation else ""


def _has_evidence(scene: Scene) -> bool:
    return any(item.corners for item in scene.image.objects)


FAMILY = CaptionFamily(write, has_evidence=_has_evidence, order=11)

"""Land cover captions: how much of the ground each class of a semantic mask covers. SAR-TEXT's SA2C."""

from random import Random

from sarvl.annotations import LandCoverShare
from sarvl.language.captions.family import CaptionFamily
from sarvl.language.captions.phrases import listed
from sarvl.language.captions.scene import Scene, pick
from sarvl.language.claims.kinds.share import Share
from sarvl.language.group import Group
from sarvl.language.statement import Statement
from sarvl.language.words.lexicon import NO_GROUND, ground_text, is_plural
from sarvl.language.words.measures import LEAST_SHARE, Amount, amount_of, percent_of

MOST_CLASSES = 4  # in one caption: CLIP reads 77 tokens; smaller shares are left out

_DOMINATED = (
    "{an_image} {words}.",
    "this {image} is {words}.",
)
_SHOWN = (
    "{an_image} with {words}.",
    "{an_image} showing {words}.",
    "this {image} shows {words}.",
)
_COVERED = ("about {percent} % of this {image} is covered by {ground}.",)
_WORDS: dict[Amount, str] = {
    "dominant": "dominated by",
    "large areas": "large areas of",
    "some": "some",
    "small amount": "a small amount of",
}


def write(scene: Scene, rng: Random) -> Statement | None:
    """Return "This SAR image is dominated by water, with some forest." or "A SAR image of about 60 % water.".

    The largest shares, in descending order; classes of objects are left out, for texts count these. None where no class
    covers 1 percent.
    """
    grounds = [item for item in scene.image.land_cover if item.share >= LEAST_SHARE and _is_told(item, scene)]
    if not grounds:
        return None
    grounds.sort(key=lambda item: (-item.share, item.class_name))
    in_percent = [item for item in grounds if percent_of(item.share) > 0]
    if in_percent and rng.random() < 0.5:
        return _in_percent(scene, rng, in_percent)
    return _in_words(scene, rng, grounds[: pick(rng, range(1, MOST_CLASSES + 1))])


def _in_words(scene: Scene, rng: Random, grounds: list[LandCoverShare]) -> Statement:
    amounts = [(item, amount) for item in grounds if (amount := amount_of(item.share))]
    amounts = [pair for pair in amounts if pair == amounts[0] or pair[1] != "dominant"]  # two halves
    words = [_worded(amount, _name(item, scene)) for item, amount in amounts]
    claims = [Share(Group(item.class_name), amount) for item, amount in amounts]
    if amounts[0][1] == "dominant":
        first, *others = words
        text = f"{first}, with {listed(others)}" if others else first
        return scene.statement(rng, "land_cover", _DOMINATED, claims, words=text)
    return scene.statement(rng, "land_cover", _SHOWN, claims, words=listed(words))


def _in_percent(scene: Scene, rng: Random, grounds: list[LandCoverShare]) -> Statement:
    if rng.random() < 0.5:
        item = pick(rng, grounds)
        percent, claims = percent_of(item.share), [Share(Group(item.class_name), percent_of(item.share))]
        ground = _name(item, scene)
        return scene.statement(rng, "land_cover", _COVERED, claims, percent=str(percent), ground=ground)
    grounds = grounds[: pick(rng, range(1, MOST_CLASSES + 1))]
    while sum(percent_of(item.share) for item in grounds) > 100:  # rounded up, as 35 % of each third would be
        grounds = grounds[:-1]
    words = [f"about {percent_of(item.share)} % {_name(item, scene)}" for item in grounds]
    claims = [Share(Group(item.class_name), percent_of(item.share)) for item in grounds]
    return scene.statement(rng, "land_cover", _SHOWN, claims, words=listed(words))


def _worded(amount: Amount, ground: str) -> str:
    """Return "large areas of water"; but no "large areas of urban areas" and no "a small amount of roads"."""
    if amount == "large areas" and ground.lower().endswith(("area", "areas")):
        return f"a large share of {ground}"
    if amount == "small amount" and is_plural(ground):
        return f"a small share of {ground}"
    return f"{_WORDS[amount]} {ground}"


def _is_told(item: LandCoverShare, scene: Scene) -> bool:
    return item.class_name in scene.vocabulary.grounds and item.class_name.lower() not in NO_GROUND


def _name(item: LandCoverShare, scene: Scene) -> str:
    name = scene.vocabulary.names[item.class_name][0]
    return ground_text(name.singular, name.plural)


def _has_evidence(scene: Scene) -> bool:
    return bool(scene.image.land_cover)


FAMILY = CaptionFamily(write, weight=2.0, has_evidence=_has_evidence, order=14)

"""Others, about land cover: which class dominates the image, and which ones it holds, from the shares of a mask."""

from random import Random

from sarvl.language.captions.phrases import listed
from sarvl.language.claims.construction import in_canonical_order, quantity_claim, share_claim
from sarvl.language.questions.choices import changed_lists
from sarvl.language.questions.family import QuestionFamily, Slot
from sarvl.language.questions.query import Finding, Query
from sarvl.language.questions.question_scene import QuestionScene
from sarvl.language.statement import Group
from sarvl.language.words.lexicon import NO_GROUND, effect_of
from sarvl.language.words.measures import LEAST_SHARE, amount_of, share_of
from sarvl.language.words.name_meaning import are_related


def _names(scene: QuestionScene, least: float) -> list[str]:
    """Return the classes that cover ``least`` of the ground or more: the largest first, ties by name.

    None that says nothing of the ground, such as "unknown" or a radar shadow; a class that has objects in the image as
    well is no ground.
    """
    shares = sorted(scene.image.land_cover, key=lambda item: (-item.share, item.class_name))
    names = [item.class_name for item in shares if item.share >= least and item.class_name in scene.vocabulary.grounds]
    return [name for name in names if name.lower() not in NO_GROUND and not effect_of(name)]


def _dominant(_: Query, scene: QuestionScene) -> Finding | None:
    """Return the class that covers half of the ground or more; None where there is none, or two."""
    names = [name for name in _names(scene, LEAST_SHARE) if amount_of(share_of(scene.image, name)) == "dominant"]
    if len(names) != 1:
        return None
    return Finding(scene.word(names[0]), (share_claim(Group(names[0]), "dominant"),))


def _all(_: Query, scene: QuestionScene) -> Finding | None:
    """Return the classes that cover a hundredth of the ground or more."""
    names = _names(scene, LEAST_SHARE)
    claims = in_canonical_order(quantity_claim(Group(name), "at least", 1) for name in names)
    return Finding(listed([scene.word(name) for name in names]), claims) if names else None


def _other_grounds(_: Query, answer: str, scene: QuestionScene) -> list[str]:
    return [word for word in map(scene.word, _names(scene, 0.0)) if not are_related(word, answer)]


def _changed_grounds(_: Query, __: str, scene: QuestionScene) -> list[str]:
    names, every = _names(scene, LEAST_SHARE), _names(scene, 0.0)
    return changed_lists([scene.word(name) for name in names], [scene.word(name) for name in every[len(names) :]])


def offer(scene: QuestionScene, _: Random) -> list[Slot]:
    """Return both questions, where the image has a mask."""
    return [(Query("dominant_land_cover"),), (Query("land_cover"),)] if scene.image.land_cover else []


FAMILIES = (
    QuestionFamily(
        "dominant_land_cover",
        "others",
        "class set",
        (
            "Which land cover dominates the image?",
            "What is the dominant land cover in this {image}?",
            "Which land cover takes up at least half of the image?",
        ),
        _dominant,
        _other_grounds,
    ),
    QuestionFamily(
        "land_cover",
        "others",
        "class set",
        (
            "Which kinds of land cover take up at least one percent of the image?",
            "Name all kinds of land cover that take up at least one percent of this {image}.",
        ),
        _all,
        _changed_grounds,
    ),
)

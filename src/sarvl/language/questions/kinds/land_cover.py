"""Land cover: all classes that cover a hundredth of the ground or more."""

from random import Random

from sarvl.language.captions.phrases import listed
from sarvl.language.claims.construction import in_canonical_order, quantity_claim
from sarvl.language.group import Group
from sarvl.language.questions.choices import changed_lists, other_lists
from sarvl.language.questions.ground_classes import ground_classes
from sarvl.language.questions.query import Finding, Query
from sarvl.language.questions.question_kind import Alternatives, QuestionKind
from sarvl.language.questions.question_scene import QuestionScene
from sarvl.language.words.measures import LEAST_SHARE


def answer(_: Query, scene: QuestionScene) -> Finding | None:
    """Return the classes that cover a hundredth of the ground or more."""
    names = ground_classes(scene, LEAST_SHARE)
    claims = in_canonical_order(quantity_claim(Group(name), "at least", 1) for name in names)
    return Finding(listed([scene.word(name) for name in names]), claims) if names else None


def wrong_answers(_: Query, __: str, scene: QuestionScene) -> list[str]:
    """Return lists that lack one of the classes, or hold one that covers less."""
    names, every = ground_classes(scene, LEAST_SHARE), ground_classes(scene, 0.0)
    return changed_lists([scene.word(name) for name in names], [scene.word(name) for name in every[len(names) :]])


def propose(scene: QuestionScene, _: Random) -> list[Alternatives]:
    """Return the question, where the image has a mask."""
    return [(Query("land_cover"),)] if scene.image.land_cover else []


KIND = QuestionKind(
    application="others",
    answer_type="class set",
    templates=(
        "Which kinds of land cover take up at least one percent of the image?",
        "Name all kinds of land cover that take up at least one percent of this {image}.",
    ),
    sketch="what (all )?land_cover percent",
    words={"percent": ("at least one percent", "at least 1 percent")},
    asks_of_ground=True,
    answer=answer,
    wrong_answers=wrong_answers,
    excludes=other_lists,
    propose=propose,
    order=6,
)

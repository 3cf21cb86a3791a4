"""Dominant land cover: the class that covers half of the ground or more."""

from random import Random

from sarvl.language.claims.kinds.share import Share
from sarvl.language.group import Group
from sarvl.language.questions.ground_classes import ground_classes
from sarvl.language.questions.query import Finding, Query
from sarvl.language.questions.question_kind import Alternatives, QuestionKind
from sarvl.language.questions.question_scene import QuestionScene
from sarvl.language.words.measures import LEAST_SHARE, amount_of, share_of


def answer(_: Query, scene: QuestionScene) -> Finding | None:
    """Return the class that covers half of the ground or more; None where there is none, or two."""
    names = ground_classes(scene, LEAST_SHARE)
    names = [name for name in names if amount_of(share_of(scene.image, name)) == "dominant"]
    if len(names) != 1:
        return None
    return Finding(scene.word(names[0]), (Share(Group(names[0]), "dominant"),))


def wrong_answers(_: Query, answer: str, scene: QuestionScene) -> list[str]:
    """Return the other classes of land cover."""
    return [word for word in map(scene.word, ground_classes(scene, 0.0)) if not scene.are_related(word, answer)]


def propose(scene: QuestionScene, _: Random) -> list[Alternatives]:
    """Return the question, where the image has a mask."""
    return [(Query("dominant_land_cover"),)] if scene.image.land_cover else []


KIND = QuestionKind(
    application="others",
    answer_type="class set",
    templates=(
        "Which land cover dominates the image?",
        "What is the dominant land cover in this {image}?",
        "Which land cover takes up at least half of the image?",
    ),
    sketch="what (land_cover dominant|dominant land_cover)",
    words={"dominant": ("dominates", "dominant", "at least half")},
    asks_of_ground=True,
    answer=answer,
    wrong_answers=wrong_answers,
    propose=propose,
    order=5,
)

"""Alignment: the direction of the line from one object to another, each the only one of its class."""

from random import Random

from sarvl.language.captions.scene import shuffled
from sarvl.language.claims.construction import in_canonical_order
from sarvl.language.questions.choices import other_words
from sarvl.language.questions.layout_words import DIRECTION_WORDS, centre_twice, direction_word
from sarvl.language.questions.query import Finding, Query
from sarvl.language.questions.question_kind import Alternatives, QuestionKind
from sarvl.language.questions.question_scene import QuestionScene
from sarvl.language.questions.single_object import object_meant, single_classes
from sarvl.language.words.lexicon import effect_of


def answer(query: Query, scene: QuestionScene) -> Finding | None:
    """Return the direction of the line between the centres of the two objects."""
    first, second = (object_meant(query._replace(classes=(class_name,)), scene) for class_name in query.classes)
    if first is None or second is None or first.object_id == second.object_id:
        return None
    (x1, y1), (x2, y2) = (centre_twice(scene.layout.boxes[meant.object_id]) for meant in (first, second))
    if (x1, y1) == (x2, y2):
        return None
    return Finding(direction_word(x2 - x1, y2 - y1), in_canonical_order((first.claim, second.claim)))


def propose(scene: QuestionScene, rng: Random) -> list[Alternatives]:
    """Return one question on two objects.

    From an object to its shadow all lines of a source run alike, away from the radar: none is asked for.
    """
    things = [class_name for class_name in single_classes(scene) if not effect_of(class_name)]
    return [(Query("alignment", tuple(shuffled(rng, things)[:2])),)] if len(things) > 1 else []


KIND = QuestionKind(
    application="others",
    answer_type="text",
    templates=(
        "In which direction does the line from the only {cat} to the only {other_cat} run: "
        "horizontal, vertical or diagonal?",
    ),
    sketch="what direction line only class only class( direction_word){3}",
    words={"line": ("line",)},
    answer=answer,
    answers=DIRECTION_WORDS,
    wrong_answers=other_words(DIRECTION_WORDS),
    propose=propose,
    order=3,
)

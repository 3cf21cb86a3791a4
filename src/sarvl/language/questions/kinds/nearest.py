"""Nearest: what lies nearest to the only object of a class."""

from random import Random

from sarvl.language.captions.scene import pick
from sarvl.language.claims.construction import in_canonical_order, quantity_claim
from sarvl.language.group import Group
from sarvl.language.questions.choices import other_classes
from sarvl.language.questions.layout_words import centre_twice
from sarvl.language.questions.query import Finding, Query
from sarvl.language.questions.question_kind import Alternatives, QuestionKind
from sarvl.language.questions.question_scene import QuestionScene
from sarvl.language.words.lexicon import effect_of


def answer(query: Query, scene: QuestionScene) -> Finding | None:
    """Return the class of the object whose centre is nearest to that of the only object of a class.

    Shadows and wakes are no objects. None where an object was refused, where two classes are equally near, or where the
    name of the nearest could mean another class that is there.
    """
    (class_name,) = query.classes
    ids = scene.ids(class_name)
    if len(ids) != 1 or not scene.is_complete or not scene.is_clear(class_name):
        return None
    nearest: dict[str, tuple[int, int]] = {}  # class -> squared distance (times four) and id
    for index, name in enumerate(scene.class_names):
        if index != ids[0] and name and not effect_of(name):
            candidate = _squared_distance(scene, ids[0], index), index
            nearest[name] = min(nearest.get(name, candidate), candidate)
    if not nearest:
        return None
    (distance, index), name = min((candidate, name) for name, candidate in nearest.items())
    if any(
        candidate[0] == distance or scene.are_related(name, other)
        for other, candidate in nearest.items()
        if other != name
    ):
        return None
    only = quantity_claim(Group(class_name), "exactly", 1, ids)
    return Finding(scene.word(name), in_canonical_order((only, quantity_claim(Group(name), "at least", 1, (index,)))))


def _squared_distance(scene: QuestionScene, first: int, second: int) -> int:
    (x1, y1), (x2, y2) = (centre_twice(scene.layout.boxes[index]) for index in (first, second))
    return (x1 - x2) ** 2 + (y1 - y2) ** 2


def wrong_answers(query: Query, answer: str, scene: QuestionScene) -> list[str]:
    """Return the other classes, but for that of the object itself."""
    (class_name,) = query.classes
    return [word for word in other_classes(query, answer, scene) if word != scene.word(class_name)]


def propose(scene: QuestionScene, rng: Random) -> list[Alternatives]:
    """Return one question, where there are two classes or more and one object of one of them.

    Shadows and wakes are left out: what lies nearest to a shadow is what casts it.
    """
    things = [class_name for class_name in scene.by_class if not effect_of(class_name)]
    single = [class_name for class_name in things if len(scene.by_class[class_name]) == 1]
    return [(Query("nearest", (pick(rng, single),)),)] if single and len(things) > 1 else []


KIND = QuestionKind(
    application="others",
    answer_type="class set",
    templates=(
        "Which category does the object nearest to the only {cat} belong to?",
        "What kind of object lies nearest to the only {cat} in this {image}?",
    ),
    sketch="what category (object )?nearest only class( belongs)?",
    words={"nearest": ("nearest", "closest")},
    answer=answer,
    wrong_answers=wrong_answers,
    propose=propose,
    order=9,
)

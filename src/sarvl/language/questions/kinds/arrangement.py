"""Arrangement: how four objects of a class or more are arranged."""

from random import Random

from sarvl.language.captions.scene import pick
from sarvl.language.claims.construction import quantity_claim
from sarvl.language.group import Group
from sarvl.language.questions.choices import other_words
from sarvl.language.questions.layout_words import (
    ARRANGEMENT_WORDS,
    LEAST_IN_ARRANGEMENT,
    arrangement_word,
    centre_twice,
)
from sarvl.language.questions.query import Finding, Query
from sarvl.language.questions.question_kind import Alternatives, QuestionKind
from sarvl.language.questions.question_scene import QuestionScene


def answer(query: Query, scene: QuestionScene) -> Finding | None:
    """Return how the objects of a class lie; None where their arrangement has no clear name."""
    (class_name,) = query.classes
    image, ids = scene.image, scene.ids(class_name)
    centres = [centre_twice(scene.layout.boxes[index]) for index in ids]
    word = arrangement_word(centres, 2 * image.width, 2 * image.height)
    if word is None or not scene.is_clear(class_name):
        return None
    return Finding(word, (quantity_claim(Group(class_name), "exactly", len(ids), ids),))


def propose(scene: QuestionScene, rng: Random) -> list[Alternatives]:
    """Return one question about one of the classes that have objects enough."""
    names = [class_name for class_name, ids in scene.by_class.items() if len(ids) >= LEAST_IN_ARRANGEMENT]
    return [(Query("arrangement", (pick(rng, names),)),)] if names else []


KIND = QuestionKind(
    application="others",
    answer_type="text",
    templates=(
        "How are the {cats} arranged in the image: in a row, in a cluster or scattered?",
        "What is the arrangement of the {cats} in this {image}: scattered, in a cluster or in a row?",
    ),
    sketch="(how class arranged|what arranged class)( arrangement_word){3}",
    words={"arranged": ("arranged", "arrangement"), "arrangement_word": ARRANGEMENT_WORDS},
    answer=answer,
    answers=ARRANGEMENT_WORDS,
    wrong_answers=other_words(ARRANGEMENT_WORDS),
    propose=propose,
    order=7,
)

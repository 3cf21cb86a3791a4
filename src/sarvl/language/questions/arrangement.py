"""Others, about a pattern: how four objects of a class or more are arranged."""

from random import Random

from sarvl.language.captions.scene import pick
from sarvl.language.claims.construction import quantity_claim
from sarvl.language.questions.choices import other_words
from sarvl.language.questions.family import QuestionFamily, Slot
from sarvl.language.questions.layout_words import (
    ARRANGEMENT_WORDS,
    LEAST_IN_ARRANGEMENT,
    arrangement_word,
    centre_twice,
)
from sarvl.language.questions.query import Finding, Query
from sarvl.language.questions.question_scene import QuestionScene
from sarvl.language.statement import Group


def _arrangement(query: Query, scene: QuestionScene) -> Finding | None:
    """Return how the objects of a class lie; None where their arrangement has no clear name."""
    (class_name,) = query.classes
    image, ids = scene.image, scene.ids(class_name)
    centres = [centre_twice(scene.layout.boxes[index]) for index in ids]
    word = arrangement_word(centres, 2 * image.width, 2 * image.height)
    if word is None or not scene.is_clear(class_name):
        return None
    return Finding(word, (quantity_claim(Group(class_name), "exactly", len(ids), ids),))


def offer(scene: QuestionScene, rng: Random) -> list[Slot]:
    """Return one question about one of the classes that have objects enough."""
    names = [class_name for class_name, ids in scene.by_class.items() if len(ids) >= LEAST_IN_ARRANGEMENT]
    return [(Query("arrangement", (pick(rng, names),)),)] if names else []


FAMILIES = (
    QuestionFamily(
        "arrangement",
        "others",
        "text",
        (
            "How are the {cats} arranged in the image: in a row, in a cluster or scattered?",
            "What is the arrangement of the {cats} in this {image}: scattered, in a cluster or in a row?",
        ),
        _arrangement,
        other_words(ARRANGEMENT_WORDS),
    ),
)

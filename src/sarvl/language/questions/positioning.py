"""Positioning: on which side of the image, or in its center, most objects of a class lie."""

from random import Random

from sarvl.language.claims import in_canonical_order, quantity_claim
from sarvl.language.layout import CENTER
from sarvl.language.questions.choices import other_words
from sarvl.language.questions.family import QuestionFamily, Slot
from sarvl.language.questions.layout_words import POSITION_WORDS, position_word
from sarvl.language.questions.query import Finding, Query
from sarvl.language.questions.question_scene import QuestionScene
from sarvl.language.statement import Group


def _most(query: Query, scene: QuestionScene) -> Finding | None:
    """Return the position of two objects or more; None where no position holds more than half of them."""
    return _position(query, scene) if len(scene.ids(query.classes[0])) > 1 else None


def _one(query: Query, scene: QuestionScene) -> Finding | None:
    """Return the position of the only object of a class."""
    return _position(query, scene) if len(scene.ids(query.classes[0])) == 1 else None


def _position(query: Query, scene: QuestionScene) -> Finding | None:
    (class_name,) = query.classes
    image, ids = scene.image, scene.ids(class_name)
    by_word: dict[str | None, list[int]] = {}
    for index in ids:
        by_word.setdefault(position_word(scene.layout.boxes[index], image.width, image.height), []).append(index)
    word, there = max(by_word.items(), key=lambda item: len(item[1]))
    if word is None or 2 * len(there) <= len(ids) or not scene.is_clear(class_name):
        return None
    # Every object whose position is "left" lies on the left side of the grid, too; so for the others.
    place = Group(class_name, CENTER if word == CENTER else f"{word} side")
    whole = quantity_claim(Group(class_name), "exactly", len(ids), ids)
    return Finding(word, in_canonical_order((whole, quantity_claim(place, "at least", len(there), tuple(there)))))


def offer(scene: QuestionScene, _: Random) -> list[Slot]:
    """Return one question a class."""
    return [
        (Query("position_of_one" if len(ids) == 1 else "position_of_most", (class_name,)),)
        for class_name, ids in scene.by_class.items()
    ]


FAMILIES = (
    QuestionFamily(
        "position_of_most",
        "positioning",
        "position",
        (
            "Where are most {cats} positioned within the image?",
            "Where do most of the {cats} lie in this {image}?",
            "In which part of the image are most {cats} located?",
        ),
        _most,
        other_words(POSITION_WORDS),
        has_synonyms=True,
    ),
    QuestionFamily(
        "position_of_one",
        "positioning",
        "position",
        (
            "Where is the {cat} positioned within the image?",
            "Where is the only {cat} located in this {image}?",
            "In which part of the image does the {cat} lie?",
        ),
        _one,
        other_words(POSITION_WORDS),
        has_synonyms=True,
    ),
)

"""Positioning: on which side of the image, or in its center, most objects of a class lie."""

from random import Random

from sarvl.language.claims.construction import in_canonical_order, quantity_claim
from sarvl.language.geometry.layout import CENTER
from sarvl.language.questions.choices import other_words
from sarvl.language.questions.family import QuestionFamily, Slot
from sarvl.language.questions.layout_words import POSITION_WORDS
from sarvl.language.questions.query import Finding, Query
from sarvl.language.questions.question_scene import QuestionScene
from sarvl.language.statement import Group

_PLACES = {word: word if word == CENTER else f"{word} side" for word in POSITION_WORDS}


def _most(query: Query, scene: QuestionScene) -> Finding | None:
    """Return the position of two objects or more; None where no place, or two, hold more than half of them."""
    return _position(query, scene) if len(scene.ids(query.classes[0])) > 1 else None


def _one(query: Query, scene: QuestionScene) -> Finding | None:
    """Return the position of the only object of a class."""
    return _position(query, scene) if len(scene.ids(query.classes[0])) == 1 else None


def _position(query: Query, scene: QuestionScene) -> Finding | None:
    """Return the place that holds more than half; None where none does, or two: a corner has no one word."""
    (class_name,) = query.classes
    ids = scene.ids(class_name)
    there = {word: scene.ids(class_name, place) for word, place in _PLACES.items()}
    words = [word for word, found in there.items() if 2 * len(found) > len(ids)]
    if len(words) != 1 or not scene.is_clear(class_name):
        return None
    (word,) = words
    place = Group(class_name, _PLACES[word])
    whole = quantity_claim(Group(class_name), "exactly", len(ids), ids)
    return Finding(word, in_canonical_order((whole, quantity_claim(place, "at least", len(there[word]), there[word]))))


def offer(scene: QuestionScene, _: Random) -> list[Slot]:
    """Return one question a class; none about the class of a chip, which was cut with it in the center."""
    return [
        (Query("position_of_one" if len(ids) == 1 else "position_of_most", (class_name,)),)
        for class_name, ids in scene.by_class.items()
        if class_name != scene.image.label
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

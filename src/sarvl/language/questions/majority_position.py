"""In which part of the image most objects of a class lie, as the kinds that ask for a position give it."""

from sarvl.language.claims.construction import in_canonical_order, quantity_claim
from sarvl.language.geometry.layout import CENTER
from sarvl.language.group import Group
from sarvl.language.questions.layout_words import POSITION_WORDS
from sarvl.language.questions.query import Finding
from sarvl.language.questions.question_scene import QuestionScene

_POSITIONS = {word: word if word == CENTER else f"{word} side" for word in POSITION_WORDS}


def majority_position(class_name: str, scene: QuestionScene) -> Finding | None:
    """Return the position that holds more than half; None where none does, or two: a corner has no one word."""
    ids = scene.ids(class_name)
    there = {word: scene.ids(class_name, position) for word, position in _POSITIONS.items()}
    words = [word for word, ids_there in there.items() if 2 * len(ids_there) > len(ids)]
    if len(words) != 1 or not scene.is_clear(class_name):
        return None
    (word,) = words
    group = Group(class_name, _POSITIONS[word])
    whole = quantity_claim(Group(class_name), "exactly", len(ids), ids)
    return Finding(word, in_canonical_order((whole, quantity_claim(group, "at least", len(there[word]), there[word]))))

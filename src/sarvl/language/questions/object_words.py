"""Others, about one object: its shape, its size and its direction, and the direction from one object to another."""

from random import Random

from sarvl.language.captions.scene import pick, shuffled
from sarvl.language.claims.construction import in_canonical_order, quantity_claim
from sarvl.language.geometry.oriented_box import DIAGONAL
from sarvl.language.questions.choices import other_words
from sarvl.language.questions.family import QuestionFamily, Slot
from sarvl.language.questions.layout_words import (
    DIRECTION_WORDS,
    SHAPE_WORDS,
    SIZE_WORDS,
    centre_twice,
    direction_word,
    shape_word,
    size_word,
)
from sarvl.language.questions.query import Finding, Query
from sarvl.language.questions.question_scene import QuestionScene
from sarvl.language.statement import Claim, Group
from sarvl.language.words.lexicon import effect_of


def _the_object(query: Query, scene: QuestionScene) -> tuple[int, Claim] | None:
    """Return which object "the ship in the area ..." or "the only ship" is, and the claim that it is the one."""
    class_name = query.classes[0]
    if query.region is not None:
        index = scene.lone_regions.get(query.region)
        if index is None or scene.class_names[index] != class_name:
            return None
        return index, quantity_claim(Group(class_name), "at least", 1, (index,))
    ids = scene.ids(class_name)
    if len(ids) != 1 or not scene.is_clear(class_name):
        return None
    return ids[0], quantity_claim(Group(class_name), "exactly", 1, ids)


def _shape(query: Query, scene: QuestionScene) -> Finding | None:
    found = _the_object(query, scene)
    return found and Finding(shape_word(scene.regions[found[0]]), (found[1],))


def _size(query: Query, scene: QuestionScene) -> Finding | None:
    found = _the_object(query, scene)
    image = scene.image
    return found and Finding(size_word(scene.regions[found[0]], image.width, image.height), (found[1],))


def _orientation(query: Query, scene: QuestionScene) -> Finding | None:
    """Return how the long axis of the oriented box lies (``oriented_box.py``); None without a clear one."""
    found = _the_object(query, scene)
    lies = found and scene.layout.orientations[found[0]]
    if not found or not lies:
        return None
    word = lies if lies in DIRECTION_WORDS else DIAGONAL
    lying = quantity_claim(Group(query.classes[0], None, word), "at least", 1, (found[0],))
    return Finding(word, in_canonical_order((found[1], lying)))


def _alignment(query: Query, scene: QuestionScene) -> Finding | None:
    """Return the direction of the line between the centres of the only objects of two classes."""
    found = [_the_object(query._replace(classes=(class_name,)), scene) for class_name in query.classes]
    first, second = found
    if first is None or second is None or first[0] == second[0]:
        return None
    (x1, y1), (x2, y2) = (centre_twice(scene.layout.boxes[index]) for index, _ in (first, second))
    if (x1, y1) == (x2, y2):
        return None
    return Finding(direction_word(x2 - x1, y2 - y1), in_canonical_order((first[1], second[1])))


def offer(scene: QuestionScene, rng: Random) -> list[Slot]:
    """Return a question each on the shape, the size and the direction of an object, and one on two of them.

    Shape and size are asked of "the only ship" alone: a box in the question would tell them. From an object to its
    shadow all lines of a source run alike, away from the radar: none is asked for.
    """
    single = [class_name for class_name, ids in scene.by_class.items() if len(ids) == 1]
    things = [class_name for class_name in single if not effect_of(class_name)]
    slots: list[Slot] = []
    if single:
        slots += [(Query(family, (pick(rng, single),)),) for family in ("shape", "size")]
    if len(things) > 1:
        slots.append((Query("alignment", tuple(shuffled(rng, things)[:2])),))
    lying = [index for index, lies in enumerate(scene.layout.orientations) if lies]
    if lying:
        index = pick(rng, lying)
        class_name = scene.class_names[index] or ""
        region = None if class_name in single else scene.regions[index]
        slots.append((Query("orientation", (class_name,), region=region),))
    return slots


FAMILIES = (
    QuestionFamily(
        "shape",
        "others",
        "text",
        (
            "What is the shape of the box of the only {cat}: wide, tall or roughly square?",
            "What shape is the box of the only {cat} in this {image}: tall, wide or roughly square?",
        ),
        _shape,
        other_words(SHAPE_WORDS),
    ),
    QuestionFamily(
        "size",
        "others",
        "text",
        (
            "How large is the only {cat} relative to the image: very large, large, medium, small or very small?",
            "What is the size of the only {cat} in this {image}: very small, small, medium, large or very large?",
        ),
        _size,
        other_words(SIZE_WORDS),
    ),
    QuestionFamily(
        "orientation",
        "others",
        "text",
        (
            "In which direction does the {object} extend: horizontal, vertical or diagonal?",
            "What is the direction of the {object} in this {image}: vertical, horizontal or diagonal?",
        ),
        _orientation,
        other_words(DIRECTION_WORDS),
    ),
    QuestionFamily(
        "alignment",
        "others",
        "text",
        (
            "In which direction does the line from the only {cat} to the only {other_cat} run: "
            "horizontal, vertical or diagonal?",
        ),
        _alignment,
        other_words(DIRECTION_WORDS),
    ),
)

"""Counting: how many objects of a class there are, in the image or in a grid cell, and of several classes together."""

from random import Random

from sarvl.language.captions.scene import pick
from sarvl.language.claims.construction import in_canonical_order, quantity_claim
from sarvl.language.geometry.layout import GRID_CELLS
from sarvl.language.questions.choices import near_counts
from sarvl.language.questions.family import QuestionFamily, Slot
from sarvl.language.questions.query import Finding, Query
from sarvl.language.questions.question_scene import QuestionScene
from sarvl.language.statement import Group
from sarvl.language.words.lexicon import effect_of

MOST_CLASSES_IN_A_SUM = 4
_CELL_SHARE = 0.25  # of the questions about one class
_EMPTY_SHARE = 0.3  # of the cells asked for, where there may be a zero


def _count(query: Query, scene: QuestionScene) -> Finding | None:
    """Return the count; zero only where it may be said; None where the name covers another class that is there."""
    (class_name,) = query.classes
    ids = scene.ids(class_name, query.place)
    if not (scene.is_clear(class_name) if ids else scene.may_deny(class_name)):
        return None
    return Finding(str(len(ids)), (quantity_claim(Group(class_name, query.place), "exactly", len(ids), ids),))


def _total(query: Query, scene: QuestionScene) -> Finding | None:
    """Return the sum over classes that are all there; None where an object could count for two of them."""
    names = query.classes
    ids = [scene.ids(name) for name in names]
    if len(set(names)) < max(len(names), 2) or not all(ids) or not all(map(scene.is_clear, names)):
        return None
    if any(scene.class_names[first] != scene.class_names[second] for first, second in scene.neighbours.coincident):
        return None
    claims = [quantity_claim(Group(name), "exactly", len(found), found) for name, found in zip(names, ids, strict=True)]
    return Finding(str(sum(map(len, ids))), in_canonical_order(claims))


def _cell(scene: QuestionScene, rng: Random, class_name: str) -> str:
    """Return a cell that holds objects of the class, or an empty one: else the answer would be one or more always."""
    cells = [cell for cell in GRID_CELLS if scene.ids(class_name, cell)]
    empty = [cell for cell in GRID_CELLS if cell not in cells] if scene.may_deny(class_name) else []
    return pick(rng, empty if empty and rng.random() < _EMPTY_SHARE else cells)


def offer(scene: QuestionScene, rng: Random) -> list[Slot]:
    """Return one question a class, of the whole image or a cell; in half of the images one is of a sum of classes.

    Shadows and wakes are not counted: a source has one an object. Nor is the class of a chip: it was cut around one.
    """
    names = [name for name in sorted(scene.by_class) if not effect_of(name) and name != scene.image.label]
    slots: list[Slot] = []
    for class_name in names:
        whole = Query("count", (class_name,))
        if rng.random() >= _CELL_SHARE:
            slots.append((whole,))
        else:
            slots.append((Query("count_in_cell", (class_name,), _cell(scene, rng, class_name)), whole))
    if 2 <= len(names) <= MOST_CLASSES_IN_A_SUM and rng.random() < 0.5:
        replaced = int(rng.random() * len(slots))
        slots[replaced] = (Query("count_total", tuple(names)), *slots[replaced])
    return slots


FAMILIES = (
    QuestionFamily(
        "count",
        "counting",
        "number",
        (
            "How many {cats} are visible in the image?",
            "How many {cats} are located in the image?",
            "What is the number of {cats} in this {image}?",
            "Count the {cats} in this {image}.",
        ),
        _count,
        near_counts,
        has_synonyms=True,
    ),
    QuestionFamily(
        "count_in_cell",
        "counting",
        "number",
        (
            "How many {cats} are visible in the {place} of the image?",
            "How many {cats} are located in the {place} of this {image}?",
            "What is the number of {cats} in the {place} of the image?",
        ),
        _count,
        near_counts,
        has_synonyms=True,
    ),
    QuestionFamily(
        "count_total",
        "counting",
        "number",
        (
            "How many {all_cats} are there in the image in total?",
            "What is the total number of {all_cats} in this {image}?",
        ),
        _total,
        near_counts,
    ),
)

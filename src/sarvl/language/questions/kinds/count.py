"""Count: how many objects of a class there are."""

from random import Random

from sarvl.language.captions.scene import pick
from sarvl.language.claims.construction import quantity_claim
from sarvl.language.geometry.layout import GRID_CELLS
from sarvl.language.group import Group
from sarvl.language.questions.choices import near_counts, other_counts
from sarvl.language.questions.query import Finding, Query
from sarvl.language.questions.question_kind import Alternatives, QuestionKind
from sarvl.language.questions.question_scene import QuestionScene
from sarvl.language.words.lexicon import effect_of

MOST_CLASSES_IN_A_SUM = 4
_CELL_SHARE = 0.25  # of the questions about one class
_EMPTY_SHARE = 0.3  # of the cells asked for, where there may be a zero


def answer(query: Query, scene: QuestionScene) -> Finding | None:
    """Return the count; zero only where it may be said; None where the name covers another class that is there."""
    (class_name,) = query.classes
    ids = scene.ids(class_name, query.position)
    if not (scene.is_clear(class_name) if ids else scene.may_deny(class_name, query.position)):
        return None
    return Finding(str(len(ids)), (quantity_claim(Group(class_name, query.position), "exactly", len(ids), ids),))


def propose(scene: QuestionScene, rng: Random) -> list[Alternatives]:
    """Return one question a class, of the whole image or a cell; in half of the images one is of a sum of classes.

    Shadows and wakes are not counted: a source has one an object. Nor is the class of a chip: it was cut around one.
    """
    names = [name for name in sorted(scene.by_class) if not effect_of(name) and name != scene.image.label]
    proposed: list[Alternatives] = []
    for class_name in names:
        whole = Query("count", (class_name,))
        if rng.random() >= _CELL_SHARE:
            proposed.append((whole,))
        else:
            proposed.append((Query("count_in_cell", (class_name,), _cell(scene, rng, class_name)), whole))
    if 2 <= len(names) <= MOST_CLASSES_IN_A_SUM and rng.random() < 0.5:
        replaced = int(rng.random() * len(proposed))
        proposed[replaced] = (Query("count_total", tuple(names)), *proposed[replaced])
    return proposed


def _cell(scene: QuestionScene, rng: Random, class_name: str) -> str:
    """Return a cell that holds objects of the class, or an empty one: else the answer would be one or more always."""
    cells = [cell for cell in GRID_CELLS if scene.ids(class_name, cell)]
    empty = [cell for cell in GRID_CELLS if cell not in cells and scene.may_deny(class_name, cell)]
    return pick(rng, empty if empty and rng.random() < _EMPTY_SHARE else cells)


KIND = QuestionKind(
    application="counting",
    answer_type="number",
    templates=(
        "How many {cats} are visible in the image?",
        "How many {cats} are located in the image?",
        "What is the number of {cats} in this {image}?",
        "Count the {cats} in this {image}.",
    ),
    sketch="(what )?how_many class( total)?|(what )?sum class",
    answer=answer,
    wrong_answers=near_counts,
    excludes=other_counts,
    propose=propose,
    has_synonyms=True,
    order=1,
)

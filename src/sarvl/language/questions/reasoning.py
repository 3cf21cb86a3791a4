"""Others, by reasoning: of which class there are more, and what lies nearest to an object."""

from random import Random

from sarvl.language.captions.scene import pick, shuffled
from sarvl.language.claims.construction import in_canonical_order, quantity_claim
from sarvl.language.questions.choices import other_classes
from sarvl.language.questions.family import QuestionFamily, Slot
from sarvl.language.questions.layout_words import centre_twice
from sarvl.language.questions.query import Finding, Query
from sarvl.language.questions.question_scene import QuestionScene
from sarvl.language.statement import Group
from sarvl.language.words.lexicon import effect_of
from sarvl.language.words.name_meaning import are_related


def _comparison(query: Query, scene: QuestionScene) -> Finding | None:
    """Return whether there are more, or fewer, of the first class; None for equal counts and for an absent class."""
    first, second = query.classes
    counts = len(scene.ids(first)), len(scene.ids(second))
    if not all(counts) or counts[0] == counts[1] or not (scene.is_clear(first) and scene.is_clear(second)):
        return None
    claims = [quantity_claim(Group(name), "exactly", len(scene.ids(name)), scene.ids(name)) for name in query.classes]
    is_so = (counts[0] > counts[1]) == (query.more == "more")
    return Finding("yes" if is_so else "no", in_canonical_order(claims))


def _nearest(query: Query, scene: QuestionScene) -> Finding | None:
    """Return the class of the object whose centre is nearest to that of the only object of a class.

    Shadows and wakes are no objects. None where two classes are equally near, or where the name of the nearest could
    mean another class that is there.
    """
    (class_name,) = query.classes
    ids = scene.ids(class_name)
    if len(ids) != 1 or not scene.is_clear(class_name):
        return None
    nearest: dict[str, tuple[int, int]] = {}  # class -> squared distance (times four) and id
    for index, name in enumerate(scene.class_names):
        if index != ids[0] and name and not effect_of(name):
            found = _squared_distance(scene, ids[0], index), index
            nearest[name] = min(nearest.get(name, found), found)
    if not nearest:
        return None
    (distance, index), name = min((found, name) for name, found in nearest.items())
    if any(found[0] == distance or are_related(name, other) for other, found in nearest.items() if other != name):
        return None
    only = quantity_claim(Group(class_name), "exactly", 1, ids)
    return Finding(scene.word(name), in_canonical_order((only, quantity_claim(Group(name), "at least", 1, (index,)))))


def _squared_distance(scene: QuestionScene, first: int, second: int) -> int:
    (x1, y1), (x2, y2) = (centre_twice(scene.layout.boxes[index]) for index in (first, second))
    return (x1 - x2) ** 2 + (y1 - y2) ** 2


def _other_nearest(query: Query, answer: str, scene: QuestionScene) -> list[str]:
    (class_name,) = query.classes
    return [word for word in other_classes(query, answer, scene) if word != scene.word(class_name)]


def offer(scene: QuestionScene, rng: Random) -> list[Slot]:
    """Return one comparison of two classes and one question on what is nearest, where there are two classes or more.

    Shadows and wakes are left out: what lies nearest to a shadow is what casts it.
    """
    things = [class_name for class_name in scene.by_class if not effect_of(class_name)]
    if len(things) < 2:
        return []
    first, second, *_ = shuffled(rng, things)
    # Which class is named first, and more or fewer, are drawn apart: no word of the question tells the answer.
    slots: list[Slot] = [(Query("comparison", (first, second), more="more" if rng.random() < 0.5 else "fewer"),)]
    single = [class_name for class_name in things if len(scene.by_class[class_name]) == 1]
    return [*slots, (Query("nearest", (pick(rng, single),)),)] if single else slots


FAMILIES = (
    QuestionFamily(
        "comparison",
        "others",
        "yes/no",
        (
            "Are there {more} {cats} than {other_cats} in the image?",
            "Does this {image} show {more} {cats} than {other_cats}?",
        ),
        _comparison,
    ),
    QuestionFamily(
        "nearest",
        "others",
        "class set",
        (
            "Which category does the object nearest to the only {cat} belong to?",
            "What kind of object lies nearest to the only {cat} in this {image}?",
        ),
        _nearest,
        _other_nearest,
    ),
)

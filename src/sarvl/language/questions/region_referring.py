"""Region referring both ways: a box in and its class out [SARLANG], and a class in and its boxes out [SARChat]."""

from random import Random

from sarvl.language.captions.scene import pick
from sarvl.language.claims.construction import quantity_claim
from sarvl.language.questions.choices import other_classes
from sarvl.language.questions.family import QuestionFamily, Slot
from sarvl.language.questions.query import Finding, Query, region_text
from sarvl.language.questions.question_scene import QuestionScene
from sarvl.language.statement import Group
from sarvl.language.words.lexicon import effect_of

MOST_BOXES = 5  # in one answer
_GROUNDING_SHARE = 0.5  # of the classes with so few objects: one of their boxes is asked for, instead of shown


def _region(query: Query, scene: QuestionScene) -> Finding | None:
    """Return the class of the box; None where it is no object's, or could mean another object (IoU of 0.5 or more).

    Shadows and wakes are no objects.
    """
    index = scene.lone_regions.get(query.region) if query.region else None
    class_name = None if index is None else scene.class_names[index]
    if index is None or class_name is None or effect_of(class_name):
        return None
    return Finding(scene.word(class_name), (quantity_claim(Group(class_name), "at least", 1, (index,)),))


def _box_of_one(query: Query, scene: QuestionScene) -> Finding | None:
    """Return the box of the only object of a class."""
    return _boxes(query, scene) if len(scene.ids(query.classes[0])) == 1 else None


def _boxes_of_all(query: Query, scene: QuestionScene) -> Finding | None:
    """Return the boxes of two to five objects, the topmost first, then the leftmost."""
    return _boxes(query, scene) if 1 < len(scene.ids(query.classes[0])) <= MOST_BOXES else None


def _boxes(query: Query, scene: QuestionScene) -> Finding | None:
    (class_name,) = query.classes
    ids = scene.ids(class_name)
    regions = [scene.regions[index] for index in ids]
    if not scene.is_clear(class_name) or not all(region in scene.lone_regions for region in regions):
        return None
    regions.sort(key=lambda region: (region[1], region[0], region))
    answer = ", ".join(map(region_text, regions))
    return Finding(answer, (quantity_claim(Group(class_name), "exactly", len(ids), ids),))


def offer(scene: QuestionScene, rng: Random) -> list[Slot]:
    """Return one question a box that fits one object only; no "what is in it" where the source labels one class."""
    shown = {} if scene.has_one_class else scene.lone_regions
    slots: dict[int, Slot] = {index: (Query("region", region=region),) for region, index in shown.items()}
    for class_name, ids in scene.by_class.items():
        if len(ids) <= MOST_BOXES and rng.random() < _GROUNDING_SHARE:
            asked = Query("box_of_one" if len(ids) == 1 else "boxes_of_all", (class_name,))
            index = pick(rng, ids)
            slots[index] = (asked, *slots.get(index, ()))
    return [slots[index] for index in sorted(slots)]


FAMILIES = (
    QuestionFamily(
        "region",
        "region referring",
        "class set",
        (
            "What is the object present in the area {region}?",
            "Which category does the object in the area {region} belong to?",
            "What kind of object lies in the box {region}?",
        ),
        _region,
        other_classes,
    ),
    QuestionFamily(
        "box_of_one",
        "region referring",
        "box",
        (
            "Give the box [x, y, width, height] of the only {cat} in the image.",
            "Where is the only {cat} in this {image}? Answer with its box [x, y, width, height].",
        ),
        _box_of_one,
    ),
    QuestionFamily(
        "boxes_of_all",
        "region referring",
        "box",
        (
            "Give the boxes [x, y, width, height] of all {cats} in the image, the topmost first.",
            "Where are all {cats} in this {image}? Answer with their boxes [x, y, width, height], the topmost first.",
        ),
        _boxes_of_all,
    ),
)

"""Region: a box in, and the class of its object out [SARLANG]."""

from random import Random

from sarvl.language.captions.scene import pick
from sarvl.language.claims.construction import quantity_claim
from sarvl.language.group import Group
from sarvl.language.questions.choices import other_classes
from sarvl.language.questions.kinds.boxes_of_all import MOST_BOXES
from sarvl.language.questions.query import Finding, Query
from sarvl.language.questions.question_kind import Alternatives, QuestionKind
from sarvl.language.questions.question_scene import QuestionScene
from sarvl.language.words.lexicon import effect_of

_GROUNDING_SHARE = 0.5  # of the classes with so few objects: one of their boxes is asked for, instead of shown


def answer(query: Query, scene: QuestionScene) -> Finding | None:
    """Return the class of the box; None where it is no object's, or could mean another object (IoU of 0.5 or more).

    Shadows and wakes are no objects. None for the class of a chip: it was cut around it, so that the box tells it.
    """
    index = scene.lone_regions.get(query.region) if query.region else None
    class_name = None if index is None else scene.class_names[index]
    if index is None or class_name in (None, scene.image.label) or effect_of(class_name):
        return None
    return Finding(scene.word(class_name), (quantity_claim(Group(class_name), "at least", 1, (index,)),))


def propose(scene: QuestionScene, rng: Random) -> list[Alternatives]:
    """Return one question a box that fits one object only; no "what is in it" where the source labels one class."""
    shown = {} if scene.has_one_class else scene.lone_regions
    proposed: dict[int, Alternatives] = {index: (Query("region", region=region),) for region, index in shown.items()}
    for class_name, ids in scene.by_class.items():
        if len(ids) <= MOST_BOXES and rng.random() < _GROUNDING_SHARE:
            asked = Query("box_of_one" if len(ids) == 1 else "boxes_of_all", (class_name,))
            index = pick(rng, ids)
            proposed[index] = (asked, *proposed.get(index, ()))
    return [proposed[index] for index in sorted(proposed)]


KIND = QuestionKind(
    application="region referring",
    answer_type="class set",
    templates=(
        "What is the object present in the area {region}?",
        "Which category does the object in the area {region} belong to?",
        "What kind of object lies in the box {region}?",
    ),
    sketch="what (category )?(object )?(bounds )?region( belongs)?",
    answer=answer,
    wrong_answers=other_classes,
    propose=propose,
    order=1,
)

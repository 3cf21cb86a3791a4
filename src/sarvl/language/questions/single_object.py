"""Which object a question means by "the only ship" or "the ship in the area [12, 34, 5, 6]"."""

from typing import NamedTuple

from sarvl.language.claims.claim import Claim
from sarvl.language.claims.construction import quantity_claim
from sarvl.language.group import Group
from sarvl.language.questions.query import Query
from sarvl.language.questions.question_scene import QuestionScene


class SingleObject(NamedTuple):
    """An object's id, and the claim that it is the one meant."""

    object_id: int
    claim: Claim


def object_meant(query: Query, scene: QuestionScene) -> SingleObject | None:
    """Return the object in the query's region, else the only one of its class; None where there is no such one."""
    class_name = query.classes[0]
    if query.region is not None:
        index = scene.lone_regions.get(query.region)
        if index is None or scene.class_names[index] != class_name:
            return None
        return SingleObject(index, quantity_claim(Group(class_name), "at least", 1, (index,)))
    ids = scene.ids(class_name)
    if len(ids) != 1 or not scene.is_clear(class_name):
        return None
    return SingleObject(ids[0], quantity_claim(Group(class_name), "exactly", 1, ids))


def single_classes(scene: QuestionScene) -> list[str]:
    """Return the classes of which there is one object."""
    return [class_name for class_name, ids in scene.by_class.items() if len(ids) == 1]

"""Boxes of all objects of a class, as the kinds that ask for boxes give them."""

from sarvl.language.claims.construction import quantity_claim
from sarvl.language.group import Group
from sarvl.language.questions.query import Finding, region_text
from sarvl.language.questions.question_scene import QuestionScene


def boxes_of(class_name: str, scene: QuestionScene) -> Finding | None:
    """Return the boxes of a class, the topmost first, then the leftmost.

    None where the name covers another class that is there, or a box could mean another object.
    """
    ids = scene.ids(class_name)
    regions = [scene.regions[index] for index in ids]
    if not scene.is_clear(class_name) or not all(region in scene.lone_regions for region in regions):
        return None
    regions.sort(key=lambda region: (region[1], region[0], region))
    answer = ", ".join(map(region_text, regions))
    return Finding(answer, (quantity_claim(Group(class_name), "exactly", len(ids), ids),))

"""Other categories: whether there are objects of other classes than one."""

from sarvl.language.claims.construction import in_canonical_order, quantity_claim
from sarvl.language.group import Group
from sarvl.language.questions.query import Finding, Query
from sarvl.language.questions.question_kind import QuestionKind
from sarvl.language.questions.question_scene import QuestionScene


def answer(query: Query, scene: QuestionScene) -> Finding | None:
    """Return yes with the other classes that are there, or no with the absence of all others that the source labels.

    None for chips, and no "no" where there is land cover, which is of other categories, or where an object was refused.
    """
    (class_name,) = query.classes
    others = [other for other in scene.classes if other != class_name]
    if scene.image.label is not None or not others or any(scene.are_related(class_name, other) for other in others):
        return None
    there = [other for other in others if other in scene.by_class]
    if there:
        return Finding("yes", tuple(quantity_claim(Group(other), "at least", 1, scene.ids(other)) for other in there))
    if class_name not in scene.by_class or scene.image.land_cover or not scene.is_complete:
        return None
    return Finding("no", in_canonical_order(quantity_claim(Group(other), "exactly", 0) for other in others))


KIND = QuestionKind(
    application="identification",
    answer_type="yes/no",
    templates=(
        "Are there any other categories apart from {category} in the image?",
        "Apart from {category}, are there any other categories in this {image}?",
        "Does this {image} show any category other than {category}?",
    ),
    sketch="verb (other )?category apart class|apart class verb other category",
    words={"other": ("other",), "apart": ("apart from", "besides", "other than", "except for")},
    answer=answer,
    order=4,
)

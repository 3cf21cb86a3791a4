"""Exists: whether there is an object of a class at all; ``identification.py`` proposes it, as many yes as no."""

from sarvl.language.claims.construction import quantity_claim
from sarvl.language.group import Group
from sarvl.language.questions.query import Finding, Query
from sarvl.language.questions.question_kind import QuestionKind
from sarvl.language.questions.question_scene import QuestionScene


def answer(query: Query, scene: QuestionScene) -> Finding | None:
    """Return yes, or no where that may be said."""
    (class_name,) = query.classes
    group = Group(class_name, query.position)
    ids = scene.layout.ids(group)
    if ids or group == Group(scene.image.label or ""):
        return Finding("yes", (quantity_claim(group, "at least", 1, ids),))
    return Finding("no", (quantity_claim(group, "exactly", 0),)) if scene.may_deny(class_name, query.position) else None


KIND = QuestionKind(
    application="identification",
    answer_type="yes/no",
    templates=(
        "Is there {a_cat} in the image?",
        "Are there any {cats} in this {image}?",
        "Does this {image} show any {cats}?",
        "Can any {cats} be seen in the image?",
    ),
    sketch="verb class",
    answer=answer,
    order=1,
)

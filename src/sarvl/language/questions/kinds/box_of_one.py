"""Box of one: a class in, and the box of its only object out; ``region`` proposes it."""

from sarvl.language.questions.object_boxes import boxes_of
from sarvl.language.questions.query import Finding, Query
from sarvl.language.questions.question_kind import QuestionKind
from sarvl.language.questions.question_scene import QuestionScene


def answer(query: Query, scene: QuestionScene) -> Finding | None:
    """Return the box of the only object of a class."""
    (class_name,) = query.classes
    return boxes_of(class_name, scene) if len(scene.ids(class_name)) == 1 else None


KIND = QuestionKind(
    application="region referring",
    answer_type="box",
    templates=(
        "Give the box [x, y, width, height] of the only {cat} in the image.",
        "Where is the only {cat} in this {image}? Answer with its box [x, y, width, height].",
    ),
    sketch="give bounds only class|where only class bounds",
    answer=answer,
    order=2,
)

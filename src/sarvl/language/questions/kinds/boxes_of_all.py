"""Boxes of all: a class in, and the boxes of its objects out [SARChat]; ``region`` proposes it."""

from sarvl.language.questions.object_boxes import boxes_of
from sarvl.language.questions.query import Finding, Query
from sarvl.language.questions.question_kind import QuestionKind
from sarvl.language.questions.question_scene import QuestionScene

MOST_BOXES = 5  # in one answer


def answer(query: Query, scene: QuestionScene) -> Finding | None:
    """Return the boxes of two to five objects."""
    (class_name,) = query.classes
    return boxes_of(class_name, scene) if 1 < len(scene.ids(class_name)) <= MOST_BOXES else None


KIND = QuestionKind(
    application="region referring",
    answer_type="box",
    templates=(
        "Give the boxes [x, y, width, height] of all {cats} in the image, the topmost first.",
        "Where are all {cats} in this {image}? Answer with their boxes [x, y, width, height], the topmost first.",
    ),
    sketch="give bounds all class|where all class bounds",
    answer=answer,
    order=3,
)

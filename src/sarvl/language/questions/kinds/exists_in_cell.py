"""Exists in a cell: whether there is an object of a class in a cell of the grid."""

from sarvl.language.questions.kinds.exists import answer
from sarvl.language.questions.question_kind import QuestionKind

KIND = QuestionKind(
    application="identification",
    answer_type="yes/no",
    templates=(
        "Is there {a_cat} located in the {place} of the image?",
        "Are there any {cats} in the {place} of this {image}?",
        "Does the {place} of the image show any {cats}?",
    ),
    sketch="verb (class cell|cell class)",
    answer=answer,
    order=3,
)

"""Exists on a side: whether there is an object of a class along a side of the image."""

from sarvl.language.questions.kinds.exists import answer
from sarvl.language.questions.question_kind import QuestionKind

KIND = QuestionKind(
    application="identification",
    answer_type="yes/no",
    templates=(
        "Is there {a_cat} located on the {place} of the image?",
        "Are there any {cats} on the {place} of this {image}?",
        "Does the {place} of the image show any {cats}?",
    ),
    sketch="verb (class side|side class)",
    answer=answer,
    order=2,
)

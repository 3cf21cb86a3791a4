"""Position of one: where the only object of a class lies; ``position_of_most`` proposes it."""

from sarvl.language.questions.choices import other_words
from sarvl.language.questions.layout_words import POSITION_WORDS
from sarvl.language.questions.majority_position import majority_position
from sarvl.language.questions.query import Finding, Query
from sarvl.language.questions.question_kind import QuestionKind
from sarvl.language.questions.question_scene import QuestionScene


def answer(query: Query, scene: QuestionScene) -> Finding | None:
    """Return the position of the only object of a class."""
    (class_name,) = query.classes
    return majority_position(class_name, scene) if len(scene.ids(class_name)) == 1 else None


KIND = QuestionKind(
    application="positioning",
    answer_type="position",
    templates=(
        "Where is the {cat} positioned within the image?",
        "Where is the only {cat} located in this {image}?",
        "In which part of the image does the {cat} lie?",
    ),
    sketch="where (only )?class",
    answer=answer,
    wrong_answers=other_words(POSITION_WORDS),
    has_synonyms=True,
    order=2,
)

"""Position of most: on which side of the image, or in its center, most objects of a class lie."""

from random import Random

from sarvl.language.questions.choices import other_words
from sarvl.language.questions.layout_words import POSITION_WORDS
from sarvl.language.questions.majority_position import majority_position
from sarvl.language.questions.query import Finding, Query
from sarvl.language.questions.question_kind import Alternatives, QuestionKind
from sarvl.language.questions.question_scene import QuestionScene


def answer(query: Query, scene: QuestionScene) -> Finding | None:
    """Return the position of two objects or more; None where no position, or two, hold more than half of them."""
    (class_name,) = query.classes
    return majority_position(class_name, scene) if len(scene.ids(class_name)) > 1 else None


def propose(scene: QuestionScene, _: Random) -> list[Alternatives]:
    """Return one question a class; none about the class of a chip, which was cut with it in the center."""
    return [
        (Query("position_of_one" if len(ids) == 1 else "position_of_most", (class_name,)),)
        for class_name, ids in scene.by_class.items()
        if class_name != scene.image.label
    ]


KIND = QuestionKind(
    application="positioning",
    answer_type="position",
    templates=(
        "Where are most {cats} positioned within the image?",
        "Where do most of the {cats} lie in this {image}?",
        "In which part of the image are most {cats} located?",
    ),
    sketch="where most class",
    words={"most": ("most", "most of")},
    answer=answer,
    wrong_answers=other_words(POSITION_WORDS),
    propose=propose,
    has_synonyms=True,
    order=1,
)

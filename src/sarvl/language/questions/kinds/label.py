"""Label: the category of a chip."""

from random import Random

from sarvl.language.claims.construction import quantity_claim
from sarvl.language.group import Group
from sarvl.language.questions.choices import other_classes
from sarvl.language.questions.query import Finding, Query
from sarvl.language.questions.question_kind import Alternatives, QuestionKind
from sarvl.language.questions.question_scene import QuestionScene


def answer(_: Query, scene: QuestionScene) -> Finding | None:
    """Return the image's label; None where it has none."""
    label = scene.image.label
    if label is None:
        return None
    return Finding(scene.word(label), (quantity_claim(Group(label), "at least", 1, scene.ids(label)),))


def propose(scene: QuestionScene, _: Random) -> list[Alternatives]:
    """Return the question, where the image has a label."""
    return [] if scene.image.label is None else [(Query("label"),)]


KIND = QuestionKind(
    application="classification",
    answer_type="class set",
    templates=(
        "Which category does the image belong to?",
        "What category does this {image} belong to?",
        "To which category does the image belong?",
    ),
    sketch="what category belongs",
    answer=answer,
    wrong_answers=other_classes,
    propose=propose,
    order=3,
)

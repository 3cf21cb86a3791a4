"""Belongs: whether the label of a chip is a class that is named; asked of labels that the source tells apart."""

from random import Random

from sarvl.language.captions.scene import pick
from sarvl.language.claims.construction import quantity_claim
from sarvl.language.group import Group
from sarvl.language.questions.query import Finding, Query
from sarvl.language.questions.question_kind import Alternatives, QuestionKind
from sarvl.language.questions.question_scene import QuestionScene
from sarvl.language.words.lexicon import effect_of


def answer(query: Query, scene: QuestionScene) -> Finding | None:
    """Return yes, or no of a labelled class that could not be called by the label's name as well.

    Either rests on the label: "no" says that this is another class's picture, not that nothing else is in it.
    """
    (class_name,) = query.classes
    label = scene.image.label
    if label is None or (class_name != label and class_name not in _others(scene, label)):
        return None
    claims = (quantity_claim(Group(label), "at least", 1, scene.ids(label)),)
    return Finding("yes" if class_name == label else "no", claims)


def propose(scene: QuestionScene, rng: Random) -> list[Alternatives]:
    """Return a question about the label or, as often, about another class; none where the source labels no other."""
    label = scene.image.label
    others = [] if label is None else sorted(_others(scene, label))
    if label is None or not others:
        return []
    return [(Query("belongs", (pick(rng, (label, pick(rng, others))),)),)]


def _others(scene: QuestionScene, label: str) -> list[str]:
    named = [name for name in scene.image.labelled_classes if not effect_of(name)]
    return [name for name in named if not scene.are_related(name, label)]


KIND = QuestionKind(
    application="classification",
    answer_type="yes/no",
    templates=(
        "Does the image belong to the category {category}?",
        "Does this {image} belong to the category {category}?",
        "Is the category of the image {category}?",
    ),
    sketch="verb (belongs )?category class",
    answer=answer,
    propose=propose,
    order=4,
)

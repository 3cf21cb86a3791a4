"""Comparison: whether there are more, or fewer, objects of one class than of another."""

from random import Random

from sarvl.language.captions.scene import shuffled
from sarvl.language.claims.construction import in_canonical_order, quantity_claim
from sarvl.language.group import Group
from sarvl.language.questions.query import Finding, Query
from sarvl.language.questions.question_kind import Alternatives, QuestionKind
from sarvl.language.questions.question_scene import QuestionScene
from sarvl.language.words.lexicon import effect_of


def answer(query: Query, scene: QuestionScene) -> Finding | None:
    """Return whether there are more, or fewer, of the first class; None for equal counts and for an absent class."""
    first, second = query.classes
    counts = len(scene.ids(first)), len(scene.ids(second))
    if not all(counts) or counts[0] == counts[1] or not (scene.is_clear(first) and scene.is_clear(second)):
        return None
    claims = [quantity_claim(Group(name), "exactly", len(scene.ids(name)), scene.ids(name)) for name in query.classes]
    is_so = (counts[0] > counts[1]) == (query.more == "more")
    return Finding("yes" if is_so else "no", in_canonical_order(claims))


def propose(scene: QuestionScene, rng: Random) -> list[Alternatives]:
    """Return one comparison of two classes, where there are two or more; shadows and wakes are left out."""
    things = [class_name for class_name in scene.by_class if not effect_of(class_name)]
    if len(things) < 2:
        return []
    first, second, *_ = shuffled(rng, things)
    # Which class is named first, and more or fewer, are drawn apart: no word of the question tells the answer.
    return [(Query("comparison", (first, second), more="more" if rng.random() < 0.5 else "fewer"),)]


KIND = QuestionKind(
    application="others",
    answer_type="yes/no",
    templates=(
        "Are there {more} {cats} than {other_cats} in the image?",
        "Does this {image} show {more} {cats} than {other_cats}?",
    ),
    sketch="verb (more|fewer) class than class",
    words={"more": ("more",), "fewer": ("fewer",), "than": ("than",)},
    answer=answer,
    propose=propose,
    order=8,
)

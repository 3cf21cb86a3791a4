"""Orientation: the direction in which an object extends, by its oriented box."""

from random import Random

from sarvl.language.captions.scene import pick
from sarvl.language.claims.construction import in_canonical_order, quantity_claim
from sarvl.language.geometry.oriented_box import DIAGONAL
from sarvl.language.group import Group
from sarvl.language.questions.choices import other_words
from sarvl.language.questions.layout_words import DIRECTION_WORDS
from sarvl.language.questions.query import Finding, Query
from sarvl.language.questions.question_kind import Alternatives, QuestionKind
from sarvl.language.questions.question_scene import QuestionScene
from sarvl.language.questions.single_object import object_meant, single_classes


def answer(query: Query, scene: QuestionScene) -> Finding | None:
    """Return how the long axis of the oriented box lies (``oriented_box.py``); None without a clear one."""
    meant = object_meant(query, scene)
    lies = meant and scene.layout.orientations[meant.object_id]
    if not meant or not lies:
        return None
    word = lies if lies in DIRECTION_WORDS else DIAGONAL
    lying = quantity_claim(Group(query.classes[0], None, word), "at least", 1, (meant.object_id,))
    return Finding(word, in_canonical_order((meant.claim, lying)))


def propose(scene: QuestionScene, rng: Random) -> list[Alternatives]:
    """Return one question about one of the objects whose box has a clear long axis."""
    lying = [index for index, lies in enumerate(scene.layout.orientations) if lies]
    if not lying:
        return []
    index = pick(rng, lying)
    class_name = scene.class_names[index] or ""
    region = None if class_name in single_classes(scene) else scene.regions[index]
    return [(Query("orientation", (class_name,), region=region),)]


KIND = QuestionKind(
    application="others",
    answer_type="text",
    templates=(
        "In which direction does the {object} extend: horizontal, vertical or diagonal?",
        "What is the direction of the {object} in this {image}: vertical, horizontal or diagonal?",
    ),
    sketch="what direction (only class|class region)( direction_word){3}",
    answer=answer,
    answers=DIRECTION_WORDS,
    wrong_answers=other_words(DIRECTION_WORDS),
    propose=propose,
    order=4,
)

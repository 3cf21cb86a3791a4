"""Shape: whether the box of the only object of a class is wide, tall or roughly square."""

from random import Random

from sarvl.language.captions.scene import pick
from sarvl.language.questions.choices import other_words
from sarvl.language.questions.layout_words import SHAPE_WORDS, shape_word
from sarvl.language.questions.query import Finding, Query
from sarvl.language.questions.question_kind import Alternatives, QuestionKind
from sarvl.language.questions.question_scene import QuestionScene
from sarvl.language.questions.single_object import object_meant, single_classes


def answer(query: Query, scene: QuestionScene) -> Finding | None:
    """Return the word for the shape of the object's box."""
    meant = object_meant(query, scene)
    return meant and Finding(shape_word(scene.regions[meant.object_id]), (meant.claim,))


def propose(scene: QuestionScene, rng: Random) -> list[Alternatives]:
    """Return one question about "the only ship": a box in the question would tell its shape."""
    single = single_classes(scene)
    return [(Query("shape", (pick(rng, single),)),)] if single else []


KIND = QuestionKind(
    application="others",
    answer_type="text",
    templates=(
        "What is the shape of the box of the only {cat}: wide, tall or roughly square?",
        "What shape is the box of the only {cat} in this {image}: tall, wide or roughly square?",
    ),
    sketch="what shape bounds only class( shape_word){3}",
    words={"shape": ("shape",), "shape_word": SHAPE_WORDS},
    answer=answer,
    answers=SHAPE_WORDS,
    wrong_answers=other_words(SHAPE_WORDS),
    propose=propose,
    order=1,
)

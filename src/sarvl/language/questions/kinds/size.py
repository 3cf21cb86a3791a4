"""Size: how large the only object of a class is, relative to the image."""

from random import Random

from sarvl.language.captions.scene import pick
from sarvl.language.questions.choices import other_words
from sarvl.language.questions.layout_words import SIZE_WORDS, size_word
from sarvl.language.questions.query import Finding, Query
from sarvl.language.questions.question_kind import Alternatives, QuestionKind
from sarvl.language.questions.question_scene import QuestionScene
from sarvl.language.questions.single_object import object_meant, single_classes


def answer(query: Query, scene: QuestionScene) -> Finding | None:
    """Return the word for the share of the image that the object's box takes."""
    meant, image = object_meant(query, scene), scene.image
    return meant and Finding(size_word(scene.regions[meant.object_id], image.width, image.height), (meant.claim,))


def propose(scene: QuestionScene, rng: Random) -> list[Alternatives]:
    """Return one question about "the only ship": a box in the question would tell its size."""
    single = single_classes(scene)
    return [(Query("size", (pick(rng, single),)),)] if single else []


KIND = QuestionKind(
    application="others",
    answer_type="text",
    templates=(
        "How large is the only {cat} relative to the image: very large, large, medium, small or very small?",
        "What is the size of the only {cat} in this {image}: very small, small, medium, large or very large?",
    ),
    sketch="how_large only class( size_word){5}",
    words={"size_word": SIZE_WORDS},
    answer=answer,
    answers=SIZE_WORDS,
    wrong_answers=other_words(SIZE_WORDS),
    propose=propose,
    order=2,
)

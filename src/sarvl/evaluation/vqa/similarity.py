"""Answers by similarity: what any model that holds captions against images can answer, as a floor.

Each possible answer becomes a caption (``language.questions.assertions``); the one whose caption fits the image best is
the answer. Only yes/no and multiple choice have a list of possible answers.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from sarvl.evaluation.evaluated import EvaluatedModel
from sarvl.evaluation.vqa.answered import Answer
from sarvl.evaluation.vqa.questions import VqaQuestion
from sarvl.language.questions.assertions import asserted
from sarvl.language.words.vocabulary import Vocabulary, vocabulary_of
from sarvl.measures.classification import probabilities
from sarvl.measures.features import cosines_of
from sarvl.models.protocols import Embedder


def has_few_answers(question: VqaQuestion) -> bool:
    """Tell whether the possible answers to a question are known: yes and no, or its choices."""
    return bool(possible_answers(question))


def possible_answers(question: VqaQuestion) -> tuple[str, ...]:
    """Return what may be answered; nothing where there is no list of it."""
    return question.asked.options or (("yes", "no") if question.asked.answer_type == "yes/no" else ())


def answers_by_similarity(evaluated: EvaluatedModel, questions: Sequence[VqaQuestion]) -> list[Answer]:
    """Return for each question the possible answer whose caption has the highest cosine to the image.

    Its score is its probability among the possible ones. Where two are equal, the first that is listed is taken.
    """
    embedder = evaluated.able(Embedder, "task vqa")
    vocabularies = _vocabularies(evaluated, questions)
    captions = [
        captions_of(question.asked.question, possible_answers(question), vocabularies[question.place])
        for question in questions
    ]
    distinct = {text: place for place, text in enumerate(dict.fromkeys(text for own in captions for text in own))}
    texts = embedder.encode_texts(list(distinct)) if distinct else np.empty((0, 0), np.float32)
    images, answers = evaluated.image_features, []
    for question, own in zip(questions, captions, strict=True):
        of_answers = texts[[distinct[text] for text in own]]
        answers.append(likeliest(possible_answers(question), of_answers, images[question.place], embedder))
    return answers


def captions_of(question: str, possible: Sequence[str], vocabulary: Vocabulary) -> list[str]:
    """Return for each possible answer to a question the caption that is true where it is right."""
    return [asserted(question, answer, vocabulary) for answer in possible]


def likeliest(
    possible: Sequence[str], captions: NDArray[np.float32], image: NDArray[np.float32], embedder: Embedder
) -> Answer:
    """Return the answer whose caption has the highest cosine to the image, with its probability among all.

    captions: ``(A, D)``, one an answer, and image: ``(D,)``, unit rows. Of equal ones the first is taken.
    """
    cosines = cosines_of(captions, image[None])[:, 0]
    likely = probabilities(cosines[None], embedder.logit_scale, embedder.logit_bias)[0]
    best = int(cosines.argmax())
    return Answer(possible[best], float(likely[best]))


def _vocabularies(evaluated: EvaluatedModel, questions: Sequence[VqaQuestion]) -> dict[int, Vocabulary]:
    corpus, rows = evaluated.images.corpus, evaluated.images.rows
    places = {question.place for question in questions}
    return {place: vocabulary_of(corpus.image(int(rows[place])).annotation) for place in places}

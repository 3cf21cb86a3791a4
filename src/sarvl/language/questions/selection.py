"""ask: an annotated image to questions with answers."""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import zip_longest
from random import Random

from sarvl.annotations import AnnotatedImage, QuestionAnswer
from sarvl.language.captions.scene import shuffled
from sarvl.language.questions.balance import Prevalence
from sarvl.language.questions.choices import draw_options, with_options
from sarvl.language.questions.identification import identification_queries
from sarvl.language.questions.kinds.description import description_questions
from sarvl.language.questions.layout_words import POSITION_WORDS
from sarvl.language.questions.question_kind import Alternatives, Proposals, kinds_in_order
from sarvl.language.questions.question_scene import QuestionScene
from sarvl.language.questions.question_settings import APPLICATIONS, QuestionSettings
from sarvl.language.questions.tags import tags_of
from sarvl.language.questions.wording import refuse_words_of_questions, worded
from sarvl.language.statement import AnswerType, Application, Statement
from sarvl.language.words.lexicon import Domain
from sarvl.seeds import seeded_random

AS_SARLANG = QuestionSettings()
_BOX = r"\[\d+, \d+, \d+, \d+\]"
_BOXES = re.compile(rf"{_BOX}(?:, {_BOX})*")  # as rules and the format ``conversations`` write them


def ask(
    image: AnnotatedImage,
    settings: QuestionSettings = AS_SARLANG,
    seed: int = 0,
    domain: Domain = "sar",
    prevalence: Prevalence | None = None,
    *,
    rewritten: Sequence[Statement] = (),
) -> list[Statement]:
    """Return questions about ``image`` with their answers: those of its source, else those that its annotation answers.

    Human questions are passed on as they are, all of them, exact repeats left out. Rule questions come from objects,
    label, land cover and captions; no two have the same text, and where the annotation does not decide an answer
    nothing is asked. They depend on the arguments and on this image alone. prevalence: how common each class is in the
    image's source (``class_prevalence``); with it, yes and no balance for "is there a ship" over the source, without it
    within each image. rewritten: the captions of the image's optical twin (``twin_statements``), each of which answers
    a question. Raises LanguageError where class names cannot be told apart in a text.
    """
    if image.questions:
        return [_human(question) for question in dict.fromkeys(image.questions)]
    scene = QuestionScene(image, domain)
    refuse_words_of_questions(scene.vocabulary)
    rng = seeded_random(seed, image.file, "questions")
    found: dict[str, Statement] = {}
    descriptions = description_questions(scene, seed, rng, rewritten)
    for statement in _candidates(scene, settings, rng, prevalence, descriptions):
        found.setdefault(statement.text, statement)
        if len(found) == settings.most:
            break
    return list(found.values())


def _candidates(
    scene: QuestionScene,
    settings: QuestionSettings,
    rng: Random,
    prevalence: Prevalence | None,
    descriptions: Iterator[Statement],
) -> Iterator[Statement]:
    """Yield identification first, so that nothing else upsets its balance; then the other applications take turns."""
    share = settings.share_of("identification")
    for query in identification_queries(scene, rng, settings.most_identifications, share, prevalence):
        if statement := _first_answered((query,), scene, rng, settings):
            yield statement
    queues = [_proposed(application, scene, rng, settings) for application in _proposals()]
    if rng.random() < settings.share_of("description"):
        queues.append(descriptions)
    for one_of_each in zip_longest(*shuffled(rng, queues)):
        yield from filter(None, one_of_each)


@lru_cache(maxsize=1)
def _proposals() -> dict[Application, list[Proposals]]:
    """Return the proposals of each application that has some, in the order of their draws."""
    kinds = kinds_in_order().values()
    found = {
        application: [kind.propose for kind in kinds if kind.propose and kind.application == application]
        for application in APPLICATIONS
    }
    return {application: proposals for application, proposals in found.items() if proposals}


def _proposed(
    application: Application, scene: QuestionScene, rng: Random, settings: QuestionSettings
) -> Iterator[Statement]:
    share = settings.share_of(application)
    proposed = [alternatives for propose in _proposals()[application] for alternatives in propose(scene, rng)]
    for alternatives in shuffled(rng, proposed):
        if rng.random() < share and (statement := _first_answered(alternatives, scene, rng, settings)):
            yield statement


def _first_answered(
    alternatives: Alternatives, scene: QuestionScene, rng: Random, settings: QuestionSettings
) -> Statement | None:
    """Return a question on the first query that the annotation answers and that can be put into words, or None."""
    for query in alternatives:
        kind = kinds_in_order()[query.kind]
        finding = kind.answer(query, scene) if kind.answer else None
        text = worded(query, kind, scene, rng) if finding else None
        if finding is None or text is None:
            continue
        wrong = kind.wrong_answers if rng.random() < settings.multiple_choice else None
        options = draw_options(finding.answer, wrong(query, finding.answer, scene), rng) if wrong else ()
        return Statement(
            text=with_options(text, options) if options else text,
            family=query.kind,
            claims=finding.claims,
            producer=f"rule:{query.kind}",
            kind="question",
            answer=finding.answer,
            answer_type=kind.answer_type,
            application=kind.application,
            options=options,
            tags=tags_of(finding.claims, scene),
        )
    return None


def _human(question: QuestionAnswer) -> Statement:
    answer = question.answer
    return Statement(
        question.question, "human", (), "human", kind="question", answer=answer, answer_type=_type_of(answer)
    )


def _type_of(answer: str) -> AnswerType:
    """Return how an answer that somebody wrote is to be scored."""
    plain = answer.strip().lower().rstrip(".")
    if plain in ("yes", "no"):
        return "yes/no"
    if plain in POSITION_WORDS:
        return "position"
    if _BOXES.fullmatch(plain):
        return "box"
    return "number" if plain.isascii() and plain.isdigit() else "text"

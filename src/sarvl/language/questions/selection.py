"""ask: an annotated image to questions with answers; survey: what those of a source are answered."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain, zip_longest
from random import Random

from sarvl.annotations import AnnotatedImage, QuestionAnswer
from sarvl.language.captions.scene import shuffled
from sarvl.language.questions.balance import Prevalence, class_prevalence
from sarvl.language.questions.choices import draw_options, with_options
from sarvl.language.questions.fair_choices import fair_options
from sarvl.language.questions.identification import identification_queries
from sarvl.language.questions.kinds.description import description_questions
from sarvl.language.questions.layout_words import POSITION_WORDS
from sarvl.language.questions.query import Finding, Query
from sarvl.language.questions.question_kind import Alternatives, Proposals, QuestionKind, kinds_in_order
from sarvl.language.questions.question_scene import QuestionScene
from sarvl.language.questions.question_settings import APPLICATIONS, QuestionSettings
from sarvl.language.questions.surveys import Survey, count_answers
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
    *,
    survey: Survey | None = None,
    rewritten: Sequence[Statement] = (),
) -> list[Statement]:
    """Return questions about ``image`` with their answers: those of its source, else those that its annotation answers.

    Human questions are passed on as they are, all of them, exact repeats left out. Rule questions come from objects,
    label, land cover and captions; no two have the same text, and where the annotation does not decide an answer
    nothing is asked. They depend on the arguments and on this image alone. survey: what the questions of the image's
    source are answered (``survey``); with it, they are balanced over the source as ``settings.balance`` says, without
    it yes and no within each image. rewritten: the captions of the image's optical twin (``twin_statements``), each of
    which answers a question. Raises LanguageError where class names cannot be told apart in a text.
    """
    if image.questions:
        return [_human(question) for question in dict.fromkeys(image.questions)]
    scene = QuestionScene(image, domain)
    refuse_words_of_questions(scene.vocabulary)
    rng = seeded_random(seed, image.file, "words of questions")
    writer = _Writer(scene, settings, survey, rng)
    descriptions = description_questions(scene, seed, rng, rewritten)
    by_text: dict[str, Statement] = {}
    for statement in _in_turns(writer, proposals_of(scene, settings, seed, survey), descriptions):
        by_text.setdefault(statement.text, statement)
        if len(by_text) == settings.most:
            break
    return list(by_text.values())


def answers_of(
    image: AnnotatedImage,
    settings: QuestionSettings,
    prevalence: Prevalence,
    seed: int = 0,
    domain: Domain = "sar",
) -> list[tuple[Query, str]]:
    """Return what is asked of an image before its source is balanced, with the answers: what a survey counts."""
    if image.questions:
        return []
    scene = QuestionScene(image, domain)
    proposed = proposals_of(scene, settings, seed, Survey(prevalence))
    firsts = (_first_answered(alternatives, scene) for queue in proposed.values() for alternatives in queue)
    return [(query, finding.answer) for query, finding in filter(None, firsts)]


def survey(
    images: Sequence[AnnotatedImage],
    settings: QuestionSettings = AS_SARLANG,
    seed: int = 0,
    domain: Domain = "sar",
) -> Survey:
    """Return what the questions of a source are answered: the first pass of a balanced corpus."""
    prevalence = class_prevalence(images)
    if settings.balance == "published":
        return Survey(prevalence)
    answered = chain.from_iterable(answers_of(image, settings, prevalence, seed, domain) for image in images)
    return Survey(prevalence, count_answers(answered))


def proposals_of(
    scene: QuestionScene, settings: QuestionSettings, seed: int, survey: Survey | None
) -> dict[Application, list[Alternatives]]:
    """Return what may be asked of an image, by application, identification first; the same for every survey."""
    rng = seeded_random(seed, scene.image.file, "questions")
    asked = identification_queries(scene, rng, settings, survey.prevalence if survey else None)
    by_application: dict[Application, list[Alternatives]] = {"identification": [(query,) for query in asked]}
    for application, proposals in _proposals().items():
        share = settings.share_of(application)
        proposed = [alternatives for propose in proposals for alternatives in propose(scene, rng)]
        drawn = [alternatives for alternatives in shuffled(rng, proposed) if rng.random() < share]
        by_application[application] = by_application.get(application, []) + drawn
    return by_application


def _in_turns(
    writer: "_Writer", proposals: dict[Application, list[Alternatives]], descriptions: Iterator[Statement]
) -> Iterator[Statement]:
    """Yield identification first, so that nothing else upsets its balance; then the other applications take turns."""
    yield from writer.questions(proposals["identification"])
    queues = [writer.questions(proposed) for name, proposed in proposals.items() if name != "identification"]
    if writer.rng.random() < writer.settings.share_of("description"):
        queues.append(descriptions)
    for one_of_each in zip_longest(*shuffled(writer.rng, queues)):
        yield from filter(None, one_of_each)


@lru_cache(maxsize=1)
def _proposals() -> dict[Application, list[Proposals]]:
    """Return the proposals of each application that has some, in the order of their draws."""
    kinds = kinds_in_order().values()
    by_application = {
        application: [kind.propose for kind in kinds if kind.propose and kind.application == application]
        for application in APPLICATIONS
    }
    return {application: proposals for application, proposals in by_application.items() if proposals}


def _first_answered(
    alternatives: Alternatives, scene: QuestionScene, survey: Survey | None = None
) -> tuple[Query, Finding] | None:
    """Return the first query that the annotation answers and whose words do not tell the answer, or None."""
    for query in alternatives:
        kind = kinds_in_order()[query.kind]
        finding = kind.answer(query, scene) if kind.answer else None
        if finding and not (survey and survey.is_told(query)):
            return query, finding
    return None


@dataclass
class _Writer:
    """Puts the questions of one image into words, as many of each as keep the answers of its source balanced."""

    scene: QuestionScene
    settings: QuestionSettings
    survey: Survey | None
    rng: Random

    def questions(self, proposed: Iterable[Alternatives]) -> Iterator[Statement]:
        """Yield a question for each of ``proposed`` that is answered, kept, and can be put into words."""
        for alternatives in proposed:
            answered = _first_answered(alternatives, self.scene, self.survey)
            if answered and self._is_kept(*answered) and (statement := self._statement(*answered)):
                yield statement

    def _is_kept(self, query: Query, finding: Finding) -> bool:
        is_yes_no = kinds_in_order()[query.kind].answer_type == "yes/no"
        return not (self.survey and is_yes_no) or self.rng.random() < self.survey.rate_of(query, finding.answer)

    def _statement(self, query: Query, finding: Finding) -> Statement | None:
        kind = kinds_in_order()[query.kind]
        text = worded(query, kind, self.scene, self.rng)
        if text is None:
            return None
        options = self._options(kind, query, finding.answer)
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
            tags=tags_of(finding.claims, self.scene),
        )

    def _options(self, kind: QuestionKind, query: Query, answer: str) -> tuple[str, ...]:
        if kind.wrong_answers is None or self.rng.random() >= self.settings.multiple_choice:
            return ()
        if self.survey and self.survey.answers:
            return fair_options(query, answer, self.survey.answers_like(query), self.scene, self.rng)
        return draw_options(answer, kind.wrong_answers(query, answer, self.scene), self.rng)


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

"""verify_question: whether a question's answer, choices, tags and claims are what its text and the annotation say.

The question is read from its text alone (``question_reader.py``), so that one that a model has rewritten is held to the
same. Its answer is found anew by the rule of what it asks.
"""

from collections.abc import Iterator

from sarvl.annotations import AnnotatedImage
from sarvl.errors import LanguageError
from sarvl.language.claims.claim import Claim
from sarvl.language.questions.choices import MOST_OPTIONS, are_exclusive
from sarvl.language.questions.query import Finding, Query
from sarvl.language.questions.question_kind import QuestionKind, kinds_in_order
from sarvl.language.questions.question_reader import QuestionReading, read_question
from sarvl.language.questions.question_scene import QuestionScene, question_scene_of
from sarvl.language.questions.tags import tags_of
from sarvl.language.reader.text_reader import read_text
from sarvl.language.rewrite import problems_with_rewritten
from sarvl.language.statement import Statement
from sarvl.language.words.lexicon import Domain


def verify_question(statement: Statement, image: AnnotatedImage, domain: Domain = "sar") -> list[str]:
    """Return what is wrong with a question and its answer, one line a problem; empty where it is confirmed.

    The text must be readable to its last word and name no sensor of another domain. The annotation must answer it, and
    the statement's family, application, answer, answer type, choices, tags and claims, with their evidence, must be
    those found. Of a description, the answer must claim what the statement claims; whether that is true is for
    ``verify`` to tell. Human questions are not checked.
    """
    if statement.producer == "human":
        return []
    if statement.kind != "question":
        return [f"a {statement.kind} is no question"]
    try:
        scene = question_scene_of(image, domain)
        reading = read_question(statement.text, scene.vocabulary)
        problems = [f"the text is of the {named} domain, the image is {domain}" for named in reading.domains - {domain}]
        return sorted([*problems, *_problems(statement, reading, scene)])
    except LanguageError as problem:
        return [str(problem)]


def _problems(statement: Statement, reading: QuestionReading, scene: QuestionScene) -> Iterator[str]:
    kind = kinds_in_order()[reading.query.kind]
    expected = _expected(statement, kind, reading.query, scene)
    if expected is None:
        yield "the annotation does not decide the answer"
        return
    for field in ("family", "producer", "application", "answer_type", "answer", "tags"):
        stated, true = getattr(statement, field), getattr(expected, field)
        if stated != true:
            yield f"the {field.replace('_', ' ')} is {stated!r}, not {true!r}"
    yield from _wrong_claims(statement.claims, expected.claims)
    yield from _wrong_options(statement.options, expected.answer or "", reading, scene)


def _expected(statement: Statement, kind: QuestionKind, query: Query, scene: QuestionScene) -> Statement | None:
    """Return the statement as it should be; None where the annotation does not decide the answer."""
    finding = kind.answer(query, scene) if kind.answer else _caption(statement, scene)
    if finding is None:
        return None
    return statement._replace(
        family=query.kind,
        producer=f"rule:{query.kind}" if statement.producer.startswith("rule:") else statement.producer,
        application=kind.application,
        answer_type=kind.answer_type,
        answer=finding.answer,
        tags=tags_of(finding.claims, scene),
        claims=finding.claims,
    )


def _caption(statement: Statement, scene: QuestionScene) -> Finding:
    """Return the answer, read as a caption; LanguageError where it cannot be read.

    One that claims nothing is held to the captions of the image's optical twin, where there is one.
    """
    answer = statement.answer or ""
    if not statement.claims and scene.image.twin_captions:
        for problem in problems_with_rewritten(statement._replace(text=answer), scene.image):
            raise LanguageError(f"the answer {answer!r} is no caption of the optical twin: {problem}")
        return Finding(answer, ())
    said = read_text(answer, scene.vocabulary)
    if said.domains - {scene.domain}:
        raise LanguageError(f"the answer is of another domain than {scene.domain}")
    evidence = {claim.meaning(): claim for claim in statement.claims}
    return Finding(answer, tuple(evidence.get(claim.meaning(), claim) for claim in said.claims))


def _wrong_claims(stated: tuple[Claim, ...], true: tuple[Claim, ...]) -> Iterator[str]:
    for claim in set(stated) - set(true):
        yield f"the statement claims {_shown(claim)}, its text and answer do not"
    for claim in set(true) - set(stated):
        yield f"text and answer claim {_shown(claim)}, the statement does not"
    if len(set(stated)) != len(stated):
        yield "a claim stands twice"


def _shown(claim: Claim) -> str:
    return f"'{claim.shown()}', objects {claim.objects}" if claim.objects else f"'{claim.shown()}'"


def _wrong_options(
    options: tuple[str, ...], answer: str, reading: QuestionReading, scene: QuestionScene
) -> Iterator[str]:
    if reading.options != options:
        yield f"the text gives the choices {reading.options}, the statement {options}"
    if not options:
        return
    kind = kinds_in_order()[reading.query.kind]
    admitted = set(kind.wrong_answers(reading.query, answer, scene)) if kind.wrong_answers else set()
    if options.count(answer) != 1 or len(set(options)) != len(options):
        yield "the choices must differ, and the answer must be one of them"
    if not 2 <= len(options) <= MOST_OPTIONS:
        yield f"there must be 2 to {MOST_OPTIONS} choices"
    for option in sorted(set(options) - admitted - {answer}):
        if not are_exclusive(reading.query, answer, option, scene):
            yield f"the choice {option!r} is not known to be wrong"

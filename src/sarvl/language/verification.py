"""verify: whether a statement's text says what its claims say, and whether the image's annotation bears them out.

The text is read alone (``text_reader.py``, by the rules of ``grammar.py``). How it was written plays no part, so a text
that a model has rewritten is held to the same.
"""

from collections import Counter

from sarvl.annotations import AnnotatedImage
from sarvl.errors import LanguageError
from sarvl.language.claims.checks import problem_with
from sarvl.language.claims.claim import Claim
from sarvl.language.claims.kinds.count import Count
from sarvl.language.claims.kinds.share import Share
from sarvl.language.geometry.layout import layout_of
from sarvl.language.questions.question_verification import verify_question
from sarvl.language.reader.text_reader import read_claims, read_text
from sarvl.language.rewrite import REWRITTEN, problems_with_rewritten
from sarvl.language.statement import NARRATED, Statement
from sarvl.language.words.lexicon import Domain
from sarvl.language.words.vocabulary import vocabulary_of


def verify(statement: Statement | str, image: AnnotatedImage, domain: Domain = "sar") -> list[str]:
    """Return what is wrong with ``statement``, one line a problem; empty where it is confirmed.

    A bare text is held to what it claims itself, which may rest on whatever objects bear it out. The text must be
    readable to its last word, claim exactly what ``statement.claims`` hold, and name no sensor of another domain. Every
    claim must be true of the annotation, and rest on the right objects. The cells of a totals statement must add up.
    Human statements claim nothing and are not checked. A question is held to its answer as well (``verify_question``).
    What a model wrote of an image is held, as a bare text, to an annotation of objects where there is one.
    A rewritten caption is held to those of the optical twin (``problems_with_rewritten``).
    """
    is_annotated = bool(image.objects or image.labelled_classes)
    if isinstance(statement, Statement):
        if statement.producer == "human" or (statement.family == NARRATED and not is_annotated):
            return []
        if statement.family == NARRATED:
            statement = statement.text
    if isinstance(statement, str):
        return _problems_with_text(statement, image, domain)
    if statement.family == REWRITTEN:
        return problems_with_rewritten(statement, image)
    if statement.kind == "question":
        return sorted([*verify_question(statement, image, domain), *_untrue_claims(statement, image)])
    try:
        reading = read_text(statement.text, vocabulary_of(image))
    except LanguageError as problem:
        return [str(problem)]
    problems = [f"the text is of the {named} domain, the image is {domain}" for named in reading.domains - {domain}]
    problems += _differences(reading.claims, statement.claims)
    if not reading.claims and not statement.claims:
        problems.append("the text claims nothing that can be checked")
    problems += _untrue_claims(statement, image)
    if statement.family == "totals":
        problems += _sums_that_fail(statement.claims)
    percent = sum(
        claim.share for claim in statement.claims if isinstance(claim, Share) and isinstance(claim.share, int)
    )
    problems += [f"the shares add up to {percent} %"] if percent > 100 else []
    return sorted(problems)


def _differences(said: tuple[Claim, ...], held: tuple[Claim, ...]) -> list[str]:
    """Return what only the text says, and what only the statement holds."""
    said_by_meaning = {claim.meaning(): claim for claim in said}
    held_by_meaning = {claim.meaning(): claim for claim in held}
    if said_by_meaning.keys() == held_by_meaning.keys():
        return []
    only_said = [claim for key, claim in said_by_meaning.items() if key not in held_by_meaning]
    only_held = [claim for key, claim in held_by_meaning.items() if key not in said_by_meaning]
    problems = [f"the text claims '{claim.shown()}', the statement does not" for claim in only_said]
    return problems + [f"the statement claims '{claim.shown()}', the text does not" for claim in only_held]


def _problems_with_text(text: str, image: AnnotatedImage, domain: Domain) -> list[str]:
    layout = layout_of(image)
    claims = read_claims(text, vocabulary_of(image)).claims
    resting = tuple(claim.resting_on(claim.evidence(image, layout)) for claim in claims)
    return verify(Statement(text, "text", resting, "text"), image, domain)


def _untrue_claims(statement: Statement, image: AnnotatedImage) -> list[str]:
    layout = layout_of(image)
    faults = [(claim, problem_with(claim, image, layout)) for claim in statement.claims]
    return [f"'{claim.shown()}': {fault}" for claim, fault in faults if fault]


def _sums_that_fail(claims: tuple[Claim, ...]) -> list[str]:
    totals: Counter[str] = Counter()
    cells: Counter[str] = Counter()
    for claim in claims:
        if isinstance(claim, Count) and claim.comparison == "exactly":
            (cells if claim.group.position else totals)[claim.group.class_name] += claim.number
    return [
        f"the cells of {class_name!r} add up to {cells[class_name]}, the total says {totals[class_name]}"
        for class_name in sorted(totals.keys() | cells.keys())
        if totals[class_name] != cells[class_name]
    ]

"""verify: whether a statement's text says what its claims say, and whether the image's annotation bears them out.

The text is read alone (``reading.py``, by the rules of ``grammar.py``). How it was written plays no part, so a text
that a model has rewritten is held to the same.
"""

from collections import Counter

from sarvl.annotations import AnnotatedImage
from sarvl.errors import LanguageError
from sarvl.language.claims.checks import problem_with
from sarvl.language.geometry.layout import Layout
from sarvl.language.questions.question_verification import verify_question
from sarvl.language.reader.text_reader import read_text
from sarvl.language.rewrite import REWRITTEN, problems_with_rewritten
from sarvl.language.statement import Claim, Group, Statement
from sarvl.language.words.lexicon import Domain
from sarvl.language.words.vocabulary import vocabulary_of


def verify(statement: Statement, image: AnnotatedImage, domain: Domain = "sar") -> list[str]:
    """Return what is wrong with ``statement``, one line a problem; empty where it is confirmed.

    The text must be readable to its last word, claim exactly what ``statement.claims`` hold, and name no sensor of
    another domain. Every claim must be true of the annotation, and rest on the right objects. The cells of a totals
    statement must add up. Human statements claim nothing and are not checked. A question is held to its answer as well
    (``verify_question``). A rewritten caption is held to those of the optical twin (``problems_with_rewritten``).
    """
    if statement.producer == "human":
        return []
    if statement.family == REWRITTEN:
        return problems_with_rewritten(statement, image)
    if statement.kind == "question":
        return sorted([*verify_question(statement, image, domain), *_untrue_claims(statement, image)])
    try:
        reading = read_text(statement.text, vocabulary_of(image))
    except LanguageError as problem:
        return [str(problem)]
    problems = [f"the text is of the {found} domain, the image is {domain}" for found in reading.domains - {domain}]
    said, held = set(reading.claims), {claim.meaning() for claim in statement.claims}
    problems += [f"the text claims {_shown(claim)}, the statement does not" for claim in said - held]
    problems += [f"the statement claims {_shown(claim)}, the text does not" for claim in held - said]
    if not held and not said:
        problems.append("the text claims nothing that can be checked")
    problems += _untrue_claims(statement, image)
    if statement.family == "totals":
        problems += _sums_that_fail(statement.claims)
    return sorted(problems)


def _untrue_claims(statement: Statement, image: AnnotatedImage) -> list[str]:
    layout = Layout(image)
    faults = [(claim, problem_with(claim, image, layout)) for claim in statement.claims]
    return [f"{_shown(claim)}: {fault}" for claim, fault in faults if fault]


def _sums_that_fail(claims: tuple[Claim, ...]) -> list[str]:
    totals: Counter[str] = Counter()
    cells: Counter[str] = Counter()
    for claim in claims:
        if claim.kind == "count" and claim.comparison == "exactly":
            (cells if claim.group.position else totals)[claim.group.class_name] += claim.number or 0
    return [
        f"the cells of {class_name!r} add up to {cells[class_name]}, the total says {totals[class_name]}"
        for class_name in sorted(totals.keys() | cells.keys())
        if totals[class_name] != cells[class_name]
    ]


def _shown(claim: Claim) -> str:
    """Return a claim in words, for messages."""
    first = _shown_group(claim.group)
    if claim.other is not None:
        return f"'{first} {claim.relation} {_shown_group(claim.other)}'"
    if claim.kind == "count":
        return f"'{claim.comparison} {claim.number} {first}'"
    measure = claim.amount or (" x ".join(f"{side} m" for side in claim.size_m) if claim.size_m else None)
    measure = f"{claim.number} %" if claim.number is not None else measure
    return f"'{claim.kind} of {first}: {measure}'" if measure else f"'{claim.kind} of {first}'"


def _shown_group(group: Group) -> str:
    name = f"{group.orientation} {group.class_name}" if group.orientation else group.class_name or "the image"
    return f"{name} in {group.position}" if group.position else name

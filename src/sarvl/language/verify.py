"""verify: whether a statement's text says what its claims say, and whether the image's annotation bears them out.

The text is read alone (``reading.py``, by the rules of ``grammar.py``). How it was written plays no part, so a text
that a model has rewritten is held to the same.
"""

from collections import Counter

from sarvl.annotations import AnnotatedImage
from sarvl.errors import LanguageError
from sarvl.language.layout import POSITIONS, Layout, relations
from sarvl.language.lexicon import Domain
from sarvl.language.reading import read_text
from sarvl.language.statement import Claim, Group, Statement
from sarvl.language.vocabulary import vocabulary_of


def verify(statement: Statement, image: AnnotatedImage, domain: Domain = "sar") -> list[str]:
    """Return what is wrong with ``statement``, one line a problem; empty where it is confirmed.

    The text must be readable to its last word, claim exactly what ``statement.claims`` hold, and name no sensor of
    another domain. Every claim must be true of the annotation, and rest on the right objects. The cells of a totals
    statement must add up. Human statements claim nothing and are not checked.
    """
    if statement.producer == "human":
        return []
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
    layout = Layout(image)
    for claim in statement.claims:
        fault = _problem_with(claim, image, layout)
        problems += [f"{_shown(claim)}: {fault}"] if fault else []
    if statement.family == "totals":
        problems += _sums_that_fail(statement.claims)
    return sorted(problems)


def _problem_with(claim: Claim, image: AnnotatedImage, layout: Layout) -> str | None:
    """Return why the annotation does not bear out ``claim``, or None where it does."""
    for group in filter(None, (claim.group, claim.other)):
        if group.position is not None and group.position not in POSITIONS:
            return f"{group.position!r} is no position; use one of {', '.join(POSITIONS)}"
    if claim.kind == "relation":
        return _problem_with_relation(claim, layout)
    if claim.kind == "absence":
        return _problem_with_absence(claim, image, layout)
    return _problem_with_quantity(claim, image, layout.ids(claim.group))


def _problem_with_quantity(claim: Claim, image: AnnotatedImage, ids: tuple[int, ...]) -> str | None:
    evidence = set(claim.objects)
    is_exact, count = claim.comparison == "exactly", claim.number or 1
    if claim.kind == "presence" and claim.group == Group(image.label or ""):
        return None if evidence <= set(ids) else f"objects {claim.objects} are not of this group"
    if len(ids) < count or (is_exact and len(ids) != count):
        return f"the annotation has {len(ids)}"
    if len(evidence) != len(claim.objects) or not evidence <= set(ids):
        return f"objects {claim.objects} are not of this group, or stand twice"
    if len(evidence) < count or (is_exact and len(evidence) != count):
        return f"it rests on {len(evidence)} objects"
    return None


def _problem_with_absence(claim: Claim, image: AnnotatedImage, layout: Layout) -> str | None:
    class_name = claim.group.class_name
    if class_name not in image.labelled_classes:
        return "the source does not label this class, so its absence cannot be said"
    if image.label is not None:
        return "a label says what is there, not what else is absent"
    if layout.ids(claim.group):
        return f"the annotation has {len(layout.ids(claim.group))}"
    return "there is nothing for it to rest on, yet it names objects" if claim.objects else None


def _problem_with_relation(claim: Claim, layout: Layout) -> str | None:
    if claim.other is None or not (first := layout.ids(claim.group)) or not (second := layout.ids(claim.other)):
        return "one of the groups has no object"
    if claim.relation not in relations(layout.extent(claim.group), layout.extent(claim.other)):
        return "the boxes of the two groups do not lie so"
    if sorted(claim.objects) != sorted({*first, *second}):
        return f"it rests on objects {claim.objects}, not on all of both groups"
    return None


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
    return f"'{claim.comparison} {claim.number} {first}'" if claim.kind == "count" else f"'{claim.kind} of {first}'"


def _shown_group(group: Group) -> str:
    return f"{group.class_name} in {group.position}" if group.position else group.class_name

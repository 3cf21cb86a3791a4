"""Claims built from a number, put in their one order, and written as JSON that is the key of what they mean."""

import json
from collections.abc import Iterable

from sarvl.errors import LanguageError
from sarvl.language.claims.claim import Claim, claim_kinds
from sarvl.language.claims.kinds.absence import Absence
from sarvl.language.claims.kinds.count import Comparison, Count
from sarvl.language.claims.kinds.presence import Presence
from sarvl.language.group import Group


def quantity_claim(
    group: Group, comparison: Comparison, number: int, objects: tuple[int, ...] = ()
) -> Presence | Absence | Count:
    """Return the claim that ``group`` holds ``comparison`` ``number`` objects, as presence or absence where it is that.

    Raises LanguageError for "at least 0", which claims nothing, and for negative counts.
    """
    if comparison != "at least" and number == 0:
        return Absence(group)
    if comparison == "at least" and number == 1:
        return Presence(group, objects)
    if number < 1:
        raise LanguageError(f"'{comparison} {number} {group.class_name}' claims nothing; leave it out")
    return Count(group, comparison, number, objects)


def in_canonical_order(claims: Iterable[Claim]) -> tuple[Claim, ...]:
    """Return the claims sorted by meaning; of several that mean the same, the first."""
    claims = tuple(claims)
    if len(claims) == 1:
        return claims
    by_meaning: dict[tuple[object, ...], Claim] = {}
    for claim in claims:
        by_meaning.setdefault(claim.meaning(), claim)
    return tuple([by_meaning[key] for key in sorted(by_meaning)])  # quicker than from a generator


def claims_json(claims: Iterable[Claim]) -> str:
    """Return the meaning of ``claims`` as JSON: equal strings if and only if the same is claimed; evidence left out."""
    fields = [claim.fields() for claim in in_canonical_order(claims)]
    return json.dumps(fields, ensure_ascii=False, separators=(",", ":"))


def claims_from_json(text: str) -> tuple[Claim, ...]:
    """Return the claims, without evidence, that ``claims_json`` wrote; LanguageError where ``text`` is no such list."""
    try:
        rows = json.loads(text)
        if not isinstance(rows, list):
            raise TypeError("no list")
        return in_canonical_order([claim_kinds()[fields["kind"]].claim.from_fields(fields) for fields in rows])
    except (ValueError, TypeError, KeyError, AttributeError) as problem:
        raise LanguageError(f"not a list of claims ({problem}): {text[:80]!r}; build the corpus again") from problem

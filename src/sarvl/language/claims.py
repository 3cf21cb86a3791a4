"""Claims in their one form: built, ordered, and written as JSON that is the key of what they mean."""

import json
from collections.abc import Iterable
from typing import Any

from sarvl.errors import LanguageError
from sarvl.language.statement import Claim, Comparison, Group, Relation

_EXCHANGED: dict[str, Relation] = {"below": "above", "right of": "left of"}
_KEPT: dict[str, Relation] = {"above": "above", "left of": "left of"}
_COMPARISONS: dict[str, Comparison] = {"exactly": "exactly", "at least": "at least"}
_QUANTITIES: dict[str, tuple[Comparison, int]] = {"presence": ("at least", 1), "absence": ("exactly", 0)}


def quantity_claim(group: Group, comparison: Comparison, number: int, objects: tuple[int, ...] = ()) -> Claim:
    """Return the claim that ``group`` holds ``comparison`` ``number`` objects, as presence or absence where it is that.

    Raises LanguageError for "at least 0", which claims nothing, and for negative counts.
    """
    if comparison == "exactly" and number == 0:
        return Claim("absence", group)
    if comparison == "at least" and number == 1:
        return Claim("presence", group, None, None, None, None, objects)
    if number < 1:
        raise LanguageError(f"'{comparison} {number} {group.class_name}' claims nothing; leave it out")
    return Claim("count", group, number, comparison, None, None, objects)


def relation_claim(group: Group, relation: str, other: Group, objects: tuple[int, ...] = ()) -> Claim:
    """Return the claim that ``group`` lies above, below, left of or right of ``other``."""
    if relation in _EXCHANGED:
        return Claim("relation", other, None, None, _EXCHANGED[relation], group, objects)
    return Claim("relation", group, None, None, _KEPT[relation], other, objects)


def in_canonical_order(claims: Iterable[Claim]) -> tuple[Claim, ...]:
    """Return the claims sorted by meaning; of several that mean the same, the first."""
    claims = tuple(claims)
    if len(claims) == 1:
        return claims
    found: dict[tuple[str | int, ...], Claim] = {}
    for claim in claims:
        found.setdefault(_order(claim), claim)
    return tuple(found[key] for key in sorted(found))


def claims_json(claims: Iterable[Claim]) -> str:
    """Return the meaning of ``claims`` as JSON: equal strings if and only if the same is claimed; evidence left out."""
    return json.dumps(
        [_fields(claim) for claim in in_canonical_order(claims)], ensure_ascii=False, separators=(",", ":")
    )


def claims_from_json(text: str) -> tuple[Claim, ...]:
    """Return the claims, without evidence, that ``claims_json`` wrote; LanguageError where ``text`` is no such list."""
    try:
        found = json.loads(text)
        if not isinstance(found, list):
            raise TypeError("no list")
        return in_canonical_order([_claim(fields) for fields in found])
    except (ValueError, TypeError, KeyError, AttributeError) as problem:
        raise LanguageError(f"not a list of claims ({problem}): {text[:80]!r}; build the corpus again") from problem


def _order(claim: Claim) -> tuple[str | int, ...]:
    other = claim.other or ("", "")
    return (
        claim.kind,
        claim.group.class_name,
        claim.group.position or "",
        claim.comparison or "",
        claim.number or 0,
        claim.relation or "",
        other[0],
        other[1] or "",
    )


def _fields(claim: Claim) -> dict[str, Any]:
    fields: dict[str, Any] = {"kind": claim.kind, "group": _group_fields(claim.group)}
    if claim.kind == "count":
        fields |= {"comparison": claim.comparison, "number": claim.number}
    if claim.other is not None:
        fields |= {"relation": claim.relation, "other": _group_fields(claim.other)}
    return fields


def _group_fields(group: Group) -> dict[str, str]:
    return {"class": group.class_name} | ({"position": group.position} if group.position else {})


def _claim(fields: dict[str, Any]) -> Claim:
    group, kind = _group(fields["group"]), fields["kind"]
    if kind == "relation":
        return relation_claim(group, fields["relation"], _group(fields["other"]))
    if kind == "count":
        return quantity_claim(group, _COMPARISONS[fields["comparison"]], int(fields["number"]))
    return quantity_claim(group, *_QUANTITIES[kind])


def _group(fields: dict[str, str]) -> Group:
    return Group(fields["class"], fields.get("position"))

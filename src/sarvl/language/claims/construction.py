"""Claims in their one form: built, ordered, and written as JSON that is the key of what they mean."""

import json
from collections.abc import Iterable
from typing import Any, Literal

from sarvl.errors import LanguageError
from sarvl.language.statement import WHOLE_IMAGE, Amount, Claim, Comparison, Group, Relation, SpeckleStrength
from sarvl.language.words.measures import AMOUNTS, SPECKLE_STRENGTHS

_EXCHANGED: dict[str, Relation] = {"below": "above", "right of": "left of"}
_KEPT: dict[str, Relation] = {"above": "above", "left of": "left of", "has": "has"}
_COMPARISONS: dict[str, Comparison] = {"exactly": "exactly", "at least": "at least"}
_AMOUNTS = {amount: amount for amount in AMOUNTS}
_STRENGTHS = {strength: strength for strength in SPECKLE_STRENGTHS}
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
    """Return the claim that ``group`` lies above, below, left of or right of ``other``, or has it as shadow or wake."""
    if relation in _EXCHANGED:
        return Claim("relation", other, None, None, _EXCHANGED[relation], group, objects)
    return Claim("relation", group, None, None, _KEPT[relation], other, objects)


def size_claim(
    kind: Literal["size", "extent"], group: Group, size_m: tuple[int, int], objects: tuple[int, ...] = ()
) -> Claim:
    """Return the claim that an object of ``group`` is about so long and wide, or that its box extends so far."""
    return Claim(kind, group, None, None, None, None, objects, None, size_m)


def share_claim(group: Group, share: Amount | int) -> Claim:
    """Return the claim that a class covers ``share`` of the ground: a word, or percent."""
    if isinstance(share, int):
        return Claim("share", group, share)
    return Claim("share", group, amount=share)


def speckle_claim(strength: SpeckleStrength) -> Claim:
    """Return the claim that the image has speckle of this strength."""
    return Claim("speckle", WHOLE_IMAGE, amount=strength)


def in_canonical_order(claims: Iterable[Claim]) -> tuple[Claim, ...]:
    """Return the claims sorted by meaning; of several that mean the same, the first."""
    claims = tuple(claims)
    if len(claims) == 1:
        return claims
    found: dict[tuple[Any, ...], Claim] = {}
    for claim in claims:
        found.setdefault(_order(claim), claim)
    return tuple([found[key] for key in sorted(found)])  # quicker than from a generator


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


def _order(claim: Claim) -> tuple[Any, ...]:
    kind, (class_name, position, orientation), number, comparison, relation, other, _, amount, size_m = claim
    # What all claims of one kind have, or none, may be None: it is never compared with a value.
    second = other and (other.class_name, other.position or "", other.orientation or "")
    place, direction, word = position or "", orientation or "", amount or ""
    return kind, class_name, place, comparison, number or 0, relation, second, direction, word, size_m


def _fields(claim: Claim) -> dict[str, Any]:
    fields: dict[str, Any] = {"kind": claim.kind, "group": _group_fields(claim.group)}
    if claim.kind == "count":
        fields |= {"comparison": claim.comparison, "number": claim.number}
    elif claim.number is not None:
        fields["percent"] = claim.number
    if claim.amount is not None:
        fields["amount"] = claim.amount
    if claim.size_m is not None:
        fields["size_m"] = list(claim.size_m)
    if claim.other is not None:
        fields |= {"relation": claim.relation, "other": _group_fields(claim.other)}
    return fields


def _group_fields(group: Group) -> dict[str, str]:
    fields = {"class": group.class_name} | ({"position": group.position} if group.position else {})
    return fields | ({"orientation": group.orientation} if group.orientation else {})


def _claim(fields: dict[str, Any]) -> Claim:
    group, kind = _group(fields["group"]), fields["kind"]
    if kind == "relation":
        return relation_claim(group, fields["relation"], _group(fields["other"]))
    if kind == "count":
        return quantity_claim(group, _COMPARISONS[fields["comparison"]], int(fields["number"]))
    if kind in ("size", "extent"):
        first_m, second_m = fields["size_m"]
        return size_claim(kind, group, (int(first_m), int(second_m)))
    if kind == "share":
        return share_claim(group, int(fields["percent"]) if "percent" in fields else _AMOUNTS[fields["amount"]])
    if kind == "speckle":
        return speckle_claim(_STRENGTHS[fields["amount"]])
    return quantity_claim(group, *_QUANTITIES[kind])


def _group(fields: dict[str, Any]) -> Group:
    return Group(fields["class"], fields.get("position"), fields.get("orientation"))

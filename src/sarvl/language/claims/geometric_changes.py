"""Which geometric changes of an image leave a claim about it true: one rule a kind of claim.

A mirrored or turned picture shows all that it showed, elsewhere. A shifted one loses ground at one side and shows other
ground at the other; a scaled one shows more or less ground, and all of it larger or smaller. So a count and an absence
outlive a mirror, and no shift. What the label of a chip names is what the whole picture shows, and outlives all. Where
a box lies within a pixel of a line between two cells, a mirror may put it on the other side of it.
"""

from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Literal, get_args

from sarvl.language.claims.construction import claims_from_json
from sarvl.language.geometry.layout import CENTER, OUTSIDE_CENTER
from sarvl.language.geometry.oriented_box import DIAGONAL
from sarvl.language.statement import Claim, ClaimKind, Group

GeometricChange = Literal["mirror_horizontal", "mirror_vertical", "quarter_turn", "shift", "scale"]
Changes = frozenset[GeometricChange]

EVERY_CHANGE: Changes = frozenset(get_args(GeometricChange))
NO_CHANGE: Changes = frozenset()
_SAME_GROUND: Changes = frozenset(("mirror_horizontal", "mirror_vertical", "quarter_turn"))
_HORIZONTAL: Changes = frozenset(("mirror_horizontal",))  # left and right exchanged
_VERTICAL: Changes = frozenset(("mirror_vertical",))  # top and bottom exchanged


def changes_kept(claims: Iterable[Claim], label: str | None = None) -> Changes:
    """Return the changes of an image that keep all of ``claims`` true; none where there are no claims to judge by.

    label: the class of the whole image, where it has one (``AnnotatedImage.label``).
    """
    kept = [_kept_by(claim, label) for claim in claims]
    return frozenset.intersection(*kept) if kept else NO_CHANGE


@lru_cache(maxsize=1 << 16)
def changes_kept_by_json(claims: str, label: str | None = None) -> Changes:
    """Return ``changes_kept`` of claims as the texts table holds them; LanguageError where they are none."""
    return changes_kept(claims_from_json(claims), label)


def _kept_by(claim: Claim, label: str | None) -> Changes:
    is_of_whole_picture = label is not None and claim.meaning() == Claim("presence", Group(label))
    return EVERY_CHANGE if is_of_whole_picture else _RULES[claim.kind](claim)


def _of_group(group: Group) -> Changes:
    """Return the mirrors and turns that leave the objects of ``group`` its objects."""
    kept = _SAME_GROUND
    if group.position not in (None, CENTER, OUTSIDE_CENTER):
        kept &= _of_position(group.position or "")
    if group.orientation in ("horizontal", "vertical"):
        kept -= {"quarter_turn"}
    elif group.orientation not in (None, DIAGONAL):  # rising becomes falling
        kept = NO_CHANGE
    return kept


def _of_position(position: str) -> Changes:
    words = position.split(" ")
    on_the_axes = [_HORIZONTAL] if {"left", "right"}.isdisjoint(words) else []
    on_the_axes += [_VERTICAL] if {"upper", "lower", "top", "bottom"}.isdisjoint(words) else []
    return NO_CHANGE.union(*on_the_axes)


def _of_quantity(claim: Claim) -> Changes:
    return _of_group(claim.group)


def _of_relation(claim: Claim) -> Changes:
    of_words = {"above": _HORIZONTAL, "left of": _VERTICAL, "has": _SAME_GROUND}[claim.relation or ""]
    return of_words & _of_group(claim.group) & _of_group(claim.other or claim.group)


def _of_extent(claim: Claim) -> Changes:
    across, down = claim.size_m or (0, 0)
    kept = _of_group(claim.group)
    return kept if across == down else kept - {"quarter_turn"}


def _of_speckle(_: Claim) -> Changes:
    # A scaled picture has been resampled, which averages the speckle.
    return EVERY_CHANGE - {"scale"}


_RULES: dict[ClaimKind, Callable[[Claim], Changes]] = {
    "presence": _of_quantity,
    "absence": _of_quantity,
    "count": _of_quantity,
    "relation": _of_relation,
    "size": _of_quantity,
    "extent": _of_extent,
    "share": _of_quantity,
    "speckle": _of_speckle,
}

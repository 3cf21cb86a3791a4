"""Geometric changes of a picture, and which of them leave the objects of a group its objects.

A mirrored or turned picture shows all that it showed, elsewhere. A shifted one loses ground at one side and shows other
ground at the other; a scaled one shows more or less ground, and all of it larger or smaller. Where a box lies within a
pixel of a line between two cells, a mirror may put it on the other side of it.
"""

from typing import Literal, get_args

from sarvl.language.geometry.layout import CENTER, OUTSIDE_CENTER
from sarvl.language.geometry.oriented_box import DIAGONAL
from sarvl.language.group import Group

GeometricChange = Literal["mirror_horizontal", "mirror_vertical", "quarter_turn", "shift", "scale"]
Changes = frozenset[GeometricChange]

EVERY_CHANGE: Changes = frozenset(get_args(GeometricChange))
NO_CHANGE: Changes = frozenset()
SAME_GROUND: Changes = frozenset(("mirror_horizontal", "mirror_vertical", "quarter_turn"))
LEFT_FOR_RIGHT: Changes = frozenset(("mirror_horizontal",))
TOP_FOR_BOTTOM: Changes = frozenset(("mirror_vertical",))


def changes_kept_by_group(group: Group) -> Changes:
    """Return the mirrors and turns that leave the objects of ``group`` its objects."""
    kept = SAME_GROUND
    if group.position not in (None, CENTER, OUTSIDE_CENTER):
        kept &= _kept_by_position(group.position or "")
    if group.orientation in ("horizontal", "vertical"):
        kept -= {"quarter_turn"}
    elif group.orientation not in (None, DIAGONAL):  # rising becomes falling
        kept = NO_CHANGE
    return kept


def _kept_by_position(position: str) -> Changes:
    words = position.split(" ")
    kept = [LEFT_FOR_RIGHT] if {"left", "right"}.isdisjoint(words) else []
    kept += [TOP_FOR_BOTTOM] if {"upper", "lower", "top", "bottom"}.isdisjoint(words) else []
    return NO_CHANGE.union(*kept)

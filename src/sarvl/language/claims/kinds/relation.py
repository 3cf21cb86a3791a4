"""Relation: how two groups lie to each other, and whose a shadow or a wake is."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from sarvl.annotations import AnnotatedImage
from sarvl.language.claims.claim import Claim, ClaimKind
from sarvl.language.claims.group_fields import fields_of, group_from, key_of
from sarvl.language.geometry.changes import (
    LEFT_FOR_RIGHT,
    SAME_GROUND,
    TOP_FOR_BOTTOM,
    Changes,
    changes_kept_by_group,
)
from sarvl.language.geometry.layout import GRID_CELLS, Layout
from sarvl.language.group import Group
from sarvl.language.reader.symbols import Its, Relating, Side
from sarvl.language.words.lexicon import OWNED_EFFECTS, effect_of

RelationName = Literal["above", "left of", "has"]
_EXCHANGED: dict[str, RelationName] = {"below": "above", "right of": "left of"}
_KEPT: dict[str, RelationName] = {"above": "above", "left of": "left of", "has": "has"}
_CHANGES_KEPT: dict[RelationName, Changes] = {
    "above": LEFT_FOR_RIGHT,
    "left of": TOP_FOR_BOTTOM,
    "has": SAME_GROUND,
}


@dataclass(frozen=True, slots=True)
class Relation(Claim):
    """``group`` lies ``relation`` ``other``; below and right of are held with the groups exchanged.

    Has: an object of ``group`` has the shadow or wake that ``other`` names. objects: of both groups.
    """

    group: Group
    relation: RelationName
    other: Group
    objects: tuple[int, ...] = ()
    kind: ClassVar[str] = "relation"

    def meaning(self) -> tuple[Any, ...]:
        """Return what is claimed."""
        class_name, position, orientation = key_of(self.group)
        return "relation", class_name, position, self.relation, key_of(self.other), orientation

    def fields(self) -> dict[str, Any]:
        """Return what is claimed as JSON has it."""
        group, other = fields_of(self.group), fields_of(self.other)
        return {"kind": "relation", "group": group, "relation": self.relation, "other": other}

    @classmethod
    def from_fields(cls, fields: Mapping[str, Any]) -> "Relation":
        """Return the claim that ``fields`` wrote."""
        return relation_claim(group_from(fields["group"]), fields["relation"], group_from(fields["other"]))

    def is_possible(self) -> bool:
        """Return whether the places of the groups allow it: nothing on the right is left of what is in the middle."""
        places = [GRID_CELLS.index(group.position) for group in self.groups() if group.position in GRID_CELLS]
        if self.relation == "has" or len(places) < 2:
            return True
        (row, column), (other_row, other_column) = (divmod(place, 3) for place in places)
        return row <= other_row if self.relation == "above" else column <= other_column

    def problem(self, _: AnnotatedImage, layout: Layout) -> str | None:
        """Return why the groups do not lie so, or the evidence is wrong."""
        if not (first := layout.ids(self.group)) or not (second := layout.ids(self.other)):
            return "one of the groups has no object"
        if self.relation == "has":
            return self._problem_with_owner(layout, first, second)
        if self.relation not in layout.relations(self.group, self.other):
            return "the boxes of the two groups do not lie so"
        if sorted(self.objects) != sorted({*first, *second}):
            return f"it rests on objects {self.objects}, not on all of both groups"
        return None

    def _problem_with_owner(self, layout: Layout, owners: tuple[int, ...], effects: tuple[int, ...]) -> str | None:
        if effect_of(self.other.class_name) not in OWNED_EFFECTS:
            return f"only {' and '.join(OWNED_EFFECTS)} belong to an object"
        pairs = [sorted((owner, effect)) for effect in effects if (owner := layout.owner_of(effect)) in owners]
        if not pairs:
            return "no box of the second group meets one of the first, and no other"
        return None if sorted(self.objects) in pairs else f"it rests on objects {self.objects}, not on two that meet"

    def evidence(self, image: AnnotatedImage, layout: Layout) -> tuple[int, ...]:
        """Return the objects of both groups; of an owner and what it has, the first two that meet."""
        first, second = layout.ids(self.group), layout.ids(self.other)
        if self.relation != "has":
            return tuple(sorted({*first, *second}))
        owned = ((layout.owner_of(effect), effect) for effect in second)
        return next((tuple(sorted((owner, effect))) for owner, effect in owned if owner in first), ())

    def changes_kept(self) -> Changes:
        """Return the changes that keep both groups and the axis of the relation."""
        of_groups = changes_kept_by_group(self.group) & changes_kept_by_group(self.other)
        return _CHANGES_KEPT[self.relation] & of_groups

    def groups(self) -> tuple[Group, ...]:
        """Return both groups."""
        return self.group, self.other

    def shown(self) -> str:
        """Return the claim in words, for messages."""
        return f"{self.group.shown()} {self.relation} {self.other.shown()}"


def relation_claim(group: Group, relation: str, other: Group, objects: tuple[int, ...] = ()) -> Relation:
    """Return the claim that ``group`` lies above, below, left of or right of ``other``, or has it as shadow or wake."""
    if relation in _EXCHANGED:
        return Relation(other, _EXCHANGED[relation], group, objects)
    return Relation(group, _KEPT[relation], other, objects)


def _sides() -> dict[str, Side]:
    phrases = {f"{side} it": Side(side) for side in ("above", "below")}
    for side in ("left", "right"):
        phrases |= dict.fromkeys((f"to its {side}", f"to the {side} of it", f"{side} of it"), Side(f"{side} of"))
    return phrases


CLAIM = ClaimKind(
    Relation,
    phrases={
        **{"above": Relating("above"), "below": Relating("below")},
        **dict.fromkeys(("left of", "to the left of"), Relating("left of")),
        **dict.fromkeys(("right of", "to the right of"), Relating("right of")),
        "its": Its("has"),
        **dict.fromkeys(("casts", "casting", "leaves", "trailing"), Relating("has")),
        **_sides(),
    },
)

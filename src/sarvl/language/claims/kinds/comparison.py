"""Comparison: there are more of one class than of another, as many, or twice as many."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from sarvl.annotations import AnnotatedImage
from sarvl.language.claims.claim import Claim, ClaimKind
from sarvl.language.claims.group_fields import fields_of, group_from, key_of
from sarvl.language.claims.kinds.absence import Absence
from sarvl.language.geometry.changes import Changes, changes_kept_by_group
from sarvl.language.geometry.layout import Layout
from sarvl.language.group import Group
from sarvl.language.reader.symbols import MoreOf, Outnumber, Than

Ratio = Literal["more", "fewer", "as many", "twice as many"]
HeldRatio = Literal["more", "as many", "twice as many"]
_HELD: dict[str, HeldRatio] = {"more": "more", "as many": "as many", "twice as many": "twice as many"}


@dataclass(frozen=True, slots=True)
class NumberComparison(Claim):
    """There are more objects in ``group`` than in ``other``, as many, or twice as many; objects: those of both."""

    group: Group
    ratio: HeldRatio
    other: Group
    objects: tuple[int, ...] = ()
    kind: ClassVar[str] = "comparison"

    def meaning(self) -> tuple[Any, ...]:
        """Return what is claimed."""
        return "comparison", key_of(self.group), self.ratio, key_of(self.other)

    def fields(self) -> dict[str, Any]:
        """Return what is claimed as JSON has it."""
        group, other = fields_of(self.group), fields_of(self.other)
        return {"kind": "comparison", "group": group, "ratio": self.ratio, "other": other}

    @classmethod
    def from_fields(cls, fields: Mapping[str, Any]) -> "NumberComparison":
        """Return the claim that ``fields`` wrote."""
        return cls(group_from(fields["group"]), _HELD[fields["ratio"]], group_from(fields["other"]))

    def problem(self, image: AnnotatedImage, layout: Layout) -> str | None:
        """Return why the numbers do not compare so, or are not known, or the evidence is wrong."""
        if image.label is not None:
            return "a label says what is there, not how many"
        first, second = (layout.ids(group) for group in self.groups())
        for group, ids in zip(self.groups(), (first, second), strict=True):
            if not ids and (unknown := Absence(group).problem(image, layout)):
                return unknown
        if not self._is_so(len(first), len(second)):
            return f"the annotation has {len(first)} and {len(second)}"
        if sorted(self.objects) != sorted({*first, *second}):
            return f"it rests on objects {self.objects}, not on all of both groups"
        return None

    def _is_so(self, first: int, second: int) -> bool:
        if self.ratio == "more":
            return first > second
        return first > 0 and first == second * (2 if self.ratio == "twice as many" else 1)

    def evidence(self, image: AnnotatedImage, layout: Layout) -> tuple[int, ...]:
        """Return the objects of both groups."""
        return tuple(sorted({*layout.ids(self.group), *layout.ids(self.other)}))

    def changes_kept(self) -> Changes:
        """Return the changes that keep both groups."""
        return changes_kept_by_group(self.group) & changes_kept_by_group(self.other)

    def groups(self) -> tuple[Group, ...]:
        """Return both groups."""
        return self.group, self.other

    def shown(self) -> str:
        """Return the claim in words, for messages."""
        return f"{self.ratio} {self.group.shown()} {'than' if self.ratio == 'more' else 'as'} {self.other.shown()}"


def comparison_claim(group: Group, ratio: Ratio, other: Group, objects: tuple[int, ...] = ()) -> NumberComparison:
    """Return the claim in its one form: "fewer" is "more" with the groups exchanged; "as many" holds either way."""
    if ratio == "fewer":
        return NumberComparison(other, "more", group, objects)
    if ratio == "as many" and key_of(other) < key_of(group):
        group, other = other, group
    return NumberComparison(group, ratio, other, objects)


CLAIM = ClaimKind(
    NumberComparison,
    phrases={
        **{"more": MoreOf("more"), "fewer": MoreOf("fewer")},
        **{"as many": MoreOf("as many"), "twice as many": MoreOf("twice as many")},
        **{"than": Than(is_of_more=True), "as": Than(is_of_more=False)},
        **dict.fromkeys(("outnumber", "outnumbers"), Outnumber("more")),
        "outnumbered by": Outnumber("fewer"),
    },
)

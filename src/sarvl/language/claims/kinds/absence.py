"""Absence: there is none; said only of classes that the source would have labelled."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from sarvl.annotations import AnnotatedImage
from sarvl.language.claims.claim import Claim, ClaimKind
from sarvl.language.claims.evidence import named_as_well, unknown_orientations
from sarvl.language.claims.group_fields import fields_of, group_from
from sarvl.language.geometry.layout import Layout
from sarvl.language.group import Group
from sarvl.language.reader.symbols import (
    Absent,
    AbsentFrom,
    FreeOf,
    LacksAll,
    Nothing,
    ShowsNothing,
    Symbol,
    ThereIsNone,
)
from sarvl.language.words.measures import share_of
from sarvl.language.words.open_classes import is_closed


@dataclass(frozen=True, slots=True)
class Absence(Claim):
    """There is no object in ``group``."""

    group: Group
    objects: tuple[int, ...] = ()
    kind: ClassVar[str] = "absence"

    def meaning(self) -> tuple[Any, ...]:
        """Return what is claimed."""
        class_name, position, orientation = self.group
        return "absence", class_name, position or "", orientation or ""

    def fields(self) -> dict[str, Any]:
        """Return what is claimed as JSON has it."""
        return {"kind": "absence", "group": fields_of(self.group)}

    @classmethod
    def from_fields(cls, fields: Mapping[str, Any]) -> "Absence":
        """Return the claim that ``fields`` wrote."""
        return cls(group_from(fields["group"]))

    def problem(self, image: AnnotatedImage, layout: Layout) -> str | None:
        """Return why the absence cannot be said, or is not so: an object that reaches into the place lies there too."""
        if unsaid := self._problem_with_saying_so(image, layout):
            return unsaid
        if unknown := unknown_orientations(self.group, layout):
            return unknown
        if there := layout.ids(self.group) or (not self.group.orientation and layout.touching(self.group)):
            return f"the annotation has {len(there)}"
        return "there is nothing for it to rest on, yet it names objects" if self.objects else None

    def _problem_with_saying_so(self, image: AnnotatedImage, layout: Layout) -> str | None:
        class_name = self.group.class_name
        if class_name not in image.labelled_classes:
            return "the source does not label this class, so its absence cannot be said"
        if not is_closed(class_name, image):
            return "an object that may be one was refused, so its absence cannot be said"
        if image.label is not None:
            return "a label says what is there, not what else is absent"
        if share_of(image, class_name) > 0:
            return "the land cover has some"
        named = named_as_well(class_name, image, layout)
        return f"it could be said of {', '.join(named)} too, which is there" if named else None


def _not_shown() -> dict[str, Symbol]:
    shown = ("show", "contain", "include", "depict", "display", "feature", "reveal", "have")
    return {
        f"{verb} {word}{more}": _SHOWS for verb in ("does not", "doesn't") for word in shown for more in ("", " any")
    }


_BE = ("is", "are")
_NOT_BE = tuple(f"{verb}{negation}" for verb in _BE for negation in (" not", "n't"))
_THERE = ("visible", "present", "seen", "found", "shown", "observed")
_SHOWS, _FREE, _ABSENT = ShowsNothing(), FreeOf(), Absent()

CLAIM = ClaimKind(
    Absence,
    phrases={
        **dict.fromkeys(("no", "not any", "not a single"), Nothing()),
        **dict.fromkeys(("without", "without any"), Nothing(joins=True)),
        **{f"there {verb} {words}": ThereIsNone() for verb in _NOT_BE for words in ("any", "a single")},
        "neither": Nothing(needs_nor=True),
        **dict.fromkeys(("free of", "free from", "devoid of", "empty of"), _FREE),
        **dict.fromkeys(("lacks", "lacking"), LacksAll()),
        **_not_shown(),
        **dict.fromkeys(("absent", "missing"), _ABSENT),
        **dict.fromkeys(("absent from", "missing from"), AbsentFrom()),
        **{f"{verb} {state}": _ABSENT for verb in _NOT_BE for state in _THERE},
        **{f"{verb} be {state}": _ABSENT for verb in ("cannot", "can't", "can not") for state in _THERE},
    },
)

"""Absence: there is none; said only of classes that the source would have labelled."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from sarvl.annotations import AnnotatedImage
from sarvl.language.claims.claim import Claim, ClaimKind
from sarvl.language.claims.evidence import unknown_orientations
from sarvl.language.claims.group_fields import fields_of, group_from
from sarvl.language.geometry.layout import Layout
from sarvl.language.group import Group
from sarvl.language.reader.symbols import Nothing
from sarvl.language.words.measures import share_of


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
        """Return why the absence cannot be said, or is not so."""
        class_name = self.group.class_name
        if class_name not in image.labelled_classes:
            return "the source does not label this class, so its absence cannot be said"
        if image.label is not None:
            return "a label says what is there, not what else is absent"
        if share_of(image, class_name) > 0:
            return "the land cover has some"
        if unknown := unknown_orientations(self.group, layout):
            return unknown
        if layout.ids(self.group):
            return f"the annotation has {len(layout.ids(self.group))}"
        return "there is nothing for it to rest on, yet it names objects" if self.objects else None


CLAIM = ClaimKind(Absence, phrases=dict.fromkeys(("no", "without", "without any"), Nothing()))

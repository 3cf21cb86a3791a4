"""Presence: there are one or more; also what an image's label says, and its land cover."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from sarvl.annotations import AnnotatedImage
from sarvl.language.claims.claim import Claim, ClaimKind
from sarvl.language.claims.evidence import problem_with_number
from sarvl.language.claims.group_fields import fields_of, group_from
from sarvl.language.geometry.layout import Layout
from sarvl.language.group import Group
from sarvl.language.words.measures import LEAST_SHARE, share_of


@dataclass(frozen=True, slots=True)
class Presence(Claim):
    """There is an object in ``group``, or the label or the land cover says that its class is there."""

    group: Group
    objects: tuple[int, ...] = ()
    kind: ClassVar[str] = "presence"

    def meaning(self) -> tuple[Any, ...]:
        """Return what is claimed."""
        class_name, position, orientation = self.group
        return "presence", class_name, position or "", orientation or ""

    def fields(self) -> dict[str, Any]:
        """Return what is claimed as JSON has it."""
        return {"kind": "presence", "group": fields_of(self.group)}

    @classmethod
    def from_fields(cls, fields: Mapping[str, Any]) -> "Presence":
        """Return the claim that ``fields`` wrote."""
        return cls(group_from(fields["group"]))

    def problem(self, image: AnnotatedImage, layout: Layout) -> str | None:
        """Return why nothing of the group is there, or the evidence is wrong."""
        if self._is_there_as_a_whole(image):
            return None if set(self.objects) <= set(layout.ids(self.group)) else self._not_of_this_group()
        return problem_with_number(self.group, 1, self.objects, layout, is_exact=False)

    def _is_there_as_a_whole(self, image: AnnotatedImage) -> bool:
        """Tell whether the label or the land cover says that the class is there, wherever it is."""
        class_name, position, orientation = self.group
        is_anywhere = position is None and orientation is None
        return is_anywhere and (class_name == image.label or share_of(image, class_name) >= LEAST_SHARE)

    def _not_of_this_group(self) -> str:
        return f"objects {self.objects} are not of this group"


CLAIM = ClaimKind(Presence)

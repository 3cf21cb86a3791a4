"""MeasuredClaim: what the claims of an object's size and of its box's extent have in common."""

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from sarvl.annotations import AnnotatedImage
from sarvl.language.claims.claim import Claim
from sarvl.language.claims.group_fields import fields_of, group_from
from sarvl.language.geometry.layout import Layout
from sarvl.language.group import Group

SizeM = tuple[int, int]


@dataclass(frozen=True, slots=True)
class MeasuredClaim(Claim):
    """Two lengths in rounded metres, ``size_m``, of an object of ``group``."""

    group: Group
    size_m: SizeM
    objects: tuple[int, ...] = ()

    def meaning(self) -> tuple[Any, ...]:
        """Return what is claimed."""
        class_name, position, orientation = self.group
        return self.kind, class_name, position or "", orientation or "", self.size_m

    def fields(self) -> dict[str, Any]:
        """Return what is claimed as JSON has it."""
        return {"kind": self.kind, "group": fields_of(self.group), "size_m": list(self.size_m)}

    @classmethod
    def from_fields(cls, fields: Mapping[str, Any]) -> Self:
        """Return the claim that ``fields`` wrote."""
        first_m, second_m = fields["size_m"]
        return cls(group_from(fields["group"]), (int(first_m), int(second_m)))

    def shown(self) -> str:
        """Return the claim in words, for messages."""
        first_m, second_m = self.size_m
        return f"{self.kind} of {self.group.shown()}: {first_m} m x {second_m} m"

    @abstractmethod
    def sizes(self, image: AnnotatedImage, layout: Layout) -> dict[tuple[int, ...], SizeM]:
        """Return the two lengths of all that ``group`` could mean, by the objects that each is of."""

    def evidence(self, image: AnnotatedImage, layout: Layout) -> tuple[int, ...]:
        """Return the first object of these lengths."""
        return next((ids for ids, size_m in self.sizes(image, layout).items() if size_m == self.size_m), ())

    def problem(self, image: AnnotatedImage, layout: Layout) -> str | None:
        """Return why none of the ``sizes`` is that claimed, or the evidence is wrong."""
        sizes = self.sizes(image, layout)
        if self.size_m not in sizes.values():
            spans = sorted({f"{first_m} m and {second_m} m" for first_m, second_m in sizes.values()})
            return f"the annotation has {', '.join(spans) or 'no size'}"
        return None if sizes.get(self.objects) == self.size_m else f"it rests on objects {self.objects}"

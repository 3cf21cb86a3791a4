"""Speckle: how strong the speckle of the whole image is, by the number of looks that its source declares."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from sarvl.annotations import AnnotatedImage
from sarvl.language.claims.claim import Claim, ClaimKind
from sarvl.language.claims.group_fields import fields_of
from sarvl.language.geometry.changes import EVERY_CHANGE, Changes
from sarvl.language.geometry.layout import Layout
from sarvl.language.group import WHOLE_IMAGE, Group
from sarvl.language.reader.symbols import ImageClaim
from sarvl.language.words.measures import SPECKLE_STRENGTHS, SpeckleStrength, speckle_of

_STRENGTHS = {strength: strength for strength in SPECKLE_STRENGTHS}


@dataclass(frozen=True, slots=True)
class Speckle(Claim):
    """The whole image has speckle of this strength."""

    strength: SpeckleStrength
    objects: tuple[int, ...] = ()
    group: Group = field(default=WHOLE_IMAGE, init=False)
    kind: ClassVar[str] = "speckle"

    def meaning(self) -> tuple[Any, ...]:
        """Return what is claimed."""
        return "speckle", self.strength

    def fields(self) -> dict[str, Any]:
        """Return what is claimed as JSON has it."""
        return {"kind": "speckle", "group": fields_of(self.group), "amount": self.strength}

    @classmethod
    def from_fields(cls, fields: Mapping[str, Any]) -> "Speckle":
        """Return the claim that ``fields`` wrote."""
        return cls(_STRENGTHS[fields["amount"]])

    def problem(self, image: AnnotatedImage, _: Layout) -> str | None:
        """Return why the speckle is not so strong, or the evidence is wrong."""
        if image.looks is None:
            return "the number of looks is not known"
        if self.strength != speckle_of(image.looks):
            return f"the image has {image.looks:g} looks"
        return f"it rests on objects {self.objects}, not on the looks" if self.objects else None

    def changes_kept(self) -> Changes:
        """Return all but scaling: a scaled picture has been resampled, which averages the speckle."""
        return EVERY_CHANGE - {"scale"}

    def shown(self) -> str:
        """Return the claim in words, for messages."""
        return f"speckle of the image: {self.strength}"


CLAIM = ClaimKind(
    Speckle,
    phrases={f"{strength} speckle": ImageClaim(Speckle(strength), domain="sar") for strength in SPECKLE_STRENGTHS},
)

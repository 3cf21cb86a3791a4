"""Share: how much of the ground a class of land cover takes, in percent or in a word."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from sarvl.annotations import AnnotatedImage
from sarvl.language.claims.claim import Claim, ClaimKind
from sarvl.language.claims.group_fields import fields_of, group_from
from sarvl.language.geometry.layout import Layout
from sarvl.language.group import Group
from sarvl.language.reader.patterns import ABOUT, ABOUT_WORDS, Pattern
from sarvl.language.reader.symbols import GroundClaim, IfGround
from sarvl.language.words.measures import AMOUNTS, LEAST_SHARE, Amount, amount_of, percent_of, share_of

_AMOUNTS = {amount: amount for amount in AMOUNTS}


@dataclass(frozen=True, slots=True)
class Share(Claim):
    """The class of ``group`` covers about ``share`` percent of the ground, or as much as the word says."""

    group: Group
    share: Amount | int
    objects: tuple[int, ...] = ()
    kind: ClassVar[str] = "share"

    def meaning(self) -> tuple[Any, ...]:
        """Return what is claimed."""
        class_name, position, orientation = self.group
        percent, word = (self.share, "") if isinstance(self.share, int) else (0, self.share)
        return "share", class_name, position or "", percent, orientation or "", word

    def fields(self) -> dict[str, Any]:
        """Return what is claimed as JSON has it."""
        measure = "percent" if isinstance(self.share, int) else "amount"
        return {"kind": "share", "group": fields_of(self.group), measure: self.share}

    @classmethod
    def from_fields(cls, fields: Mapping[str, Any]) -> "Share":
        """Return the claim that ``fields`` wrote."""
        group = group_from(fields["group"])
        return cls(group, int(fields["percent"]) if "percent" in fields else _AMOUNTS[fields["amount"]])

    def problem(self, image: AnnotatedImage, _: Layout) -> str | None:
        """Return why the class covers less or more, or the evidence is wrong."""
        share = share_of(image, self.group.class_name)
        true = percent_of(share) if isinstance(self.share, int) else amount_of(share)
        is_of_place = self.group != Group(self.group.class_name)
        if is_of_place or share < LEAST_SHARE or self.share != true or self.share == 0:
            return f"the land cover has a share of {share:.3f}"
        return f"it rests on objects {self.objects}, not on the land cover" if self.objects else None

    def shown(self) -> str:
        """Return the claim in words, for messages."""
        share = f"{self.share} %" if isinstance(self.share, int) else self.share
        return f"share of {self.group.shown()}: {share}"


def _said(share: Amount | int) -> GroundClaim:
    return GroundClaim(lambda group: Share(group, share), may_stand_apart=isinstance(share, int))


_PERCENT = re.compile(rf"{ABOUT} ([0-9]{{1,3}}) (?:%|percent)(?= |$)")

CLAIM = ClaimKind(
    Share,
    phrases={
        "dominated by": _said("dominant"),
        **dict.fromkeys(("large areas of", "a large share of"), _said("large areas")),
        **dict.fromkeys(("a small amount of", "small amounts of", "a small share of"), _said("small amount")),
        "some": IfGround(_said("some")),
    },
    patterns=(Pattern(ABOUT_WORDS, _PERCENT, _said),),
)

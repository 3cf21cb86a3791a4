"""Extent: how far the axis-aligned box of an object extends in metres, across and down."""

import re
from dataclasses import dataclass
from typing import ClassVar

from sarvl.annotations import AnnotatedImage
from sarvl.language.claims.claim import ClaimKind
from sarvl.language.claims.measured_claim import MeasuredClaim, SizeM
from sarvl.language.geometry.changes import Changes, changes_kept_by_group
from sarvl.language.geometry.layout import Layout
from sarvl.language.reader.patterns import ABOUT, METRES, Pattern
from sarvl.language.reader.symbols import ObjectClaim
from sarvl.language.words.measures import extent_m


@dataclass(frozen=True, slots=True)
class Extent(MeasuredClaim):
    """The axis-aligned box of an object of ``group`` is about ``size_m`` (across, down) metres large."""

    kind: ClassVar[str] = "extent"

    def sizes(self, image: AnnotatedImage, layout: Layout) -> dict[tuple[int, ...], SizeM]:
        """Return the extents of the boxes."""
        return {(index,): size_m for index in layout.ids(self.group) if (size_m := extent_m(image, index))}

    def changes_kept(self) -> Changes:
        """Return the changes that keep the group, and which length is across."""
        kept, (across_m, down_m) = changes_kept_by_group(self.group), self.size_m
        return kept if across_m == down_m else kept - {"quarter_turn"}


def _said(across_m: int, down_m: int) -> ObjectClaim:
    return ObjectClaim(lambda group: Extent(group, (across_m, down_m)))


_WORDS = re.compile(rf"whose (?:bounding )?box (?:extends|measures) {ABOUT} {METRES} by (?:{ABOUT} )?{METRES}(?= |$)")

CLAIM = ClaimKind(Extent, patterns=(Pattern(("whose",), _WORDS, _said),))

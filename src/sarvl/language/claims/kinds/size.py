"""Size: how long and wide an object is in metres, by its oriented box or as the source declares it of the target."""

import re
from dataclasses import dataclass
from typing import ClassVar

from sarvl.annotations import AnnotatedImage
from sarvl.language.claims.claim import ClaimKind
from sarvl.language.claims.measured_claim import MeasuredClaim, SizeM
from sarvl.language.geometry.layout import Layout
from sarvl.language.group import Group
from sarvl.language.reader.patterns import ABOUT, ABOUT_WORDS, METRES, Pattern
from sarvl.language.reader.symbols import ObjectClaim
from sarvl.language.words.measures import oriented_size_m, target_size_m


@dataclass(frozen=True, slots=True)
class Size(MeasuredClaim):
    """An object of ``group`` is about ``size_m`` (length, width) metres long and wide."""

    kind: ClassVar[str] = "size"

    def sizes(self, image: AnnotatedImage, layout: Layout) -> dict[tuple[int, ...], SizeM]:
        """Return the sizes of the oriented boxes, or that which the source declares of the labelled target."""
        if self.group == Group(image.label or "") and (declared := target_size_m(image)):
            return {(): declared}
        return {(index,): size_m for index in layout.ids(self.group) if (size_m := oriented_size_m(image, index))}


def _said(length_m: int, width_m: int) -> ObjectClaim:
    return ObjectClaim(lambda group: Size(group, (length_m, width_m)))


_WORDS = re.compile(rf"{ABOUT} {METRES} long (?:and|,|by) (?:{ABOUT} )?{METRES} wide(?= |$)")

CLAIM = ClaimKind(Size, patterns=(Pattern(ABOUT_WORDS, _WORDS, _said),))

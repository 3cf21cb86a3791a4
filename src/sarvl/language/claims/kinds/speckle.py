"""Speckle: how strong the speckle of the whole image is, by the number of looks that its source declares."""

from dataclasses import dataclass
from typing import ClassVar

from sarvl.annotations import AnnotatedImage
from sarvl.language.claims.claim import ClaimKind
from sarvl.language.claims.picture_claim import PictureClaim
from sarvl.language.geometry.changes import EVERY_CHANGE, Changes
from sarvl.language.geometry.layout import Layout
from sarvl.language.reader.symbols import ImageClaim
from sarvl.language.words.measures import SPECKLE_STRENGTHS, speckle_of


@dataclass(frozen=True, slots=True)
class Speckle(PictureClaim):
    """The whole image has speckle of this strength."""

    kind: ClassVar[str] = "speckle"
    words: ClassVar[tuple[str, ...]] = SPECKLE_STRENGTHS

    def problem(self, image: AnnotatedImage, _: Layout) -> str | None:
        """Return why the speckle is not so strong, or the evidence is wrong."""
        if image.looks is None:
            return "the number of looks is not known"
        if self.word != speckle_of(image.looks):
            return f"the image has {image.looks:g} looks"
        return f"it rests on objects {self.objects}, not on the looks" if self.objects else None

    def changes_kept(self) -> Changes:
        """Return all but scaling: a scaled picture has been resampled, which averages the speckle."""
        return EVERY_CHANGE - {"scale"}


CLAIM = ClaimKind(
    Speckle,
    phrases={f"{strength} speckle": ImageClaim(Speckle(strength), domain="sar") for strength in SPECKLE_STRENGTHS},
)

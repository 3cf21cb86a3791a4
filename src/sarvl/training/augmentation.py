"""Augmentation: what a recipe sets of it; no PyTorch, so that a recipe is read quickly."""

from typing import Literal

from pydantic import Field

from sarvl.recipes import RecipeModel


class Augmentation(RecipeModel):
    """How strongly a batch is varied; every strength is the bound of a uniform draw, 0 is off.

    Mirroring, zoom and shift touch only images whose text outlives all of them, as its claims tell: any other may speak
    of places and counts, which they would make false.
    """

    mirror: tuple[Literal["horizontal", "vertical"], ...] = ()
    """Axes along which half of the images are mirrored; mind that a mirrored range axis turns shadows towards the
    sensor."""
    scale: float = Field(default=0.0, ge=0, lt=1)
    """Relative zoom."""
    shift: float = Field(default=0.0, ge=0, lt=1)
    """Shift, as a share of the image's side."""
    brightness: float = Field(default=0.0, ge=0, lt=1)
    """Offset of the bytes, as a share of the full range."""
    contrast: float = Field(default=0.0, ge=0, lt=1)
    """Relative gain around the image's mean."""
    speckle: float = Field(default=0.0, ge=0, lt=1)
    """Relative standard deviation of multiplicative noise."""

    @property
    def moves(self) -> bool:
        """Whether any geometric change is on."""
        return bool(self.mirror) or self.scale > 0 or self.shift > 0

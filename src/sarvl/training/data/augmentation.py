"""Augmentation: what a recipe sets of it; no PyTorch, so that a recipe is read quickly."""

from typing import Any, Literal

from pydantic import Field, model_validator

from sarvl.recipes import RecipeModel

GAIN_STEPS = 5


class Augmentation(RecipeModel):
    """How strongly a batch is varied; every strength is the bound of a draw, 0 is off.

    Mirroring, zoom, shift and a coarser resolution touch only images of one tile whose text outlives all of them, as
    its claims tell: any other may speak of places, counts and speckle, which they would make false.
    """

    mirror: tuple[Literal["horizontal", "vertical"], ...] = ()
    """Axes along which half of the images are mirrored; mind that a mirrored range axis turns shadows towards the
    sensor."""
    scale: float = Field(default=0.0, ge=0, lt=1)
    """Relative zoom."""
    shift: float = Field(default=0.0, ge=0, lt=1)
    """Shift, as a share of the image's side."""
    gain_db: float = Field(default=0.0, ge=0, le=30)
    """Gain of the radar, in decibels: one of five even steps from ``-gain_db`` to ``gain_db``, before an image's values
    become bytes. The pixel cache is kept once for each step."""
    coarser: float = Field(default=0.0, ge=0, le=7, examples=[1.0])
    """Resolution: half of these images become up to ``1 + coarser`` times as coarse, by the mean intensity of squares
    of pixels of the tower's tile, interpolated back; bytes are taken as amplitude."""
    contrast: float = Field(default=0.0, ge=0, lt=1)
    """Relative gain around the image's mean."""
    speckle: float = Field(default=0.0, ge=0, lt=1)
    """Relative standard deviation of multiplicative noise."""

    @model_validator(mode="before")
    @classmethod
    def _no_brightness(cls, value: Any) -> Any:
        if isinstance(value, dict) and "brightness" in value:
            raise ValueError(
                "brightness, which added to the bytes, is no more: a radar's gain multiplies; leave it out, or write "
                "gain_db: 1.5 for gains of -1.5 to 1.5 decibels"
            )
        return value

    @property
    def gains_db(self) -> tuple[float, ...]:
        """The gains that are drawn from, each as often; none where the gain is off."""
        half = GAIN_STEPS // 2
        return tuple(self.gain_db * step / half for step in range(-half, half + 1)) if self.gain_db else ()

    @property
    def moves(self) -> bool:
        """Whether any geometric change is on."""
        return bool(self.mirror) or self.scale > 0 or self.shift > 0

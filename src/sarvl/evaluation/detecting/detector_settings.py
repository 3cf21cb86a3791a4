"""What can be set of a detector."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from sarvl.recipes import RecipeModel

Mirror = tuple[Literal["horizontal", "vertical"], ...]
Zoom = Annotated[float, Field(ge=0.1, le=8)]
"""Factor on the size of a cut: within what leaves pixels to look at."""


class DetectorSettings(RecipeModel):
    """How a detector is made and trained."""

    image_size: int = Field(default=512, ge=32, multiple_of=32)
    """Side in pixels of the square that an image is fitted into: its longer side is scaled to it, larger or smaller."""
    epochs: int = Field(default=36, ge=1)
    """How often each training image is learnt from."""
    batch_size: int = Field(default=8, ge=1)
    """Images a step."""
    learning_rate: float = Field(default=5e-4, gt=0)
    """Highest learning rate of AdamW; it falls to zero along half a cosine."""
    tower_rate: float = Field(default=1.0, ge=0)
    """Factor on the learning rate in the image tower; 0 leaves its weights as they are."""
    warmup_steps: int = Field(default=100, ge=0)
    """Steps in which the rate rises."""
    weight_decay: float = Field(default=0.05, ge=0)
    """Weight decay of AdamW."""
    mirror: Mirror = ("horizontal", "vertical")
    """Sides along which each training image is mirrored or not, by chance."""
    cut: int | None = Field(default=None, ge=32, multiple_of=32)
    """Side in pixels of a square that is cut out of each training image and learnt from in its place, half of them
    around a box: an enlarged image's small objects are learnt at the cost of a small image. None for whole images. For
    convolutional towers."""
    zoom: tuple[Zoom, Zoom] = (1.0, 1.0)
    """Least and greatest factor, from 0.1 to 8, by which a cut is scaled, drawn evenly in its logarithm; for `cut`."""
    channels: int = Field(default=256, ge=32, multiple_of=32)
    """Channels of the feature pyramid and of the detector's heads."""
    precision: Literal["float32", "bfloat16"] = "float32"
    """In which the detector computes while it learns; weights stay in float32. A processor with instructions for
    bfloat16 learns about twice as fast with it."""
    least_score: float = Field(default=0.05, ge=0, lt=1)
    """Boxes that score less are not kept."""
    seed: int = Field(default=0, ge=0)
    """Decides the weights that are drawn, the order of the images, and which are mirrored or cut where."""

    @model_validator(mode="after")
    def _check_cuts(self) -> Self:
        if self.cut is not None and self.cut > self.image_size:
            raise ValueError(f"cut is a part of the square: at most image_size, which is {self.image_size}")
        if self.cut is None and self.zoom != (1.0, 1.0):
            raise ValueError("zoom scales cuts; set cut too")
        if self.zoom[0] > self.zoom[1]:
            raise ValueError("zoom has its least factor first")
        return self

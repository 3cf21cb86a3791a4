"""ComposeRecipe: which targets are set into which clutter, how many, and by which rules."""

from typing import Annotated, Literal

from pydantic import ConfigDict, Field, model_validator

from sarvl.annotations import Source
from sarvl.annotations.split_name import SplitName
from sarvl.recipes import RecipeModel
from sarvl.simulation.composing.bright_parts import BrightParts
from sarvl.simulation.composing.mask_codes import MaskCodes
from sarvl.simulation.composing.polygons import Polygons

MAX_OBJECTS = 300
MAX_SCENES = 1_000_000
Cut = Annotated[Polygons | MaskCodes | BrightParts, Field(discriminator="kind")]


class Targets(RecipeModel):
    """Where targets come from, and how they are cut out."""

    source: Source
    """An image set, as in a build recipe: each target has the split that ``sarvl build`` gives its image by the same
    seed."""
    cut: Cut
    """How the pixels of a target are told: ``polygons``, ``codes`` of mask images, or ``bright`` parts."""
    margin_px: int = Field(default=6, ge=1, le=64)
    """How much of its own surroundings a target brings along; the seam runs this far outside of it. Where a target is
    made smaller by resampling, so is this."""
    least_px: int = Field(default=12, ge=1)
    """Targets of fewer pixels are refused."""


class OwnImages(RecipeModel):
    """Clutter that is real images, with the objects that are in them already."""

    kind: Literal["images"]
    """``images``."""
    source: Source
    """The images. A clutter of a split only takes targets of that split."""
    cut: Cut | None = None
    """How the pixels of the objects that are there are told; where absent, they keep their boxes alone."""
    size: int | None = Field(default=None, ge=64, le=16384)
    """Side of the square that is cut from an image, in pixels; the whole image where absent."""
    largest_size: int | None = Field(default=None, ge=64, le=16384)
    """Where it is given, the side is drawn for each scene, between ``size`` and this or the image's own shorter side; a
    scene that finds no such square has one of ``size``."""

    @model_validator(mode="after")
    def _sizes_in_order(self) -> "OwnImages":
        if self.largest_size is not None and (self.size is None or self.size > self.largest_size):
            told = "no size" if self.size is None else f"size is {self.size}"
            raise ValueError(f"{told}, where largest_size is {self.largest_size}; give a size that is no larger")
        return self


class FittedFields(RecipeModel):
    """Clutter that is drawn anew, with the distribution and the correlation of the margins of the targets' chips."""

    kind: Literal["fitted"]
    """``fitted``."""
    size: int = Field(default=512, ge=64, le=16384)
    """Side of a scene in pixels."""
    fields: int = Field(default=12, ge=1, le=1000)
    """How many fields are fitted for each split, from chips that are alike in level."""
    chips_a_field: int = Field(default=12, ge=1, le=1000)
    """From how many chips each is fitted."""
    reach_px: int = Field(default=12, ge=1, le=24)
    """How far correlation is measured and made."""


class Match(RecipeModel):
    """How alike a target's own surroundings and a place must be."""

    most_gain_db: float = Field(default=3.0, ge=0, allow_inf_nan=False)
    """Most that a target is brightened or darkened, so that the level around it becomes that of the place."""
    variation: float = Field(default=1.3, ge=1, allow_inf_nan=False)
    """Most that deviation by mean may differ, as a factor."""
    correlation: float = Field(default=0.15, gt=0, le=2)
    """Most that the correlation of neighbouring pixels may differ, along columns and along rows."""
    evenness: float = Field(default=1.5, ge=1, allow_inf_nan=False)
    """Most that the means of the four quarters of a place may differ, as a factor; so for a target's surroundings."""
    spacing: float = Field(default=1.5, ge=1, allow_inf_nan=False)
    """Most that pixel spacings may differ, as a factor."""
    beyond_spacing: Literal["refuse", "resample"] = "refuse"
    """Whether a target of another spacing is refused, or resampled, which its record then says."""
    unknown_spacing: Literal["refuse", "accept"] = "refuse"
    """Whether targets and clutter of which no file says the spacing are put together all the same."""


class Counts(RecipeModel):
    """The numbers of objects and classes that an image gets."""

    least: int = Field(default=1, ge=0, le=MAX_OBJECTS)
    """Fewest that are asked for; the command tells how many scenes have fewer, and why."""
    most: int = Field(default=30, ge=1, le=MAX_OBJECTS)
    """Most, those that were there already included: clutter that has more is not used."""
    empty_share: float = Field(default=0.0, ge=0, lt=1)
    """Share of the scenes that are drawn to show no object, so that what is asked and said of none can be learnt. Such
    a scene is a fitted field, an image without objects, or a square (``size``) that none of an image's own reach into;
    where that is not found, it is as others, and the command tells how many are."""
    classes: int = Field(default=6, ge=1)
    """Most classes an image, those that were there already included: clutter that has more is not used."""

    @model_validator(mode="after")
    def _consistent(self) -> "Counts":
        if self.least > self.most:
            raise ValueError(f"least is {self.least}, more than most, {self.most}")
        return self


class ComposeRecipe(RecipeModel):
    """The recipe of ``sarvl compose``: real targets, set into real or fitted clutter."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "targets": {
                        "source": {
                            "name": "ships",
                            "format": "coco",
                            "images": "images",
                            "annotations": "annotations.json",
                            "splits": {"train": 0.8, "test": 0.2},
                        },
                        "cut": {"kind": "polygons"},
                    },
                    "clutter": {"kind": "fitted"},
                    "scenes": {"train": 800, "test": 200},
                }
            ]
        }
    )

    seed: int = Field(default=0, ge=0)
    """Decides splits and everything that is drawn: same seed, same bytes."""
    targets: Targets
    """Where targets come from."""
    clutter: Annotated[OwnImages | FittedFields, Field(discriminator="kind")]
    """What they are set into: real ``images``, or ``fitted`` fields."""
    scenes: dict[SplitName, Annotated[int, Field(ge=1, le=MAX_SCENES)]] = Field(min_length=1)
    """How many scenes each split gets."""
    objects: Counts = Counts()
    """How many objects an image has."""
    match: Match = Match()
    """What a target asks of the place that it is set into, in each band."""
    feather_px: float = Field(default=2.0, ge=0, le=16)
    """Width of the seam in pixels."""
    gap_px: int = Field(default=2, ge=0)
    """Clutter between two targets, beyond what they bring along."""
    overlap: bool = False
    """Whether targets may cover each other, as long as a quarter of each is seen."""

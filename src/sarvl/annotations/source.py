"""Source: how a recipe declares one annotated image set."""

import re
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator, model_validator

from sarvl.imagery import Quantity
from sarvl.recipes import RecipePath

SplitName = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]+$")]


def _text_keys(value: object) -> object:
    """YAML reads ``0:`` as a number and ``yes:`` as a truth; class names are always text."""
    return {str(key): name for key, name in value.items()} if isinstance(value, dict) else value


class Grouping(BaseModel):
    """How file names tell which scene an image was cut from.

    pattern: regular expression searched in the file's relative path; its named parts together name the scene.
    overlap_px: where the pattern also has the parts ``row`` and ``column`` (pixels in the scene), only patches nearer
        than this on both axes, directly or through others, share a group.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    pattern: str
    overlap_px: int | None = Field(default=None, gt=0)

    @model_validator(mode="after")
    def _check_pattern(self) -> "Grouping":
        parts = set(_compiled(self.pattern).groupindex)
        if not parts:
            raise ValueError("pattern has no named part; write one such as (?P<scene>...)")
        if self.overlap_px and not {"row", "column"} <= parts:
            raise ValueError("overlap_px needs the named parts (?P<row>...) and (?P<column>...) in pattern")
        return self


class Source(BaseModel):
    """One image set of a build recipe; paths are absolute once the recipe is read.

    format: how the annotations are written. images: folder of the images. annotations: file or folder.
    include: glob below ``images`` that restricts class folders. label_pattern: regular expression whose part ``label``
    finds the class in the relative path (default: the name of the file's folder).
    class_names: the source's class (or COCO category id) to the name used in texts, or to several equal names.
    labelled_classes: classes that the source would have labelled wherever they stand; only their absence is ever said.
    split / splits: the one split of all images, or shares by name. quantity, bands: see ``imagery.read_image``.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(pattern=r"^[A-Za-z0-9_.-]+$")
    format: Literal["coco", "voc", "folders", "captions"]
    images: RecipePath
    annotations: RecipePath | None = None
    include: str = "**/*"
    label_pattern: str | None = None
    domain: Literal["sar", "optical"] = "sar"
    quantity: Quantity | None = None
    bands: tuple[str, ...] | None = None
    class_names: Annotated[dict[str, tuple[str, ...]], BeforeValidator(_text_keys)] = Field(default_factory=dict)
    labelled_classes: tuple[str, ...] = ()
    split: SplitName | None = None
    splits: dict[SplitName, Annotated[float, Field(gt=0, le=1)]] | None = None
    group: Grouping | None = None
    licence: str = "not stated"

    @field_validator("class_names", mode="before")
    @classmethod
    def _one_name_or_several(cls, value: object) -> object:
        if not isinstance(value, dict):
            return value
        return {key: (names,) if isinstance(names, str) else names for key, names in value.items()}

    @field_validator("label_pattern")
    @classmethod
    def _label_part(cls, value: str | None) -> str | None:
        if value is not None and "label" not in _compiled(value).groupindex:
            raise ValueError("label_pattern has no part named label; write (?P<label>...)")
        return value

    @model_validator(mode="after")
    def _consistent(self) -> "Source":
        if (self.split is None) == (self.splits is None):
            raise ValueError("give either split (one name) or splits (shares by name)")
        if self.splits and abs(sum(self.splits.values()) - 1) > 1e-6:
            raise ValueError(f"splits add up to {sum(self.splits.values()):g}, not to 1")
        if self.format == "folders" and self.annotations is not None:
            raise ValueError("format folders takes no annotations: the folders are the classes")
        if self.format != "folders" and self.annotations is None:
            raise ValueError(f"format {self.format} needs annotations")
        return self

    def names_of(self, raw_class: str) -> tuple[str, ...]:
        """Return the names of a class as the source spells it, canonical first; underscores are read as spaces."""
        return self.class_names.get(raw_class) or (raw_class.replace("_", " ").strip(),)


def _compiled(pattern: str) -> re.Pattern[str]:
    try:
        return re.compile(pattern)
    except re.error as problem:
        raise ValueError(f"not a regular expression: {problem}") from problem

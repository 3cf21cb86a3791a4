"""Source: how a recipe declares one annotated image set."""

import re
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationInfo, field_validator, model_validator

from sarvl.annotations.format import FORMATS
from sarvl.annotations.split_name import SplitName
from sarvl.errors import AnnotationError
from sarvl.imagery import Quantity
from sarvl.recipes import RecipePath

ALL_FILES = "**/*"


def _text_keys(value: object) -> object:
    """YAML reads ``0:`` as a number and ``yes:`` as a truth; class names are always text."""
    return {str(key): name for key, name in value.items()} if isinstance(value, dict) else value


class Grouping(BaseModel):
    """How file names, or positions on the ground, tell which scene an image was cut from: one of the two.

    pattern: regular expression searched in the file's relative path; its named parts together name the scene.
    overlap_px: where the pattern also has the parts ``row`` and ``column`` (pixels in the scene), only patches nearer
        than this on both axes, directly or through others, share a group.
    distance_m: images whose centres lie nearer than this on the ground, directly or through others, share a group.
    block_px, block_m: side of squares that cut such chains, where one would join too much: images share a group where
        their corners (px) or centres (m) lie in one square, and those that are near an image of a higher split (test,
        val, train) are refused.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    pattern: str | None = None
    overlap_px: int | None = Field(default=None, gt=0)
    distance_m: float | None = Field(default=None, gt=0)
    block_px: int | None = Field(default=None, gt=0)
    block_m: float | None = Field(default=None, gt=0, allow_inf_nan=False)

    @property
    def has_blocks(self) -> bool:
        """Whether squares cut the chains of images that are near each other."""
        return bool(self.block_px or self.block_m)

    @model_validator(mode="after")
    def _check_pattern(self) -> "Grouping":
        if (self.pattern is None) == (self.distance_m is None):
            raise ValueError("give either pattern (of file names) or distance_m (on the ground)")
        if (self.block_px and not self.overlap_px) or (self.block_m and not self.distance_m):
            raise ValueError("block_px needs overlap_px, and block_m needs distance_m: how near two splits may come")
        if self.pattern is None:
            return self
        parts = set(_compiled(self.pattern).groupindex)
        if not parts:
            raise ValueError("pattern has no named part; write one such as (?P<scene>...)")
        if self.overlap_px and not {"row", "column"} <= parts:
            raise ValueError("overlap_px needs the named parts (?P<row>...) and (?P<column>...) in pattern")
        return self


class Source(BaseModel):
    """One image set of a build recipe; paths are absolute once the recipe is read.

    format: how the annotations are written (``annotations.format``). images: folder of the images. annotations: file or
    folder. options: what else the format wants to know, checked by its own model.
    include: glob below ``images`` that restricts formats that list the images themselves. label_pattern: regular
    expression whose part ``label`` finds the class in the relative path (default: the name of the file's folder).
    class_names: the source's class (or COCO category id) to the name used in texts, or to several equal names.
    labelled_classes: classes that the source would have labelled wherever they stand; only their absence is ever said.
    split / splits / official_splits: the one split of all images, or shares by name, or the splits that the source
    itself gives (in its annotations, or as part ``split`` of ``split_pattern`` in the relative path).
    spacing_m, looks: of all images, where no file says its own. quantity, bands: see ``imagery.read_image``.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(pattern=r"^[A-Za-z0-9_.-]+$")
    format: str
    images: RecipePath
    annotations: RecipePath | None = None
    options: Any = Field(default_factory=dict, validate_default=True)
    include: str = ALL_FILES
    label_pattern: str | None = None
    domain: Literal["sar", "optical"] = "sar"
    quantity: Quantity | None = None
    bands: tuple[str, ...] | None = None
    spacing_m: float | None = Field(default=None, gt=0, allow_inf_nan=False)
    looks: float | None = Field(default=None, gt=0, allow_inf_nan=False)
    class_names: Annotated[dict[str, tuple[str, ...]], BeforeValidator(_text_keys)] = Field(default_factory=dict)
    labelled_classes: tuple[str, ...] = ()
    split: SplitName | None = None
    splits: dict[SplitName, Annotated[float, Field(gt=0, le=1)]] | None = None
    official_splits: bool = False
    split_pattern: str | None = None
    group: Grouping | None = None
    licence: str = "not stated"

    @field_validator("format")
    @classmethod
    def _known_format(cls, value: str) -> str:
        try:
            FORMATS.get(value)
        except AnnotationError as problem:
            raise ValueError(str(problem)) from problem
        return value

    @field_validator("options")
    @classmethod
    def _checked_options(cls, value: object, info: ValidationInfo) -> object:
        if "format" not in info.data:
            return value  # the format is wrong, which is said already
        return FORMATS.get(info.data["format"]).options.model_validate(value, context=info.context)

    @field_validator("class_names", mode="before")
    @classmethod
    def _one_name_or_several(cls, value: object) -> object:
        if not isinstance(value, dict):
            return value
        return {key: (names,) if isinstance(names, str) else names for key, names in value.items()}

    @field_validator("label_pattern", "split_pattern")
    @classmethod
    def _named_part(cls, value: str | None, info: ValidationInfo) -> str | None:
        part = str(info.field_name).removesuffix("_pattern")
        if value is not None and part not in _compiled(value).groupindex:
            raise ValueError(f"{info.field_name} has no part named {part}; write (?P<{part}>...)")
        return value

    @model_validator(mode="after")
    def _consistent(self) -> "Source":
        if sum((self.split is not None, self.splits is not None, self.official_splits)) != 1:
            raise ValueError("give one of split (one name), splits (shares by name) and official_splits")
        if self.splits and abs(sum(self.splits.values()) - 1) > 1e-6:
            raise ValueError(f"splits add up to {sum(self.splits.values()):g}, not to 1")
        if self.group and self.group.has_blocks and not self.splits:
            raise ValueError("blocks of a group are for splits (shares by name)")
        return self

    @model_validator(mode="after")
    def _as_the_format_wants(self) -> "Source":
        form = FORMATS.get(self.format)
        if form.needs_annotations is False and self.annotations is not None:
            raise ValueError(f"format {self.format} takes no annotations")
        if form.needs_annotations and self.annotations is None:
            raise ValueError(f"format {self.format} needs annotations")
        if self.include != ALL_FILES and not form.lists_images:
            raise ValueError(
                f"format {self.format} takes its images from the annotations, so that include does nothing"
            )
        return self

    @model_validator(mode="after")
    def _labelled_as_in_texts(self) -> "Source":
        """Refuse a class that is not called so in texts: it would be said to be absent beside its own objects."""
        if self.labelled_classes and not FORMATS.get(self.format).has_objects:
            raise ValueError(f"format {self.format} tells of no objects, so that no class is labelled_classes")
        canonical = {name: names[0] for names in self.class_names.values() for name in names}
        canonical |= {names[0]: names[0] for names in self.class_names.values() if names}
        for name in self.labelled_classes:
            in_texts = canonical.get(name) or self.names_of(name)[0]
            if in_texts != name:
                raise ValueError(f"labelled_classes: {name!r} is called {in_texts!r} in texts; name that")
        return self

    def names_of(self, raw_class: str) -> tuple[str, ...]:
        """Return the names of a class as the source spells it, canonical first; underscores are read as spaces."""
        return self.class_names.get(raw_class) or (raw_class.replace("_", " ").strip() or raw_class,)


def _compiled(pattern: str) -> re.Pattern[str]:
    try:
        return re.compile(pattern)
    except re.error as problem:
        raise ValueError(f"not a regular expression: {problem}") from problem

"""Source: how a recipe declares one annotated image set."""

import re
from typing import Annotated, Any, Literal

from pydantic import (
    BeforeValidator,
    ConfigDict,
    Field,
    GetJsonSchemaHandler,
    PrivateAttr,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from sarvl.annotations.annotated_image import Wording
from sarvl.annotations.folder_files import FollowLinks
from sarvl.annotations.format import FORMATS, Format
from sarvl.annotations.split_name import SplitName
from sarvl.errors import AnnotationError
from sarvl.imagery import Quantity
from sarvl.recipes import RecipeModel, RecipePath

ALL_FILES = "**/*"


def _text_keys(value: object) -> object:
    """YAML reads ``0:`` as a number and ``yes:`` as a truth; class names are always text."""
    return {str(key): name for key, name in value.items()} if isinstance(value, dict) else value


def _several(value: object) -> object:
    return (value,) if isinstance(value, str) else value


ClassNames = Annotated[tuple[str, ...], BeforeValidator(_several, json_schema_input_type=str | tuple[str, ...])]


def _wider(value: object) -> object:
    return (
        {str(name): (item if item == OTHERS else _several(item)) for name, item in value.items()}
        if isinstance(value, dict)
        else value
    )


OTHERS = "others"
WiderClasses = Annotated[
    dict[str, Literal["others"] | Annotated[tuple[str, ...], Field(min_length=1)]], BeforeValidator(_wider)
]


def _values(value: object) -> object:
    """Return numbers as texts: JSON has no ``nan``, and no two of them are equal."""
    several = value if isinstance(value, list | tuple) else (value,)
    try:
        return tuple(repr(float(item)) for item in several if not isinstance(item, bool) or float("x"))
    except (TypeError, ValueError):
        raise ValueError("not numbers; write such as nan, -inf or -9999") from None


NodataValues = Annotated[
    tuple[str, ...], BeforeValidator(_values, json_schema_input_type=float | str | tuple[float | str, ...])
]


class Grouping(RecipeModel):
    """How file names, positions on the ground or sizes tell which images are of one scene: one of the three."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"pattern": "(?P<scene>[A-Z0-9]+)_(?P<row>[0-9]+)_(?P<column>[0-9]+)"},
                {"image_size": "unordered", "within_class": True},
            ]
        }
    )

    pattern: str | None = None
    """Regular expression searched in the relative path; its named parts together name the scene."""
    overlap_px: int | None = Field(default=None, gt=0)
    """With the parts ``row`` and ``column`` (pixels in the scene): only patches nearer than this on both axes, directly
    or through others, share a group."""
    distance_m: float | None = Field(default=None, gt=0)
    """Instead of ``pattern``: images whose centres lie nearer than this on the ground, directly or through others,
    share a group."""
    image_size: Literal["ordered", "unordered"] | None = None
    """Instead of ``pattern``: images of one size in pixels share a group, as altered copies of a chip do whose original
    nobody names. ``ordered`` parts 60 x 90 from 90 x 60; ``unordered`` does not, for copies that were turned."""
    within_class: bool = False
    """With ``image_size``: they share it only where their class is the same too, or, of images without one, the classes
    of their objects."""
    block_px: int | None = Field(default=None, gt=0)
    """With ``overlap_px``: side of squares that cut such chains, where one would join too much. Images share a group
    where their corners lie in one square, and those near an image of a higher split are refused."""
    block_m: float | None = Field(default=None, gt=0, allow_inf_nan=False)
    """With ``distance_m``: the same on the ground, where their centres lie in one square."""

    @property
    def has_blocks(self) -> bool:
        """Whether squares cut the chains of images that are near each other."""
        return bool(self.block_px or self.block_m)

    @model_validator(mode="after")
    def _check_pattern(self) -> "Grouping":
        if [self.pattern, self.distance_m, self.image_size].count(None) != 2:
            raise ValueError("give one of pattern (of file names), distance_m (on the ground) and image_size")
        if self.within_class and self.image_size is None:
            raise ValueError("within_class is for image_size; name the class by a part of pattern")
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


class Source(RecipeModel):
    """One image set of a build recipe. It has one of ``split``, ``splits`` and ``official_splits``."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "name": "ships",
                    "format": "coco",
                    "images": "images",
                    "annotations": "annotations.json",
                    "splits": {"train": 0.8, "val": 0.1, "test": 0.1},
                }
            ]
        }
    )

    name: str = Field(pattern=r"^[A-Za-z0-9_.-]+$")
    """Letters, digits, ``_``, ``.`` and ``-``; first part of every ``image_id``."""
    format: str
    """How the annotations are written: the name of a format; the JSON schema names them all."""
    images: RecipePath
    """Folder of the images."""
    annotations: RecipePath | None = None
    """The annotation file or folder, where the format has one."""
    options: Any = Field(default={}, validate_default=True)
    """What else the format wants to know: each has options of its own."""
    include: str = ALL_FILES
    """For formats that list the images themselves: glob below ``images``."""
    follow_links: FollowLinks = "inside"
    """Links to files and folders are followed where they stay ``inside`` the folder of the images, or of the
    annotations; ``anywhere`` also follows those that lead out of it, such as to a data disk. Others are refused."""
    label_pattern: str | None = Field(default=None, examples=["(?P<label>[a-z]+)_[0-9]+"])
    """For such formats: regular expression whose part ``label`` finds the class in the relative path; where absent, the
    class is the name of the file's folder."""
    domain: Literal["sar", "optical"] = "sar"
    """``sar`` or ``optical``: how captions call the image."""
    quantity: Quantity | None = Field(default=None, examples=["display"])
    """``complex``, ``amplitude``, ``intensity``, ``decibel`` or ``display``; needed where the file does not say it,
    which is all but complex data, bytes and files that name it."""
    bands: tuple[str, ...] | None = Field(default=None, examples=[["VV"]])
    """Bands to read, by name or by number from "1"; all where absent."""
    nodata: NodataValues = Field(default=(), examples=[["nan", "-inf"]])
    """Values of pixels without a measurement, where the files do not declare them: numbers, ``nan``, ``inf``, ``-inf``.
    Those of bytes must be in all bands."""
    spacing_m: float | None = Field(default=None, gt=0, allow_inf_nan=False, examples=[10.0])
    """Pixel spacing in metres, where no file says its own."""
    looks: float | None = Field(default=None, gt=0, allow_inf_nan=False, examples=[4])
    """Number of looks, where no file says its own."""
    class_names: Annotated[dict[str, ClassNames], BeforeValidator(_text_keys)] = Field(
        default={}, examples=[{"T72": "T72 tank", "BTR_60": ["BTR-60 personnel carrier", "BTR-60"]}]
    )
    """The source's class, or COCO category id, to the name used in texts, or to several equal names: the first is the
    class, texts use all. Underscores in a class that is not named here are read as spaces."""
    labelled_classes: tuple[str, ...] = ()
    """Classes that the source would have labelled wherever they stand, by their names in texts; only their absence is
    ever said. Not for formats that tell of no objects. A name that no class has is an error where the annotations list
    their classes, else a warning that names the nearest; so it is with the names in ``class_names``, ``is_a`` and
    ``wider_classes``."""
    is_a: dict[str, str] = Field(default={}, examples=[{"C919": "aircraft"}])
    """Class name to a wider one, both as texts have them: what the product's own list of names does not know, or which
    meaning a word of several has here (``tank: storage tank``)."""
    wider_classes: WiderClasses = Field(default={}, examples=[{"ship": "others"}, {"ship": ["cargo ship", "tanker"]}])
    """Class name, as texts have it, to what its labels stand on: ``others``, where no object with it has a narrower
    label as well; or a list of narrower classes whose objects have it too, in a box of its own. Either way texts call
    what has no narrower label "ship of another type", and count both. Where absent, which includes which is not known,
    and beside a cargo ship no exact number of ships is said."""
    wording: Wording = "plain"
    """``published`` has the literal forms of SARVLM and the places of SARLANG-1M, so that their corpora can be made
    again; an object that only reaches into a place is then denied there."""
    split: SplitName | None = Field(default=None, examples=["train"])
    """The one split of all images;"""
    splits: dict[SplitName, Annotated[float, Field(gt=0, le=1)]] | None = None
    """or shares by name, which add up to 1;"""
    official_splits: bool = False
    """or the splits that the source itself gives, in its annotations or its paths."""
    split_pattern: str | None = Field(default=None, examples=["^(?P<split>train|test)/"])
    """Regular expression whose part ``split`` finds such a split in the relative path."""
    group: Grouping | None = None
    """How file names, positions on the ground or sizes tell the scene that an image was cut from. Images of one scene
    are never parted by a split; where absent, each image stands alone."""
    licence: str = "not stated"
    """Goes into the tables and the data card."""
    _own_is_a: dict[str, str] = PrivateAttr(default={})

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """Add what a format asks of a source: the names of formats, and the options and fields of each."""
        own = handler(schema)
        fields = handler.resolve_ref_schema(own)
        fields["properties"]["format"] |= {
            "description": f"How the annotations are written: {', '.join(FORMATS.names())}.",
            "enum": FORMATS.names(),
        }
        fields["allOf"] = [_rule_of(name, form, handler) for name, form in FORMATS.items()]
        return own

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
        if form.annotations is None and self.annotations is not None:
            raise ValueError(f"format {self.format} takes no annotations")
        if form.annotations is not None and self.annotations is None:
            raise ValueError(f"format {self.format} needs annotations: {form.annotations}")
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
        canonical = {name: self.names_of(raw)[0] for raw, names in self.class_names.items() for name in names}
        canonical |= {names[0]: names[0] for names in map(self.names_of, self.class_names) if names}
        for name in self.labelled_classes:
            in_texts = canonical.get(name) or self.names_of(name)[0]
            if in_texts != name:
                raise ValueError(f"labelled_classes: {name!r} is called {in_texts!r} in texts; name that")
        return self

    @model_validator(mode="after")
    def _note_own_is_a(self) -> "Source":
        self._own_is_a = dict(self.is_a)
        return self

    @property
    def own_is_a(self) -> dict[str, str]:
        """What the source itself says in ``is_a``, without what a build recipe says for all."""
        return self._own_is_a

    def names_of(self, raw_class: str) -> tuple[str, ...]:
        """Return the names of a class in texts, canonical first; a wider class is called after what is left for it."""
        names = self.plain_names_of(raw_class)
        return (of_another_type(names[0]),) if names[0] in self.wider_classes else names

    def plain_names_of(self, raw_class: str) -> tuple[str, ...]:
        """Return the names of a class as the source spells it, canonical first; underscores are read as spaces."""
        return self.class_names.get(raw_class) or (raw_class.replace("_", " ").strip() or raw_class,)


def of_another_type(class_name: str) -> str:
    """Return what texts call the objects of a wider class that have no narrower label."""
    return f"{class_name} of another type"


def _rule_of(name: str, form: Format[Any], handler: GetJsonSchemaHandler) -> JsonSchemaValue:
    """Return what the JSON schema of a source says where its format is the one of this name."""
    fields: JsonSchemaValue = {"options": handler(form.options.__pydantic_core_schema__)}
    fields["annotations"] = {"type": "null"}
    if form.annotations:
        fields["annotations"] = {"description": f"The annotations: {form.annotations}."}
    if not form.lists_images:
        fields["include"] = {"const": ALL_FILES}
    if not form.has_objects:
        fields["labelled_classes"] = {"maxItems": 0}
    return {
        "if": {"properties": {"format": {"const": name}}, "required": ["format"]},
        "then": {"properties": fields, "required": ["annotations"] if form.annotations else []},
    }


def _compiled(pattern: str) -> re.Pattern[str]:
    try:
        return re.compile(pattern)
    except re.error as problem:
        raise ValueError(f"not a regular expression: {problem}") from problem

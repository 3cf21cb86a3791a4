"""BuildRecipe: which sources a corpus is built from, and what is said of their images."""

from pathlib import Path
from typing import Literal

import yaml
from pydantic import (
    ConfigDict,
    Field,
    GetJsonSchemaHandler,
    TypeAdapter,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from sarvl.annotations import Source, Wording
from sarvl.annotations.split_name import SplitName
from sarvl.corpus.building.audit import AuditSettings
from sarvl.corpus.filters import TextFilter
from sarvl.errors import LanguageError
from sarvl.files import real_path
from sarvl.language import CAPTION_FAMILIES
from sarvl.language.questions import QUESTION_KINDS
from sarvl.language.questions.question_settings import QuestionSettings
from sarvl.language.rewrite import REWRITTEN, RewriteSettings
from sarvl.recipes import RecipeModel, RecipePath, at_home, load_recipe

_SOURCES: TypeAdapter[tuple[Source, ...]] = TypeAdapter(tuple[Source, ...])


class CaptionSettings(RecipeModel):
    """How many captions an image gets, and of which families; those that people wrote are all kept instead."""

    per_image: int = Field(default=5, ge=1, le=100)
    """Captions an image, 1 to 100."""
    families: tuple[str, ...] | None = Field(default=None, min_length=1, examples=[["totals", "size"]])
    """The caption families to draw from; all where absent."""

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """Add the names of the families."""
        own = handler(schema)
        field, names = handler.resolve_ref_schema(own)["properties"]["families"], CAPTION_FAMILIES.names()
        field["description"] = f"The caption families to draw from; all where absent: {', '.join(names)}."
        field["anyOf"][0]["items"]["enum"] = names
        return own

    @field_validator("families")
    @classmethod
    def _known(cls, families: tuple[str, ...] | None) -> tuple[str, ...] | None:
        try:
            for name in families or ():
                CAPTION_FAMILIES.get(name)
        except LanguageError as problem:
            raise ValueError(str(problem)) from None
        return families


class Included(RecipeModel):
    """A build recipe whose sources are taken over; a path alone stands for ``{recipe: path}``."""

    recipe: RecipePath = Field(examples=["other.yaml"])
    """The build recipe to include; of its fields, only the sources are taken over."""
    root: Path | None = None
    """The ``root`` that it is read with, relative to that of the including recipe; where absent, the included recipe's
    own."""

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """Say that a path alone will do."""
        return {"anyOf": [{"type": "string", "format": "path"}, handler(schema)]}

    @model_validator(mode="before")
    @classmethod
    def _path_alone(cls, value: object) -> object:
        return {"recipe": value} if isinstance(value, str) else value


class BuildRecipe(RecipeModel):
    """The recipe of ``sarvl build``. It has a source, of its own or in a recipe that it includes."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"sources": []}]})

    seed: int = 0
    """Decides splits, captions and questions."""
    root: RecipePath | None = None
    """Folder that the relative paths of ``sources`` are taken from; where absent, the recipe's own."""
    include: tuple[Included, ...] = ()
    """Build recipes whose sources are taken over."""
    is_a: dict[str, str] = Field(default={}, examples=[{"C919": "aircraft"}])
    """Class name to a wider one, for all sources; those of a source go first."""
    wording: Wording | None = Field(default=None, examples=["published"])
    """``plain`` or ``published`` for all sources, whatever they say themselves; by default, what each says."""
    sources: tuple[Source, ...] = Field(default=(), validate_default=True)
    """The image sets, each with a name of its own; once the recipe is read, those of included recipes come first."""
    leave_source_out: dict[SplitName, tuple[str, ...]] = Field(default={}, examples=[{"test": ["ships"]}])
    """Split name to the sources that go wholly to that split, whatever they say of splits themselves."""
    absent: Literal["error", "skip"] = "error"
    """What becomes of a source whose image folder does not exist; with ``skip``, corpus and card say that it was not
    held."""
    captions: CaptionSettings = CaptionSettings()
    """How many captions an image gets, and of which families."""
    questions: QuestionSettings | None = None
    """The questions that rules ask; none where absent. Those that people wrote are kept in any case."""
    rewrite: RewriteSettings = RewriteSettings()
    """How captions of an optical twin become captions of the image."""
    filter: TextFilter = TextFilter()
    """Which texts are kept. An image that keeps no text is refused, and the corpus counts the texts left out."""
    audit: AuditSettings = AuditSettings()
    """What becomes of pictures that stand in the corpus more than once."""

    @field_validator("sources", mode="before")
    @classmethod
    def _with_included(cls, value: object, info: ValidationInfo) -> object:
        if not {"root", "include"} <= info.data.keys():
            return ()  # those are wrong, which is said already
        context = info.context or {}
        root = info.data["root"] or context.get("folder", Path())
        read_so_far = context.get("recipes", ())
        own = _SOURCES.validate_python(value, context={**context, "folder": root})
        return (*(source for item in info.data["include"] for source in _sources_of(item, root, read_so_far)), *own)

    @field_validator("sources")
    @classmethod
    def _distinct_names(cls, sources: tuple[Source, ...]) -> tuple[Source, ...]:
        names = [source.name for source in sources]
        repeated = {name for name in names if names.count(name) > 1}
        if repeated:
            raise ValueError(f"two sources are named {sorted(repeated)[0]}; give each its own name")
        return sources

    @field_validator("sources")
    @classmethod
    def _in_the_words_of_all(cls, sources: tuple[Source, ...], info: ValidationInfo) -> tuple[Source, ...]:
        """Hand ``is_a`` and ``wording`` of the recipe on to the sources, which texts are written and read by."""
        is_a, wording = info.data.get("is_a", {}), info.data.get("wording")
        own = ({"is_a": is_a | source.is_a, "wording": wording or source.wording} for source in sources)
        return tuple(source.model_copy(update=update) for source, update in zip(sources, own, strict=True))

    @model_validator(mode="after")
    def _consistent(self) -> "BuildRecipe":
        if not self.sources:
            raise ValueError("no source; list some under sources, or recipes that have some under include")
        left_out = [name for names in self.leave_source_out.values() for name in names]
        unknown = sorted(set(left_out) - {source.name for source in self.sources})
        if unknown:
            raise ValueError(f"leave_source_out names {unknown[0]}, which is no source of this recipe")
        repeated = sorted({name for name in left_out if left_out.count(name) > 1})
        if repeated:
            raise ValueError(f"leave_source_out names {repeated[0]} twice; a source goes to one split")
        problem = self.filter.unknown_name(self._names())
        if problem:
            raise ValueError(f"filter.{problem}")
        return self

    def _names(self) -> dict[str, set[str]]:
        """Return the values that the filter's fields may have."""
        return {
            "families": {*CAPTION_FAMILIES.names(), *QUESTION_KINDS.names(), REWRITTEN, "human"},
            "sources": {source.name for source in self.sources},
            "domains": {source.domain for source in self.sources},
            "licences": {source.licence for source in self.sources},
        }


def _sources_of(item: Included, root: Path, read_so_far: tuple[Path, ...]) -> tuple[Source, ...]:
    if real_path(item.recipe) in read_so_far:
        raise ValueError(f"{item.recipe} includes itself, directly or through others")
    overrides = [] if item.root is None else [f"root={yaml.safe_dump(str((root / at_home(item.root)).absolute()))}"]
    return load_recipe(item.recipe, BuildRecipe, overrides, read_so_far).sources

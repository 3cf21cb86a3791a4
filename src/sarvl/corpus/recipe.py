"""BuildRecipe: which sources a corpus is built from, and what is said of their images."""

from pathlib import Path
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationInfo, field_validator, model_validator

from sarvl.annotations import Source
from sarvl.annotations.split_name import SplitName
from sarvl.corpus.building.audit import AuditSettings
from sarvl.corpus.filters import TextFilter
from sarvl.errors import LanguageError
from sarvl.language import CAPTION_FAMILIES
from sarvl.language.questions.description import FAMILY as DESCRIPTION
from sarvl.language.questions.families import FAMILIES as QUESTION_FAMILIES
from sarvl.language.questions.question_settings import QuestionSettings
from sarvl.language.rewrite import REWRITTEN, RewriteSettings
from sarvl.recipes import RecipePath, load_recipe

_SOURCES: TypeAdapter[tuple[Source, ...]] = TypeAdapter(tuple[Source, ...])


class CaptionSettings(BaseModel):
    """How many captions each image gets, of which families (all where None); those that people wrote are all kept."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    per_image: int = Field(default=5, ge=1, le=100)
    families: tuple[str, ...] | None = Field(default=None, min_length=1)

    @field_validator("families")
    @classmethod
    def _known(cls, families: tuple[str, ...] | None) -> tuple[str, ...] | None:
        try:
            for name in families or ():
                CAPTION_FAMILIES.get(name)
        except LanguageError as problem:
            raise ValueError(str(problem)) from None
        return families


class Included(BaseModel):
    """A build recipe whose sources are taken over; a path alone stands for ``{recipe: path}``.

    root: the ``root`` that the included recipe is read with, relative to that of the including one; its own where None.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    recipe: RecipePath
    root: Path | None = None

    @model_validator(mode="before")
    @classmethod
    def _path_alone(cls, value: object) -> object:
        return {"recipe": value} if isinstance(value, str) else value


class BuildRecipe(BaseModel):
    """The recipe of ``sarvl build``.

    root: folder that the relative paths of ``sources`` are taken from; the recipe's own folder where None.
    sources: once the recipe is read, those of the included recipes and then its own.
    leave_source_out: splits that take all images of some sources, whatever these say of splits.
    absent: what becomes of a source whose image folder does not exist.
    questions: those that rules ask; none where None. Questions that people wrote are kept in any case.
    rewrite: how captions of an optical twin become captions of the image.
    filter: which texts are kept. audit: what becomes of pictures that stand in the corpus more than once.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    seed: int = 0
    root: RecipePath | None = None
    include: tuple[Included, ...] = ()
    sources: tuple[Source, ...] = Field(default=(), validate_default=True)
    leave_source_out: dict[SplitName, tuple[str, ...]] = Field(default_factory=dict)
    absent: Literal["error", "skip"] = "error"
    captions: CaptionSettings = CaptionSettings()
    questions: QuestionSettings | None = None
    rewrite: RewriteSettings = RewriteSettings()
    filter: TextFilter = TextFilter()
    audit: AuditSettings = AuditSettings()

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
            "families": {*CAPTION_FAMILIES.names(), *QUESTION_FAMILIES, DESCRIPTION, REWRITTEN, "human"},
            "sources": {source.name for source in self.sources},
            "domains": {source.domain for source in self.sources},
            "licences": {source.licence for source in self.sources},
        }


def _sources_of(item: Included, root: Path, read_so_far: tuple[Path, ...]) -> tuple[Source, ...]:
    if item.recipe.resolve() in read_so_far:
        raise ValueError(f"{item.recipe} includes itself, directly or through others")
    overrides = [] if item.root is None else [f"root={yaml.safe_dump(str((root / item.root.expanduser()).absolute()))}"]
    return load_recipe(item.recipe, BuildRecipe, overrides, read_so_far).sources

"""RecipeModel: a part of a recipe."""

from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, ValidationInfo


def _against_recipe(path: Path, info: ValidationInfo) -> Path:
    folder = (info.context or {}).get("folder", Path())
    resolved: Path = folder / path.expanduser()
    return resolved.absolute()


class RecipeModel(BaseModel):
    """Base of every part of a recipe: unknown fields are errors, and a field's docstring is its meaning.

    The string under a field is what the JSON schema, the commented recipes and the tables of docs/ say of it. A
    commented recipe takes the value of a field from the first of the model's ``examples`` (``json_schema_extra``), else
    from the first of the field's own (``Field(examples=[...])``), else its default.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


class NoOptions(RecipeModel):
    """The options of what has none to set."""


RecipePath = Annotated[Path, AfterValidator(_against_recipe)]
"""A path of a recipe: relative ones are taken from the recipe's own folder."""

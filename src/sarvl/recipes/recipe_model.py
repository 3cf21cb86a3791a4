"""RecipeModel: a part of a recipe."""

from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, ValidationError, ValidationInfo, model_validator
from pydantic_core import InitErrorDetails, PydanticCustomError

from sarvl.files import FilePath
from sarvl.recipes.plain_words import unknown_field

UNKNOWN_FIELD = "unknown_field"


def against_recipe(path: FilePath, info: ValidationInfo) -> Path:
    """Return a path that a recipe gives, relative ones from the recipe's own folder; ValueError for ``~`` of nobody."""
    folder = (info.context or {}).get("folder", Path())
    resolved: Path = folder / at_home(path)
    return resolved.absolute()


def at_home(path: FilePath) -> Path:
    """Return a path with the folder of a user for its ``~``; ValueError where there is none such."""
    try:
        return Path(path).expanduser()
    except RuntimeError as problem:
        user = Path(path).parts[0]
        raise ValueError(f"{path}: no such user is here; write the folder in place of {user}") from problem


class RecipeModel(BaseModel):
    """Base of every part of a recipe: unknown fields are errors, and a field's docstring is its meaning.

    The string under a field is what the JSON schema, the commented recipes and the tables of docs/ say of it. A
    commented recipe takes the value of a field from the first of the model's ``examples`` (``json_schema_extra``), else
    from the first of the field's own (``Field(examples=[...])``), else its default.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    @model_validator(mode="before")
    @classmethod
    def _no_unknown_fields(cls, value: Any) -> Any:
        """Say which field a misspelt one may mean: pydantic's own error knows no names."""
        unknown = [name for name in value if name not in cls.model_fields] if isinstance(value, dict) else []
        if unknown:
            known = list(cls.model_fields)
            told = [_unknown(name, known, value[name]) for name in unknown]
            raise ValidationError.from_exception_data(cls.__name__, told)
        return value


def _unknown(name: object, known: list[str], value: Any) -> InitErrorDetails:
    told = PydanticCustomError(UNKNOWN_FIELD, "{told}", {"told": unknown_field(name, known)})
    return InitErrorDetails(type=told, loc=(str(name),), input=value)


class NoOptions(RecipeModel):
    """The options of what has none to set."""


RecipePath = Annotated[Path, AfterValidator(against_recipe)]
"""A path of a recipe: relative ones are taken from the recipe's own folder."""

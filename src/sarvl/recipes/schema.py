"""The JSON schema of a recipe, for editors, commented recipes and the tables of the documentation."""

from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema


def recipe_schema(kind: type[BaseModel]) -> dict[str, Any]:
    """Return the JSON schema (draft 2020-12) of what may be written in a recipe of this kind.

    Descriptions are the docstrings of models and fields, each one line, with names in single backticks.
    """
    schema: dict[str, Any] = _one_line(kind.model_json_schema(schema_generator=_Generator))
    return {"$schema": GenerateJsonSchema.schema_dialect} | schema


class _Generator(GenerateJsonSchema):
    """Without titles that repeat the names of fields, and with the defaults that a factory makes."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False

    def sort(self, value: JsonSchemaValue, parent_key: str | None = None) -> JsonSchemaValue:
        return value

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> JsonSchemaValue:
        if "default_factory" in schema:
            made: Any = schema["default_factory"]
            schema = {**schema, "default": made()}
        return super().default_schema(schema)


def _one_line(value: Any) -> Any:
    if isinstance(value, list):
        return [_one_line(item) for item in value]
    if not isinstance(value, dict):
        return value
    lined = {key: _one_line(item) for key, item in value.items()}
    if isinstance(value.get("description"), str):
        lined["description"] = " ".join(value["description"].replace("``", "`").split())
    return lined

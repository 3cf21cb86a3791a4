"""A recipe to begin with: every field with its meaning, those that may be left out behind a ``#``."""

import textwrap
from collections.abc import Iterator, Mapping
from typing import Any

import yaml
from pydantic import BaseModel

from sarvl.recipes.schema import recipe_schema

_WIDTH = 96
_HOW_TO_READ = (
    "Fields behind a # without a space may be left out; they stand here with their defaults, or with an example. "
    "Take the # away to set one."
)
Schema = Mapping[str, Any]


def commented_recipe(kind: type[BaseModel]) -> str:
    """Return YAML that is a valid recipe of this kind once its paths exist, with the meaning of every field."""
    schema = recipe_schema(kind)
    head = [*_prose(schema.get("description", kind.__name__)), *_prose(_HOW_TO_READ)]
    return "\n".join([*head, *_fields(schema, schema.get("$defs", {}), show_all=False)]) + "\n"


def _prose(text: str) -> list[str]:
    return [f"# {line}" for line in textwrap.wrap(text, _WIDTH, break_long_words=False, break_on_hyphens=False)]


def _fields(model: Schema, models: Schema, *, show_all: bool) -> Iterator[str]:
    """Yield the lines of a model's fields; all of them without a ``#`` where ``show_all``."""
    example: Schema = next(iter(model.get("examples", ())), {})
    for name, field in _properties(model, example).items():
        shown = name in example or name in model.get("required", ())
        yield ""
        yield from _prose(field.get("description", ""))
        mark = "" if shown or show_all else "#"
        for line in _written(name, field, example.get(name), models, show_all=show_all or not shown):
            yield f"{mark}{line}"


def _properties(model: Schema, example: Schema) -> dict[str, Any]:
    """Return the fields of a model, as narrowed by the conditions that its example meets."""
    properties = {name: dict(field) for name, field in model["properties"].items()}
    for rule in model.get("allOf", ()):
        asked = rule.get("if", {}).get("properties", {})
        if asked and all(example.get(name) == field.get("const") for name, field in asked.items()):
            for name, field in rule["then"].get("properties", {}).items():
                properties[name] |= field
    return properties


def _written(name: str, field: Schema, value: Any, models: Schema, *, show_all: bool) -> Iterator[str]:
    """Yield ``name: value``, or the name and below it the fields of the model, or of a list's one item."""
    part = _model_of(field, models)
    item = _model_of(field.get("items", {}), models)
    inner = part or item
    if inner and inner["properties"] and not value:
        yield f"{name}:"
        lines = list(_fields(inner, models, show_all=show_all))[1:]
        for number, line in enumerate(lines):
            lead = "  " if part else "    " if number else "  - "
            yield (lead + line).rstrip()
        return
    if value is None:
        value = next(iter(field.get("examples", ())), field.get("default", None if "default" in field else name))
    yield f"{name}: {_flow(value)}"


def _model_of(field: Schema, models: Schema) -> Any:
    """Return the model that a field's value is, or may be beside others; None where it is none."""
    model = models[field["$ref"].removeprefix("#/$defs/")] if "$ref" in field else field
    if "properties" in model:
        return model
    return next(filter(None, (_model_of(choice, models) for choice in model.get("anyOf", ()))), None)


def _flow(value: Any) -> str:
    """Return a value as YAML on one line."""
    text: str = yaml.safe_dump(value, default_flow_style=True, width=2**20, allow_unicode=True, sort_keys=False)
    return text.removesuffix("\n").removesuffix("\n...")

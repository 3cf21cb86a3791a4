"""The commented recipe: valid as it is printed, and with each of the fields that a ``#`` hides."""

import re
from collections.abc import Iterator

import pytest
import yaml
from pydantic import Field

from sarvl.corpus import BuildRecipe
from sarvl.errors import RecipeError
from sarvl.recipes import RecipeModel, commented_recipe, load_recipe, recipe_schema
from sarvl.training import TrainRecipe

KINDS = (BuildRecipe, TrainRecipe)
HIDDEN = re.compile(r"^( *)#(?! \S)", re.MULTILINE)  # prose has one space behind its #, hidden fields none or more
BESIDE_ANOTHER = {
    (BuildRecipe, "split"): "give one of split (one name), splits (shares by name) and official_splits",
    (TrainRecipe, "corpora"): "give either corpus (one) or corpora (several)",
    (TrainRecipe, "wise_ft"): "wise_ft chooses by the validation split; name one as validation",
    (TrainRecipe, "quantize"): "quantize is for a start behind hf:, or a language of kind transformers",
    (TrainRecipe, "start"): "give either architecture (untrained) or start (trained weights)",
}


def with_each_hidden_field(text: str) -> Iterator[tuple[str, str]]:
    """Yield the name of each hidden field and the recipe in which it alone is no longer hidden."""
    for block in re.finditer(r"^ *#\w.*\n(?: *#(?: {2}.*)?\n)*", text, re.MULTILINE):
        name = re.search(r"#(\w+):", block[0])
        assert name, block[0]
        yield name[1], text[: block.start()] + HIDDEN.sub(r"\1", block[0]) + text[block.end() :]


def fields_are_all_there(value: object, model: dict, models: dict) -> None:
    assert value.keys() == model["properties"].keys()
    for name, field in model["properties"].items():
        for choice in (field, field.get("items", {}), *field.get("anyOf", ())):
            part = models.get(choice.get("$ref", "").removeprefix("#/$defs/"), {})
            if "properties" in part:
                fields_are_all_there(value[name][0] if isinstance(value[name], list) else value[name], part, models)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_it_loads_as_it_is_printed(kind, tmp_path):
    path = tmp_path / "recipe.yaml"
    path.write_text(commented_recipe(kind), encoding="utf-8")
    assert load_recipe(path, kind)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_each_hidden_field_is_valid_too(kind, tmp_path):
    (tmp_path / "other.yaml").write_text("sources: [{name: other, format: folders, images: others, split: train}]\n")
    path, refused = tmp_path / "recipe.yaml", set()
    for name, text in with_each_hidden_field(commented_recipe(kind)):
        path.write_text(text, encoding="utf-8")
        try:
            load_recipe(path, kind)
        except RecipeError as problem:
            assert BESIDE_ANOTHER[kind, name] in str(problem)
            refused.add((kind, name))
    assert refused == {pair for pair in BESIDE_ANOTHER if pair[0] is kind}


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_no_field_is_left_out(kind):
    schema = recipe_schema(kind)
    value = yaml.safe_load(HIDDEN.sub(r"\1", commented_recipe(kind)))
    fields_are_all_there(value, schema, schema["$defs"])


class Inner(RecipeModel):
    """Part of an example."""

    size: int = Field(examples=[3])
    """How large it is."""
    note: str = "it's #1: done"
    """What is said of it."""


class Outer(RecipeModel):
    """An example."""

    name: str
    """Required, without an example."""
    inner: tuple[Inner, ...]
    """Its parts, ``Inner`` each."""
    other: Inner | None = None
    """May be left out."""


def test_values_come_from_examples_then_defaults_then_the_name():
    text = commented_recipe(Outer).partition("\n\n")[2]
    assert text == (
        "# Required, without an example.\n"
        "name: name\n\n"
        "# Its parts, `Inner` each.\n"
        "inner:\n"
        "  - # How large it is.\n"
        "    size: 3\n\n"
        "    # What is said of it.\n"
        "    #note: 'it''s #1: done'\n\n"
        "# May be left out.\n"
        "#other:\n"
        "#  # How large it is.\n"
        "#  size: 3\n"
        "#\n"
        "#  # What is said of it.\n"
        "#  note: 'it''s #1: done'\n"
    )

"""The JSON schema of a recipe: it accepts what is a recipe, and refuses what is none, options of formats included."""

import json
import re
from functools import cache
from pathlib import Path

import pytest
import yaml
from jsonschema import Draft202012Validator

from sarvl.annotations.format import FORMATS
from sarvl.corpus import BuildRecipe
from sarvl.language import CAPTION_FAMILIES
from sarvl.recipes import recipe_schema
from sarvl.simulation.composing import ComposeRecipe
from sarvl.training import TrainRecipe

ROOT = Path(__file__).resolve().parents[2]
RECIPES = sorted(ROOT.glob("recipes/**/*.yaml"))
SOURCE = {"name": "s", "format": "coco", "images": "i", "annotations": "a", "split": "train"}


def problems(value: dict, kind: type = BuildRecipe) -> list[str]:
    """Return what the schema says against a recipe, the innermost of each error."""
    read_back = json.loads(json.dumps(value))  # as editors do: keys are text
    return [error.message for error in validator(kind).iter_errors(read_back)]


@cache
def validator(kind: type) -> Draft202012Validator:
    schema = recipe_schema(kind)
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema)


@pytest.mark.parametrize("path", RECIPES, ids=lambda path: path.stem)
def test_every_recipe_of_ours_is_accepted(path):
    recipe = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert problems(recipe, kind_of(recipe)) == []


def kind_of(recipe: dict) -> type:
    return TrainRecipe if "stages" in recipe else ComposeRecipe if "targets" in recipe else BuildRecipe


def test_there_are_recipes_of_all_kinds():
    kinds = {kind_of(yaml.safe_load(path.read_text(encoding="utf-8"))) for path in RECIPES}
    assert kinds == {BuildRecipe, TrainRecipe, ComposeRecipe}


@pytest.mark.parametrize(
    ("source", "problem"),
    [
        ({}, None),
        ({"format": "cocoa"}, "'cocoa' is not one of"),
        ({"options": {"boxes": "masks"}}, None),
        ({"options": {"boxes": "mask"}}, "'mask' is not one of"),
        ({"options": {"classes": ["ship"]}}, r"\('classes' was unexpected\)"),
        ({"format": "yolo", "options": {"classes": ["ship"]}}, None),
        ({"format": "masks", "options": {}}, "'classes' is a required property"),
        ({"format": "folders"}, "'a' is not of type 'null'"),
        ({"format": "masks", "options": {"classes": {0: "clutter", "1": "ship"}}}, None),
        ({"include": "*.png"}, r"'\*\*/\*' was expected"),
        ({"format": "captions", "labelled_classes": ["ship"]}, "expected to be empty|is too long"),
        ({"class_names": {"T72": "T72 tank", "BTR": ["carrier", "BTR"]}}, None),
        ({"class_names": {"T72": 72}}, "72 is not valid under any"),
        ({"spacing_m": -1}, "-1 is not valid under any"),
        ({"colour": "red"}, "'colour' was unexpected"),
    ],
)
def test_a_source_is_checked_as_its_format_wants(source, problem):
    messages = problems({"sources": [SOURCE | source]})
    if problem is None:
        assert messages == []
    else:
        assert any(re.search(problem, message) for message in messages), messages


def test_a_source_lacks_annotations():
    source = {key: value for key, value in SOURCE.items() if key != "annotations"}
    assert problems({"sources": [source]}) == ["'annotations' is a required property"]
    assert problems({"sources": [source | {"format": "folders"}]}) == []


def test_an_included_recipe_may_be_a_path_alone():
    assert problems({"include": ["other.yaml", {"recipe": "third.yaml", "root": "data"}]}) == []
    assert problems({"include": [3]})


def test_descriptions_are_the_docstrings_on_one_line():
    schema = recipe_schema(BuildRecipe)
    assert schema["description"].startswith("The recipe of `sarvl build`.")
    source = schema["$defs"]["Source"]
    assert source["properties"]["images"]["description"] == "Folder of the images."
    assert "\n" not in json.dumps(schema).replace("\\\\n", "")
    assert source["properties"]["format"]["enum"] == FORMATS.names()
    assert source["properties"]["class_names"]["default"] == {}


def test_fields_have_no_titles_that_repeat_their_names():
    assert "Label Pattern" not in json.dumps(recipe_schema(BuildRecipe))


def test_caption_families_are_named_and_checked():
    assert problems({"sources": [SOURCE], "captions": {"families": CAPTION_FAMILIES.names()}}) == []
    assert problems({"sources": [SOURCE], "captions": {"families": ["total"]}}) != []
    families = recipe_schema(BuildRecipe)["$defs"]["CaptionSettings"]["properties"]["families"]
    assert all(name in families["description"] for name in CAPTION_FAMILIES.names())

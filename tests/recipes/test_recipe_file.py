"""Recipes: fields, paths and overrides, and errors that name what is wrong."""

import os
import re
from pathlib import Path

import pytest
import yaml
from pydantic import Field, TypeAdapter, ValidationError

from sarvl.corpus import BuildRecipe
from sarvl.errors import RecipeError
from sarvl.recipes import RecipeModel, RecipePath, check_recipe, load_recipe
from sarvl.recipes.recipe_file import first_problem
from sarvl.training import TrainRecipe


class Part(RecipeModel):
    size: int = Field(default=1, ge=1)
    folder: RecipePath | None = None


class Whole(RecipeModel):
    seed: int = 0
    parts: list[Part] = Field(default=[])
    steps: tuple[Part, ...] = Field(default=(Part(),), min_length=1)
    part: Part = Part()


@pytest.fixture
def path(tmp_path) -> Path:
    path = tmp_path / "recipe.yaml"
    path.write_text("seed: 3\nparts:\n- {size: 2, folder: images}\n- {folder: /data}\n")
    return path


@pytest.mark.parametrize("field", ["start", "image_weights"])
def test_the_folder_of_nobody_is_one_line(tmp_path, field):
    model = {"architecture": "sarvl-tiny", "start": None, field: "~nobody-of-that-name/x"}
    stage = {"name": "sar", "corpus": "c", "epochs": 1}
    if field == "start":
        del model["architecture"]
    with pytest.raises(RecipeError, match=f"model.{field}: ~nobody-of-that-name/x: no such user") as caught:
        check_recipe({"model": model, "stages": [stage]}, TrainRecipe, tmp_path / "train.yaml")
    assert "\n" not in str(caught.value)
    with pytest.raises(RecipeError, match="no such user is here; write the folder in place of ~nobody-of-that-name"):
        check_recipe({"part": {"folder": "~nobody-of-that-name/x"}}, Whole, tmp_path / "whole.yaml")


@pytest.mark.parametrize(
    ("frame", "told"),
    [
        ({"kind": "tild", "tile": 64}, "model.frame: kind tild is none of square, tiled, patches; did you mean tiled?"),
        ({"tile": 64}, "model.frame: has no kind; give it"),
        ({"kind": "tiled", "tile": -1}, "model.frame.tile: -1 is out of range"),
        ({"kind": "tiled", "tile": 64, "tiels": 1}, "model.frame.tiels: no such field"),
    ],
)
def test_which_of_several_forms_a_part_is_of_is_told_in_plain_words(tmp_path, frame, told):
    recipe = {"model": {"architecture": "sarvl-tiny", "frame": frame}, "stages": []}
    with pytest.raises(RecipeError, match=re.escape(told)):
        check_recipe(recipe, TrainRecipe, tmp_path / "train.yaml")


def test_an_included_recipe_behind_a_link_to_itself_is_one_line(tmp_path):
    (tmp_path / "loop.yaml").symlink_to("loop.yaml")
    with pytest.raises(RecipeError, match=r"loop\.yaml: cannot be read"):
        check_recipe({"include": [{"recipe": "loop.yaml"}]}, BuildRecipe, tmp_path / "build.yaml")


def test_paths_are_relative_to_the_recipe(path, monkeypatch):
    monkeypatch.chdir(path.parent.parent)
    for given in (path, path.relative_to(Path.cwd())):
        recipe = load_recipe(given, Whole)
        assert [part.folder for part in recipe.parts] == [path.parent / "images", Path("/data")]


def test_overrides_change_fields(path):
    overrides = ["seed=7", "parts.1.size=5", "parts.0.folder=other", "part.size=9"]
    recipe = load_recipe(path, Whole, overrides)
    assert (recipe.seed, recipe.parts[1].size, recipe.part.size) == (7, 5, 9)
    assert recipe.parts[0].folder == path.parent / "other"
    assert load_recipe(path, Whole, ["seed=1", "seed=2"]).seed == 2
    assert load_recipe(path, Whole, ["parts=[]"]).parts == []


def test_an_override_changes_one_place_of_an_alias(tmp_path):
    """Regression: an alias of YAML is one object in several places, and setting one of them set all."""
    path = tmp_path / "recipe.yaml"
    path.write_text("part: &one {size: 2, folder: images}\nparts: &all [*one, *one]\nsteps: *all\n")
    recipe = load_recipe(path, Whole, ["parts.0.size=5", "steps.1.size=7"])
    assert recipe.part.size == 2
    assert [[part.size for part in parts] for parts in (recipe.parts, recipe.steps)] == [[5, 2], [2, 7]]


@pytest.mark.parametrize(
    ("override", "reason"),
    [
        ("seed", "write FIELD=VALUE"),
        ("parts.9.size=1", "no such field"),
        ("parts.x.size=1", "no such field"),
        ("seed.deeper=1", "no such field"),
        ("seed.deeper.still=1", "no such field"),
        ("seed=[", "the value is not YAML"),
        ("sede=1", r"sede: no such field; did you mean seed\?$"),
        ("part=3", r"part: give its fields, as \{field: value\}$"),
        ("parts.0.size=0", "parts.0.size: 0 is out of range; give at least 1"),
        ("seed=many", "seed: many is not a whole number"),
    ],
)
def test_faulty_overrides_are_named(path, override, reason):
    with pytest.raises(RecipeError, match=reason) as caught:
        load_recipe(path, Whole, [override])
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("- a\n- b\n", "not a recipe"),
        ("", "not a recipe"),
        ("seed: [", "not valid YAML"),
        ("seed: !!python/object/apply:os.getcwd []", "not valid YAML"),
        ("\x00", "not valid YAML"),
        ("[" * 5000, "not valid YAML"),
        ("seed: a\npart: 3\n", r"seed: .* \(and 1 more error\)"),
        ("seed: a\nsede: 3\n", r"sede: no such field; did you mean seed\?$"),
        ("seed: a\nsede: 3\nport: 1\n", r"sede: no such field; did you mean seed\? \(and 1 more error\)$"),
        ("steps: {}\n", r"steps: give a list, such as \[first, second\]$"),
        ("parts: ship\n", r"parts: give a list, such as \[ship\]$"),
        ("steps: [{size: 0}]\n", r"steps\.0\.size: 0 is out of range; give at least 1$"),
        ("parts: [{size: 1, size: 2}]\n", r"not valid YAML \('size' stands twice .*line 1"),
        ("seed: 1\npart: {}\nseed: 2\n", r"not valid YAML \('seed' stands twice .*line 3"),
    ],
)
def test_faulty_files_are_named(tmp_path, content, reason):
    path = tmp_path / "recipe.yaml"
    path.write_text(content)
    with pytest.raises(RecipeError, match=reason) as caught:
        load_recipe(path, Whole)
    assert str(caught.value).startswith(str(path))
    assert "\n" not in str(caught.value)


def test_a_missing_or_huge_recipe_is_an_error(tmp_path, path, monkeypatch):
    with pytest.raises(RecipeError, match="cannot be read"):
        load_recipe(tmp_path / "absent.yaml", Whole)
    with pytest.raises(RecipeError, match="cannot be read"):
        load_recipe(tmp_path, Whole)
    monkeypatch.setattr("sarvl.recipes.recipe_file.MAX_RECIPE_BYTES", 5)
    with pytest.raises(RecipeError, match="larger than 5 bytes"):
        load_recipe(path, Whole)


def test_a_recipe_that_is_a_pipe_is_refused(tmp_path):
    """It was read without end."""
    os.mkfifo(tmp_path / "recipe.yaml")
    with pytest.raises(RecipeError, match=r"recipe\.yaml: cannot be read \(Invalid argument\)|not a regular file"):
        load_recipe(tmp_path / "recipe.yaml", Whole)


TRAIN = {
    "seed": 1,
    "model": {"architecture": "sarvl-tiny"},
    "stages": [{"name": "a", "corpus": "c", "epochs": 1, "learning_rate": 0.1, "texts": {}, "augmentation": {}}],
}
SOURCE = {"name": "a", "format": "coco", "images": "i", "annotations": "x", "splits": {"train": 1.0}, "options": {}}
BUILD = {"seed": 1, "sources": [SOURCE], "captions": {"per_image": 3}, "audit": {}, "questions": {}, "filter": {}}
WRONG = (None, "ship", -1, 0.5, float("inf"), True, [], ["x"], {}, {"a": 1}, [1, [2]])
JARGON = re.compile(
    r"[Ii]nput should|tuple|instance|Field required|validation error|function|pydantic|dict\b|str\b|\[type=|\n"
)


def every_field(kind: type[RecipeModel], value: object, place: tuple = ()) -> list[tuple]:
    """Return the places of all fields of a recipe, those that are not given included."""
    if isinstance(value, list):
        return [place, *(found for n, item in enumerate(value) for found in every_field(kind, item, (*place, n)))]
    if not isinstance(value, dict):
        return [place]
    names = {
        *value,
        *(name for model in models_of(kind) if set(value) <= set(model.model_fields) for name in model.model_fields),
    }
    return [place, *(found for name in names for found in every_field(kind, value.get(name), (*place, name)))]


def models_of(kind: type) -> list[type[RecipeModel]]:
    return [model for model in RecipeModel.__subclasses__() if model.__module__.startswith("sarvl.")]


def put(recipe: object, place: tuple, value: object) -> object:
    if not place:
        return value
    changed = list(recipe) if isinstance(recipe, list) else dict(recipe)
    inner = changed[place[0]] if isinstance(recipe, list) else changed.get(place[0])
    changed[place[0]] = put(inner, place[1:], value)
    return changed


@pytest.mark.parametrize(("kind", "recipe"), [(TrainRecipe, TRAIN), (BuildRecipe, BUILD)])
def test_no_error_of_a_recipe_speaks_of_python_or_pydantic(kind, recipe, tmp_path):
    places = sorted(set(every_field(kind, recipe)), key=str)
    told = set()
    for place in places:
        for wrong in WRONG:
            try:
                check_recipe(put(recipe, place, wrong), kind, tmp_path / "recipe.yaml")
            except RecipeError as problem:
                told.add(str(problem))
    assert len(told) > 100
    assert [line for line in told if JARGON.search(line.removeprefix(str(tmp_path)))] == []


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ("stages.0.epochz=3", "stages.0.epochz: no such field; did you mean epochs?"),
        ("stages.0.freeze=image", "stages.0.freeze: give a list, such as [image]"),
        ("stages.0.precision=bf16", "stages.0.precision: bf16 is none of float32, bfloat16; did you mean bfloat16?"),
        ("stages.0.augmentation.miror=1", "stages.0.augmentation.miror: no such field; did you mean mirror?"),
        ("stages.0.batch_size=many", "stages.0.batch_size: many is not a whole number, such as 3"),
        ("stages.0.learning_rate=0", "stages.0.learning_rate: 0 is out of range; give more than 0"),
        ("stages.0.texts.sources=ships", "stages.0.texts.sources: give a list, such as [ships]"),
        ("stages.0.name=a b", "stages.0.name: a b does not have the form that is asked for, ^[A-Za-z0-9_-]+$"),
        ("model.licence=4", "model.licence: 4 is no text; write '4' where it is meant as text"),
        ("modle={}", "modle: no such field; did you mean model?"),
        ("colour=red", "colour: no such field; correct its name: there are seed, model, stages, save_every"),
    ],
)
def test_errors_say_in_plain_words_what_to_give(tmp_path, change, told):
    (tmp_path / "train.yaml").write_text(yaml.safe_dump(TRAIN))
    with pytest.raises(RecipeError) as caught:
        load_recipe(tmp_path / "train.yaml", TrainRecipe, [change])
    assert str(caught.value) == f"{tmp_path / 'train.yaml'}: {told}"


@pytest.mark.parametrize(("errors", "said"), [(1, None), (2, "(and 1 more error)"), (3, "(and 2 more errors)")])
def test_that_a_recipe_has_more_errors_is_not_taken_for_more_fields(errors, said):
    with pytest.raises(ValidationError) as caught:
        TypeAdapter(dict[str, int]).validate_python({str(number): "no number" for number in range(errors)})

    line = first_problem(caught.value, "the recipe")

    assert line.endswith(said) if said else "more" not in line

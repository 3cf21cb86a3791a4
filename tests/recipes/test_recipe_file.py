"""Recipes: fields, paths and overrides, and errors that name what is wrong."""

from pathlib import Path

import pytest
from pydantic import BaseModel, ConfigDict, Field

from sarvl.errors import RecipeError
from sarvl.recipes import RecipePath, load_recipe


class Part(BaseModel):
    model_config = ConfigDict(extra="forbid")

    size: int = Field(default=1, ge=1)
    folder: RecipePath | None = None


class Whole(BaseModel):
    model_config = ConfigDict(extra="forbid")

    seed: int = 0
    parts: list[Part] = []
    steps: tuple[Part, ...] = Field(default=(Part(),), min_length=1)
    part: Part = Part()


@pytest.fixture
def path(tmp_path) -> Path:
    path = tmp_path / "recipe.yaml"
    path.write_text("seed: 3\nparts:\n- {size: 2, folder: images}\n- {folder: /data}\n")
    return path


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


@pytest.mark.parametrize(
    ("override", "reason"),
    [
        ("seed", "write FIELD=VALUE"),
        ("parts.9.size=1", "no such field"),
        ("parts.x.size=1", "no such field"),
        ("seed.deeper=1", "no such field"),
        ("seed.deeper.still=1", "no such field"),
        ("seed=[", "the value is not YAML"),
        ("sede=1", r"sede: no such field; correct its name$"),
        ("part=3", r"part: give its fields, as \{field: value\}$"),
        ("parts.0.size=0", "parts.0.size: Input should be greater"),
        ("seed=many", "seed: Input should be a valid integer"),
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
        ("seed: a\npart: 3\n", r"seed: .* \(and 1 more\)"),
        ("seed: a\nsede: 3\n", r"sede: no such field; .* \(and 1 more\)"),
        ("steps: [{size: 0}]\n", r"steps\.0\.size: Input should be greater than or equal to 1$"),
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

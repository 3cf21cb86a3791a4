"""``sarvl recipe``: a recipe to begin with, or the schema of recipes."""

import json
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from sarvl.cli.command import Command, Panel
from sarvl.errors import SarvlError

if TYPE_CHECKING:
    from sarvl.recipes import RecipeModel

RecipeKind = Literal["build", "train", "compose"]


def recipe(
    new: Annotated[RecipeKind | None, typer.Option(help="Print a commented recipe to begin with.")] = None,
    schema: Annotated[RecipeKind | None, typer.Option(help="Print the JSON schema, which editors check by.")] = None,
) -> None:
    """Print a recipe with the meaning of every field, or the JSON schema of such recipes."""
    from sarvl.recipes import commented_recipe, recipe_schema

    kind = new or schema
    if kind is None or (new and schema):
        raise SarvlError("give one of --new and --schema, with build, train or compose")
    model = _recipe_model(kind)
    typer.echo(commented_recipe(model) if new else json.dumps(recipe_schema(model), indent=2), nl=not new)


def _recipe_model(kind: RecipeKind) -> "type[RecipeModel]":
    if kind == "build":
        from sarvl.corpus import BuildRecipe

        return BuildRecipe
    if kind == "compose":
        from sarvl.simulation.composing import ComposeRecipe

        return ComposeRecipe
    from sarvl.training import TrainRecipe

    return TrainRecipe


COMMAND = Command(recipe, Panel.BEGINNING, "sarvl recipe --new build > recipe.yaml")

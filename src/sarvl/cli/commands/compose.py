"""``sarvl compose``: real targets in real or fitted clutter."""

from pathlib import Path
from typing import Annotated

import typer

from sarvl.cli.command import Command, Panel
from sarvl.cli.options import Overrides, Workers


def compose(
    recipe: Annotated[Path, typer.Argument(help="Compose recipe (YAML).")],
    out: Annotated[Path, typer.Option(help="New folder for images, COCO annotations and a build recipe.")],
    workers: Workers = None,
    overrides: Overrides = None,
) -> None:
    """Set real targets into real or fitted clutter: scenes with boxes, masks and classes, split by split."""
    from sarvl.files import read_json
    from sarvl.recipes import load_recipe
    from sarvl.simulation.composing import ComposeRecipe
    from sarvl.simulation.composing import compose as compose_scenes

    compose_scenes(load_recipe(recipe, ComposeRecipe, overrides or ()), out, workers)
    document = read_json(out / "annotations.json")
    objects, classes = len(document["annotations"]), ", ".join(item["name"] for item in document["categories"])
    typer.echo(f"{len(document['images'])} scenes in {out}, {objects} objects: {classes or 'none'}")
    for reason, count in document["info"]["refused"].items():
        typer.echo(f"refused: {count} ({reason})")
    for reason, count in document["info"]["not_set"].items():
        typer.echo(f"not set into a scene: {count} ({reason})")
    if below := document["info"]["below_least"]:
        typer.echo(f"{below} of {len(document['images'])} scenes have fewer objects than `objects.least` asks for")
    if others := document["info"]["not_empty"]:
        typer.echo(f"{others} scenes show objects where `objects.empty_share` asks for none: no such place was found")
    typer.echo(f"to build a corpus: sarvl build {out / 'build.yaml'} --out CORPUS")


COMMAND = Command(compose, Panel.DATA, "sarvl compose recipes/compose/mstar.yaml --out composed/mstar --workers 8")

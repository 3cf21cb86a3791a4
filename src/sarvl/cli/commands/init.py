"""``sarvl init``: a folder to a recipe to begin with."""

from pathlib import Path
from typing import Annotated

import typer

from sarvl.cli.command import Command, Panel
from sarvl.files import real_path


def init(
    folder: Annotated[Path, typer.Argument(help="Folder of images and annotations.")],
    out: Annotated[Path | None, typer.Option(help="Recipe to write; the folder's name with .yaml by default.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace a recipe that is there.")] = False,
) -> None:
    """Look at a folder, tell what it holds, and write a commented build recipe for it."""
    from sarvl.discovery import init as begin

    out = out or Path(f"{real_path(folder).name}.yaml")
    beginning = begin(folder, out, force=force)
    for line in beginning.lines:
        typer.echo(line)
    for number in beginning.to_fill:
        typer.echo(f"fill in line {number} of {out}: only you can know it")
    typer.echo(f"recipe: {out}; next: sarvl build {out} --out corpora/{out.stem}")


COMMAND = Command(init, Panel.BEGINNING, "sarvl init data/ships --out ships.yaml")

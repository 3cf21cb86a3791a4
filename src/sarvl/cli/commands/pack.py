"""``sarvl pack``: a checkpoint as a small folder that comes with an installation."""

from pathlib import Path
from typing import Annotated

import typer

from sarvl.cli.command import Command, Panel
from sarvl.models.loader import names_told


def pack(
    model: Annotated[str, typer.Argument(help=f"The model: {names_told()}.")],
    out: Annotated[Path, typer.Option(help="New folder for the packed model.")],
    corpora: Annotated[list[Path], typer.Option("--corpus", help="A corpus that it learnt from; give all of them.")],
    rows: Annotated[
        list[Path] | None, typer.Option(help="Result rows of this model for its card; may be given several times.")
    ] = None,
    name: Annotated[str | None, typer.Option(help="What it is called from now on.")] = None,
    licence: Annotated[str | None, typer.Option(help="Of the weights; by default that of the checkpoint.")] = None,
    note: Annotated[
        list[str] | None, typer.Option(help="What else it cannot do, for its card; may be given several times.")
    ] = None,
) -> None:
    """Write a model in float16, with the vocabulary of its training texts and a card of all that is known of it."""
    from sarvl.reporting.packing import pack as pack_model

    made = pack_model(model, out, corpora, rows=rows or (), name=name, licence=licence, notes=note or ())
    sizes = [f"{made.bytes / 1e6:.1f} MB", *(f"{part} {size / 1e6:.1f}" for part, size in made.parts.items())]
    typer.echo(f"{out}: {', '.join(sizes)}")
    typer.echo(made.closeness)
    typer.echo(f"its card: {out / 'README.md'}")


COMMAND = Command(
    pack, Panel.MODELS, "sarvl pack runs/ships --corpus corpora/ships --rows rows.jsonl --out models/ships"
)

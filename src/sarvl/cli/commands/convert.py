"""``sarvl convert``: other people's weights to a checkpoint."""

from pathlib import Path
from typing import Annotated

import typer

from sarvl.cli.command import Command, Panel
from sarvl.models.loader import names_told


def convert(
    model: Annotated[str, typer.Argument(help=f"The model: {names_told()}.")],
    out: Annotated[Path, typer.Option(help="New folder for the checkpoint.")],
    licence: Annotated[str | None, typer.Option(help="Licence of the weights, as their makers state it.")] = None,
) -> None:
    """Write other people's weights as a checkpoint: safetensors, with the contract of its images."""
    from sarvl.models import convert as convert_model

    made = convert_model(model, out, licence)
    typer.echo(f"{out}: {made.name}, weights {made.weights_hash[:12]}")
    typer.echo(f"images: {made.contract.frame.told}")


COMMAND = Command(convert, Panel.MODELS, "sarvl convert ViT-B-32:epoch_10.pt --out models/mine --licence Apache-2.0")

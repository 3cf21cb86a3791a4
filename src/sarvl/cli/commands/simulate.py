"""``sarvl simulate``: made chips with their annotations."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from sarvl.cli.command import Command, Panel
from sarvl.cli.options import Workers


def simulate(
    out: Annotated[Path, typer.Option(help="New folder for images and COCO annotations.")],
    chips: Annotated[int, typer.Option(help="Scenes with objects.")] = 100,
    class_chips: Annotated[int, typer.Option(help="Chips of one class each, in class folders.")] = 0,
    size: Annotated[int, typer.Option(help="Side in pixels.")] = 256,
    looks: Annotated[int, typer.Option(help="Number of looks; 1 is full speckle.")] = 1,
    quantity: Annotated[
        Literal["display", "amplitude", "intensity", "decibel", "complex"], typer.Option(help="Pixels.")
    ] = "display",
    curve: Annotated[
        Literal["amplitude", "decibel"], typer.Option(help="What display bytes are linear in.")
    ] = "amplitude",
    seed: Annotated[int, typer.Option(help="Same seed, same bytes.")] = 0,
    workers: Workers = None,
) -> None:
    """Simulate SAR chips from scattering physics, with boxes and masks."""
    from sarvl.simulation import simulate_dataset

    simulate_dataset(
        out,
        chips=chips,
        class_chips=class_chips,
        size=size,
        looks=looks,
        quantity=quantity,
        curve=curve,
        seed=seed,
        workers=workers,
    )
    typer.echo(f"{chips + class_chips} chips in {out}")


COMMAND = Command(simulate, Panel.DATA, "sarvl simulate --out chips --chips 1000 --looks 4")

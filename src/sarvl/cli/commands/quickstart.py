"""``sarvl quickstart``: the whole way on simulated scenes."""

from pathlib import Path
from typing import Annotated

import typer

from sarvl.cli.command import Command, Panel
from sarvl.cli.options import Workers


def quickstart(
    out: Annotated[Path, typer.Option(help="Folder for everything it makes.")] = Path("runs/quickstart"),
    seed: Annotated[int, typer.Option(help="Seed of simulation and training.")] = 0,
    workers: Workers = None,
) -> None:
    """Simulate, build, train, evaluate and report: the whole way in minutes, without a network."""
    from sarvl.quickstart import quickstart as run_quickstart

    for score in run_quickstart(out, seed, workers):
        times = score.value / score.chance
        typer.echo(f"{score.name}: {score.value:.3f}  (chance {score.chance:.3f}, {times:.1f} times chance)")
    typer.echo(f"open {out / 'report.html'}")


COMMAND = Command(quickstart, Panel.BEGINNING, "sarvl quickstart --out runs/quickstart")

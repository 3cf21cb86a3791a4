"""``sarvl calibrate``: the temperature of a model's answers, from a validation split."""

from pathlib import Path
from typing import Annotated

import typer

from sarvl.cli.command import Command, Panel
from sarvl.cli.options import BatchSize, Device, Workers
from sarvl.models.loader import names_told


def calibrate(
    model: Annotated[str, typer.Argument(help=f"The model, which must answer: {names_told()}.")],
    corpus: Annotated[Path, typer.Option(help="Corpus folder.")],
    split: Annotated[str, typer.Option(help="Split to calibrate on; do not report on it.")] = "val",
    limit: Annotated[int | None, typer.Option(help="The most images, drawn from the corpus's seed.", min=1)] = None,
    device: Device = None,
    batch_size: BatchSize = None,
    workers: Workers = None,
) -> None:
    """Find how sure a model's answers are to be taken, and keep it beside its weights; no answer changes."""
    from sarvl.evaluation.vqa.calibrating import calibrate as calibrate_model

    options = {"limit": limit, "device": device, "batch_size": batch_size, "workers": workers}
    made = calibrate_model(model, corpus, split, **options)  # type: ignore[arg-type]
    typer.echo(f"temperature {made.temperature:.3f}, by {made.answers} answers of split {made.split}")


COMMAND = Command(calibrate, Panel.MODELS, "sarvl calibrate runs/gpt --corpus corpora/ships --split val")

"""``sarvl train``: a recipe to a model."""

import os
from pathlib import Path
from typing import Annotated

import typer

from sarvl.cli.command import Command, Panel
from sarvl.cli.options import Overrides, Workers


def train(
    recipe: Annotated[Path, typer.Argument(help="Training recipe (YAML).")],
    out: Annotated[Path | None, typer.Option(help="Folder for the run; not wanted by --dry-run.")] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with the stopped run in OUT.")] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Print steps, costs and bytes of each stage, and train nothing.")
    ] = False,
    workers: Workers = None,
    threads: Annotated[int, typer.Option(help="Threads of computation; 0 lets PyTorch choose.", min=0)] = 0,
    log_every: Annotated[
        int, typer.Option(help="Steps between two lines of progress, where there is no terminal.", min=1)
    ] = 50,
    executor: Annotated[
        str | None,
        typer.Option(help="What carries out the steps: one_process, or, under torchrun, ddp (the default) or fsdp2."),
    ] = None,
    overrides: Overrides = None,
) -> None:
    """Train a model through the stages of a recipe; a stopped run goes on with --resume."""
    from sarvl.recipes import load_recipe
    from sarvl.training import TrainRecipe

    if out is None and not dry_run:
        raise typer.BadParameter("give a folder for the run, or --dry-run", param_hint="--out")
    read = load_recipe(recipe, TrainRecipe, overrides or ())
    import torch  # from here on: a typo in the recipe need not wait for it

    from sarvl.training import dry_run as plans_of
    from sarvl.training import train as train_model

    if threads:
        torch.set_num_threads(threads)
    if out is None or dry_run:
        for plan in plans_of(read, str(recipe.with_suffix("")), workers):
            typer.echo("\n".join(plan.lines()))
        return
    run = train_model(read, out, resume, workers, log_every=log_every, executor=executor)
    if os.environ.get("RANK", "0") == "0":  # of the processes that torchrun starts, one says it
        best, last = run / "best", run / "last"
        typer.echo(f"checkpoints: {best} and {last}; curves: tensorboard --logdir {run / 'tensorboard'}")


COMMAND = Command(train, Panel.MODELS, "sarvl train recipe.yaml --out runs/ships --set stages.0.epochs=2")

"""``sarvl evaluate``: a model and a corpus to result rows."""

from pathlib import Path
from typing import Annotated, Any

import typer

from sarvl.cli.command import Command, Panel
from sarvl.cli.options import BatchSize, Device, Model, Workers, names_in
from sarvl.cli.rows_table import print_rows
from sarvl.evaluation.task import TASKS


def _list_tasks(given: list[str]) -> list[str]:
    """Return the names, parted at commas; where one is ``list``, print those of all tasks, and end."""
    names = [name.strip() for part in given for name in part.split(",")]
    if "list" in names:
        typer.echo("\n".join(TASKS.names()))
        raise typer.Exit
    return names


def evaluate(
    model: Model,
    corpus: Annotated[Path, typer.Option(help="Corpus folder.")],
    tasks: Annotated[
        list[str],
        typer.Option(
            "--task",
            "--tasks",
            help=f"{', '.join(TASKS.names())}; several times, or with commas; list prints the names.",
            autocompletion=names_in(TASKS),
            callback=_list_tasks,
            is_eager=True,
        ),
    ],
    out: Annotated[Path, typer.Option(help="File that the result rows are appended to (JSON lines).")],
    split: Annotated[str, typer.Option(help="Split to measure on.")] = "test",
    source: Annotated[list[str] | None, typer.Option(help="Only these sources of the corpus.")] = None,
    set_to: Annotated[
        list[str] | None,
        typer.Option("--set", help="Setting of a task to change, such as zeroshot.templates=sarvlm-optical."),
    ] = None,
    limit: Annotated[int | None, typer.Option(help="The most images, drawn from the corpus's seed.", min=1)] = None,
    device: Device = None,
    batch_size: BatchSize = None,
    workers: Workers = None,
) -> None:
    """Measure a model on a split of a corpus; figures that OUT already holds are not measured again."""
    from sarvl.evaluation.evaluator import evaluate as evaluate_model
    from sarvl.evaluation.rows import read_rows
    from sarvl.recipes import override_fields

    settings: dict[str, Any] = {}
    override_fields(settings, set_to or ())
    known = read_rows(out) if out.exists() else []
    rows = evaluate_model(
        model,
        corpus,
        split,
        tasks,
        out,
        sources=source or (),
        settings=settings,
        limit=limit,
        device=device,
        batch_size=batch_size,
        workers=workers,
    )
    print_rows(rows)
    written = sum(row not in known for row in rows)
    typer.echo(f"rows: {out} ({written} written, {len(rows) - written} that it held already)")


COMMAND = Command(
    evaluate,
    Panel.FIGURES,
    "sarvl evaluate --model runs/ships --corpus corpora/ships --task retrieval --out rows.jsonl",
)

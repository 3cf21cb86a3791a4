"""``sarvl evaluate``: a model and a corpus to result rows."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Column, Table

from sarvl.cli.command import Command, Panel
from sarvl.cli.options import Model, Workers
from sarvl.cli.printing import errors, print_wide
from sarvl.evaluation.task import TASKS

if TYPE_CHECKING:
    from sarvl.evaluation.rows import ResultRow


def evaluate(
    model: Model,
    corpus: Annotated[Path, typer.Option(help="Corpus folder.")],
    task: Annotated[list[str], typer.Option(help=f"{', '.join(TASKS.names())}; may be given several times.")],
    out: Annotated[Path, typer.Option(help="File that the result rows are appended to (JSON lines).")],
    split: Annotated[str, typer.Option(help="Split to measure on.")] = "test",
    source: Annotated[list[str] | None, typer.Option(help="Only these sources of the corpus.")] = None,
    workers: Workers = None,
) -> None:
    """Measure a model on a split of a corpus; figures that OUT already holds are not measured again."""
    from sarvl.evaluation.evaluator import evaluate as evaluate_model

    _print_rows(evaluate_model(model, corpus, split, task, out, sources=source or (), workers=workers))
    typer.echo(f"rows: {out}")


def _print_rows(rows: "Sequence[ResultRow]") -> None:
    table = Table(
        "source", Column("metric", no_wrap=True), "value", Column("95 % interval", no_wrap=True), "chance", "n"
    )
    for row in rows:
        interval = f"{row.low:.3f} to {row.high:.3f}" if row.low is not None else ""
        chance = f"{row.chance:.3f}" if row.chance is not None else ""
        table.add_row(row.source, row.metric, f"{row.value:.3f}", interval, chance, str(row.n))
    print_wide(table)
    few = {row.source: row.n_groups for row in rows if row.has_few_groups and row.low is not None}
    for source, groups in few.items():
        errors.print(f"warning: {source}: intervals over {groups} scenes say little; measure on ten or more")


COMMAND = Command(
    evaluate,
    Panel.FIGURES,
    "sarvl evaluate --model runs/ships --corpus corpora/ships --task retrieval --out rows.jsonl",
)

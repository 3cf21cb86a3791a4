"""``sarvl evaluate``: a model and a corpus to result rows."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sarvl.cli.command import Command, Panel
from sarvl.cli.options import BatchSize, Device, Model, Workers, names_in
from sarvl.cli.rows_table import print_rows
from sarvl.evaluation.task import TASKS

if TYPE_CHECKING:
    from sarvl.evaluation.rows import ResultRow


def _list_tasks(given: list[str] | None) -> list[str]:
    """Return the names, parted at commas; where one is ``list``, print those of all tasks, and end."""
    names = [name.strip() for part in given or () for name in part.split(",")]
    if "list" in names:
        typer.echo("\n".join(TASKS.names()))
        raise typer.Exit
    return names


def evaluate(
    out: Annotated[Path, typer.Option(help="File that the result rows are appended to (JSON lines).")],
    model: Model = None,
    corpus: Annotated[Path | None, typer.Option(help="Corpus folder.")] = None,
    tasks: Annotated[
        list[str] | None,
        typer.Option(
            "--task",
            "--tasks",
            help=f"{', '.join(TASKS.names())}; several times, or with commas; list prints the names.",
            autocompletion=names_in(TASKS),
            callback=_list_tasks,
            is_eager=True,
        ),
    ] = None,
    suite: Annotated[
        str | None, typer.Option(help="Instead, a suite of tasks on several corpora: its name, or a YAML file.")
    ] = None,
    corpora: Annotated[Path, typer.Option(help="Folder in which the corpora of a suite lie.")] = Path("corpora"),
    split: Annotated[str, typer.Option(help="Split to measure on.")] = "test",
    source: Annotated[list[str] | None, typer.Option(help="Only these sources of the corpus.")] = None,
    set_to: Annotated[
        list[str] | None,
        typer.Option("--set", help="Setting of a task to change, such as zeroshot.templates=sarvlm-optical."),
    ] = None,
    limit: Annotated[
        int | None, typer.Option(help="The most images to measure, drawn from the corpus's seed.", min=1)
    ] = None,
    device: Device = None,
    batch_size: BatchSize = None,
    workers: Workers = None,
) -> None:
    """Measure a model on a split of a corpus, or by a suite; figures that OUT already holds are not measured again."""
    from sarvl.evaluation.rows import read_rows

    known = read_rows(out) if out.exists() else []
    options = {"limit": limit, "device": device, "batch_size": batch_size, "workers": workers}
    if suite is None:
        if corpus is None or not tasks:
            raise typer.BadParameter("give a corpus and a task, or a suite", param_hint="--corpus, --task, --suite")
        rows = _evaluate_tasks(model, corpus, split, tasks, out, source or (), set_to or (), options)
    else:
        given = {"--corpus": corpus, "--task": tasks, "--source": source, "--set": set_to, "--split": split != "test"}
        if of_tasks := [name for name, value in given.items() if value]:
            raise typer.BadParameter("a suite says this itself; leave one out", param_hint=", ".join(of_tasks))
        rows = _evaluate_suite(suite, model, corpora, out, options)
    written = sum(row not in known for row in rows)
    typer.echo(f"rows: {out} ({written} written, {len(rows) - written} that it held already)")


def _evaluate_tasks(
    model: str | None,
    corpus: Path,
    split: str,
    tasks: Sequence[str],
    out: Path,
    sources: Sequence[str],
    overrides: Sequence[str],
    options: dict[str, Any],
) -> "list[ResultRow]":
    from sarvl.evaluation.evaluator import evaluate as evaluate_model
    from sarvl.recipes import override_fields

    settings: dict[str, Any] = {}
    override_fields(settings, overrides)
    rows = evaluate_model(model, corpus, split, tasks, out, sources=sources, settings=settings, **options)
    print_rows(rows)
    return rows


def _evaluate_suite(
    name: str, model: str | None, corpora: Path, out: Path, options: dict[str, Any]
) -> "list[ResultRow]":
    from sarvl.cli.suite_table import print_suite
    from sarvl.evaluation.suite import evaluate_suite, load_suite

    suite = load_suite(name)
    lines = evaluate_suite(suite, model, corpora, out, **options)
    print_suite(suite.title, lines)
    rows = {row.key(): row for line in lines for row in line.measured}  # several tests may ask for figures of one run
    return list(rows.values())


COMMAND = Command(
    evaluate,
    Panel.FIGURES,
    "sarvl evaluate --model runs/ships --corpus corpora/ships --task retrieval --out rows.jsonl",
)

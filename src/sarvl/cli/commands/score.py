"""``sarvl score``: the predictions of others to result rows."""

from pathlib import Path
from typing import Annotated, Any

import typer

from sarvl.cli.command import Command, Panel
from sarvl.cli.options import names_in
from sarvl.cli.rows_table import print_rows
from sarvl.evaluation.predictions.prediction_format import PREDICTION_FORMATS
from sarvl.evaluation.task import TASKS


def score(
    task: Annotated[str, typer.Argument(help="What they are scored as, such as vqa.", autocompletion=names_in(TASKS))],
    predictions: Annotated[Path, typer.Argument(help="File of predictions.")],
    format_name: Annotated[
        str,
        typer.Option(
            "--format",
            help=f"Its format: {', '.join(PREDICTION_FORMATS.names())}.",
            autocompletion=names_in(PREDICTION_FORMATS),
        ),
    ],
    out: Annotated[Path, typer.Option(help="File that the result rows are appended to (JSON lines).")],
    model: Annotated[str | None, typer.Option(help="What made them; by default the name of the file.")] = None,
    corpus: Annotated[
        Path | None, typer.Option(help="Corpus that was asked; else what the file itself says is right.")
    ] = None,
    split: Annotated[str, typer.Option(help="Split of the corpus that was asked.")] = "test",
    set_to: Annotated[
        list[str] | None, typer.Option("--set", help="Setting of the task to change, such as judge.model=NAME.")
    ] = None,
) -> None:
    """Score what another model predicted; the rows are those of sarvl evaluate."""
    from sarvl.evaluation.scorer import score as score_predictions
    from sarvl.recipes import override_fields

    settings: dict[str, Any] = {}
    override_fields(settings, set_to or ())
    rows = score_predictions(
        task, predictions, out, format=format_name, model=model, corpus=corpus, split=split, settings=settings
    )
    print_rows(rows)
    typer.echo(f"rows: {out}")


COMMAND = Command(
    score,
    Panel.FIGURES,
    "sarvl score vqa VQA_result.csv --format sarlang-csv --model qwen --out rows.jsonl",
)

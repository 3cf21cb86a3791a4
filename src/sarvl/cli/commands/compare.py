"""``sarvl compare``: whether models differ."""

import json
from collections.abc import Sequence
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Column, Table

from sarvl.cli.command import Command, Panel
from sarvl.cli.printing import print_wide
from sarvl.cli.rows_table import range_told
from sarvl.progress import note

if TYPE_CHECKING:
    from sarvl.reporting.comparison import Comparison


def compare(
    files: Annotated[list[Path], typer.Argument(help="Files of result rows; one where it holds several models.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    seed: Annotated[int, typer.Option(help="Seed of the resampling.")] = 0,
) -> None:
    """Test whether models differ, two at a time, item by item, from the outcomes beside their rows."""
    from dataclasses import asdict

    from sarvl.reporting.comparison import compare as compare_models

    comparisons = compare_models(*files, seed=seed)
    if as_json:
        typer.echo(json.dumps([asdict(comparison) for comparison in comparisons], indent=2, ensure_ascii=False))
    else:
        _print_comparisons(comparisons)


def _print_comparisons(lines: "Sequence[Comparison]") -> None:
    from sarvl.measures.intervals import FEW_CLUSTERS

    corrected: list[str] = ["p, Holm"] if any(line.p_holm != line.p_value for line in lines) else []
    for models, comparisons in groupby(lines, lambda comparison: (comparison.first, comparison.second)):
        table = Table(
            *("task", "source", Column("metric", no_wrap=True), "first", "second", "difference"),
            Column("95 % interval", no_wrap=True),
            *("p", *corrected, "detectable", "scenes"),
            title="first: {}\nsecond: {}".format(*models),
            title_justify="left",
        )
        for row in comparisons:
            values = (f"{value:.3f}" for value in (row.first_value, row.second_value))
            interval = "" if row.low is None else f"{row.low:+.3f} to {row.high:+.3f}"
            p_values = [_probability(value) for value in (row.p_value, row.p_holm)[: 1 + len(corrected)]]
            detectable = "" if row.detectable is None else f"{row.detectable:.3f}"
            cells = (*values, f"{row.difference:+.3f}", interval, *p_values, detectable, str(row.groups))
            table.add_row(row.task, row.source, row.metric, *cells)
        print_wide(table)
    if few := {line.groups for line in lines if line.low is not None and line.groups < FEW_CLUSTERS}:
        note(f"warning: intervals over {range_told(few)} scenes say little; compare on ten or more")


def _probability(value: float | None) -> str:
    return "" if value is None else f"{value:.3f}" if value >= 0.001 else "<0.001"


COMMAND = Command(compare, Panel.FIGURES, "sarvl compare ships.jsonl tanks.jsonl --json")

"""Result rows as a table in the terminal."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from rich.table import Column, Table

from sarvl.cli.printing import print_wide
from sarvl.progress import note

if TYPE_CHECKING:
    from sarvl.evaluation.rows import ResultRow


def interval_told(row: "ResultRow") -> str:
    """Return the interval of a figure in words; empty where it has none."""
    return "" if row.low is None or row.high is None else f"{row.low:.3f} to {row.high:.3f}"


def print_rows(rows: "Sequence[ResultRow]") -> None:
    """Print the figures with their intervals, and warn where these are over too few scenes."""
    table = Table(
        "source", Column("metric", no_wrap=True), "value", Column("95 % interval", no_wrap=True), "chance", "n"
    )
    for row in rows:
        chance = f"{row.chance:.3f}" if row.chance is not None else ""
        table.add_row(row.source, row.metric, f"{row.value:.3f}", interval_told(row), chance, str(row.n))
    print_wide(table)
    for warning in few_scenes_told(rows):
        note(warning)


def few_scenes_told(rows: "Sequence[ResultRow]") -> Iterator[str]:
    """Yield a warning a task and source of which intervals are over too few scenes; it names the figures if not all."""
    for task, source in dict.fromkeys((row.task, row.source) for row in rows):
        known = [row for row in rows if (row.task, row.source) == (task, source) and row.low is not None]
        few = [row for row in known if row.has_few_groups]
        if few:
            of = "" if len(few) == len(known) else f" of {', '.join(row.metric for row in few)}"
            scenes = range_told({row.n_groups or 0 for row in few})
            yield f"warning: {task}, {source}: intervals{of} over {scenes} scenes say little; measure on ten or more"


def range_told(counts: set[int]) -> str:
    """Return the least and the greatest of some counts in words: ``3``, or ``2 to 6``."""
    return " to ".join(map(str, sorted({min(counts), max(counts)})))

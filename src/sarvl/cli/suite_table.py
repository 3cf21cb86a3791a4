"""The tests of a suite as a table in the terminal."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.table import Column, Table

from sarvl.cli.printing import print_wide
from sarvl.cli.rows_table import interval_told
from sarvl.progress import note

if TYPE_CHECKING:
    from sarvl.evaluation.suite import SuiteLine


def print_suite(title: str, lines: "Sequence[SuiteLine]") -> None:
    """Print each test with its figure, or why there is none, and what others published."""
    columns = ("test", "source", Column("figure", no_wrap=True), "value", Column("95 % interval", no_wrap=True))
    table = Table(*columns, "published", title=title, title_justify="left")
    for line in lines:
        test, row = line.test, line.row
        published = "; ".join(f"{one.system} {one.value:g}" for one in test.published)
        if row is None:
            table.add_row(test.name, "", test.metric, "–", "", published)
        else:
            table.add_row(test.name, row.source, test.metric, f"{row.value:.3f}", interval_told(row), published)
    print_wide(table)
    for line in lines:
        if line.reason:
            note(f"{line.test.name}: {line.reason}")

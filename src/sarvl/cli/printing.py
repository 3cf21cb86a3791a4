"""What commands print on: tables as wide as they need, and warnings on standard error."""

from rich.console import Console
from rich.table import Table

from sarvl.errors import SarvlError

errors = Console(stderr=True, highlight=False)


def tell_refused(reason: str) -> None:
    """Print why something was refused, on one line of standard error."""
    errors.print(f"refused: {SarvlError(reason)}", soft_wrap=True, markup=False)


def print_wide(table: Table) -> None:
    """Print a table whole: a narrow terminal or a pipe must not cost digits or names."""
    # No markup: cells quote captions and reasons, in which `[/INST]` is a word.
    plain = Console(highlight=False, markup=False)
    plain.width = max(plain.width, plain.measure(table, options=plain.options.update(max_width=1000)).maximum)
    plain.print(table)

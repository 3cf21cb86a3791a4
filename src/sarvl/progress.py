"""Progress bars on standard error; plain lines of text where that is no terminal."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

_console = Console(stderr=True)


def note(text: str) -> None:
    """Print a line on standard error that the user should see beside the bars."""
    _console.print(text, highlight=False, markup=False, soft_wrap=True)


class Advance(Protocol):
    """Moves a bar on by ``steps``; ``note`` stands behind it from then on."""

    def __call__(self, steps: int, note: str = "") -> None:
        """Advance."""


@contextmanager
def progress(label: str, total: int, done: int = 0) -> Iterator[Advance]:
    """Show a bar for ``total`` steps of work, of which ``done`` lie behind; yields the function that advances it."""
    columns = (
        TextColumn("{task.description:<24}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[note]}"),
    )
    with Progress(*columns, console=_console, disable=not _console.is_terminal) as bars:
        task = bars.add_task(label, total=total, completed=done, note="")
        last = ""

        def advance(steps: int, note: str = "") -> None:
            nonlocal last
            last = note or last
            bars.update(task, advance=steps, note=last)

        yield advance
    if not _console.is_terminal:
        _console.print(f"{label}: {total} done {last}".rstrip(), highlight=False)

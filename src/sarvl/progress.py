"""Progress: what is told of work on its way, on standard error and, where one is asked for, in a log of JSON lines."""

import json
import math
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from enum import IntEnum
from pathlib import Path
from typing import Any, TextIO

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from sarvl.errors import SarvlError, unwritable

_console = Console(stderr=True)
_SECONDS_A_LINE = 30.0
_SECONDS_A_LINE_VERBOSE = 5.0


class Loudness(IntEnum):
    """How much is told on standard error; errors always are."""

    QUIET = 0
    USUAL = 1
    VERBOSE = 2


class _Telling:
    """How this process tells: set once by the command line."""

    loudness = Loudness.USUAL
    log: TextIO | None = None


def tell(loudness: Loudness = Loudness.USUAL, log_json: Path | None = None) -> None:
    """Set how much is told from now on, and to which file of JSON lines all of it is appended.

    Raises SarvlError where the file cannot be opened.
    """
    if _Telling.log:
        _Telling.log.close()
    _Telling.loudness, _Telling.log = loudness, None
    if log_json:
        try:
            _Telling.log = log_json.open("a", encoding="utf-8", buffering=1)
        except OSError as problem:
            raise SarvlError(unwritable(log_json, problem)) from problem


def note(text: str) -> None:
    """Print a line on standard error that the user should see beside the bars."""
    _print(text, Loudness.USUAL)
    log("note", text=text)


def detail(text: str) -> None:
    """Print a line that is only of interest to who asks for more (``--verbose``)."""
    _print(text, Loudness.VERBOSE)
    log("detail", text=text)


def log(event: str, **fields: Any) -> None:
    """Append an event to the log of JSON lines, where there is one."""
    if _Telling.log:
        moment = datetime.now(UTC).isoformat(timespec="milliseconds")
        entry = {"time": moment, "event": event, **fields}
        _Telling.log.write(json.dumps(entry, ensure_ascii=False, default=str) + "\n")


class Work:
    """Work on its way: call it to go on by some units.

    label: what is done. total, unit: of how many of what. done: how many lie behind at the start. line_every: units
    between two lines where there is no terminal; by the clock where None.
    """

    def __init__(self, label: str, total: int, unit: str, done: int, line_every: int | None) -> None:
        self._label, self._total, self._unit, self._line_every = label, total, unit, line_every
        self._done = self._first = self._told_at = done
        self._began = self._told = time.monotonic()
        self._figures: Mapping[str, float] = {}
        self._bars: Progress | None = None
        self._task = TaskID(0)

    def __call__(self, units: int, figures: Mapping[str, float] | None = None) -> None:
        """Go on by ``units``. figures: what was found by the way, by name; shown until there are others."""
        self._done += units
        self._figures = figures if figures is not None else self._figures
        if self._bars:
            self._bars.update(self._task, advance=units, note=_told_figures(self._figures))
        if self._is_time():
            self._tell("progress", f"{self._label}: {self._done} of {self._total} {self._unit}", self._figures)

    def milestone(self, text: str, figures: Mapping[str, float]) -> None:
        """Tell that a part of the work is done, such as an epoch, with what was found."""
        self._tell("milestone", f"{self._label}: {text}", figures, milestone=text)

    def __enter__(self) -> "Work":
        """Begin."""
        if _console.is_terminal and _Telling.loudness > Loudness.QUIET:
            self._bars = Progress(*_columns(), console=_console)
            self._task = self._bars.add_task(
                self._label, total=self._total, completed=self._done, unit=self._unit, note=""
            )
            self._bars.start()
        log("begin", **self._place())
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        """End, whether or not all is done."""
        if self._bars:
            self._bars.stop()
        event = "end" if kind is None else "broken off"
        log(event, **self._place(), figures=_finite(self._figures))
        if kind is None and self._total and not self._bars:
            told = [f"{self._label}: {self._done} {_of_number(self._unit, self._done)} in {_duration(self._seconds)}"]
            _print(", ".join([*told, *filter(None, [_told_figures(self._figures)])]), Loudness.USUAL)

    @property
    def _seconds(self) -> float:
        return time.monotonic() - self._began

    @property
    def _seconds_left(self) -> float | None:
        passed = self._done - self._first
        return self._seconds * (self._total - self._done) / passed if passed else None

    def _is_time(self) -> bool:
        if self._line_every is not None:
            return self._done // self._line_every > self._told_at // self._line_every
        pause = _SECONDS_A_LINE if _Telling.loudness < Loudness.VERBOSE else _SECONDS_A_LINE_VERBOSE
        return time.monotonic() - self._told >= pause

    def _tell(self, event: str, line: str, figures: Mapping[str, float], **more: str) -> None:
        self._told, self._told_at = time.monotonic(), self._done
        left = self._seconds_left
        log(event, **self._place(), **more, figures=_finite(figures))
        if not self._bars:
            time_left = f"{_duration(left)} left" if left is not None and self._done < self._total else ""
            rate = "" if figures else f"{_number((self._done - self._first) / self._seconds)} {self._unit}/s"
            _print(", ".join(filter(None, [line, _told_figures(figures), rate, time_left])), Loudness.USUAL)

    def _place(self) -> dict[str, Any]:
        left = self._seconds_left
        return {
            "work": self._label,
            "done": self._done,
            "total": self._total,
            "unit": self._unit,
            "seconds": round(self._seconds, 3),
            "seconds_left": None if left is None else round(left, 3),
        }


@contextmanager
def progress(label: str, total: int, unit: str, done: int = 0, *, line_every: int | None = None) -> Iterator[Work]:
    """Yield work that a bar shows, or lines where standard error is no terminal; see ``Work``."""
    with Work(label, total, unit, done, line_every) as work:
        yield work


def _columns() -> list[Any]:
    return [
        TextColumn("{task.description:<24}"),
        BarColumn(),
        TextColumn("{task.completed}/{task.total} {task.fields[unit]}"),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[note]}"),
    ]


def _print(text: str, least: Loudness) -> None:
    if _Telling.loudness >= least:
        _console.print(text, highlight=False, markup=False, soft_wrap=True)


def _told_figures(figures: Mapping[str, float]) -> str:
    """Return figures in words: ``pairs/s`` and ``% of ...`` stand behind their number, other names before it."""
    named = [(name.replace("_", " "), _number(value)) for name, value in figures.items()]
    return ", ".join(
        f"{value} {name}" if name.endswith("/s") or name.startswith("%") else f"{name} {value}" for name, value in named
    )


def _number(value: float) -> str:
    return f"{value:.0f}" if abs(value) >= 1000 else f"{value:.4g}"


def _finite(figures: Mapping[str, float]) -> dict[str, float | None]:
    """Return figures as JSON has them: there is no NaN in it."""
    return {name: value if math.isfinite(value) else None for name, value in figures.items()}


def _duration(seconds: float) -> str:
    whole = round(seconds)
    if whole < 60:
        return f"{seconds:.1f} s" if seconds < 10 else f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


def _of_number(unit: str, count: int) -> str:
    """Return a unit, given in the plural, as it is said of so many: ``1 image``, ``1 box``."""
    if count != 1:
        return unit
    return {"boxes": "box", "queries": "query"}.get(unit, unit.removesuffix("s"))

"""Ledger: what has been said of image files, in JSON lines or a CSV that grow by whole batches."""

import csv
import io
import json
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from sarvl.errors import ModelError, unreadable, unwritable
from sarvl.files import lock_file

_ADVICE = "remove the line, or give another file"
_KEPT = ("image", "caption", "producer", "log_probability", "split")
_REFUSED = ("image", "caption", "producer", "reason")


class Outcome(NamedTuple):
    """What became of an image: its caption, and why it is refused, where it is. split: where that is known."""

    path: Path
    text: str
    log_probability: float | None
    reason: str | None
    split: str | None = None


class Ledger:
    """Two files: the captions, and what was refused. named: the images that one of them names.

    They are CSV where their names end so, else JSON lines.
    """

    def __init__(self, kept: Path, refused: Path) -> None:
        """Read both; raises ModelError where a line is none of ours."""
        self._paths = kept, refused
        lines = [_whole_lines(path) for path in self._paths]
        self.named = {image for path, own in zip(self._paths, lines, strict=True) for image in _images_of(path, own)}
        is_csv = kept.suffix == ".csv"
        self.written, self.refused = (max(len(own) - is_csv, 0) for own in lines)

    @classmethod
    @contextmanager
    def open(cls, kept: Path) -> Iterator["Ledger"]:
        """Yield the ledger of a file, for this process alone; ModelError where it cannot be had."""
        refused = kept.with_suffix(f".refused{kept.suffix}")
        try:
            kept.parent.mkdir(parents=True, exist_ok=True)
            with lock_file(kept.with_name(f".{kept.name}.lock")) as is_held:
                if not is_held:
                    raise ModelError(f"{kept}: another process is writing it; wait for its end, or give another file")
                yield cls(kept, refused)
        except OSError as problem:
            raise ModelError(unwritable(kept, problem)) from problem

    def add(self, producer: str, outcomes: Iterable[Outcome]) -> None:
        """Append a batch, on the disk before it returns."""
        kept, refused = [], []
        for outcome in outcomes:
            line: dict[str, Any] = {"image": str(outcome.path), "caption": outcome.text, "producer": producer}
            if outcome.reason is None:
                more = {"split": outcome.split} if outcome.split else {}
                kept.append(line | {"log_probability": outcome.log_probability} | more)
            else:
                refused.append(line | {"reason": outcome.reason})
        for path, lines, columns in zip(self._paths, (kept, refused), (_KEPT, _REFUSED), strict=True):
            _append(path, lines, columns)
        self.written, self.refused = self.written + len(kept), self.refused + len(refused)


def _append(path: Path, lines: list[dict[str, Any]], columns: tuple[str, ...]) -> None:
    if not lines:
        return
    is_new = not path.exists() or not path.stat().st_size
    text = _csv(lines, columns, is_new) if path.suffix == ".csv" else _json_lines(lines)
    with path.open("ab") as file:
        file.write(text.encode())
        file.flush()
        os.fsync(file.fileno())


def _json_lines(lines: list[dict[str, Any]]) -> str:
    return "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)


def _csv(lines: list[dict[str, Any]], columns: tuple[str, ...], with_header: bool) -> str:
    stream = io.StringIO()
    table = csv.DictWriter(stream, columns, lineterminator="\n")
    if with_header:
        table.writeheader()
    for line in lines:  # each on one line of the file, so that a torn one can be told
        table.writerow({name: " ".join(str("" if value is None else value).split()) for name, value in line.items()})
    return stream.getvalue()


def _whole_lines(path: Path) -> list[str]:
    """Return the lines of a file, after what a killed process began and did not end is cut off."""
    if not path.exists():
        return []
    content = path.read_bytes()
    whole = content[: content.rfind(b"\n") + 1]
    if len(whole) < len(content):
        os.truncate(path, len(whole))
    try:
        return whole.decode().split("\n")[:-1]
    except UnicodeDecodeError as problem:
        raise ModelError(unreadable(path, problem, _ADVICE)) from problem


def _images_of(path: Path, lines: list[str]) -> list[str]:
    try:
        if path.suffix == ".csv":
            return [row["image"] for row in csv.DictReader(lines, strict=True)]
        return [str(json.loads(line)["image"]) for line in lines]
    except (ValueError, LookupError, TypeError, csv.Error) as problem:
        raise ModelError(unreadable(path, problem, _ADVICE)) from problem

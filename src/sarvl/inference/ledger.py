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
from sarvl.files import lock_file, write_text

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
    """Two files: the captions, and what was refused. They are CSV where their names end so, else JSON lines.

    named: the images with a caption, kept or refused. One that was refused without a caption is none of them: it may
    have been read in another way than it is read now.
    """

    def __init__(self, kept: Path, refused: Path) -> None:
        """Read both; raises ModelError where a line is none of ours, and leaves the files as they are then."""
        self._paths = kept, refused
        held, refusals = (_entries(path, own) for path, own in zip(self._paths, (_KEPT, _REFUSED), strict=True))
        for path in self._paths:
            _cut_torn_line(path)
        judged = [entry for entry in refusals if entry["caption"]]
        self.named = {str(entry["image"]) for entry in [*held, *judged]}
        self.written, self.refused = len(held), len(refusals)

    @classmethod
    @contextmanager
    def open(cls, kept: Path) -> Iterator["Ledger"]:
        """Yield the ledger of a file, for this process alone; ModelError where it cannot be had."""
        refused = refused_beside(kept)
        try:
            kept.parent.mkdir(parents=True, exist_ok=True)
            with lock_file(kept.with_name(f".{kept.name}.lock")) as is_held:
                if not is_held:
                    raise ModelError(f"{kept}: another process is writing it; wait for its end, or give another file")
                yield cls(kept, refused)
        except OSError as problem:
            raise ModelError(unwritable(kept, problem)) from problem

    def forget(self, images: Iterable[Path]) -> None:
        """Remove the refusals of images that are tried again."""
        path, tried = self._paths[1], set(map(str, images))
        refusals = _entries(path, _REFUSED)
        left = [entry for entry in refusals if str(entry["image"]) not in tried]
        if left and len(left) < len(refusals):
            write_text(path, _text(path, left, _REFUSED, is_new=True))
        elif not left:
            path.unlink(missing_ok=True)
        self.refused = len(left)

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


def refused_beside(kept: Path) -> Path:
    """Return the file of what was refused, beside that of captions."""
    return kept.with_suffix(f".refused{kept.suffix}")


def last_refusal(path: Path) -> str:
    """Return why the last image of a file of refusals was refused, with its name."""
    entry = _entries(path, _REFUSED)[-1]
    image, reason = str(entry["image"]), str(entry.get("reason"))
    return reason if image in reason else f"{image}: {reason}"


def _append(path: Path, lines: list[dict[str, Any]], columns: tuple[str, ...]) -> None:
    if not lines:
        return
    is_new = not path.exists() or not path.stat().st_size
    with path.open("ab") as file:
        file.write(_text(path, lines, columns, is_new).encode())
        file.flush()
        os.fsync(file.fileno())


def _text(path: Path, lines: list[dict[str, Any]], columns: tuple[str, ...], is_new: bool) -> str:
    if path.suffix == ".csv":
        return _csv(lines, columns, with_header=is_new)
    return "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)


def _csv(lines: list[dict[str, Any]], columns: tuple[str, ...], with_header: bool) -> str:
    stream = io.StringIO()
    table = csv.DictWriter(stream, columns, lineterminator="\n")
    if with_header:
        table.writeheader()
    for line in lines:  # each on one line of the file, so that a torn one can be told
        if {"\n", "\r"} & set(line["image"]):
            raise ModelError(f"{line['image']}: a name of several lines stands in no CSV; give a .jsonl file as out")
        texts = {name: " ".join(str("" if value is None else value).split()) for name, value in line.items()}
        table.writerow(texts | {"image": line["image"]})
    return stream.getvalue()


def _entries(path: Path, columns: tuple[str, ...]) -> list[dict[str, Any]]:
    """Return the whole lines of a file; ModelError where one, or the torn end, is not ours."""
    if not path.exists():
        return []
    *whole, torn = path.read_bytes().split(b"\n")
    try:
        lines = [line.decode() for line in whole]
        entries = _entries_of_csv(lines, columns) if path.suffix == ".csv" else list(map(_entry_of, lines))
    except (ValueError, LookupError, TypeError, RecursionError, csv.Error) as problem:
        raise ModelError(unreadable(path, problem, _ADVICE)) from problem
    if not _may_be_torn(torn, _begin_of(path, columns, bool(whole))):
        raise ModelError(f"{path}: its last line is none of narrate's; end it, or give another file")
    return entries


def _entries_of_csv(lines: list[str], columns: tuple[str, ...]) -> list[dict[str, Any]]:
    table = csv.DictReader(lines, strict=True)
    if lines and tuple(table.fieldnames or ()) != columns:
        raise ValueError(f"its columns are not {', '.join(columns)}")
    rows = list(table)
    if any(None in row for row in rows):
        raise ValueError(f"a line has more columns than {', '.join(columns)}")
    return rows


def _entry_of(line: str) -> dict[str, Any]:
    entry = json.loads(line)
    names = ("image", "caption", "producer")
    if not isinstance(entry, dict) or not entry.keys() >= {*names}:
        raise ValueError(f"a line is no object with {', '.join(names)}")
    return entry


def _begin_of(path: Path, columns: tuple[str, ...], has_lines: bool) -> bytes:
    """Return what the last line of a file begins with where a killed process of ours began it."""
    if path.suffix == ".csv":
        return b"" if has_lines else ",".join(columns).encode()
    return b'{"image": '


def _may_be_torn(end: bytes, begin: bytes) -> bool:
    return end.startswith(begin) or begin.startswith(end)


def _cut_torn_line(path: Path) -> None:
    """Cut off what a killed process began and did not end."""
    if path.exists():
        os.truncate(path, path.read_bytes().rfind(b"\n") + 1)

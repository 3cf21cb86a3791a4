"""Ledger: what has been said of image files, in JSON lines that grow by whole batches."""

import json
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from sarvl.errors import ModelError, unreadable, unwritable
from sarvl.files import lock_file

_ADVICE = "remove the line, or give another file"


class Outcome(NamedTuple):
    """What became of an image: its caption, and why it is refused, where it is."""

    path: Path
    text: str
    log_probability: float | None
    reason: str | None


class Ledger:
    """Two files of JSON lines: the captions, and what was refused. named: the images that one of them names."""

    def __init__(self, kept: Path, refused: Path) -> None:
        """Read both; raises ModelError where a line is none of ours."""
        self._paths = kept, refused
        lines = [_whole_lines(path) for path in self._paths]
        self.named = {_image_of(path, line) for path, own in zip(self._paths, lines, strict=True) for line in own}
        self.written, self.refused = map(len, lines)

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
                kept.append(line | {"log_probability": outcome.log_probability})
            else:
                refused.append(line | {"reason": outcome.reason})
        for path, lines in zip(self._paths, (kept, refused), strict=True):
            _append(path, lines)
        self.written, self.refused = self.written + len(kept), self.refused + len(refused)


def _append(path: Path, lines: list[dict[str, Any]]) -> None:
    if not lines:
        return
    with path.open("ab") as file:
        file.write("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines).encode())
        file.flush()
        os.fsync(file.fileno())


def _whole_lines(path: Path) -> list[bytes]:
    """Return the lines of a file, after what a killed process began and did not end is cut off."""
    if not path.exists():
        return []
    content = path.read_bytes()
    whole = content[: content.rfind(b"\n") + 1]
    if len(whole) < len(content):
        os.truncate(path, len(whole))
    return whole.splitlines()


def _image_of(path: Path, line: bytes) -> str:
    try:
        return str(json.loads(line)["image"])
    except (ValueError, LookupError, TypeError) as problem:
        raise ModelError(unreadable(path, problem, _ADVICE)) from problem

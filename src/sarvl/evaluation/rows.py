"""Result rows: one measured figure a JSON line, appended atomically, and the key for resuming."""

import fcntl
import os
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from pydantic import BaseModel, ConfigDict, FiniteFloat, ValidationError

from sarvl.errors import EvaluationError

MEASURED_FIELDS = frozenset({"value", "low", "high", "n", "chance", "ceiling"})


class ResultRow(BaseModel):
    """One figure and all that it rests on.

    value: shares are 0 to 1. low, high: the 95 % interval, None where there is none. n: the queries behind the figure.
    chance: the value of a random answer; ceiling: the most that any model can reach; None where undefined.
    source: the corpus source measured, or ``all``. protocol: name and version of the rules, such as ``retrieval-1``.
    prompts: the templates as used. weights_hash, contract_hash, corpus_digest: SHA-256 of the weights, of the input
    contract and of the corpus.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    task: str
    metric: str
    value: FiniteFloat
    low: FiniteFloat | None = None
    high: FiniteFloat | None = None
    n: int
    chance: FiniteFloat | None = None
    ceiling: FiniteFloat | None = None
    model: str
    source: str = "all"
    split: str
    protocol: str
    prompts: tuple[str, ...] = ()
    weights_hash: str
    contract_hash: str
    corpus_digest: str
    seed: int

    def key(self) -> tuple[object, ...]:
        """Return what identifies the figure: every field that was not measured. Equal keys need no new run."""
        return tuple(getattr(self, name) for name in type(self).model_fields if name not in MEASURED_FIELDS)


def append_rows(path: Path, rows: Sequence[ResultRow]) -> None:
    """Append rows as JSON lines in one write under a lock, so that several processes can share the file.

    A last line that a crash tore is mended first: ended where only its line break is missing, else cut off with a
    warning (its figure was never complete, and its key is absent, so a resumed run measures it again).
    """
    if not rows:
        return
    payload = "".join(row.model_dump_json() + "\n" for row in rows).encode()
    path.parent.mkdir(parents=True, exist_ok=True)
    with _locked(path) as descriptor:
        size = os.fstat(descriptor).st_size
        if (torn := _unfinished_line(descriptor, size)) and _is_row(torn):
            payload = b"\n" + payload
        elif torn:
            warnings.warn(f"{path}: the last line was torn by a crash; it was cut off", stacklevel=2)
            size -= len(torn)
            os.ftruncate(descriptor, size)
        if os.write(descriptor, payload) != len(payload):
            os.ftruncate(descriptor, size)
            raise EvaluationError(f"{path}: the disk took only part of the rows; free some space and run again")


def read_rows(path: Path) -> list[ResultRow]:
    """Read all rows.

    A faulty line is an EvaluationError with its number; a torn last one is left out, with a warning.
    """
    try:
        *lines, rest = path.read_bytes().split(b"\n")
    except OSError as problem:
        raise EvaluationError(f"{path}: cannot be read ({problem.strerror}); check the path") from problem
    rows = [_parse(path, number, line) for number, line in enumerate(lines, start=1) if line.strip()]
    if rest and _is_row(rest):
        rows.append(ResultRow.model_validate_json(rest))
    elif rest:
        warnings.warn(f"{path}: line {len(lines) + 1} was torn by a crash; it is left out", stacklevel=2)
    return rows


def _parse(path: Path, number: int, line: bytes) -> ResultRow:
    try:
        return ResultRow.model_validate_json(line)
    except ValidationError as problem:
        fault = problem.errors()[0]
        field = ".".join(str(part) for part in fault["loc"]) or "JSON"
        raise EvaluationError(f"{path}: line {number}: {field}: {fault['msg']}; mend or delete the line") from problem


def _is_row(line: bytes) -> bool:
    try:
        ResultRow.model_validate_json(line)
    except ValidationError:
        return False
    return True


@contextmanager
def _locked(path: Path) -> Iterator[int]:
    """Open for appending and hold the file's lock; closing lets it go."""
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o666)
    except OSError as problem:
        raise EvaluationError(f"{path}: cannot be written ({problem.strerror}); check the path") from problem
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield descriptor
    finally:
        os.close(descriptor)


def _unfinished_line(descriptor: int, size: int) -> bytes:
    """Return what stands after the last line break."""
    tail, start = b"", size
    while start > 0 and b"\n" not in tail:
        length = min(start, 65536)
        start -= length
        tail = os.pread(descriptor, length, start) + tail
    return tail.rpartition(b"\n")[2]

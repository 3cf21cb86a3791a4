"""Result rows: one measured figure a JSON line, appended atomically, and the key for resuming."""

import os
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import fields
from pathlib import Path
from typing import Any, BinaryIO, Literal

from filelock import FileLock
from pydantic import BaseModel, ConfigDict, FiniteFloat, ValidationError, model_validator

from sarvl.errors import EvaluationError, unreadable, unwritable
from sarvl.evaluation.outcomes import RunIdentity
from sarvl.files import FilePath, file_bytes
from sarvl.measures.intervals import FEW_CLUSTERS

ROW_VERSION: Literal[2] = 2
MAX_ROWS_BYTES = 2**28


class ResultRow(BaseModel):
    """One figure and all that it rests on.

    value: shares are 0 to 1. low, high: the 95 % interval, None where there is none. n: the queries behind the figure.
    n_groups: the scenes (else images) that the interval is over; fewer than ten say little. None in older rows.
    parameters: numbers in the network that were or could be trained; None in older rows.
    chance: the value of a random answer; ceiling: the most that any model can reach; None where undefined.
    source: the corpus source measured, or ``all``. protocol: name and version of the rules, such as ``retrieval-2``.
    settings: of the task, as used. weights_hash, contract_hash, corpus_digest: SHA-256 of the weights, of the input
    contract and of the corpus. temperature: of a model whose answers were calibrated. outcome: the hash that names the
    run's outcome; None in a row of version 1, which had none, whose ``prompts`` are the setting ``templates``, and
    whose interval was drawn by a ``seed``.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    row_version: Literal[1, 2]
    task: str
    metric: str
    value: FiniteFloat
    low: FiniteFloat | None = None
    high: FiniteFloat | None = None
    n: int
    n_groups: int | None = None
    chance: FiniteFloat | None = None
    ceiling: FiniteFloat | None = None
    model: str
    parameters: int | None = None
    source: str = "all"
    split: str
    protocol: str
    settings: dict[str, Any] = {}
    weights_hash: str
    contract_hash: str
    corpus_digest: str
    temperature: FiniteFloat | None = None
    outcome: str | None = None

    @model_validator(mode="before")
    @classmethod
    def _of_any_version(cls, value: Any) -> Any:
        if not isinstance(value, dict) or "row_version" in value:
            return value
        prompts = value.get("prompts")
        rest = {name: field for name, field in value.items() if name not in ("prompts", "seed")}
        return {"row_version": 1, "settings": {"templates": prompts} if prompts else {}, **rest}

    @property
    def has_few_groups(self) -> bool:
        """Whether the interval is over so few scenes (or single images) that it says little."""
        return self.n_groups is not None and self.n_groups < FEW_CLUSTERS

    @property
    def run(self) -> RunIdentity:
        """What decides the outcome of the run that the figure is of."""
        return RunIdentity(**{field.name: getattr(self, field.name) for field in fields(RunIdentity)})

    def key(self) -> tuple[object, ...]:
        """Return what identifies the figure: the run and the metric.

        The model is known by its weights, in the run: by whatever name or path it was called, it is one.
        """
        return self.run.digest(), self.metric


def append_rows(path: FilePath, rows: Sequence[ResultRow]) -> None:
    """Append rows as JSON lines in one write under a lock, so that several processes can share the file.

    Lines that the file holds already, since another process may have written them, are not written again. A last line
    that a crash tore is mended first: ended where only its line break is missing, else cut off with a warning: its
    figure was never complete, and its key is absent, so that a resumed run measures it again.
    """
    if not rows:
        return
    path, lines = Path(path), [row.model_dump_json().encode() for row in rows]
    with _locked(path) as stream:
        size = stream.seek(0, os.SEEK_END)
        there = set(path.read_bytes().split(b"\n"))
        payload = b"".join(line + b"\n" for line in lines if line not in there)
        if (torn := _unfinished_line(stream, size)) and _is_row(torn):
            payload = b"\n" + payload
        elif torn:
            warnings.warn(f"{path}: the last line was torn by a crash; it was cut off", stacklevel=2)
            size = stream.truncate(size - len(torn))
        if os.write(stream.fileno(), payload) != len(payload):
            stream.truncate(size)
            raise EvaluationError(f"{path}: the disk took only part of the rows; free some space and run again")


def read_rows(path: FilePath) -> list[ResultRow]:
    """Read all rows.

    A faulty line is an EvaluationError with its number; a torn last one is left out, with a warning.
    """
    path = Path(path)
    try:
        if file_bytes(path) > MAX_ROWS_BYTES:
            raise EvaluationError(f"{path}: larger than {MAX_ROWS_BYTES} bytes; give a file of result rows")
        *lines, rest = path.read_bytes().split(b"\n")
    except OSError as problem:
        raise EvaluationError(unreadable(path, problem)) from problem
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
def _locked(path: Path) -> Iterator[BinaryIO]:
    """Open for reading and appending, unbuffered, while no other process does so."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        held = FileLock(path.with_name(f".{path.name}.lock")).acquire()
        stream = path.open("a+b", buffering=0)
    except OSError as problem:
        raise EvaluationError(unwritable(path, problem)) from problem
    with held, stream:
        yield stream


def _unfinished_line(stream: BinaryIO, size: int) -> bytes:
    """Return what stands after the last line break."""
    tail, start = b"", size
    while start > 0 and b"\n" not in tail:
        length = min(start, 65536)
        start -= length
        stream.seek(start)
        tail = stream.read(length) + tail
    return tail.rpartition(b"\n")[2]

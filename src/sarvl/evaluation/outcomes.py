"""Outcomes: what a run of a task found, one row an item, kept as Parquet beside the file of result rows."""

import json
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from sarvl.errors import EvaluationError, unreadable, unwritable
from sarvl.files import atomic_path, file_bytes, lock_file, sha256_of

OUTCOME_VERSION = 2
COLUMNS = {
    "item": pa.string(),
    "group": pa.string(),
    "truth": pa.string(),
    "prediction": pa.string(),
    "score": pa.float64(),
}
_METADATA = b"sarvl_outcome"


@dataclass(frozen=True)
class Outcome:
    """What a run of a task found, one row an item.

    table: the columns ``item`` (what was asked, each once), ``group`` (its scene), ``truth``,
    ``prediction``, ``score`` (how sure the model is of its prediction), and further ones that the task's measures need.
    Where an item is not the id of an image, the column ``image`` has that id.
    facts: what holds for all items, such as the names of the classes; must be JSON.
    """

    table: pa.Table
    facts: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, facts: dict[str, Any] | None = None, **columns: Sequence[Any] | NDArray[Any]) -> "Outcome":
        """Make an outcome; raises EvaluationError where one of the five columns is missing or an item repeats."""
        missing = [name for name in COLUMNS if name not in columns]
        if missing:
            raise EvaluationError(f"outcome: no column {missing[0]}; there must be {', '.join(COLUMNS)}")
        arrays = {name: pa.array(values, COLUMNS.get(name)) for name, values in columns.items()}
        if len(set(columns["item"])) != len(arrays["item"]):
            raise EvaluationError("outcome: an item stands twice; give each a name of its own")
        return cls(pa.table(arrays), facts or {})

    def column(self, name: str) -> NDArray[Any]:
        """Return one column ``(items,)``; texts as an array of objects."""
        values: NDArray[Any] = self.table.column(name).to_numpy()
        return values

    @property
    def images(self) -> NDArray[Any]:
        """The id of the image of each item, ``(items,)``."""
        return self.column("image" if "image" in self.table.column_names else "item")

    def where(self, column: str, value: str) -> "Outcome":
        """Return the rows in which a column has a value."""
        return self.at(np.flatnonzero(self.column(column) == value))

    def at(self, rows: NDArray[np.int64]) -> "Outcome":
        """Return some rows, in the order given."""
        return Outcome(self.table.take(pa.array(rows)), self.facts)

    def __len__(self) -> int:
        return len(self.table)


@dataclass(frozen=True)
class RunIdentity:
    """All that decides an outcome: what was done, with which weights, on which data. Hashes are SHA-256 in hex.

    temperature: of the probabilities of answers, where the model was calibrated, which is no weight of it.
    """

    task: str
    protocol: str
    settings: dict[str, Any]
    source: str
    split: str
    weights_hash: str
    contract_hash: str
    corpus_digest: str
    temperature: float | None = None

    def digest(self) -> str:
        """Return the hash that names the outcome: 64 hexadecimal digits. A run is finished where that file exists."""
        decides = {name: value for name, value in vars(self).items() if (name, value) != ("temperature", None)}
        return sha256_of(json.dumps(decides, sort_keys=True, ensure_ascii=False).encode())


def outcome_path(rows: Path, digest: str) -> Path:
    """Return where an outcome lies that belongs to a file of rows: ``rows.jsonl`` has it in ``rows.outcomes/``."""
    return rows.with_suffix(".outcomes") / f"{digest}.parquet"


def write_outcome(rows: Path, identity: RunIdentity, outcome: Outcome) -> None:
    """Keep an outcome beside a file of rows, atomically; raises EvaluationError where it cannot be written."""
    kept = {
        "version": OUTCOME_VERSION,
        "run": vars(identity),
        "facts": outcome.facts,
        "rows": _digest_of_rows(outcome.table),
    }
    table = outcome.table.replace_schema_metadata({_METADATA: json.dumps(kept, ensure_ascii=False)})
    path = outcome_path(rows, identity.digest())
    try:
        with atomic_path(path) as temporary:
            pq.write_table(table, temporary, compression="zstd", write_page_checksum=True)
    except OSError as problem:
        raise EvaluationError(unwritable(path, problem)) from problem


@contextmanager
def outcome_of_one(rows: Path, digest: str) -> Iterator[bool]:
    """Yield whether an outcome is there, as the only process that makes it; another one waits for its end.

    Raises EvaluationError where nothing can be written beside ``rows``.
    """
    path = outcome_path(rows, digest)
    if path.exists():
        yield True
        return
    with ExitStack() as stack:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            stack.enter_context(lock_file(path.with_name(f".{digest}.lock"), wait=True))
        except OSError as problem:
            raise EvaluationError(unwritable(path, problem)) from problem
        yield path.exists()


def read_outcome(rows: Path, digest: str) -> Outcome:
    """Read the outcome of a run; raises EvaluationError where it is missing, torn, changed, or that of another run."""
    path = outcome_path(rows, digest)
    try:
        file_bytes(path)  # else a pipe would never end
        with pq.ParquetFile(path, page_checksum_verification=True) as file:
            table = file.read()
    except (OSError, pa.ArrowException) as problem:
        raise EvaluationError(unreadable(path, problem, "remove it and run sarvl evaluate again")) from problem
    return Outcome(table.replace_schema_metadata(None), _facts(path, table, digest))


def _digest_of_rows(table: pa.Table) -> str:
    """Return the SHA-256 of names, types and values: nothing that a task reads from them can be of another kind."""
    columns = [[name, _kind_of(kind)] for name, kind in zip(table.schema.names, table.schema.types, strict=True)]
    values = [column.to_pylist() for column in table.columns]
    return sha256_of(json.dumps([columns, values], ensure_ascii=True).encode())


def _kind_of(kind: pa.DataType) -> str:
    """Return how a type is called; the items of a list have another name in a file than in memory."""
    return f"list<{_kind_of(kind.value_type)}>" if pa.types.is_list(kind) else str(kind)


def _facts(path: Path, table: pa.Table, digest: str) -> dict[str, Any]:
    """Return the facts kept in a file, after checking that it is what its name says."""
    try:
        kept = json.loads((table.schema.metadata or {})[_METADATA])
        facts: dict[str, Any] = kept["facts"]
        is_whole = (
            kept["version"] == OUTCOME_VERSION
            and RunIdentity(**kept["run"]).digest() == digest
            and kept["rows"] == _digest_of_rows(table)
        )
    except (KeyError, TypeError, ValueError, RecursionError):
        is_whole = False
    if not is_whole:
        raise EvaluationError(f"{path}: not the outcome that its name says; remove it and run sarvl evaluate again")
    return facts

"""The three tables of a corpus: written row group by row group, read whole or in batches, and digested."""

import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple, Self

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from sarvl.corpus.rows import IMAGES, REJECTS, TEXTS, Codec, Row
from sarvl.errors import CorpusError, unreadable
from sarvl.files import file_bytes

ROWS_A_GROUP = 2**16
ROWS_A_BATCH = 2**12
_canonical_json = json.JSONEncoder(sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode
_CODECS: dict[str, Codec[Any]] = {"images": IMAGES, "texts": TEXTS, "rejects": REJECTS}
SCHEMAS: dict[str, pa.Schema] = {name: codec.schema for name, codec in _CODECS.items()}
_ADVICE = "build the corpus again"


class HashedRows(NamedTuple):
    """Rows of one table: as Arrow, and the SHA-256 of each as canonical JSON, one after the other (32 bytes each)."""

    batch: pa.RecordBatch
    hashes: bytes


def hashed_rows(table: str, rows: Iterable[Row]) -> HashedRows:
    """Return rows ready for a TableWriter; a worker makes them, so that the writer's process need not."""
    rows = list(rows)
    hashes = b"".join(sha256(_canonical_json(row).encode()).digest() for row in rows)
    return HashedRows(pa.RecordBatch.from_pylist(rows, schema=SCHEMAS[table]), hashes)


class TableWriter:
    """Writes one table of a corpus row group by row group, and its digest beside it.

    Row groups end every ``ROWS_A_GROUP`` rows whatever the batches were: equal rows give equal files.
    """

    def __init__(self, folder: Path, table: str) -> None:
        """Open ``<table>.parquet`` in ``folder``; OSError where it cannot be written, as in the other methods."""
        self._schema = SCHEMAS[table]
        self._writer = pq.ParquetWriter(
            folder / f"{table}.parquet", self._schema, compression="zstd", write_page_checksum=True
        )
        self._waiting: list[pa.RecordBatch] = []
        self._waiting_rows = 0
        self._digest = sha256()

    def write(self, rows: HashedRows) -> None:
        """Append rows."""
        self._digest.update(rows.hashes)
        self._waiting.append(rows.batch)
        self._waiting_rows += len(rows.batch)
        while self._waiting_rows >= ROWS_A_GROUP:
            self._write_group()

    def close(self) -> str:
        """Write what waits, end the file, and return the digest: SHA-256 of the rows' hashes in order, in hex."""
        if self._waiting_rows:
            self._write_group()
        self._writer.close()
        return self._digest.hexdigest()

    def abandon(self) -> None:
        """Let go of a file that will not be used; one that is closed stays as it is."""
        with suppress(OSError):
            self._writer.close()
        self._writer.is_open = False  # else it tries again at its end, and prints what it cannot raise

    def _write_group(self) -> None:
        rows = pa.Table.from_batches(self._waiting, self._schema)
        group, rest = rows.slice(0, ROWS_A_GROUP), rows.slice(ROWS_A_GROUP)
        # In one piece: where a column's pages end must not depend on the batches.
        self._writer.write_table(group.combine_chunks())
        self._waiting, self._waiting_rows = rest.to_batches(), len(rest)


class TablesWriter:
    """Writes the three tables of a corpus; a block that ends before ``close`` abandons them."""

    def __init__(self, folder: Path) -> None:
        """Open the files in ``folder``; OSError where they cannot be written, as in the other methods."""
        self._writers = {table: TableWriter(folder, table) for table in SCHEMAS}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for writer in self._writers.values():
            writer.abandon()

    def write(self, table: str, rows: HashedRows) -> None:
        """Append rows to one table."""
        self._writers[table].write(rows)

    def close(self) -> str:
        """End the files and return the digest of the corpus.

        It is the SHA-256 over one line ``<table> <digest of the table>`` for each, in the order of SCHEMAS.
        """
        lines = "".join(f"{table} {writer.close()}\n" for table, writer in self._writers.items())
        return sha256(lines.encode()).hexdigest()


def read_table(folder: Path, name: str) -> pa.Table:
    """Read one table of a corpus.

    Raises CorpusError where it is missing, torn, of another schema, or lacks values that every row has.
    """
    path = folder / f"{name}.parquet"
    with _reading(path), pq.ParquetFile(path, page_checksum_verification=True) as file:
        _check_schema(path, file.schema_arrow, name)
        table = file.read()
    _check_values(path, table, name)
    return table


def count_rows_of(folder: Path, name: str) -> int:
    """Return how many rows one table of a corpus has, from the end of its file; raises as ``read_table``."""
    path = folder / f"{name}.parquet"
    with _reading(path):
        count: int = pq.read_metadata(path).num_rows
    return count


def read_batches(folder: Path, name: str, columns: Sequence[str] | None = None) -> Iterator[pa.RecordBatch]:
    """Yield one table of a corpus, or some of its columns, 4,096 rows at a time; raises as ``read_table``."""
    path = folder / f"{name}.parquet"
    with _reading(path), pq.ParquetFile(path, page_checksum_verification=True) as file:
        _check_schema(path, file.schema_arrow, name)
        for batch in file.iter_batches(ROWS_A_BATCH, columns=columns):
            _check_values(path, batch, name)
            yield batch


@contextmanager
def _reading(path: Path) -> Iterator[None]:
    try:
        file_bytes(path)  # else a pipe would never end
        yield
    except (OSError, pa.ArrowException) as problem:
        raise CorpusError(unreadable(path, problem, _ADVICE)) from problem


def _check_schema(path: Path, schema: pa.Schema, name: str) -> None:
    if not schema.equals(SCHEMAS[name]):
        raise CorpusError(f"{path}: has other columns than this version writes; {_ADVICE}")


def _check_values(path: Path, rows: pa.Table | pa.RecordBatch, name: str) -> None:
    problem = _CODECS[name].problem_in(rows)
    if problem is None and name == "images" and _least(rows, "width", "height") < 1:
        problem = "width, height: less than 1"
    if problem:
        raise CorpusError(f"{path}: {problem}; {_ADVICE}")


def _least(rows: pa.Table | pa.RecordBatch, *columns: str) -> int:
    """Return the least value of some columns, as far as they are there; 1 where they hold nothing."""
    there = [rows[column] for column in columns if column in rows.schema.names and len(rows)]
    return min((pc.min(values).as_py() for values in there), default=1)

"""Merging: several finished corpora become one, as they are; duplicates are looked for across them."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import partial
from os.path import relpath
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from sarvl.corpus.building.audit import Audit, AuditSettings, Duplicates, audit
from sarvl.corpus.building.duplicates import Rows
from sarvl.corpus.building.info import counted_info
from sarvl.corpus.building.thumbnails import ThumbnailFile
from sarvl.corpus.inspecting.card import write_card
from sarvl.corpus.store import Corpus, read_info
from sarvl.corpus.tables import SCHEMAS, HashedRows, TablesWriter, hashed_rows, read_batches, read_table
from sarvl.corpus.workspace import put_in_place, workspace, writing
from sarvl.errors import CorpusError
from sarvl.files import write_json
from sarvl.imagery import read_image, thumbnail
from sarvl.parallel import Pool, map_chunks, open_pool
from sarvl.progress import progress

_AUDITED = ("image_id", "source", "file", "sha256", "phash", "split", "group", "quantity", "bands")


def merge(
    corpora: Sequence[Path],
    out: Path,
    prefixes: Sequence[str] = (),
    duplicates: Duplicates = "report",
    workers: int = 1,
) -> Corpus:
    """Merge finished corpora into the folder ``out`` and return the result, opened; the corpora stay as they are.

    prefixes: one a corpus (none is ""), put before the names of its sources, and so before its image ids; needed where
    two corpora have a source of the same name. duplicates: what becomes of pictures that stand in the merged corpus
    more than once, as in AuditSettings; images that may be copies are read for that.
    Splits, texts, notes and rejects are taken over. ``corpus.json`` lists what was merged, each with its recipe, seed
    and digest. The digest does not depend on the order of ``corpora`` or on ``workers``: rows stand in the order of the
    names of sources.
    Raises CorpusError where the corpora cannot be merged, ImageError where a possible copy cannot be read.
    """
    parts = _parts(corpora, prefixes, out)
    with workspace(out) as work:
        with open_pool(workers) as pool:
            images = _audited_columns(parts)
            with writing(out):
                thumbnails = _Thumbnails(images, parts, work / "thumbnails", pool)
                found = audit(images, thumbnails.of, AuditSettings(duplicates=duplicates))
                thumbnails.remove()
                digest = _write_tables(parts, found, images, work, pool)
        tables = [read_table(work, name) for name in SCHEMAS]
        info = _info(parts, out, tables) | {"digest": digest, "audit": found.report}
        merged = Corpus(out, info, *tables[:2])
        with writing(out):
            write_json(work / "corpus.json", info)
            write_card(merged, tables[2], work)
            put_in_place(work, out)
    return merged


class _Part(NamedTuple):
    """A corpus to merge: its folder, its corpus.json, and what its sources' names begin with from now on."""

    folder: Path
    info: dict[str, Any]
    prefix: str

    @property
    def sources(self) -> list[str]:
        return [self.prefix + source["name"] for source in self.info["sources"]]

    def renamed(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """Return rows of any table with the prefix before sources and image ids."""
        renamed = batch
        for column in {"image_id", "source"}.intersection(batch.schema.names):
            renamed = _with(renamed, column, pc.binary_join_element_wise(self.prefix, batch[column], ""))
        return renamed


def _parts(corpora: Sequence[Path], prefixes: Sequence[str], out: Path) -> list[_Part]:
    if len(corpora) < 2:
        raise CorpusError("a merge needs two corpora or more")
    if prefixes and len(prefixes) != len(corpora):
        raise CorpusError(f"{len(prefixes)} prefixes for {len(corpora)} corpora; give one for each, in their order")
    wrong = [prefix for prefix in prefixes if not re.fullmatch(r"[A-Za-z0-9_.-]*", prefix)]
    if wrong:
        raise CorpusError(f"prefix {wrong[0]!r}: use letters, digits, `_`, `.` and `-` alone")
    if out.resolve() in [folder.resolve() for folder in corpora]:
        raise CorpusError(f"{out}: is one of the corpora to merge; give a folder of its own")
    parts = [
        _Part(folder, read_info(folder), prefix)
        for folder, prefix in zip(corpora, prefixes or [""] * len(corpora), strict=True)
    ]
    names = Counter(name for part in parts for name in part.sources)
    for name in sorted(name for name, count in names.items() if count > 1):
        where = " and ".join(str(part.folder) for part in parts if name in part.sources)
        raise CorpusError(f"{where} have a source {name}; give each corpus a name of its own with --prefix")
    return sorted(parts, key=lambda part: part.sources)


def _audited_columns(parts: list[_Part]) -> pa.Table:
    batches = [part.renamed(batch) for part in parts for batch in read_batches(part.folder, "images", _AUDITED)]
    images = pa.Table.from_batches(batches, pa.schema([SCHEMAS["images"].field(name) for name in _AUDITED]))
    if len(images) != sum(part.info["counts"]["images"] for part in parts):
        raise CorpusError("the images tables do not hold what the corpora's corpus.json count; build these again")
    return images


class _Thumbnails:
    """The thumbnails of the images that an audit asks for, each read once and then kept on disk."""

    def __init__(self, images: pa.Table, parts: list[_Part], path: Path, pool: Pool) -> None:
        self._images = images
        self._roots = {
            part.prefix + source["name"]: part.folder / source["images"]
            for part in parts
            for source in part.info["sources"]
        }
        self._pool = pool
        self._kept = ThumbnailFile(path)
        self._place_of: dict[int, int] = {}

    def of(self, rows: Rows) -> NDArray[np.uint16]:
        """Return the thumbnails (R, 32, 32) of some rows."""
        missing = [row for row in rows.tolist() if row not in self._place_of]
        if missing:
            self._read(missing)
        return self._kept.rows(np.array([self._place_of[row] for row in rows.tolist()]))

    def _read(self, rows: list[int]) -> None:
        records = [
            (str(self._roots[row["source"]] / row["file"]), row["quantity"], row["bands"])
            for row in self._images.take(pa.array(rows, pa.int64())).to_pylist()
        ]
        for chunk in map_chunks(self._pool, read_thumbnails, records, "look at likely copies"):
            for grey in chunk:
                self._kept.append(grey)
        self._place_of |= {row: len(self._place_of) + number for number, row in enumerate(rows)}

    def remove(self) -> None:
        """Remove what was kept."""
        self._kept.remove()


def read_thumbnails(records: Sequence[tuple[str, str, list[str]]]) -> list[NDArray[np.uint16]]:
    """Return the thumbnail of each (path, quantity, bands) of a chunk."""
    return [thumbnail(read_image(path, quantity=quantity, bands=bands)) for path, quantity, bands in records]


def _write_tables(parts: list[_Part], found: Audit, images: pa.Table, work: Path, pool: Pool) -> str:
    """Write the three tables, a batch at a time, and return the digest."""
    dropped_ids = images["image_id"].take(pa.array(sorted(found.dropped), pa.int64()))
    batches_of: dict[str, Iterator[pa.RecordBatch]] = {
        "images": _image_batches(parts, found),
        "texts": (_texts_without(batch, dropped_ids) for batch in _batches(parts, "texts")),
        "rejects": _batches(parts, "rejects"),
    }
    rows = sum(part.info["counts"]["images"] + part.info["counts"]["texts"] for part in parts)
    with TablesWriter(work) as tables, progress("merge", rows) as advance:
        for table, batches in batches_of.items():
            work_on = partial(hash_batches, table=table)
            for hashed in pool.run(work_on, ([batch] for batch in batches)):
                tables.write(table, hashed)
                advance(len(hashed.batch) if table != "rejects" else 0)
        tables.write("rejects", hashed_rows("rejects", [reject._asdict() for reject in found.dropped.values()]))
        return tables.close()


def hash_batches(batches: Sequence[pa.RecordBatch], table: str) -> HashedRows:
    """Return the rows of a chunk of batches, hashed."""
    return hashed_rows(table, [row for batch in batches for row in batch.to_pylist()])


def _batches(parts: list[_Part], table: str) -> Iterator[pa.RecordBatch]:
    for part in parts:
        yield from map(part.renamed, read_batches(part.folder, table))


def _image_batches(parts: list[_Part], found: Audit) -> Iterator[pa.RecordBatch]:
    """Yield the images that are kept, in the splits that the audit gives them and with its notes."""
    start = 0
    for batch in _batches(parts, "images"):
        rows = range(start, start + len(batch))
        start += len(batch)
        notes = [
            [*old, found.notes[row]] if row in found.notes and found.notes[row] not in old else old
            for row, old in zip(rows, batch["notes"].to_pylist(), strict=True)
        ]
        changed = _with(batch, "split", pa.array(found.splits[rows.start : rows.stop]))
        changed = _with(changed, "notes", pa.array(notes, batch.schema.field("notes").type))
        yield changed.filter(pa.array([row not in found.dropped for row in rows]))


def _texts_without(batch: pa.RecordBatch, dropped_ids: pa.ChunkedArray) -> pa.RecordBatch:
    return batch.filter(pc.invert(pc.is_in(batch["image_id"], value_set=dropped_ids)))


def _with(batch: pa.RecordBatch, column: str, values: pa.Array) -> pa.RecordBatch:
    place = batch.schema.get_field_index(column)
    return batch.set_column(place, batch.schema.field(place), values)


def _info(parts: list[_Part], out: Path, tables: list[pa.Table]) -> dict[str, Any]:
    """Return corpus.json without digest and audit; paths are relative to ``out``."""

    def from_out(path: Path) -> str:
        return Path(relpath(path.absolute(), out.absolute())).as_posix()

    sources = [
        source | {"name": part.prefix + source["name"], "images": from_out(part.folder / source["images"])}
        for part in parts
        for source in part.info["sources"]
    ]
    merged = [
        {"folder": from_out(part.folder), "prefix": part.prefix}
        | {key: part.info[key] for key in ("sarvl_version", "digest", "seed", "recipe", "merged") if key in part.info}
        for part in parts
    ]
    not_held = [part.prefix + name for part in parts for name in part.info["not_held"]]
    left_out = sum(part.info["texts_left_out"] for part in parts)
    return counted_info(sources, *tables) | {
        "seed": 0,
        "not_held": not_held,
        "texts_left_out": left_out,
        "merged": merged,
    }

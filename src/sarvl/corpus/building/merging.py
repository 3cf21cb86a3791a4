"""Merging: several finished corpora become one, as they are; duplicates are looked for across them."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from sarvl import __version__
from sarvl.corpus.building.audit import Audit, AuditSettings, audit
from sarvl.corpus.building.corpus_counts import SourceFolder, count_all, count_sources, relative
from sarvl.corpus.building.read_thumbnails import READ_AS, ReadThumbnails
from sarvl.corpus.corpus_info import FILE, AuditReport, CorpusInfo, Duplicates, MergedCorpus, read_info
from sarvl.corpus.inspecting.card import write_card
from sarvl.corpus.rows import REJECTS
from sarvl.corpus.store import Corpus
from sarvl.corpus.tables import SCHEMAS, HashedRows, TablesWriter, hashed_rows, read_batches, read_table
from sarvl.corpus.workspace import put_in_place, workspace, writing
from sarvl.documents import write_document
from sarvl.errors import CorpusError
from sarvl.files import FilePath, real_path
from sarvl.parallel import Pool, open_pool
from sarvl.progress import progress

_AUDITED = ("image_id", "sha256", "phash", "split", "group", *READ_AS)


def merge(
    corpora: Sequence[FilePath],
    out: FilePath,
    prefixes: Sequence[str] = (),
    duplicates: Duplicates = "report",
    workers: int | None = None,
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
    out = Path(out)
    inputs = _inputs([Path(folder) for folder in corpora], prefixes, out)
    with workspace(out) as work:
        with open_pool(workers) as pool:
            images = _audited_columns(inputs)
            with writing(out):
                thumbnails = ReadThumbnails(images, _image_folders(inputs), work / "thumbnails", pool)
                audited = audit(images, thumbnails.of, AuditSettings(duplicates=duplicates))
                thumbnails.remove()
                digest = _write_tables(inputs, audited, images, work, pool)
        tables = [read_table(work, name) for name in SCHEMAS]
        info = _merged_info(inputs, out, tables, digest, audited.report)
        merged = Corpus(out, info, *tables[:2])
        if (merged.image_of_text < 0).any():
            raise CorpusError("there are texts of images that are not there; build the corpora again")
        with writing(out):
            write_document(work / FILE, info)
            write_card(merged, tables[2], work)
            put_in_place(work, out)
    return merged


class _Input(NamedTuple):
    """A corpus to merge: its folder, its corpus.json, and what its sources' names begin with from now on."""

    folder: Path
    info: CorpusInfo
    prefix: str

    @property
    def sources(self) -> list[str]:
        return [self.prefix + source.name for source in self.info.sources]

    def renamed(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """Return rows of any table with the prefix before sources and image ids."""
        renamed = batch
        for column in {"image_id", "source"}.intersection(batch.schema.names):
            renamed = _with(renamed, column, pc.binary_join_element_wise(self.prefix, batch[column], ""))
        return renamed


def _inputs(corpora: Sequence[Path], prefixes: Sequence[str], out: Path) -> list[_Input]:
    if len(corpora) < 2:
        raise CorpusError("a merge needs two corpora or more")
    if prefixes and len(prefixes) != len(corpora):
        raise CorpusError(f"{len(prefixes)} prefixes for {len(corpora)} corpora; give one for each, in their order")
    wrong = [prefix for prefix in prefixes if not re.fullmatch(r"[A-Za-z0-9_.-]*", prefix)]
    if wrong:
        raise CorpusError(f"prefix {wrong[0]!r}: use letters, digits, `_`, `.` and `-` alone")
    if real_path(out) in [real_path(folder) for folder in corpora]:
        raise CorpusError(f"{out}: is one of the corpora to merge; give a folder of its own")
    inputs = [
        _Input(folder, read_info(folder), prefix)
        for folder, prefix in zip(corpora, prefixes or [""] * len(corpora), strict=True)
    ]
    names = Counter(name for item in inputs for name in item.sources)
    for name in sorted(name for name, count in names.items() if count > 1):
        where = " and ".join(str(item.folder) for item in inputs if name in item.sources)
        raise CorpusError(f"{where} have a source {name}; give each corpus a name of its own with --prefix")
    return sorted(inputs, key=lambda item: item.sources)


def _audited_columns(inputs: list[_Input]) -> pa.Table:
    batches = [item.renamed(batch) for item in inputs for batch in read_batches(item.folder, "images", _AUDITED)]
    images = pa.Table.from_batches(batches, pa.schema([SCHEMAS["images"].field(name) for name in _AUDITED]))
    if len(images) != sum(item.info.counts.images for item in inputs):
        raise CorpusError("the images tables do not hold what the corpora's corpus.json count; build these again")
    return images


def _image_folders(inputs: list[_Input]) -> dict[str, Path]:
    """Return the folder of the images of each source, by the name that it has from now on."""
    return {
        item.prefix + name: folder for item in inputs for name, folder in item.info.image_folders(item.folder).items()
    }


def _write_tables(inputs: list[_Input], audited: Audit, images: pa.Table, work: Path, pool: Pool) -> str:
    """Write the three tables, a batch at a time, and return the digest."""
    dropped_ids = images["image_id"].take(pa.array(sorted(audited.dropped), pa.int64()))
    batches_of: dict[str, Iterator[pa.RecordBatch]] = {
        "images": _image_batches(inputs, audited),
        "texts": (_texts_without(batch, dropped_ids) for batch in _batches(inputs, "texts")),
        "rejects": _batches(inputs, "rejects"),
    }
    rows = sum(item.info.counts.images + item.info.counts.texts for item in inputs)
    with TablesWriter(work) as tables, progress("merge", rows, "rows") as advance:
        for table, batches in batches_of.items():
            work_on = partial(hash_batches, table=table)
            for hashed in pool.run(work_on, ([batch] for batch in batches)):
                tables.write(table, hashed)
                advance(len(hashed.batch) if table != "rejects" else 0)
        tables.write("rejects", hashed_rows("rejects", map(REJECTS.write, audited.dropped.values())))
        return tables.close()


def hash_batches(batches: Sequence[pa.RecordBatch], table: str) -> HashedRows:
    """Return the rows of a chunk of batches, hashed."""
    return hashed_rows(table, [row for batch in batches for row in batch.to_pylist()])


def _batches(inputs: list[_Input], table: str) -> Iterator[pa.RecordBatch]:
    for item in inputs:
        yield from map(item.renamed, read_batches(item.folder, table))


def _image_batches(inputs: list[_Input], audited: Audit) -> Iterator[pa.RecordBatch]:
    """Yield the images that are kept, in the splits that the audit gives them and with its notes."""
    start = 0
    for batch in _batches(inputs, "images"):
        rows = range(start, start + len(batch))
        start += len(batch)
        notes = [
            [*old, audited.notes[row]] if row in audited.notes and audited.notes[row] not in old else old
            for row, old in zip(rows, batch["notes"].to_pylist(), strict=True)
        ]
        changed = _with(batch, "split", pa.array(audited.splits[rows.start : rows.stop]))
        changed = _with(changed, "notes", pa.array(notes, batch.schema.field("notes").type))
        yield changed.filter(pa.array([row not in audited.dropped for row in rows]))


def _texts_without(batch: pa.RecordBatch, dropped_ids: pa.ChunkedArray) -> pa.RecordBatch:
    return batch.filter(pc.invert(pc.is_in(batch["image_id"], value_set=dropped_ids)))


def _with(batch: pa.RecordBatch, column: str, values: pa.Array) -> pa.RecordBatch:
    index = batch.schema.get_field_index(column)
    return batch.set_column(index, batch.schema.field(index), values)


def _merged_info(
    inputs: list[_Input], out: Path, tables: list[pa.Table], digest: str, report: AuditReport
) -> CorpusInfo:
    images, texts, rejects = tables
    folders = [
        SourceFolder(
            item.prefix + source.name,
            relative(item.folder / source.images, out),
            source.licence,
            source.not_named,
            source.hidden,
        )
        for item in inputs
        for source in item.info.sources
    ]
    sources = count_sources(folders, images, rejects)
    return CorpusInfo(
        sarvl_version=__version__,
        digest=digest,
        seed=0,
        counts=count_all(sources, images, texts, rejects),
        sources=sources,
        not_held=tuple(item.prefix + name for item in inputs for name in item.info.not_held),
        texts_left_out=sum(item.info.texts_left_out for item in inputs),
        not_asked=tuple(
            dropped.model_copy(update={"source": item.prefix + dropped.source})
            for item in inputs
            for dropped in item.info.not_asked
        ),
        audit=report,
        recipe=None,
        merged=tuple(
            MergedCorpus(
                folder=relative(item.folder, out),
                prefix=item.prefix,
                **{name: getattr(item.info, name) for name in ("sarvl_version", "digest", "seed", "recipe", "merged")},
            )
            for item in inputs
        ),
    )

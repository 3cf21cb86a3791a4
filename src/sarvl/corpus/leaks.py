"""Leaks: images of a measured split that a model may have learnt from, kept as a document beside its figures."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pydantic import PositiveInt, model_validator

from sarvl.annotations.split_name import SplitName
from sarvl.corpus.building.duplicates import clusters_of, confirm, find_duplicates
from sarvl.corpus.building.read_thumbnails import READ_AS, ReadThumbnails
from sarvl.corpus.store import Corpus
from sarvl.corpus.workspace import writing
from sarvl.documents import Document
from sarvl.parallel import open_pool

LeakKind = Literal["file", "picture", "scene"]
"""An equal file, an equal picture in another file (by the rule of the build's audit), or another part of the scene."""
_COMPARED = ("image_id", "sha256", "phash", "group", *READ_AS)


class Leak(Document):
    """An image of the measured split of which a model may have learnt."""

    image: str
    """Its id."""
    source: str
    """Its source."""
    kind: LeakKind
    """What is the same."""
    same_as: str
    """The id of an image that was learnt from."""
    corpus: str
    """The digest of that one's corpus."""


class LearntImages(Document):
    """A split that was learnt from."""

    corpus: str
    """The digest of its corpus."""
    split: SplitName
    """Its name."""
    images: PositiveInt
    """How many images it has."""


class AuditedModel(Document):
    """A model that learnt from no other images of a corpus than those that were compared."""

    name: str
    """As it was given."""
    weights_hash: str
    """SHA-256 of its weights."""


class LeakAudit(Document):
    """All of a leak audit: what was compared, and which images leak."""

    format_version: Literal[1] = 1
    """Version of the file."""
    sarvl_version: str
    """What wrote it."""
    corpus: str
    """The digest of the corpus that is measured on."""
    split: SplitName
    """Its split."""
    images: dict[str, PositiveInt]
    """Images of that split, by source."""
    learnt: tuple[LearntImages, ...]
    """What they were compared with."""
    models: tuple[AuditedModel, ...]
    """The models whose figures the audit is about; all where none is named."""
    hamming: int
    """Hashes that differ in fewer bits were compared closely."""
    leaks: tuple[Leak, ...]
    """The images that leak, each once."""

    @model_validator(mode="after")
    def _add_up(self) -> "LeakAudit":
        if len({leak.image for leak in self.leaks}) < len(self.leaks):
            raise ValueError("an image stands twice among the leaks")
        for source, count in Counter(leak.source for leak in self.leaks).items():
            if count > self.images.get(source, 0):
                raise ValueError(f"more leaks than images of source {source}")
        return self

    def counts(self, source: str) -> dict[LeakKind, int]:
        """Return how many images of a source leak, by what is the same."""
        kinds = Counter(leak.kind for leak in self.leaks if leak.source == source)
        return {kind: kinds[kind] for kind in ("file", "picture", "scene")}


class LearntSplit(NamedTuple):
    """A split of a corpus that a model learnt from."""

    corpus: Corpus
    split: str

    @property
    def table(self) -> pa.Table:
        """The rows of its images; raises CorpusError where it has none."""
        return self.corpus.images.take(pa.array(self.corpus.rows_of(self.split)))


def find_leaks(measured: LearntSplit, learnt: Sequence[LearntSplit], workers: int | None = None) -> list[Leak]:
    """Return the images of ``measured`` that are among those of ``learnt``, in the order of its corpus.

    An image leaks where its file, its picture or its scene (``group``, of a source of the same name) is there too.
    What an equal picture is, the build's audit says, by the bits that the measured corpus was built with.
    Raises CorpusError where a split has no image, ImageError where a likely copy cannot be read.
    """
    parts = [measured, *learnt]
    images = pa.concat_tables(_numbered(number, part) for number, part in enumerate(parts))
    size = len(measured.table)
    twins: dict[LeakKind, dict[int, int]] = {
        "file": _twins_by(images["sha256"], size),
        "picture": _picture_twins(images, parts, size, workers),
        "scene": _twins_by(_scenes(images), size),
    }
    ids, names = images["image_id"].to_pylist(), measured.table["source"].to_pylist()
    owners = np.repeat([part.corpus.digest for part in parts], [len(part.table) for part in parts]).tolist()
    firsts = {row: (kind, own[row]) for kind, own in reversed(twins.items()) for row in own}
    return [
        Leak(image=ids[row], source=names[row], kind=kind, same_as=ids[twin], corpus=owners[twin])
        for row, (kind, twin) in sorted(firsts.items())
    ]


def _numbered(number: int, part: LearntSplit) -> pa.Table:
    """Return the columns to compare, with the number of the part before the source: two parts may share a name."""
    table = part.table.select(list(_COMPARED))
    sources = pc.binary_join_element_wise(str(number), table["source"], "/")
    return table.set_column(table.schema.get_field_index("source"), "source", sources)


def _scenes(images: pa.Table) -> pa.ChunkedArray:
    """Return one name a scene: its source, without the number of the part, and its group; null where it is unknown."""
    sources = pc.replace_substring_regex(images["source"], r"^\d+/", "")
    return pc.binary_join_element_wise(sources, images["group"], "\n")


def _twins_by(values: pa.ChunkedArray, size: int) -> dict[int, int]:
    """Return, of the first ``size`` rows, those whose value a later row has, each with the first such row."""
    listed = values.to_pylist()
    first = {value: row for row, value in reversed(list(enumerate(listed))) if row >= size and value is not None}
    return {row: first[value] for row, value in enumerate(listed[:size]) if value in first}


def _picture_twins(images: pa.Table, parts: Sequence[LearntSplit], size: int, workers: int | None) -> dict[int, int]:
    """Return, of the first ``size`` rows, those whose picture a later row shows, each with the first such row."""
    candidates = find_duplicates(images["sha256"], images["phash"].to_numpy(), parts[0].corpus.info.audit.hamming)
    folders = {
        f"{number}/{name}": folder
        for number, part in enumerate(parts)
        for name, folder in part.corpus.info.image_folders(part.corpus.folder).items()
    }
    with TemporaryDirectory() as work, writing(Path(work)), open_pool(workers) as pool:
        thumbnails = ReadThumbnails(images, folders, Path(work) / "thumbnails", pool)
        clusters = clusters_of(confirm(candidates, thumbnails.of))
        thumbnails.remove()
    return {
        row: min(other for other in cluster if other >= size)
        for cluster in clusters
        if max(cluster) >= size
        for row in cluster
        if row < size
    }

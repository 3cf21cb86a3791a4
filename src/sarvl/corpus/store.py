"""Corpus: a data set on disk, opened for reading."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from sarvl.corpus.corpus_info import CorpusInfo, read_info
from sarvl.corpus.inspecting.counting import count_rows
from sarvl.corpus.rows import IMAGES, TEXTS, CorpusImage, readings_of
from sarvl.corpus.tables import count_rows_of, read_table
from sarvl.errors import CorpusError
from sarvl.files import FilePath
from sarvl.imagery import Reading, SarImage, read_image
from sarvl.language import Statement

if TYPE_CHECKING:
    from datasets import Dataset


@dataclass(frozen=True)
class Corpus:
    """A corpus folder: ``info`` is its corpus.json; ``images`` and ``texts`` are its tables (corpus.tables)."""

    folder: Path
    info: CorpusInfo
    images: pa.Table
    texts: pa.Table

    @classmethod
    def open(cls, folder: FilePath) -> "Corpus":
        """Open a folder that ``sarvl build`` made; raises CorpusError where it is none, or is torn or damaged."""
        folder = Path(folder)
        info = read_info(folder)
        corpus = cls(folder, info, read_table(folder, "images"), read_table(folder, "texts"))
        counted = {(source.name, split): count for source in info.sources for split, count in source.splits.items()}
        if (
            counted != count_rows(corpus.images, "source", "split")
            or info.counts.texts != len(corpus.texts)
            or sum(info.counts.rejects.values()) != count_rows_of(folder, "rejects")
        ):
            raise CorpusError(f"{folder}: the tables do not hold what corpus.json counts; build the corpus again")
        if len(pc.unique(corpus.images["image_id"])) != len(corpus.images):
            raise CorpusError(f"{folder / 'images.parquet'}: an image stands twice; build the corpus again")
        if (corpus.image_of_text < 0).any():
            raise CorpusError(f"{folder / 'texts.parquet'}: texts of images that are not there; build the corpus again")
        return corpus

    @property
    def digest(self) -> str:
        """SHA-256 of what the corpus says: 64 hexadecimal digits."""
        return self.info.digest

    @property
    def seed(self) -> int:
        """Seed of the build."""
        return self.info.seed

    def column(self, name: str) -> list[Any]:
        """Return one column of the images table as a Python list, in the order of the images."""
        return list(self.images.column(name).to_pylist())

    def rows_of(self, split: str, sources: Sequence[str] = ()) -> NDArray[np.int64]:
        """Return the indices of the images of a split (and of some sources only, where named).

        Raises CorpusError, naming what there is, where nothing matches.
        """
        names = self.column("source")
        if unknown := sorted({*sources} - {*names}):
            raise CorpusError(f"{self.folder}: no source {unknown[0]!r}; there are {', '.join(sorted({*names}))}")
        in_split = np.array(self.column("split")) == split  # (N,)
        if sources:
            in_split &= np.isin(np.array(names), list(sources))
        if not in_split.any():
            there = sorted(set(zip(names, self.column("split"), strict=True)))
            raise CorpusError(f"{self.folder}: no image in split {split!r}; there are (source, split): {there}")
        return np.flatnonzero(in_split)

    @cached_property
    def image_of_text(self) -> NDArray[np.int64]:
        """For each row of the texts table, the row of its image: (T,)."""
        ids = self.images["image_id"].combine_chunks()
        rows = pc.index_in(self.texts["image_id"], value_set=ids).fill_null(-1)
        return rows.to_numpy().astype(np.int64)  # type: ignore[no-any-return]

    @cached_property
    def texts_of_image(self) -> list[list[int]]:
        """For each image, the rows of its texts of every kind."""
        return self._rows_of_image(np.arange(len(self.texts)))

    @cached_property
    def captions_of_image(self) -> list[list[int]]:
        """For each image, the rows of its captions: what retrieval and contrastive training go by."""
        return self._rows_of_image(self._rows_of_kind("caption"))

    @cached_property
    def questions_of_image(self) -> list[list[int]]:
        """For each image, the rows of its questions; their texts ask, and would be false as captions."""
        return self._rows_of_image(self._rows_of_kind("question"))

    def _rows_of_kind(self, kind: str) -> NDArray[np.int64]:
        return np.flatnonzero(pc.equal(self.texts["kind"], kind).to_numpy())

    def _rows_of_image(self, rows: NDArray[np.int64]) -> list[list[int]]:
        """Return some rows of the texts table by image, in their order."""
        image_of_row = self.image_of_text[rows]
        order = np.argsort(image_of_row, kind="stable")
        ends = np.searchsorted(image_of_row[order], np.arange(1, len(self.images)))
        return [part.tolist() for part in np.split(rows[order], ends)]

    @cached_property
    def object_classes(self) -> list[frozenset[str]]:
        """For each image, the classes of its objects."""
        objects = self.images["objects"].combine_chunks()
        names: list[set[str]] = [set() for _ in range(len(self.images))]
        rows = pc.list_parent_indices(objects).to_pylist()
        for row, name in zip(rows, pc.struct_field(pc.list_flatten(objects), "class_name").to_pylist(), strict=True):
            names[row].add(name)
        return [frozenset(own) for own in names]

    @cached_property
    def sentences(self) -> list[str]:
        """The text of every row of the texts table."""
        return list(self.texts.column("text").to_pylist())

    @cached_property
    def paths(self) -> list[Path]:
        """The file of each image on this machine."""
        folders = self.info.image_folders(self.folder)
        files = zip(self.column("source"), self.column("file"), strict=True)
        return [folders[source] / file for source, file in files]

    @cached_property
    def readings(self) -> list[Reading]:
        """How the file of each image is read."""
        return readings_of(self.images)

    def image(self, row: int) -> CorpusImage:
        """Return one image; raises CorpusError where its row is none that a build writes."""
        return IMAGES.items(self.images.slice(row, 1))[0]

    def statements(self, row: int) -> list[Statement]:
        """Return what is said of one image, in the order of ``texts_of_image``; raises as ``image``."""
        indices = self.texts_of_image[row]
        if not indices:
            return []
        # A slice, since `take` copies whole columns; what a build writes of one image stands together.
        first = indices[0]
        together = self.texts.slice(first, indices[-1] - first + 1)
        return [text.statement for text in TEXTS.items(together.take([index - first for index in indices]))]

    def to_dataset(self, split: str | None = None, sources: Sequence[str] = ()) -> "Dataset":
        """Return the images of a split (of some sources), or of all, as a ``datasets.Dataset``, one row an image.

        Columns: ``image`` (read by Pillow from its file when it is asked for; ``read`` also knows physical quantities),
        ``image_id``, ``source``, ``split``, ``licence``, ``label``, ``width``, ``height``, ``objects`` (class name, and
        box as xmin, ymin, xmax, ymax in pixels), ``captions``, ``questions`` (with answer, its type and family).
        Raises CorpusError where datasets is not installed (the extra ``datasets``), or nothing matches.
        """
        from sarvl.corpus.hugging_face import dataset_of  # noqa: PLC0415 - an extra

        return dataset_of(self, split, sources)

    def read(self, row: int) -> SarImage:
        """Read one image as its source declares it; raises ImageError where the file is gone or has changed."""
        return read_image(self.paths[row], **self.image(row).reading._asdict())

"""ReadThumbnails: the thumbnails of images that are in corpora already, read when a comparison asks for them."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from sarvl.corpus.building.duplicates import Rows
from sarvl.corpus.building.thumbnails import ThumbnailFile
from sarvl.corpus.rows import readings_of
from sarvl.imagery import Reading, read_image, thumbnail
from sarvl.parallel import Pool, map_chunks

READ_AS = ("source", "file", "quantity", "bands", "nodata", "width", "height")
"""The columns of an images table by which the file of an image is read."""


class ReadThumbnails:
    """The thumbnails of the images that are asked for, each read once and then kept on disk."""

    def __init__(self, images: pa.Table, folders: Mapping[str, Path], path: Path, pool: Pool) -> None:
        """Make the file ``path``; images: with the columns ``READ_AS``. folders: that of each source's images."""
        self._images = images
        self._folders = folders
        self._pool = pool
        self._kept = ThumbnailFile(path)
        self._place_of: dict[int, int] = {}

    def of(self, rows: Rows) -> NDArray[np.uint16]:
        """Return the thumbnails (R, 32, 32) of some rows; raises ImageError where a file cannot be read."""
        missing = [row for row in rows.tolist() if row not in self._place_of]
        if missing:
            self._read(missing)
        return self._kept.rows(np.array([self._place_of[row] for row in rows.tolist()]))

    def _read(self, rows: list[int]) -> None:
        asked = self._images.take(pa.array(rows, pa.int64()))
        sources, files = asked["source"].to_pylist(), asked["file"].to_pylist()
        paths = [str(self._folders[source] / file) for source, file in zip(sources, files, strict=True)]
        records = list(zip(paths, readings_of(asked), strict=True))
        for chunk in map_chunks(self._pool, thumbnails_of_files, records, "look at likely copies", "images"):
            for grey in chunk:
                self._kept.append(grey)
        self._place_of |= {row: len(self._place_of) + number for number, row in enumerate(rows)}

    def remove(self) -> None:
        """Remove what was kept."""
        self._kept.remove()


def thumbnails_of_files(records: Sequence[tuple[str, Reading]]) -> list[NDArray[np.uint16]]:
    """Return the thumbnail of each file of a chunk, read as its reading says."""
    return [thumbnail(read_image(path, **reading._asdict())) for path, reading in records]

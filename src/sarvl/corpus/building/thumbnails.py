"""ThumbnailFile: the thumbnails of a build's images on disk, so that the search for duplicates does not fill memory."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sarvl.imagery.picture_hashes import THUMBNAIL_SIDE_PX


class ThumbnailFile:
    """Thumbnails, one after the other; OSError from any method where the disk is full or cannot be written."""

    def __init__(self, path: Path) -> None:
        """Make the file."""
        self._path = path
        self._stream = path.open("wb")

    def append(self, thumbnail: NDArray[np.uint16]) -> None:
        """Add a thumbnail (32, 32)."""
        self._stream.write(thumbnail.astype("<u2").tobytes())

    def rows(self, rows: NDArray[np.int64]) -> NDArray[np.uint16]:
        """Return the thumbnails (R, 32, 32) of some rows, counted in the order in which they were added."""
        self._stream.flush()
        every = np.memmap(self._path, "<u2", mode="r").reshape(-1, THUMBNAIL_SIDE_PX, THUMBNAIL_SIDE_PX)  # (N, 32, 32)
        return np.asarray(every[rows])

    def remove(self) -> None:
        """Remove the file."""
        self._stream.close()
        self._path.unlink()

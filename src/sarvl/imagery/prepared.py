"""Prepared: an image as the tiles that a model sees; and many of them, which are asked for in batches."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sarvl.errors import ImageError

Bytes = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Prepared:
    """An image as a model sees it.

    tiles: uint8 ``(T, C, S, S)``; C is 1 where all bands of the contract are the same plane, else their number.
    offsets: int32 ``(T, 4)``: x, y, width and height, in pixels of the image, of what each tile shows.
    grid: rows and columns of the tiles, row by row. Where T is one more than there are of them, the first tile shows
        the whole image.
    """

    tiles: Bytes
    offsets: NDArray[np.int32]
    grid: tuple[int, int]

    @property
    def has_thumbnail(self) -> bool:
        """Whether the first tile shows the whole image, before those of the grid."""
        return len(self.tiles) > self.grid[0] * self.grid[1]


@dataclass(frozen=True, slots=True)
class PreparedImages:
    """N prepared images without padding: their tiles in one array, one image after the other, and where each begins.

    The arrays may lie in memory or on a disk. tiles: uint8 ``(sum of T, C, S, S)``. offsets: int32 ``(sum of T, 4)``.
    grids: int32 ``(N, 2)``. starts: int64 ``(N + 1,)``, so that image n has tiles ``starts[n]`` to ``starts[n + 1]``.
    """

    tiles: Bytes
    offsets: NDArray[np.int32]
    grids: NDArray[np.int32]
    starts: NDArray[np.int64]

    @classmethod
    def of(cls, images: Sequence[Prepared]) -> Self:
        """Hold images in memory; ImageError where there is none, or where tiles differ in size.

        Grey ones among others of several channels are repeated.
        """
        if not images:
            raise ImageError("no images: give one or more")
        sides = {image.tiles.shape[2:] for image in images}
        channels = max(image.tiles.shape[1] for image in images)
        if len(sides) > 1 or {image.tiles.shape[1] for image in images} - {1, channels}:
            raise ImageError("the images were prepared by different contracts; prepare them by one")
        shape = (channels, *sides.pop())
        return cls(
            tiles=np.concatenate([np.broadcast_to(image.tiles, (len(image.tiles), *shape)) for image in images]),
            offsets=np.concatenate([image.offsets for image in images]),
            grids=np.array([image.grid for image in images], np.int32),
            starts=starts_of([len(image.tiles) for image in images]),
        )

    def __len__(self) -> int:
        return len(self.grids)

    def __getitem__(self, place: int) -> Prepared:
        """Return one image; its arrays are views."""
        first, end = self.starts[place], self.starts[place + 1]
        rows, columns = self.grids[place].tolist()
        return Prepared(self.tiles[first:end], self.offsets[first:end], (rows, columns))

    @property
    def tiles_of_image(self) -> NDArray[np.int64]:
        """T of each image: int64 ``(N,)``."""
        return np.diff(self.starts)

    @property
    def places(self) -> NDArray[np.float32]:
        """Centre x and y, width and height of what each tile shows, as shares of its image: ``(sum of T, 4)``."""
        first, shown = self.offsets[:, :2], self.offsets[:, 2:]
        sizes = np.maximum.reduceat(first + shown, self.starts[:-1])  # of the images: their tiles show all of them
        sizes = np.repeat(sizes, self.tiles_of_image, axis=0)
        places: NDArray[np.float32] = np.hstack([(first + shown / 2) / sizes, shown / sizes]).astype(np.float32)
        return places

    def batch(self, rows: ArrayLike) -> "PreparedImages":
        """Return copies of the images at ``rows``, in that order."""
        chosen = np.asarray(rows, np.int64)
        counts = np.diff(self.starts)[chosen]
        starts = starts_of(counts)
        tiles = np.arange(starts[-1]) + np.repeat(self.starts[:-1][chosen] - starts[:-1], counts)
        return PreparedImages(self.tiles[tiles], self.offsets[tiles], self.grids[chosen], starts)


class ImageBatches(Protocol):
    """N images that can be had some at a time: from memory, from a cache on disk, or made when they are asked for."""

    def __len__(self) -> int:
        """Return N."""

    def batch(self, rows: ArrayLike) -> PreparedImages:
        """Return the images at ``rows``, in that order, in memory."""


@dataclass(frozen=True, slots=True)
class ChosenImages:
    """Some of the images of ``images``, in the order of ``rows``; nothing is read before a batch is asked for."""

    images: ImageBatches
    rows: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.rows)

    def batch(self, rows: ArrayLike) -> PreparedImages:
        """Return the images at ``rows``, in that order."""
        return self.images.batch(self.rows[np.asarray(rows, np.int64)])


def starts_of(counts: ArrayLike) -> NDArray[np.int64]:
    """Return where each of several runs begins, and the last one ends: ``(N + 1,)`` from their lengths ``(N,)``."""
    starts: NDArray[np.int64] = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
    return starts

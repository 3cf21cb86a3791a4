"""Frames: how many tiles a model sees of an image, how large the image is for them, and where they lie."""

from fractions import Fraction
from math import ceil
from typing import Annotated, Literal, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from sarvl.imagery.bands import ContractPart
from sarvl.imagery.planes import Interpolation


class View(NamedTuple):
    """The image at one size, and the tiles that are cut from it.

    corners: ``(T, 2)``, x and y of each tile's upper left corner in pixels of this size; below 0 where the tile begins
    before the image.
    """

    width: int
    height: int
    corners: NDArray[np.int64]


class Layout(NamedTuple):
    """All tiles of an image: those of each view, one view after the other; and rows and columns of the last one's."""

    views: tuple[View, ...]
    grid: tuple[int, int]

    @property
    def tiles(self) -> int:
        """T, the number of tiles."""
        return sum(len(view.corners) for view in self.views)

    def offsets(self, side: int, width: int, height: int) -> NDArray[np.int32]:
        """Return x, y, width and height of what each tile of ``side`` shows of an image: int32 ``(T, 4)``."""
        return np.concatenate([_shown(view, side, width, height) for view in self.views])


class _Frame(ContractPart):
    interpolation: Interpolation = "linear"
    """How values between pixels are found: ``linear``, ``cubic`` or ``nearest``."""
    antialias: bool = True
    """Whether display bytes are resized by Pillow, as open_clip does: where the image shrinks, the filter of
    ``interpolation`` is widened by as much. If not, they are averaged by area where it shrinks, as in contracts of
    version 1 and 2. Other quantities are always averaged by area, as intensity, and interpolated where they grow."""
    fill: int = Field(default=0, ge=0, le=255)
    """Byte where there is no image, or no measurement in it."""


class Square(_Frame):
    """The whole image as one tile."""

    kind: Literal["square"] = "square"
    """Tells this from the others."""
    size: int = Field(ge=1)
    """Side S of the tile in pixels."""
    resize: Literal["squash", "pad", "crop", "shrink"] = "squash"
    """``squash`` scales each side to S; ``pad`` scales the longer side to S and centres the image; ``crop`` scales the
    shorter side to S and keeps the middle of the image; ``shrink`` is ``pad`` of larger images, and centres one that
    fits as it is, so that its size stays to be seen."""

    @property
    def side(self) -> int:
        """S, the side of a tile in pixels."""
        return self.size

    @property
    def told(self) -> str:
        """The frame in words."""
        return f"{self.size} x {self.size} pixels, {self.resize}, {self.interpolation}"

    def layout(self, width: int, height: int) -> Layout:
        """Return the one tile of an image of ``width`` x ``height`` pixels."""
        return Layout((_whole(self.size, self.resize, width, height),), (1, 1))


class Tiled(_Frame):
    """Tiles of the image as it is, on an even grid; before them the whole image as one tile, unless it is left out.

    An image that fits into a tile is that one tile. One that needs more than ``most_tiles`` is scaled down, its aspect
    kept, until it does not. Tiles at the edges are not padded: they overlap their neighbours more.
    """

    kind: Literal["tiled"] = "tiled"
    """Tells this from the others."""
    tile: int = Field(ge=1)
    """Side S of a tile in pixels."""
    most_tiles: int = Field(ge=1)
    """The most tiles of the grid."""
    overlap: int = Field(default=0, ge=0)
    """Pixels that neighbouring tiles share at least."""
    thumbnail: Literal["squash", "pad"] | None = "squash"
    """How the whole image becomes one tile (as ``resize`` of a square); None for none: an image smaller than a tile is
    then centred as it is."""

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.overlap >= self.tile:
            raise ValueError("overlap must be less than tile")
        return self

    @property
    def side(self) -> int:
        """S, the side of a tile in pixels."""
        return self.tile

    @property
    def told(self) -> str:
        """The frame in words."""
        whole = "" if self.thumbnail is None else f", beside a thumbnail ({self.thumbnail})"
        return f"up to {self.most_tiles} tiles of {self.tile} x {self.tile} pixels{whole}, {self.interpolation}"

    def layout(self, width: int, height: int) -> Layout:
        """Return the tiles of an image of ``width`` x ``height`` pixels."""
        scaled = self._scaled(width, height)
        columns, rows = (self._tiles_along(side) for side in scaled)
        thumbnail = () if self.thumbnail is None else (_whole(self.tile, self.thumbnail, width, height),)
        if rows * columns == 1 and thumbnail:
            return Layout(thumbnail, (1, 1))
        x, y = (self._starts(side, count) for side, count in zip(scaled, (columns, rows), strict=True))
        corners = np.stack([np.tile(x, rows), np.repeat(y, columns)], axis=1)
        return Layout((*thumbnail, View(*scaled, corners)), (rows, columns))

    def _tiles_along(self, side: int) -> int:
        return max(1, -(-(side - self.overlap) // (self.tile - self.overlap)))

    def _reach(self, tiles: int) -> int:
        """Return how many pixels so many tiles cover at most."""
        return self.tile + (tiles - 1) * (self.tile - self.overlap)

    def _scaled(self, width: int, height: int) -> tuple[int, int]:
        """Return the largest size of the image, up to its own, that needs no more than ``most_tiles``."""
        if self._tiles_along(width) * self._tiles_along(height) <= self.most_tiles:
            return width, height
        shapes = ((columns, self.most_tiles // columns) for columns in range(1, self.most_tiles + 1))
        scale = max(
            min(Fraction(self._reach(columns), width), Fraction(self._reach(rows), height)) for columns, rows in shapes
        )
        return max(1, int(width * scale)), max(1, int(height * scale))

    def _starts(self, side: int, count: int) -> NDArray[np.int64]:
        """Return where each of ``count`` tiles begins along a side: evenly, the last one where the side ends."""
        if count == 1:
            return np.array([-((self.tile - side) // 2)])
        return np.arange(count) * (side - self.tile) // (count - 1)


class Patches(_Frame):
    """The image in its own shape, cut into the patches of a transformer; each side goes up to the next whole patch.

    An image is never larger than it is, and scaled down, its aspect kept, where it needs more than ``most_patches``:
    timm's ``ResizeToSequence`` with ``max_ratio=1``.
    """

    kind: Literal["patches"] = "patches"
    """Tells this from the others."""
    patch: int = Field(ge=1)
    """Side P of a patch in pixels: that of the transformer."""
    most_patches: int = Field(ge=1)
    """The most patches of an image."""

    @property
    def side(self) -> int:
        """P, the side of a patch in pixels."""
        return self.patch

    @property
    def told(self) -> str:
        """The frame in words."""
        return f"up to {self.most_patches} patches of {self.patch} x {self.patch} pixels, {self.interpolation}"

    def layout(self, width: int, height: int) -> Layout:
        """Return the patches of an image of ``width`` x ``height`` pixels."""
        scale = self._scale(width, height)
        columns, rows = (max(1, ceil(side * scale / self.patch)) for side in (width, height))
        corners = self.patch * np.stack(
            [np.tile(np.arange(columns), rows), np.repeat(np.arange(rows), columns)], axis=1
        )
        return Layout((View(columns * self.patch, rows * self.patch, corners),), (rows, columns))

    def _scale(self, width: int, height: int) -> Fraction:
        """Return the largest scale, up to 1, at which the image needs no more than ``most_patches``."""
        shapes = ((columns, self.most_patches // columns) for columns in range(1, self.most_patches + 1))
        fits = max(
            min(Fraction(columns * self.patch, width), Fraction(rows * self.patch, height)) for columns, rows in shapes
        )
        return min(Fraction(1), fits)


Frame = Annotated[Square | Tiled | Patches, Field(discriminator="kind")]


def _whole(side: int, resize: Literal["squash", "pad", "crop", "shrink"], width: int, height: int) -> View:
    """Return the view of the whole image in one tile; sizes and corners are rounded as in open_clip's transforms."""
    if resize == "squash":
        return View(side, side, np.zeros((1, 2), np.int64))
    if resize in ("pad", "shrink"):
        ratio = max(width / side, height / side, 1 if resize == "shrink" else 0)
        scaled = max(1, round(width / ratio)), max(1, round(height / ratio))
    else:
        shorter = min(width, height)
        scaled = int(side * width / shorter), int(side * height / shorter)
    return View(*scaled, np.array([[_middle(length, side) for length in scaled]]))


def _middle(length: int, side: int) -> int:
    """Return where a tile begins that has the middle of a longer side, or a shorter one in its own middle."""
    return round((length - side) / 2) if length > side else -((side - length) // 2)


def _shown(view: View, side: int, width: int, height: int) -> NDArray[np.int32]:
    """Return x, y, width and height, in pixels of the image, of all that each tile of a view shows a part of."""
    scaled, whole = np.array([view.width, view.height]), np.array([width, height])
    first = np.maximum(view.corners, 0) * whole // scaled
    end = -(-np.minimum(view.corners + side, scaled) * whole // scaled)
    return np.hstack([first, end - first]).astype(np.int32)

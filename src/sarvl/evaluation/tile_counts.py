"""Counts by tiles: what a model names for each tile of an image, added up, can be more than it has captions for."""

from collections.abc import Sequence
from math import isqrt
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sarvl.evaluation.evaluated import EvaluatedModel
from sarvl.evaluation.tasks.localisation import tile_features
from sarvl.imagery import Patches, Tiled
from sarvl.imagery.frames import Frame
from sarvl.measures.classification import probabilities
from sarvl.measures.counting import tile_weights
from sarvl.measures.features import cosines_of
from sarvl.models.protocols import Embedder, Features, TileEmbedder

MOST_TILES = 64
"""The most tiles that an image is cut into where the model has no tiles of its own; a larger image is scaled down."""


class TiledImage(NamedTuple):
    """features: ``(T, D)``, unit rows, of the tiles of an image. tiles: ``(T, 4)``, x0, y0, x1, y1 in its pixels."""

    features: Features
    tiles: NDArray[np.int64]


def tiled_image(evaluated: EvaluatedModel, embedder: Embedder, place: int, side: int | None) -> TiledImage:
    """Return the tiles of an image of the split: those of the model's contract where it reads tiles, or is given none.

    side: of the tiles in pixels; None for the model's own, or of one that reads none for the side of its input. Tiles
    lie on an even grid, and those at the edges overlap their neighbours, as those of an AnyReader do.
    """
    if side is None and isinstance(embedder, TileEmbedder):
        images = evaluated.prepared_images.batch([place])
        own = slice(int(images[0].has_thumbnail), None)
        return TiledImage(embedder.encode_tiles(images)[own], _corners(images.offsets[own]))
    image = evaluated.read(place)
    grid = Tiled(tile=side or input_side(evaluated.model.contract.frame), most_tiles=MOST_TILES, thumbnail=None)
    tiles = _corners(grid.layout(image.width, image.height).offsets(grid.tile, image.width, image.height))
    return TiledImage(tile_features(evaluated, embedder, image, tiles), tiles)


def input_side(frame: Frame) -> int:
    """Return the side in pixels of the largest square that a model sees without scaling it."""
    return frame.patch * isqrt(frame.most_patches) if isinstance(frame, Patches) else frame.side


def _corners(offsets: NDArray[np.int32]) -> NDArray[np.int64]:
    first, size = offsets[:, :2].astype(np.int64), offsets[:, 2:].astype(np.int64)
    return np.hstack([first, first + size])


def count_of_tiles(embedder: Embedder, image: TiledImage, captions: Features) -> tuple[int, float]:
    """Return the number of objects that a model names tile by tile, and how sure it is on average.

    captions: ``(M + 1, D)``, of the numbers 0 to M. Of equally near captions the smaller number is taken.
    """
    cosines = cosines_of(image.features, captions)  # (T, M + 1)
    weights = tile_weights(image.tiles)
    likely = probabilities(cosines, embedder.logit_scale, embedder.logit_bias).max(axis=1)
    return added_up(cosines.argmax(axis=1), weights), float(np.average(likely, weights=weights))


def added_up(counts: NDArray[np.int64], weights: NDArray[np.float64]) -> int:
    """Return the sum of the counts of tiles, each by its weight, to the next whole number; halves go up."""
    return int(np.floor(counts @ weights + 0.5))


class SeenByTiles(NamedTuple):
    """What tiles show of the objects that are counted.

    at_best: the sum that right counts of all tiles give. cut: how many objects a tile shows in part.
    """

    at_best: int
    cut: int


def seen_by_tiles(tiles: NDArray[np.int64], boxes: Sequence[Sequence[float]], most: int) -> SeenByTiles:
    """Return what tiles ``(T, 4)`` show of boxes (xmin, ymin, xmax, ymax), all in pixels of the image.

    A right count of a tile is that of the objects whose centre it shows, and ``most`` where there are more.
    """
    of_boxes = np.asarray(boxes, np.float64).reshape(-1, 4)
    centre = (of_boxes[:, :2] + of_boxes[:, 2:]) / 2
    first, end = tiles[:, None, :2], tiles[:, None, 2:]  # (T, 1, 2)
    holds = ((centre >= first) & (centre < end)).all(axis=2)  # (T, G)
    touches = ((of_boxes[:, 2:] > first) & (of_boxes[:, :2] < end)).all(axis=2)
    whole = ((of_boxes[:, :2] >= first) & (of_boxes[:, 2:] <= end)).all(axis=2)
    right = np.minimum(holds.sum(axis=1), most)
    return SeenByTiles(added_up(right, tile_weights(tiles)), int((touches & ~whole).any(axis=0).sum()))

"""Pictures: prepared images put together again from their tiles, for processors that resize them as they like."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sarvl.imagery import InputContract, Prepared, Tiled
from sarvl.imagery.bands import picture_bands
from sarvl.models.answering.box_words import Size

_TILE = 64


class Picture(NamedTuple):
    """An image as a processor takes it. pixels: uint8 (H, W, 3). image: the size of the whole image as it was read."""

    pixels: NDArray[np.uint8]
    image: Size


def picture_contract(most_pixels: int) -> InputContract:
    """Return the contract of pictures as they are, of ``most_pixels`` at most; larger ones are scaled down.

    Mean and deviation are left to the processor.
    """
    frame = Tiled(tile=_TILE, most_tiles=max(1, most_pixels // _TILE**2), thumbnail=None)
    return InputContract(bands=picture_bands((0.0,) * 3, (1.0,) * 3), frame=frame)


def picture_of(prepared: Prepared, frame: Any) -> Picture:
    """Return what the tiles of an image show, put together as ``frame`` cut them."""
    width, height = map(int, (prepared.offsets[:, :2] + prepared.offsets[:, 2:]).max(axis=0))
    (view,) = frame.layout(width, height).views
    planes = prepared.tiles.shape[1]
    canvas = np.zeros((planes, view.height, view.width), np.uint8)
    for tile, (x, y) in zip(prepared.tiles, view.corners.tolist(), strict=True):
        inside = tile[:, max(-y, 0) :, max(-x, 0) :][:, : view.height - max(y, 0), : view.width - max(x, 0)]
        canvas[:, max(y, 0) : max(y, 0) + inside.shape[1], max(x, 0) : max(x, 0) + inside.shape[2]] = inside
    grey = np.broadcast_to(canvas, (3, *canvas.shape[1:])) if planes == 1 else canvas
    return Picture(np.ascontiguousarray(grey.transpose(1, 2, 0)), Size(width, height))

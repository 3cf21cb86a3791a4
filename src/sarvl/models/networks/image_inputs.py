"""What the image tower of a model takes of prepared images, beside their pixels."""

from typing import TypedDict

import torch
from torch import Tensor

from sarvl.imagery import PreparedImages


class TilePlaces(TypedDict, total=False):
    """How the tiles of B images, whose bytes stand in one row, make up their images; absent where each tile is one."""

    tiles_of_image: Tensor
    """How many tiles each image has, (B,)."""
    places: Tensor
    """Centre x and y, width and height of what a tile shows, as shares of its image, (sum of T, 4)."""
    grids: Tensor
    """Rows and columns of the tiles of each image, (B, 2)."""


NAMES = ("pixels", *TilePlaces.__annotations__)
"""The names of the arguments of ``TwoTowers.image_features``."""


def image_inputs(images: PreparedImages, pixels: Tensor) -> dict[str, Tensor]:
    """Return what ``image_features`` takes of B images, by name; pixels: their tiles, augmented or not."""
    arrays = {"tiles_of_image": images.tiles_of_image, "places": images.places, "grids": images.grids}
    return {"pixels": pixels} | {name: torch.from_numpy(array) for name, array in arrays.items()}

"""What the image tower of a model takes of prepared images, beside their pixels."""

import torch
from torch import Tensor

from sarvl.imagery import PreparedImages

NAMES = ("pixels", "tiles_of_image", "places", "grids")
"""The names of the arguments of ``TwoTowers.image_features``."""


def image_inputs(images: PreparedImages, pixels: Tensor) -> dict[str, Tensor]:
    """Return what ``image_features`` takes of B images, by name; pixels: their tiles, augmented or not."""
    arrays = {"tiles_of_image": images.tiles_of_image, "places": images.places, "grids": images.grids}
    return {"pixels": pixels} | {name: torch.from_numpy(array) for name, array in arrays.items()}

"""Spatial tokens: what an image tower of open_clip or timm gives of each part of an image."""

from typing import Any

import torch
from torch import Tensor, nn

from sarvl.errors import ModelError
from sarvl.models.networks.towers import tower_module


def features_and_tokens(network: nn.Module, images: Tensor) -> tuple[Tensor, Tensor]:
    """Return the features (B, D) of the image tower, not normalised, and its last spatial tokens (B, C, H, W)."""
    visual: Any = tower_module(network, "image")
    seen = visual.forward_intermediates(images, indices=1, normalize_intermediates=True)
    grid: Tensor = seen["image_intermediates"][-1]
    return seen["image_features"], grid


def spatial_tokens(network: nn.Module, images: Tensor) -> Tensor:
    """Return the last spatial tokens (B, C, H, W) of the image tower alone: to pool them may cost as much again."""
    visual: Any = tower_module(network, "image")
    seen = visual.forward_intermediates(images, indices=1, normalize_intermediates=True, intermediates_only=True)
    grid: Tensor = seen["image_intermediates"][-1]
    return grid


@torch.inference_mode()
def token_grid(network: nn.Module, blank: Tensor, name: str) -> tuple[int, int, int]:
    """Return channels, rows and columns of the spatial tokens that a tower gives of an image such as ``blank``.

    name: what the model is called. Raises ModelError where its tower gives none.
    """
    try:
        grid = spatial_tokens(network, blank)
    except (AttributeError, NotImplementedError, TypeError) as problem:
        raise ModelError(f"{name}: its image tower gives no spatial tokens; choose another for a decoder") from problem
    channels, rows, columns = grid.shape[1:]
    return channels, rows, columns

"""FeatureTower: the image tower of an open_clip network as maps of features, for images of another size."""

from copy import deepcopy
from types import SimpleNamespace
from typing import Any

import torch
from open_clip.model import resize_pos_embed
from torch import Tensor, nn

from sarvl.errors import ModelError
from sarvl.models.networks.towers import tower_module

STRIDES = 8, 16, 32
"""The pixels of a map's cell that are of use where things are looked for: finer maps cost more than they bring."""


class FeatureTower(nn.Module):
    """A copy of an image tower that gives maps instead of a vector, the finest first.

    strides: pixels between neighbouring cells of each map; a convolutional network has one map for each of ``STRIDES``,
    a transformer one map alone. channels: of each map.
    """

    strides: tuple[int, ...]
    channels: tuple[int, ...]

    def __init__(self, tower: Any, side: int) -> None:
        """Try ``tower`` on an image of ``side`` pixels; it then belongs to this module."""
        super().__init__()
        self.tower, self._places = tower, [0]
        with torch.no_grad():
            shapes = [values.shape for values in self._maps(_blank(tower, side), None)]
        stride_of_map = [side // shape[-1] for shape in shapes]
        last = {stride: place for place, stride in enumerate(stride_of_map)}
        chosen = [last[stride] for stride in STRIDES if stride in last] if len(last) > 1 else [len(shapes) - 1]
        self._places = chosen
        self.strides = tuple(stride_of_map[place] for place in chosen)
        self.channels = tuple(shapes[place][1] for place in chosen)

    def _maps(self, pixels: Tensor, places: list[int] | None) -> list[Tensor]:
        given = self.tower.forward_intermediates(
            pixels, indices=places, intermediates_only=True, normalize_intermediates=len(self._places) == 1
        )
        maps: list[Tensor] = given["image_intermediates"]
        return maps

    def takes(self, side: int) -> bool:
        """Return whether images of another size give maps, too: not of a transformer, whose positions are of one."""
        if len(self.strides) == 1:
            return False
        try:
            with torch.no_grad():
                self._maps(_blank(self.tower, side), self._places)
        except Exception:  # of many types: what open_clip and timm make of a size
            return False
        return True

    def forward(self, pixels: Tensor) -> list[Tensor]:
        """Return the maps ``(B, channels, side / stride, side / stride)`` of what ``normalise`` gives."""
        return self._maps(pixels, self._places)


def _blank(tower: nn.Module, side: int) -> Tensor:
    first = next(parameter for parameter in tower.parameters() if parameter.ndim == 4)  # the first convolution
    return torch.zeros(1, first.shape[1], side, side, device=first.device)


def feature_tower(network: nn.Module, side: int, name: str) -> FeatureTower:
    """Return a copy of a network's image tower that gives maps of images of ``side`` pixels.

    Towers of open_clip: those of timm, its ResNets, and its transformers, whose positions are interpolated.
    name: what the model is called. Raises ModelError where a tower gives no maps, or takes no image of that size.
    """
    tower: Any = deepcopy(tower_module(network, "image")).eval()
    if not hasattr(tower, "forward_intermediates"):
        raise ModelError(f"{name}: its image tower gives no maps of features; choose one of open_clip or timm")
    try:
        _resize(tower, side)
        made = FeatureTower(tower, side)
    except Exception as problem:  # of many types: what open_clip and timm make of a size
        reason = " ".join(str(problem).split())[:200]
        raise ModelError(
            f"{name}: its image tower gives no maps of images of {side} pixels ({reason}); choose another size or model"
        ) from problem
    if not made.strides or any(side % stride for stride in made.strides):
        raise ModelError(f"{name}: its image tower has no map for each of {side} pixels; choose another size")
    return made


def _resize(tower: Any, side: int) -> None:
    """Have a tower take images of ``side`` pixels, and show all of their patches to it."""
    if hasattr(tower, "patch_dropout"):
        tower.patch_dropout = nn.Identity()
    if hasattr(tower, "set_input_size"):
        tower.set_input_size(side)
    elif hasattr(tower, "positional_embedding"):
        patch = tower.patch_size[0]
        if side % patch:
            raise ModelError(f"its patches have {patch} pixels")
        state = {"visual.positional_embedding": tower.positional_embedding.detach()}
        cells = side // patch
        resize_pos_embed(state, SimpleNamespace(visual=SimpleNamespace(grid_size=(cells, cells))))
        tower.positional_embedding = nn.Parameter(state["visual.positional_embedding"])

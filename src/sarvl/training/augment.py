"""Augmentation of a whole batch on the device; moving or turning an image never falsifies its caption."""

from typing import Literal

import torch
from pydantic import Field
from torch import Tensor
from torch.nn import functional

from sarvl.recipes import RecipeModel


class Augmentation(RecipeModel):
    """How strongly a batch is varied; every strength is the bound of a uniform draw, 0 is off.

    Mirroring, zoom and shift touch only images whose text outlives all of them, as its claims tell: any other may speak
    of places and counts, which they would make false.
    """

    mirror: tuple[Literal["horizontal", "vertical"], ...] = ()
    """Axes along which half of the images are mirrored; mind that a mirrored range axis turns shadows towards the
    sensor."""
    scale: float = Field(default=0.0, ge=0, lt=1)
    """Relative zoom."""
    shift: float = Field(default=0.0, ge=0, lt=1)
    """Shift, as a share of the image's side."""
    brightness: float = Field(default=0.0, ge=0, lt=1)
    """Offset of the bytes, as a share of the full range."""
    contrast: float = Field(default=0.0, ge=0, lt=1)
    """Relative gain around the image's mean."""
    speckle: float = Field(default=0.0, ge=0, lt=1)
    """Relative standard deviation of multiplicative noise."""

    @property
    def moves(self) -> bool:
        """Whether any geometric change is on."""
        return bool(self.mirror) or self.scale > 0 or self.shift > 0


def augment(pixels: Tensor, movable: Tensor, settings: Augmentation, generator: torch.Generator) -> Tensor:
    """Return varied bytes, uint8 (B, C, S, S); ``movable`` (B,) bool marks images that may be moved or mirrored."""
    values = pixels.float()
    if settings.moves and bool(movable.any()):
        places = movable.nonzero().flatten().to(values.device)
        values = values.index_copy(0, places, _move(values[places], settings, generator))
    batch = len(values)
    if settings.speckle:
        noise = torch.randn(values.shape[0], 1, *values.shape[2:], generator=generator).to(values.device)
        values = values * (1 + settings.speckle * _uniform(batch, 0, 1, generator, values) * noise)
    if settings.contrast:
        mean = values.mean(dim=(1, 2, 3), keepdim=True)
        values = mean + (values - mean) * (1 + _uniform(batch, -1, 1, generator, values) * settings.contrast)
    if settings.brightness:
        values = values + 255 * settings.brightness * _uniform(batch, -1, 1, generator, values)
    return values.round().clamp(0, 255).to(torch.uint8)


def _move(values: Tensor, settings: Augmentation, generator: torch.Generator) -> Tensor:
    """Zoom, shift and mirror (B, C, S, S) by one bilinear sampling; the border is mirrored."""
    batch = len(values)
    zoom = 1 + settings.scale * _uniform(batch, -1, 1, generator, values).flatten()
    shift = 2 * settings.shift * torch.stack([_uniform(batch, -1, 1, generator, values).flatten() for _ in range(2)], 1)
    mirror = torch.ones(batch, 2)
    for axis, name in enumerate(("horizontal", "vertical")):
        if name in settings.mirror:
            mirror[:, axis] = 1.0 - 2.0 * torch.randint(0, 2, (batch,), generator=generator)
    mirror = mirror.to(values.device)
    matrix = torch.zeros(batch, 2, 3, device=values.device)
    matrix[:, 0, 0], matrix[:, 1, 1] = mirror[:, 0] / zoom, mirror[:, 1] / zoom
    matrix[:, :, 2] = shift
    grid = functional.affine_grid(matrix, list(values.shape), align_corners=False)  # (B, S, S, 2)
    return functional.grid_sample(values, grid, padding_mode="reflection", align_corners=False)


def _uniform(batch: int, low: float, high: float, generator: torch.Generator, like: Tensor) -> Tensor:
    drawn = low + (high - low) * torch.rand(batch, 1, 1, 1, generator=generator)
    return drawn.to(like.device)

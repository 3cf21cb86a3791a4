"""Augmentation of a whole batch on the device; moving or turning an image never falsifies its caption."""

import torch
from torch import Tensor
from torch.nn import functional

from sarvl.training.augmentation import Augmentation


def augment(
    pixels: Tensor,
    movable: Tensor,
    settings: Augmentation,
    generator: torch.Generator,
    tiles_of_image: Tensor | None = None,
) -> Tensor:
    """Return varied bytes, uint8 (sum of T, C, S, S), of the tiles of B images, drawn at their gains before.

    movable: (B,) bool, images that may be moved or mirrored; those of several tiles, which overlap, never are.
    tiles_of_image: (B,) T of each image; one where absent. All tiles of an image are varied alike.
    """
    tiles = torch.ones(len(movable), dtype=torch.int64) if tiles_of_image is None else tiles_of_image
    values = pixels.float()
    moved = torch.repeat_interleave(movable & (tiles == 1), tiles)
    if settings.moves and bool(moved.any()):
        indices = moved.nonzero().flatten().to(values.device)
        values = values.index_copy(0, indices, _move(values[indices], settings, generator))

    def drawn(low: float, high: float) -> Tensor:
        return torch.repeat_interleave(_uniform(len(tiles), low, high, generator), tiles, dim=0).to(values.device)

    if settings.speckle:
        noise = torch.randn(values.shape[0], 1, *values.shape[2:], generator=generator).to(values.device)
        values = values * (1 + settings.speckle * drawn(0, 1) * noise)
    if settings.contrast:
        mean = _mean_of_images(values, tiles.to(values.device))
        values = mean + (values - mean) * (1 + drawn(-1, 1) * settings.contrast)
    return values.round().clamp(0, 255).to(torch.uint8)


def _mean_of_images(values: Tensor, tiles: Tensor) -> Tensor:
    """Return for each tile the mean of all tiles of its image: (sum of T, 1, 1, 1)."""
    image_of_tile = torch.repeat_interleave(tiles)
    sums = values.new_zeros(len(tiles)).index_add(0, image_of_tile, values.mean(dim=(1, 2, 3)))
    return (sums / tiles)[image_of_tile, None, None, None]


def _move(values: Tensor, settings: Augmentation, generator: torch.Generator) -> Tensor:
    """Zoom, shift and mirror (B, C, S, S) by one bilinear sampling; the border is mirrored."""
    batch = len(values)
    zoom = 1 + settings.scale * _uniform(batch, -1, 1, generator).flatten().to(values.device)
    shift = torch.stack([_uniform(batch, -1, 1, generator).flatten() for _ in range(2)], 1).to(values.device)
    shift = 2 * settings.shift * shift
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


def _uniform(batch: int, low: float, high: float, generator: torch.Generator) -> Tensor:
    return low + (high - low) * torch.rand(batch, 1, 1, 1, generator=generator)

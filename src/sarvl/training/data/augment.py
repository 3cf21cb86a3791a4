"""Augmentation of a whole batch on the device; moving or turning an image never falsifies its caption."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
import torch
from torch import Tensor

from sarvl.training.data.augmentation import Augmentation


@dataclass(frozen=True)
class Draws:
    """What is drawn of B images, each from a seed of its own: an image's draws do not depend on its batch.

    zoom, speckle, contrast, coarser: (B,); shift, mirror: (B, 2), along x and y. All lie between -1 and 1.
    noise: (sum of T, 1, S, S), normal; None where there is no speckle.
    """

    zoom: Tensor
    shift: Tensor
    mirror: Tensor
    speckle: Tensor
    contrast: Tensor
    coarser: Tensor
    noise: Tensor | None

    @classmethod
    def of(cls, seeds: Iterable[int], tiles: Tensor, side: int, has_noise: bool) -> "Draws":
        """Draw for images of so many ``tiles`` (B,), which have ``side`` pixels."""
        generator = torch.Generator()
        even, coarser = torch.empty(len(tiles), 7), torch.empty(len(tiles))
        noise = torch.empty(int(tiles.sum()), 1, side, side) if has_noise else None
        end = 0
        for seed, row, last, count in zip(seeds, even, coarser, tiles.tolist(), strict=True):
            row.uniform_(-1, 1, generator=generator.manual_seed(seed))
            start, end = end, end + count
            if noise is not None:
                noise[start:end].normal_(generator=generator)
            last.uniform_(-1, 1, generator=generator)
        return cls(even[:, 0], even[:, 1:3], even[:, 3:5], even[:, 5], even[:, 6], coarser, noise)


def augment(
    pixels: Tensor,
    movable: Tensor,
    settings: Augmentation,
    seeds: Iterable[int],
    tiles_of_image: Tensor | None = None,
) -> Tensor:
    """Return varied bytes, uint8 (sum of T, C, S, S), of the tiles of B images, drawn at their gains before.

    movable: (B,) bool, images that may be moved, mirrored or made coarser; those of several tiles, which overlap, never
    are.
    seeds: B of them, from which all follows that is drawn of an image. tiles_of_image: (B,) T of each image; one where
    absent. All tiles of an image are varied alike.
    """
    if settings == Augmentation(gain_db=settings.gain_db):
        return pixels
    tiles = torch.ones(len(movable), dtype=torch.int64) if tiles_of_image is None else tiles_of_image
    draws = Draws.of(seeds, tiles, pixels.shape[-1], settings.speckle > 0)
    values = pixels.float()
    moved = movable & (tiles == 1)
    places = torch.repeat_interleave(moved, tiles).nonzero().flatten().to(values.device)
    if settings.moves and len(places):
        values = values.index_copy(0, places, _moved(values[places], settings, draws, moved))
    if settings.coarser and len(places):
        values = values.index_copy(0, places, _coarsened(values[places], 1 + settings.coarser * draws.coarser[moved]))

    def of_tiles(drawn: Tensor) -> Tensor:
        return torch.repeat_interleave(drawn, tiles)[:, None, None, None].to(values.device)

    if draws.noise is not None:
        values = values * draws.noise.to(values.device).mul_(settings.speckle * of_tiles((1 + draws.speckle) / 2)).add_(
            1
        )
    if settings.contrast:
        mean = _mean_of_images(values, tiles.to(values.device))
        values = torch.lerp(mean, values, 1 + settings.contrast * of_tiles(draws.contrast))
    return values.round_().clamp_(0, 255).to(torch.uint8)


def _coarsened(values: Tensor, times: Tensor) -> Tensor:
    """Return (M, C, S, S) with those made coarser whose ``times`` (M,) is more than 1."""
    side = values.shape[-1]
    blur = torch.stack([_blur(side, max(1, round(side / max(1.0, each)))) for each in times.tolist()])
    blur = blur.to(values.device)[:, None]  # (M, 1, S, S)
    means = blur @ values.square() @ blur.transpose(2, 3)
    return torch.where((times > 1)[:, None, None, None].to(values.device), means.clamp(min=0).sqrt(), values)


@lru_cache(maxsize=256)
def _blur(side: int, cells: int) -> Tensor:
    """Return what a line of S pixels becomes by the means of so many cells, interpolated between them: (S, S).

    Both as in ``sarvl.imagery.degradation``, whose images are whole and not yet in a frame.
    """
    means = cv2.resize(np.eye(side, dtype=np.float32), (side, cells), interpolation=cv2.INTER_AREA)  # (cells, S)
    between = cv2.resize(np.eye(cells, dtype=np.float32), (cells, side), interpolation=cv2.INTER_LINEAR)  # (S, cells)
    return torch.from_numpy(between @ means)


def _mean_of_images(values: Tensor, tiles: Tensor) -> Tensor:
    """Return for each tile the mean of all tiles of its image: (sum of T, 1, 1, 1)."""
    image_of_tile = torch.repeat_interleave(tiles)
    sums = values.new_zeros(len(tiles)).index_add(0, image_of_tile, values.mean(dim=(1, 2, 3)))
    return (sums / tiles)[image_of_tile, None, None, None]


def _moved(values: Tensor, settings: Augmentation, draws: Draws, moved: Tensor) -> Tensor:
    """Zoom, shift and mirror (M, C, S, S), the ``moved`` of B images: bilinear, one axis after the other."""
    axes = []
    for axis, name in enumerate(("horizontal", "vertical")):
        turned = (draws.mirror[moved, axis] < 0) & (name in settings.mirror)
        factor = torch.where(turned, -1.0, 1.0) / (1 + settings.scale * draws.zoom[moved])
        offset = 2 * settings.shift * draws.shift[moved, axis]
        axes.append(_sampled_from(factor, offset, values.shape[-1]))
    columns, rows = ([part.to(values.device) for part in axis] for axis in axes)
    image, values = torch.arange(len(values), device=values.device)[:, None], values.transpose(1, 2)  # (M, S, C, S)
    values = torch.lerp(values[image, rows[0]], values[image, rows[1]], rows[2][:, :, None, None])
    left, right = (part[:, None, None, :].expand_as(values) for part in columns[:2])
    return torch.lerp(values.gather(3, left), values.gather(3, right), columns[2][:, None, None, :]).transpose(1, 2)


def _sampled_from(factor: Tensor, offset: Tensor, side: int) -> tuple[Tensor, Tensor, Tensor]:
    """Return between which two lines of an image each of M others has its lines, and the share of the second: (M, S).

    A line at x, from -1 to 1, is the one at factor * x + offset, both (M,); beyond the border lies its mirror image.
    """
    centres = (2 * torch.arange(side) + 1) / side - 1
    lines = ((centres * factor[:, None] + offset[:, None] + 1) / 2 * side).abs() % (2 * side)  # from the first border
    lines = (torch.where(lines > side, 2 * side - lines, lines) - 0.5).clamp(0, side - 1)
    first = lines.long()
    return first, (first + 1).clamp(max=side - 1), lines.frac()

"""Tile readers: networks that make one vector of an image from those of its thumbnail and its tiles."""

import math

import torch
from torch import Tensor, nn
from torch.nn import functional

from sarvl.errors import ModelError
from sarvl.models.clips.reader_options import AttentionReader, MeanReader, Reader

_QUANTITIES = 4  # of a place: centre x and y, and how much larger than in the thumbnail a tile shows each side


def tile_reader(options: Reader, width: int) -> nn.Module:
    """Return an untrained reader of features of ``width``; ModelError where they cannot be parted into its heads."""
    if isinstance(options, MeanReader):
        return MeanOfTiles(options)
    if width % options.heads:
        raise ModelError(f"features of {width} values cannot be parted into {options.heads} heads; choose a divisor")
    return TileAttention(options, width)


def parted(vectors: Tensor, tiles_of_image: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Return the thumbnails (B, D), the other tiles (B, T, D), zeros behind them, and which of those there are (B, T).

    vectors: (sum of T, D), an image's thumbnail before its tiles. tiles_of_image: T of each image (B,).
    """
    starts = tiles_of_image.cumsum(0) - tiles_of_image
    most = max(2, int(tiles_of_image.max()))
    is_there = torch.arange(1, most, device=vectors.device) < tiles_of_image[:, None]
    is_thumbnail = torch.zeros(len(vectors), dtype=torch.bool, device=vectors.device).index_fill(0, starts, True)
    tiles = vectors.new_zeros(*is_there.shape, vectors.shape[1])
    # Both are in the order of images, and within these of tiles.
    tiles = tiles.index_put(is_there.nonzero(as_tuple=True), vectors[~is_thumbnail])
    return vectors[starts], tiles, is_there


class MeanOfTiles(nn.Module):
    """``a * thumbnail + (1 - a) * mean of tiles``, of unit vectors; an image of one tile keeps its vector."""

    def __init__(self, options: MeanReader) -> None:
        super().__init__()
        self._weight = options.thumbnail_weight

    def forward(self, features: Tensor, tiles_of_image: Tensor, _places: Tensor) -> Tensor:
        """Return (B, D) from the features (sum of T, D) of all tiles; see ``TileAttention``."""
        thumbnails, tiles, is_there = parted(features, tiles_of_image)
        count = is_there.sum(dim=1, keepdim=True)
        mean = functional.normalize(tiles, dim=-1).sum(dim=1) / count.clamp(min=1)
        mixed = self._weight * functional.normalize(thumbnails, dim=-1) + (1 - self._weight) * mean
        return torch.where(count > 0, mixed, thumbnails)


class TileAttention(nn.Module):
    """A learned query attends over the tiles; what it finds is added to the thumbnail, through a gate that starts at 0.

    Keys and values are the unit features of the tiles with sinusoidal codes of their position and scale.
    """

    def __init__(self, options: AttentionReader, width: int) -> None:
        super().__init__()
        self._width = width
        self.query = nn.Parameter(torch.randn(width))
        self.norm = nn.LayerNorm(width)
        self.attention = nn.MultiheadAttention(width, options.heads, batch_first=True)
        self.gate = nn.Parameter(torch.zeros(width))

    def forward(self, features: Tensor, tiles_of_image: Tensor, places: Tensor) -> Tensor:
        """Return one vector an image (B, D), as long as its thumbnail's where the gate is 0.

        features: (sum of T, D), an image's thumbnail before its tiles. tiles_of_image: T of each image (B,).
        places: (sum of T, 4), centre x and y, width and height of what a tile shows, as shares of the image.
        """
        # Entries of about 1, as those of the codes.
        vectors = functional.normalize(features, dim=-1) * math.sqrt(self._width) + place_codes(places, self._width)
        _, tiles, is_there = parted(self.norm(vectors), tiles_of_image)
        thumbnails = parted(features, tiles_of_image)[0]
        alone = ~is_there.any(dim=1, keepdim=True)
        query = self.query.expand(len(tiles), 1, -1)
        # An image of one tile attends to nothing: its zeros are taken instead, and then left out.
        seen, _ = self.attention(query, tiles, tiles, key_padding_mask=~(is_there | alone), need_weights=False)
        seen = seen[:, 0].masked_fill(alone, 0.0)
        read: Tensor = thumbnails + thumbnails.norm(dim=-1, keepdim=True) * self.gate * seen
        return read


def place_codes(places: Tensor, width: int) -> Tensor:
    """Return sinusoidal codes (N, width) of places (N, 4), zeros where ``width`` is no multiple of 8.

    Centres in shares of the image, and the logarithms to base 2 of the shares that are shown, each have sines and
    cosines of ``width / 8`` wavelengths, from 4 down to 4 / 100 in geometric steps (after Vaswani et al. 2017).
    """
    waves = width // (2 * _QUANTITIES)
    values = torch.cat([places[:, :2], places[:, 2:].log2()], dim=1)  # (N, 4)
    frequencies = torch.logspace(0, 2, waves, device=places.device) * (2 * math.pi / 4)
    angles = values[:, :, None] * frequencies  # (N, 4, waves)
    codes = torch.cat([angles.sin(), angles.cos()], dim=2).flatten(1)
    return functional.pad(codes, (0, width - codes.shape[1]))

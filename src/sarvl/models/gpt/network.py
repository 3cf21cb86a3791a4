"""GptNetwork: an image tower, a projector, and a decoder of language that looks at what these give."""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn

from sarvl.models.clips.tile_readers import place_codes
from sarvl.models.gpt.decoder import LanguageDecoder
from sarvl.models.networks.spatial_tokens import spatial_tokens


class Projector(nn.Module):
    """A perceptron of two layers, as LLaVA has it (Liu et al. 2024), from the tower's tokens to vectors of the decoder.

    Where each token lies in the image, and how large a part it shows, is added to it before.
    """

    def __init__(self, channels: int, width: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(channels)
        self.widen = nn.Linear(channels, width)
        self.narrow = nn.Linear(width, width)

    def forward(self, tokens: Tensor, places: Tensor) -> Tensor:
        """Return vectors (T, P, W), of tokens (T, P, C) and places (T, P, 4): centre, width and height, as shares."""
        codes = place_codes(places.flatten(0, 1), tokens.shape[-1]).view(tokens.shape)
        vectors: Tensor = self.narrow(nn.functional.gelu(self.widen(self.norm(tokens) + codes)))
        return vectors


class Seen:
    """What a decoder sees of B images, before what is asked of them.

    vectors: (B, P, W), those of a text before the image and of all tiles of it. is_there: (B, P), which of them there
    are: images have as many as their tiles give.
    """

    def __init__(self, vectors: Tensor, is_there: Tensor) -> None:
        self.vectors, self.is_there = vectors, is_there

    @property
    def counts(self) -> Tensor:
        """How many there are of each image (B,)."""
        return self.is_there.sum(dim=1)

    def of(self, rows: Tensor) -> "Seen":
        """Return what is seen of some images, in that order."""
        return Seen(self.vectors[rows], self.is_there[rows])


class GptNetwork(nn.Module):
    """All of it: what ``open_clip`` calls ``visual`` is its image tower."""

    def __init__(self, visual: nn.Module, projector: Projector, decoder: Any) -> None:
        super().__init__()
        self.visual, self.projector, self.text_decoder = visual, projector, decoder

    @property
    def decoder(self) -> LanguageDecoder:
        """The decoder."""
        decoder: Any = self.text_decoder
        return decoder  # type: ignore[no-any-return]

    def seen(self, images: Tensor, tiles_of_image: Tensor, places: Tensor, head: Sequence[int]) -> Seen:
        """Return what the decoder sees of B images.

        images: what the tower takes of all tiles (sum of T, ...). tiles_of_image: T of each (B,). places: (sum of T,
        4). head: token ids before each image.
        """
        grid = spatial_tokens(self, images)  # (sum of T, C, H, W)
        cells = places_of_cells(places, grid.shape[2], grid.shape[3])
        vectors = self.projector(grid.flatten(2).transpose(1, 2), cells)
        vectors, is_there = rows_of_images(vectors, tiles_of_image)
        if not head:
            return Seen(vectors, is_there)
        before = self.decoder.embed(torch.tensor(list(head), device=vectors.device)).to(vectors.dtype)
        before = before.expand(len(vectors), -1, -1)
        return Seen(
            torch.cat([before, vectors], dim=1), torch.cat([is_there.new_ones(before.shape[:2]), is_there], dim=1)
        )

    def logits(self, seen: Seen, tokens: Tensor, pair: Tensor, offsets: Tensor, kept: Tensor) -> Tensor:
        """Return the logits (B, A, V) behind the places ``kept`` of rows of tokens; see ``packed_rows``."""
        texts = self.decoder.embed(tokens).to(seen.vectors.dtype)
        before = seen.vectors.shape[1]
        positions = torch.cat([image_positions(seen.is_there), seen.counts[:, None] + offsets], dim=1)
        allowed = who_looks_at_whom(seen.is_there, pair)
        vectors = torch.cat([seen.vectors, texts], dim=1)
        return self.decoder.logits(vectors, positions, allowed, kept + before)

    def set_grad_checkpointing(self, enable: bool = True) -> None:
        """Have activations computed again in the backward pass, or kept, in the decoder and in towers that can."""
        parts: list[Any] = [self.visual, self.text_decoder]
        for part in parts:
            if hasattr(part, "set_grad_checkpointing"):
                part.set_grad_checkpointing(enable)


def places_of_cells(places: Tensor, rows: int, columns: int) -> Tensor:
    """Return where each cell of a grid over each tile lies (T, rows * columns, 4), from places of the tiles (T, 4).

    A place is a centre x and y, a width and a height, as shares of the image.
    """
    x = (torch.arange(columns, device=places.device) + 0.5) / columns - 0.5
    y = (torch.arange(rows, device=places.device) + 0.5) / rows - 0.5
    shifts = torch.stack(torch.meshgrid(y, x, indexing="ij")[::-1], dim=-1).flatten(0, 1)  # (P, 2): x, y
    centres = places[:, None, :2] + shifts * places[:, None, 2:]
    sizes = places[:, None, 2:] / torch.tensor([columns, rows], device=places.device)
    return torch.cat([centres, sizes.expand_as(centres)], dim=-1)


def rows_of_images(vectors: Tensor, tiles_of_image: Tensor) -> tuple[Tensor, Tensor]:
    """Return the vectors (B, most T * P, W) of all tiles of each image, zeros behind them, and which there are.

    vectors: (sum of T, P, W). tiles_of_image: T of each (B,).
    """
    most = int(tiles_of_image.max())
    has_tile = torch.arange(most, device=vectors.device) < tiles_of_image[:, None]  # (B, most T)
    filled = vectors.new_zeros(*has_tile.shape, *vectors.shape[1:])
    filled = filled.index_put(has_tile.nonzero(as_tuple=True), vectors)
    return filled.flatten(1, 2), has_tile.repeat_interleave(vectors.shape[1], dim=1)


def image_positions(is_there: Tensor) -> Tensor:
    """Return the position of each vector before the texts (B, P): those that are not there have none of their own."""
    return (is_there.cumsum(dim=1) - 1).clamp(min=0)


def who_looks_at_whom(is_there: Tensor, pair: Tensor) -> Tensor:
    """Return which token may look at which (B, P + L, P + L): at those before it, of the image and of its own pair.

    is_there: (B, P). pair: (B, L), -1 for padding, which looks at itself alone so that it looks at something.
    """
    number = torch.cat([torch.where(is_there, -2, -1), pair], dim=1)  # -2 of the image, -1 of what is not there
    length = number.shape[1]
    is_before = torch.ones(length, length, dtype=torch.bool, device=pair.device).tril()
    same = number[:, :, None] == number[:, None, :]
    may = (same | (number == -2)[:, None, :]) & (number != -1)[:, None, :]
    return may & is_before | torch.eye(length, dtype=torch.bool, device=pair.device)

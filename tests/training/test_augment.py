"""Augmentation: what it changes, what it never changes, and that a seed decides all of it."""

import numpy as np
import pytest
import torch
from pydantic import ValidationError
from torch.nn import functional

from sarvl.imagery import Quantity, SarImage
from sarvl.imagery.degradation import Degradation, degrade
from sarvl.training.data.augment import Draws, augment
from sarvl.training.data.augmentation import Augmentation

FULL = Augmentation(mirror=("horizontal", "vertical"), scale=0.2, shift=0.2, contrast=0.2, speckle=0.3)
GEOMETRIC = Augmentation(mirror=("horizontal",), scale=0.2, shift=0.2)


def batch(count: int = 6, channels: int = 1) -> torch.Tensor:
    return torch.randint(0, 256, (count, channels, 16, 16), generator=torch.Generator().manual_seed(0)).byte()


def augmented(pixels: torch.Tensor, movable: torch.Tensor, settings: Augmentation, seed: int = 0) -> torch.Tensor:
    return augment(pixels, movable, settings, range(1000 * seed, 1000 * seed + len(movable)))


def everything(pixels: torch.Tensor) -> torch.Tensor:
    return torch.ones(len(pixels), dtype=torch.bool)


@pytest.mark.parametrize("channels", [1, 3])
def test_off_is_identity(channels):
    pixels = batch(channels=channels)
    assert torch.equal(augmented(pixels, everything(pixels), Augmentation()), pixels)


def test_only_movable_images_are_moved():
    pixels = batch()
    movable = torch.tensor([True, False, True, False, False, True])
    result = augmented(pixels, movable, GEOMETRIC)
    assert torch.equal(result[~movable], pixels[~movable])
    assert all(not torch.equal(after, before) for after, before in zip(result[movable], pixels[movable], strict=True))


@pytest.mark.parametrize("settings", [Augmentation(contrast=0.3), Augmentation(speckle=0.3)])
def test_contrast_and_speckle_reach_unmovable_images(settings):
    pixels = batch(50)
    result = augmented(pixels, ~everything(pixels), settings)
    assert result.dtype == torch.uint8
    changed = (result != pixels).flatten(1).any(dim=1)
    assert int(changed.sum()) > 40  # a draw close to zero is rounded away


def test_the_seeds_decide():
    pixels = batch()
    assert torch.equal(augmented(pixels, everything(pixels), FULL, 3), augmented(pixels, everything(pixels), FULL, 3))
    assert not torch.equal(
        augmented(pixels, everything(pixels), FULL, 3), augmented(pixels, everything(pixels), FULL, 4)
    )


def test_what_is_drawn_of_an_image_does_not_depend_on_its_batch():
    """Regression: two ranks augmented otherwise than one did, which has all their images in one batch."""
    pixels, tiles = batch(7, channels=3), torch.tensor([1, 2, 1, 1, 2])
    movable = torch.tensor([True, True, False, True, True])
    together = augment(pixels, movable, FULL, range(5), tiles)
    parts = [(slice(0, 2), slice(0, 3)), (slice(2, 5), slice(3, 7))]
    apart = [augment(pixels[own], movable[part], FULL, range(5)[part], tiles[part]) for part, own in parts]
    assert torch.equal(torch.cat(apart), together)


def test_a_zoom_and_a_shift_are_the_bilinear_sampling_of_torch():
    pixels, settings = batch(9, channels=2), Augmentation(mirror=("vertical",), scale=0.3, shift=0.4)
    draws = Draws.of(range(9), torch.ones(9, dtype=torch.int64), 16, has_noise=False)
    matrix, zoom = torch.zeros(9, 2, 3), 1 + 0.3 * draws.zoom
    matrix[:, 0, 0], matrix[:, 1, 1], matrix[:, :, 2] = 1 / zoom, draws.mirror[:, 1].sign() / zoom, 0.8 * draws.shift
    grid = functional.affine_grid(matrix, list(pixels.shape), align_corners=False)
    expected = functional.grid_sample(pixels.float(), grid, padding_mode="reflection", align_corners=False)
    result = augment(pixels, everything(pixels), settings, range(9)).float()
    assert float((result - expected).abs().max()) < 0.51


def test_a_mirror_alone_mirrors_about_half_of_the_images():
    pixels = batch(200)
    pairs = list(zip(augmented(pixels, everything(pixels), Augmentation(mirror=("horizontal",))), pixels, strict=True))
    flipped = [torch.equal(after, before.flip(2)) for after, before in pairs]
    same = [torch.equal(after, before) for after, before in pairs]
    assert all(one != other for one, other in zip(flipped, same, strict=True))
    assert 60 < sum(flipped) < 140


def test_a_vertical_mirror_turns_rows_round():
    pixels = batch(40)
    result = augmented(pixels, everything(pixels), Augmentation(mirror=("vertical",)))
    pairs = list(zip(result, pixels, strict=True))
    assert all(torch.equal(after, before) or torch.equal(after, before.flip(1)) for after, before in pairs)
    assert any(torch.equal(after, before.flip(1)) for after, before in pairs)


def test_a_shift_stays_within_its_bound():
    column = torch.zeros(64, 1, 32, 32, dtype=torch.uint8)
    column[:, :, :, 16] = 255
    result = augmented(column, everything(column), Augmentation(shift=0.25)).float()
    centre = (result.sum(dim=(1, 2)) * torch.arange(32)).sum(dim=1) / result.sum(dim=(1, 2, 3))
    distance = (centre - 16).abs()
    assert float(distance.max()) <= 0.25 * 32 + 0.5
    assert float(distance.max()) > 4


def test_gains_are_even_steps_and_off_by_default():
    assert Augmentation().gains_db == ()
    assert Augmentation(gain_db=3).gains_db == (-3.0, -1.5, 0.0, 1.5, 3.0)


def test_the_brightness_of_old_recipes_is_refused_with_what_to_write():
    with pytest.raises(ValidationError, match=r"brightness, which added to the bytes, is no more.*gain_db: 1\.5"):
        Augmentation(brightness=0.05)


@pytest.mark.parametrize("value", [-0.1, 1.0, "much"])
def test_a_strength_out_of_range_is_refused(value):
    with pytest.raises(ValidationError, match="speckle"):
        Augmentation(speckle=value)


def test_half_of_the_images_become_coarser_by_the_mean_of_their_intensity():
    pixels = batch(60, channels=3)
    settings = Augmentation(coarser=2.0)
    assert torch.equal(augmented(pixels, ~everything(pixels), settings), pixels)  # their texts may speak of speckle
    result = augmented(pixels, everything(pixels), settings)
    times = 1 + 2 * Draws.of(range(60), torch.ones(60, dtype=torch.int64), 16, has_noise=False).coarser
    left = times <= 1
    assert 15 < int(left.sum()) < 45
    assert torch.equal(result[left], pixels[left])
    for before, after, each in zip(pixels[~left], result[~left], times[~left].tolist(), strict=True):
        image = SarImage(before.numpy(), Quantity.DISPLAY, ("red", "green", "blue"))
        robust = degrade(image, Degradation("resolution", each), np.random.default_rng(0))
        torch.testing.assert_close(after, torch.from_numpy(robust.pixels), atol=1, rtol=0)


def test_other_draws_are_the_same_beside_coarser_images():
    """A model of an earlier recipe can be trained again to the last bit."""
    draws = Draws.of([5], torch.tensor([1]), 16, has_noise=True)
    generator = torch.Generator().manual_seed(5)
    first = torch.empty(7).uniform_(-1, 1, generator=generator)
    assert torch.equal(torch.cat([draws.zoom, *draws.shift, *draws.mirror, draws.speckle, draws.contrast]), first)
    assert torch.equal(draws.noise, torch.empty(1, 1, 16, 16).normal_(generator=generator))


def test_tiles_of_an_image_are_varied_alike_and_never_moved():
    tiles = torch.tensor([3, 1, 2])
    pixels = torch.full((6, 1, 16, 16), 100, dtype=torch.uint8)
    pixels[:, :, :, 8:] = 140
    settings = Augmentation(mirror=("horizontal",), shift=0.3, contrast=0.3)
    result = augment(pixels, torch.ones(3, dtype=torch.bool), settings, range(3), tiles)
    assert torch.equal(result[0], result[1])
    assert torch.equal(result[0], result[2])
    assert torch.equal(result[4], result[5])
    assert not torch.equal(result[0], result[4])
    still = (result == result[:, :, :1, :1]) | (result == result[:, :, :1, -1:])  # two flat halves, as before
    assert bool(still[[0, 1, 2, 4, 5]].all())
    assert result[0, 0, 0, 7] != result[0, 0, 0, 8]
    assert not bool(still[3].all())

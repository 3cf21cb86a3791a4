"""Frames: which tiles a model sees of an image."""

from fractions import Fraction
from math import ceil

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from timm.data.naflex_transforms import get_image_size_for_seq

from sarvl.imagery import InputContract, Patches, Quantity, SarImage, Square, Tiled

TILED = st.builds(
    lambda tile, share, most_tiles, thumbnail: Tiled(
        tile=tile, most_tiles=most_tiles, overlap=int(tile * share), thumbnail=thumbnail
    ),
    st.integers(1, 24),
    st.floats(0, 0.99),
    st.integers(1, 12),
    st.sampled_from(["squash", "pad", None]),
)
SIDES = st.integers(1, 150)


def contract(frame: Square | Tiled | Patches) -> InputContract:
    return InputContract.of_pictures(1, (0.5,), (0.5,)).model_copy(update={"frame": frame})


def picture(width: int, height: int) -> SarImage:
    pixels = np.random.default_rng(0).integers(0, 256, (1, height, width), np.uint8)
    return SarImage(pixels, Quantity.DISPLAY, ("gray",))


@settings(max_examples=300, deadline=None)
@given(TILED, SIDES, SIDES)
def test_tiles_cover_the_image_within_their_number(frame, width, height):
    prepared = contract(frame).prepare(picture(width, height))
    rows, columns = prepared.grid
    assert rows * columns <= frame.most_tiles
    assert len(prepared.tiles) == rows * columns + prepared.has_thumbnail
    assert prepared.tiles.shape[1:] == (1, frame.tile, frame.tile)
    assert prepared.offsets.shape == (len(prepared.tiles), 4)
    covered = np.zeros((height, width), bool)
    for x, y, across, down in prepared.offsets[int(prepared.has_thumbnail) :]:
        assert min(x, y) >= 0 < min(across, down)
        assert (x + across, y + down) <= (width, height)
        covered[y : y + down, x : x + across] = True
    assert covered.all()
    if prepared.has_thumbnail:
        assert prepared.offsets[0].tolist() == [0, 0, width, height]
    assert prepared.has_thumbnail == (frame.thumbnail is not None and rows * columns > 1)


@settings(max_examples=60, deadline=None)
@given(TILED, SIDES, SIDES)
def test_tiles_of_an_image_that_is_not_scaled_are_its_own_pixels(frame, width, height):
    frame = frame.model_copy(update={"most_tiles": 150**2, "overlap": min(frame.overlap, frame.tile - 1), "fill": 7})
    image = picture(width, height)
    prepared = contract(frame).prepare(image)
    rows, columns = prepared.grid
    if rows * columns == 1 and frame.thumbnail:
        return
    side = frame.tile
    assert rows == max(1, -(-(height - frame.overlap) // (side - frame.overlap)))
    assert columns == max(1, -(-(width - frame.overlap) // (side - frame.overlap)))
    first = int(prepared.has_thumbnail)
    for tile, (x, y, across, down) in zip(prepared.tiles[first:], prepared.offsets[first:], strict=True):
        assert (across, down) == (min(side, width), min(side, height))
        left, top = (side - across) // 2, (side - down) // 2
        expected = np.full((side, side), 7, np.uint8)
        expected[top : top + down, left : left + across] = image.pixels[0, y : y + down, x : x + across]
        assert np.array_equal(tile[0], expected)
    starts = prepared.offsets[first:].reshape(rows, columns, 4)
    for along, length, lines in ((0, width, starts[0]), (1, height, starts[:, 0])):
        places = lines[:, along].tolist()
        steps = np.diff(places)
        assert places[0] == 0 and places[-1] == max(0, length - side)
        assert len(steps) == 0 or (steps.max() <= side - frame.overlap and steps.max() - steps.min() <= 1)


@settings(max_examples=200, deadline=None)
@given(TILED, SIDES, SIDES)
def test_an_image_of_too_many_tiles_is_scaled_as_little_as_can_be(frame, width, height):
    layout = frame.layout(width, height)
    scaled_width, scaled_height, _ = layout.views[-1]
    if layout.grid == (1, 1):
        return
    assert scaled_width <= width and scaled_height <= height
    # The aspect is kept up to what whole pixels allow.
    assert abs(scaled_width * height - scaled_height * width) <= max(width, height)
    larger = max(Fraction(scaled_width + 1, width), Fraction(scaled_height + 1, height))
    if larger < 1:
        columns, rows = (
            max(1, -(-(ceil(length * larger) - frame.overlap) // (frame.tile - frame.overlap)))
            for length in (width, height)
        )
        assert columns * rows > frame.most_tiles


@pytest.mark.parametrize("thumbnail", ["squash", "pad"])
@pytest.mark.parametrize(("width", "height"), [(16, 16), (9, 16), (16, 3), (5, 5), (1, 1)])
def test_an_image_that_fits_into_a_tile_is_what_a_square_makes_of_it(thumbnail, width, height):
    image = picture(width, height)
    tiled = contract(Tiled(tile=16, most_tiles=9, thumbnail=thumbnail, fill=3)).prepare(image)
    square = contract(Square(size=16, resize=thumbnail, fill=3)).prepare(image)
    np.testing.assert_array_equal(tiled.tiles, square.tiles)
    np.testing.assert_array_equal(tiled.offsets, square.offsets)
    assert tiled.grid == square.grid == (1, 1)


@pytest.mark.parametrize("thumbnail", ["squash", "pad"])
def test_the_thumbnail_is_what_a_square_makes_of_the_image(thumbnail):
    image = picture(100, 50)
    tiled = contract(Tiled(tile=16, most_tiles=8, thumbnail=thumbnail)).prepare(image)
    assert (tiled.grid, tiled.has_thumbnail) == ((2, 4), True)
    np.testing.assert_array_equal(tiled.tiles[:1], contract(Square(size=16, resize=thumbnail)).prepare(image).tiles)


@pytest.mark.parametrize(("width", "height"), [(16, 16), (9, 16), (5, 3), (1, 1)])
def test_shrinking_leaves_an_image_that_fits_as_it_is_in_the_middle(width, height):
    image = picture(width, height)
    shown = contract(Square(size=16, resize="shrink", fill=3)).prepare(image)
    centred = contract(Tiled(tile=16, most_tiles=1, thumbnail=None, fill=3)).prepare(image)
    np.testing.assert_array_equal(shown.tiles, centred.tiles)
    assert shown.offsets.tolist() == [[0, 0, width, height]]


@pytest.mark.parametrize(("width", "height"), [(17, 16), (9, 30), (100, 50)])
def test_shrinking_a_larger_image_is_what_padding_makes_of_it(width, height):
    image = picture(width, height)
    shown, padded = (contract(Square(size=16, resize=resize)).prepare(image) for resize in ("shrink", "pad"))
    np.testing.assert_array_equal(shown.tiles, padded.tiles)


def test_a_scaled_grid_is_cut_from_the_scaled_image():
    image = picture(128, 64)
    prepared = contract(Tiled(tile=16, most_tiles=8, thumbnail=None, antialias=False)).prepare(image)
    assert prepared.grid == (2, 4)
    whole = image.pixels[0].reshape(32, 2, 64, 2).mean(axis=(1, 3))
    seen = prepared.tiles.reshape(2, 4, 16, 16).transpose(0, 2, 1, 3).reshape(32, 64)
    np.testing.assert_allclose(seen, whole, atol=0.51)
    assert prepared.offsets[:2].tolist() == [[0, 0, 32, 32], [32, 0, 32, 32]]


def test_physical_values_are_averaged_as_intensity_in_thumbnail_and_grid():
    pixels = np.random.default_rng(0).gamma(1, 0.1, (1, 64, 64)).astype(np.float32)
    image = SarImage(pixels, Quantity.INTENSITY, ("VV",))
    prepared = contract(Tiled(tile=32, most_tiles=4)).prepare(image)
    amplitude = np.sqrt(np.clip(pixels[0].reshape(32, 2, 32, 2).mean(axis=(1, 3)), 1e-4, 1)) * 255
    np.testing.assert_allclose(prepared.tiles[0, 0], amplitude, atol=0.51)
    native = np.sqrt(np.clip(pixels[0, :32, :32], 1e-4, 1)) * 255
    np.testing.assert_allclose(prepared.tiles[1, 0], native, atol=0.51)


@settings(max_examples=300, deadline=None)
@given(st.integers(1, 24), st.integers(1, 200), SIDES, SIDES)
def test_patches_are_those_of_timm_and_show_all_of_the_image(patch, most_patches, width, height):
    frame = Patches(patch=patch, most_patches=most_patches)
    prepared = contract(frame).prepare(picture(width, height))
    rows, columns = prepared.grid
    assert len(prepared.tiles) == rows * columns <= most_patches
    assert not prepared.has_thumbnail
    # Its search stops below the largest scale, and fails where one in 100,000 would be too large.
    _, (timm_height, timm_width) = get_image_size_for_seq((height, width), patch, most_patches, max_ratio=1.0)
    assert abs(rows - timm_height // patch) <= 1
    assert abs(columns - timm_width // patch) <= 1
    assert rows * columns >= timm_height // patch * (timm_width // patch)
    covered = np.zeros((height, width), bool)
    for x, y, across, down in prepared.offsets:
        covered[y : y + down, x : x + across] = True
    assert covered.all()


def test_patches_of_an_image_of_whole_patches_are_its_own_pixels():
    image = picture(48, 32)
    prepared = contract(Patches(patch=16, most_patches=6)).prepare(image)
    assert prepared.grid == (2, 3)
    for tile, (x, y, across, down) in zip(prepared.tiles, prepared.offsets, strict=True):
        assert (across, down) == (16, 16)
        np.testing.assert_array_equal(tile, image.pixels[:, y : y + 16, x : x + 16])

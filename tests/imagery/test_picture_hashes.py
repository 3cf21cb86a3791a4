"""The perceptual hash: equal to its definition, stable under compression and resizing, and different for others."""

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.fft import dctn

from sarvl.errors import ImageError
from sarvl.imagery import Quantity, SarImage, perceptual_hash, read_image, thumbnail, thumbnail_hash
from sarvl.imagery.convert import to_decibel, to_intensity


def display(pixels: np.ndarray) -> SarImage:
    """Return bytes (H, W) or (H, W, 3) as an image."""
    planes = pixels[None] if pixels.ndim == 2 else pixels.transpose(2, 0, 1)
    return SarImage(planes, Quantity.DISPLAY, ("red", "green", "blue") if len(planes) == 3 else ("gray",))


def scene(seed: int, side: int = 256) -> np.ndarray:
    """Return speckled smooth backscatter as bytes (side, side)."""
    rng = np.random.default_rng(seed)
    ground = cv2.GaussianBlur(rng.random((side, side)), (0, 0), side / 20)
    ground = (ground - ground.min()) / (ground.max() - ground.min())
    amplitude = (0.1 + ground) * np.sqrt(rng.gamma(4, 1 / 4, (side, side)))
    return np.clip(120 * amplitude, 0, 255).astype(np.uint8)


def distance(left: SarImage, right: SarImage) -> int:
    return (perceptual_hash(left) ^ perceptual_hash(right)).bit_count()


@given(arrays(np.uint16, (32, 32)))
def test_the_bits_are_those_of_the_definition(grey):
    coefficients = dctn(grey.astype(float))[:8, :8].ravel()
    median = np.median(coefficients)
    clear = np.abs(coefficients - median) > 1e-4 * np.abs(coefficients).max()
    bits = np.array([int(bit) for bit in f"{thumbnail_hash(grey):064b}"], bool)
    assert (bits == (coefficients > median))[clear].all()


def mean_of_cells(pixels: np.ndarray) -> np.ndarray:
    """Return the means (32, 32) of an image's (H, W) cells: every pixel is cut into 32 x 32 parts."""
    parts = np.repeat(np.repeat(pixels.astype(float), 32, axis=0), 32, axis=1)
    height, width = pixels.shape
    return parts.reshape(32, height, 32, width).mean(axis=(1, 3))


@given(arrays(np.uint8, st.tuples(st.integers(1, 70), st.integers(1, 70))), st.booleans())
def test_a_thumbnail_is_the_mean_of_each_cell(pixels, as_amplitude):
    image = SarImage(pixels[None].astype(np.float32), Quantity.AMPLITUDE, ("VV",)) if as_amplitude else display(pixels)
    means = mean_of_cells(pixels)
    expected = means * (65535 / means.max() if means.max() else 0)
    assert np.abs(thumbnail(image) - expected).max() <= 0.5 + 1e-6


def test_the_sums_of_a_large_white_image_do_not_overflow():
    assert (thumbnail(display(np.full((2900, 2900), 255, np.uint8))) == 65535).all()


@pytest.mark.parametrize("seed", range(8))
def test_a_copy_keeps_nearly_all_bits(seed):
    pixels = scene(seed)
    compressed = cv2.imdecode(cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, 90])[1], cv2.IMREAD_UNCHANGED)
    half = cv2.resize(pixels, (128, 128), interpolation=cv2.INTER_AREA)
    double = cv2.resize(pixels, (512, 512), interpolation=cv2.INTER_LINEAR)
    for copy in (compressed, half, double):
        assert distance(display(pixels), display(copy)) <= 4
    assert distance(display(pixels), display(pixels.copy())) == 0


def test_other_images_differ_in_about_half_of_the_bits():
    hashes = [perceptual_hash(display(scene(seed, side=64))) for seed in range(40)]
    distances = [(a ^ b).bit_count() for i, a in enumerate(hashes) for b in hashes[:i]]
    # All have the bit of the constant frequency in common: 63 bits, each a coin.
    assert 29 < np.mean(distances) < 33
    assert min(distances) > 8


def test_the_quantity_of_a_file_does_not_change_the_hash():
    amplitude = SarImage(scene(1).astype(np.float32)[None] + 1, Quantity.AMPLITUDE, ("VV",))
    expected = thumbnail(amplitude).astype(int)
    for image in (to_intensity(amplitude), to_decibel(amplitude)):
        assert np.abs(thumbnail(image).astype(int) - expected).max() <= 1
        assert distance(image, amplitude) == 0
    louder = SarImage(1000 * amplitude.pixels, Quantity.AMPLITUDE, ("VV",))
    assert distance(louder, amplitude) == 0


def test_grey_as_three_channels_has_the_hash_of_grey():
    grey = scene(2)
    assert distance(display(grey), display(np.stack([grey] * 3, axis=2))) == 0


def test_what_lies_under_no_data_does_not_count():
    pixels, other = scene(3), scene(3)
    other[:100] = 255 - other[:100]
    nodata = np.zeros(pixels.shape, bool)
    nodata[:100] = True
    blanked = np.where(nodata, 0, pixels).astype(np.uint8)
    masked = [SarImage(p[None], Quantity.DISPLAY, ("gray",), nodata=nodata) for p in (pixels, other)]
    assert np.array_equal(thumbnail(masked[0]), thumbnail(masked[1]))
    assert np.array_equal(thumbnail(masked[0]), thumbnail(display(blanked)))


def test_an_image_without_content_has_the_hash_zero_and_an_infinite_one_none():
    assert perceptual_hash(SarImage(np.zeros((2, 5, 7), np.float32), Quantity.INTENSITY, ("VV", "VH"))) == 0
    with pytest.raises(ImageError, match="overflows"), np.errstate(over="ignore"):
        perceptual_hash(SarImage(np.full((1, 4, 4), 1e4, np.float32), Quantity.DECIBEL, ("VV",)))


def test_chips_of_one_target_may_share_a_hash_and_not_a_thumbnail(shared_data):
    folder = shared_data / "mstar_soc10" / "images" / "2S1"
    left, right = (read_image(folder / f"HB{number}.000.jpeg") for number in (19377, 19812))
    assert distance(left, right) == 0
    assert np.corrcoef(thumbnail(left).ravel(), thumbnail(right).ravel())[0, 1] < 0.9

"""Degradations act on the physical quantity: the same image degrades alike, however its pixels are kept."""

import numpy as np
import pytest

from sarvl.errors import ImageError
from sarvl.imagery import Quantity, SarImage, to_amplitude, to_decibel, to_intensity
from sarvl.imagery.degradation import Degradation, degrade

KINDS = (
    Degradation("speckle", 4),
    Degradation("resolution", 3),
    Degradation("gain", -3),
    Degradation("quantisation", 5),
)


def intensity(side: int = 96, mean: float = 2.0, seed: int = 0) -> SarImage:
    pixels = np.random.default_rng(seed).gamma(8, mean / 8, (1, side, side)).astype(np.float32)
    return SarImage(pixels, Quantity.INTENSITY, ("VV",))


def degraded(image: SarImage, degradation: Degradation, seed: int = 1) -> SarImage:
    return degrade(image, degradation, np.random.default_rng(seed))


@pytest.mark.parametrize("degradation", KINDS, ids=str)
def test_the_quantity_in_which_pixels_are_kept_plays_no_part(degradation):
    image = intensity()
    expected = degraded(image, degradation).pixels
    for other in (to_amplitude(image), to_decibel(image)):
        made = degraded(other, degradation)
        assert made.quantity == other.quantity
        assert made.pixels.dtype == np.float32
        assert to_intensity(made).pixels == pytest.approx(expected, rel=2e-3, abs=1e-3)


def test_speckle_has_the_variance_of_its_looks_and_keeps_the_mean():
    flat = SarImage(np.full((1, 400, 400), 5, np.float32), Quantity.INTENSITY, ("VV",))
    for looks in (1, 4, 16):
        made = degraded(flat, Degradation("speckle", looks)).pixels
        assert made.mean() == pytest.approx(5, rel=0.02)
        assert (made.std() / made.mean()) ** -2 == pytest.approx(looks, rel=0.05)


def test_speckle_of_amplitude_is_that_of_its_intensity():
    flat = SarImage(np.full((1, 300, 300), 3, np.float32), Quantity.AMPLITUDE, ("VV",))
    made = degraded(flat, Degradation("speckle", 1)).pixels
    assert np.square(made).mean() == pytest.approx(9, rel=0.02)
    assert made.std() / made.mean() == pytest.approx(0.523, rel=0.03)  # Rayleigh


def test_resolution_keeps_the_mean_intensity_and_smooths():
    image = intensity()
    made = degraded(image, Degradation("resolution", 4)).pixels
    assert made.mean() == pytest.approx(image.pixels.mean(), rel=0.02)
    assert made.std() < image.pixels.std() / 2
    assert degraded(image, Degradation("resolution", 1)).pixels == pytest.approx(image.pixels, rel=1e-5)


def test_gain_is_in_decibels():
    decibels = to_decibel(intensity())
    assert degraded(decibels, Degradation("gain", 6)).pixels == pytest.approx(decibels.pixels + 6, abs=1e-4)
    display = SarImage(np.array([[[10, 200, 255]]], np.uint8), Quantity.DISPLAY, ("gray",))
    assert degraded(display, Degradation("gain", 6.0206)).pixels.tolist() == [[[20, 255, 255]]]


def test_quantisation_leaves_so_many_levels():
    for image in (intensity(), to_amplitude(intensity()), to_decibel(intensity())):
        made = degraded(image, Degradation("quantisation", 3)).pixels
        assert len(np.unique(np.round(made, 4))) <= 8
    numbers = SarImage(np.array([[[0, 100, 65535]]], np.float32), Quantity.AMPLITUDE, ("VV",), full_scale=65535)
    assert degraded(numbers, Degradation("quantisation", 2)).pixels.tolist() == [[[0, 0, 65535]]]
    display = SarImage(np.arange(256, dtype=np.uint8)[None, None], Quantity.DISPLAY, ("gray",))
    assert np.unique(degraded(display, Degradation("quantisation", 1)).pixels).tolist() == [0, 255]


def test_complex_pixels_keep_their_phase_and_their_kind():
    rng = np.random.default_rng(0)
    pixels = (rng.normal(size=(1, 40, 40)) + 1j * rng.normal(size=(1, 40, 40))).astype(np.complex64)
    image = SarImage(pixels, Quantity.COMPLEX, ("HH",))
    for degradation in KINDS:
        assert degraded(image, degradation).pixels.dtype == np.complex64
    made = degraded(image, Degradation("speckle", 2)).pixels
    assert np.angle(made) == pytest.approx(np.angle(pixels), abs=1e-5)


@pytest.mark.parametrize("degradation", KINDS, ids=str)
def test_what_was_not_measured_stays_and_takes_no_part(degradation):
    image = intensity()
    nodata = np.zeros((96, 96), bool)
    nodata[:, :40] = True
    image.pixels[0][nodata] = 1e9
    holed = SarImage(image.pixels, Quantity.INTENSITY, ("VV",), nodata=nodata)
    made = degraded(holed, degradation)
    assert (made.pixels[0][nodata] == 1e9).all()
    assert made.pixels[0][~nodata].max() < 1e3
    assert made.nodata is nodata


def test_the_same_seed_gives_the_same_pixels_and_another_seed_others():
    image, speckle = intensity(), Degradation("speckle", 1)
    assert np.array_equal(degraded(image, speckle, 3).pixels, degraded(image, speckle, 3).pixels)
    assert not np.array_equal(degraded(image, speckle, 3).pixels, degraded(image, speckle, 4).pixels)


@pytest.mark.parametrize(
    "degradation",
    [
        Degradation("speckle", 0),
        Degradation("resolution", 0.5),
        Degradation("quantisation", 2.5),
        Degradation("fog", 1),
        Degradation("speckle", float("nan")),
    ],
    ids=str,
)
def test_what_cannot_be_is_refused(degradation):
    with pytest.raises(ImageError, match=r"give|no degradation"):
        degraded(intensity(), degradation)

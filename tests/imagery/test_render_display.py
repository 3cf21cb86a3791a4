"""Rendering to 8 bits."""

from dataclasses import replace

import numpy as np
import pytest

from sarvl.imagery import Quantity, SarImage, refined_lee, render_display, to_amplitude, to_decibel, to_intensity


@pytest.fixture
def amplitude() -> SarImage:
    pixels = np.random.default_rng(2).rayleigh(3, (2, 40, 50)).astype(np.float32)
    pixels[:, 10:20, 10:20] *= 10
    return SarImage(pixels, Quantity.AMPLITUDE, ("VV", "VH"))


def test_display_passes_through():
    image = SarImage(np.arange(12, dtype=np.uint8).reshape(1, 3, 4), Quantity.DISPLAY, ("gray",))
    assert render_display(image) is image


def test_every_step_off_is_a_linear_map_from_smallest_to_largest(amplitude):
    shown = render_display(amplitude, despeckle=False, log=False, stretch=None)
    low, high = (f(amplitude.pixels, axis=(1, 2), keepdims=True) for f in (np.min, np.max))
    np.testing.assert_allclose(shown.pixels, (amplitude.pixels - low) / (high - low) * 255, atol=0.51)
    assert (shown.quantity, shown.full_scale, shown.pixels.dtype) == (Quantity.DISPLAY, None, np.uint8)


def test_all_steps_are_those_of_the_formula(amplitude):
    shown = render_display(amplitude, looks=2)
    for band, result in zip(amplitude.pixels, shown.pixels, strict=True):
        smooth = refined_lee(band, 2, Quantity.AMPLITUDE).astype(np.float64)
        log = np.log1p(smooth / smooth.mean())
        low, high = np.percentile(log, [2, 98])
        np.testing.assert_allclose(result, np.clip((log - low) / (high - low), 0, 1) * 255, atol=0.51)


def test_stretch_saturates_the_given_share(amplitude):
    shown = render_display(amplitude, despeckle=False, stretch=(10, 90)).pixels
    assert (shown == 0).mean() == pytest.approx(0.1, abs=0.01)
    assert (shown == 255).mean() == pytest.approx(0.1, abs=0.01)


@pytest.mark.parametrize("despeckle", [True, False])
@pytest.mark.parametrize("log", [True, False])
def test_unit_of_the_amplitude_does_not_matter(amplitude, despeckle, log):
    scaled = amplitude.with_pixels(amplitude.pixels * 1024, Quantity.AMPLITUDE)
    shown = [render_display(image, despeckle=despeckle, log=log).pixels.astype(int) for image in (amplitude, scaled)]
    assert np.abs(shown[0] - shown[1]).max() <= 1


def test_quantity_does_not_matter_without_the_filter(amplitude):
    complex_image = amplitude.with_pixels(amplitude.pixels * np.exp(1j).astype(np.complex64), Quantity.COMPLEX)
    expected = render_display(amplitude, despeckle=False).pixels.astype(int)
    for image in (to_intensity(amplitude), to_decibel(amplitude), complex_image):
        assert np.abs(render_display(image, despeckle=False).pixels - expected).max() <= 1


def test_decibel_is_filtered_as_intensity(amplitude):
    from_decibel = render_display(to_decibel(amplitude)).pixels.astype(int)
    assert np.abs(from_decibel - render_display(to_intensity(amplitude)).pixels).max() <= 1


def test_nodata_is_zero_and_does_not_move_the_stretch(amplitude):
    nodata = np.zeros((40, 50), bool)
    nodata[:, 30:] = True
    masked = replace(amplitude, nodata=nodata, pixels=np.where(nodata, 0, amplitude.pixels))
    shown = render_display(masked, despeckle=False).pixels
    cropped = render_display(
        amplitude.with_pixels(amplitude.pixels[:, :, :30], Quantity.AMPLITUDE), despeckle=False
    ).pixels
    assert (shown[:, nodata] == 0).all()
    np.testing.assert_array_equal(shown[:, :, :30], cropped)


def test_mostly_empty_image_falls_back_to_its_extremes():
    pixels = np.zeros((1, 20, 20), np.float32)
    pixels[0, 3, 3] = 5
    shown = render_display(to_amplitude(SarImage(pixels, Quantity.AMPLITUDE, ("VV",))), despeckle=False).pixels
    assert shown[0, 3, 3] == 255
    assert shown.sum() == 255

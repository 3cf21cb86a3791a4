"""Conversions between complex, amplitude, intensity and decibel."""

import math
from functools import partial

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from sarvl.errors import ImageError
from sarvl.imagery import Quantity, SarImage, to_amplitude, to_decibel, to_intensity

AMPLITUDES = arrays.arrays(np.float32, (1, 4, 5), elements=st.floats(2**-10, 2**16, width=32))
FULL_SCALES = st.sampled_from([None, 255.0, 65535.0])
CONVERSIONS = {Quantity.AMPLITUDE: to_amplitude, Quantity.INTENSITY: to_intensity, Quantity.DECIBEL: to_decibel}


def image_of(pixels: np.ndarray, quantity: Quantity, full_scale: float | None = None) -> SarImage:
    return SarImage(pixels, quantity, ("VV",), full_scale=full_scale)


@given(AMPLITUDES, FULL_SCALES, st.permutations([to_intensity, partial(to_decibel, floor_db=-200), to_amplitude]))
def test_any_round_trip_gives_back_pixels_and_full_scale(amplitude, full_scale, path):
    start = image_of(amplitude, Quantity.AMPLITUDE, full_scale)
    image = start
    for conversion in (*path, to_amplitude):
        image = conversion(image)
    np.testing.assert_allclose(image.pixels, amplitude, rtol=1e-4)
    assert (image.full_scale, image.quantity, image.pixels.dtype) == (full_scale, Quantity.AMPLITUDE, np.float32)


@given(AMPLITUDES, FULL_SCALES)
def test_equal_to_the_formula_pixel_by_pixel(amplitude, full_scale):
    image = image_of(amplitude, Quantity.AMPLITUDE, full_scale)
    for value, intensity, decibel in zip(
        amplitude.flat, to_intensity(image).pixels.flat, to_decibel(image).pixels.flat, strict=True
    ):
        assert intensity == pytest.approx(float(value) ** 2, rel=1e-5)
        assert decibel == pytest.approx(max(-100, 20 * math.log10(float(value) / (full_scale or 1))), abs=1e-3)


@given(AMPLITUDES, FULL_SCALES)
def test_decibels_are_the_same_from_amplitude_and_from_intensity(amplitude, full_scale):
    image = image_of(amplitude, Quantity.AMPLITUDE, full_scale)
    direct, by_intensity = to_decibel(image), to_decibel(to_intensity(image))
    np.testing.assert_allclose(direct.pixels, by_intensity.pixels, atol=1e-3)
    assert direct.full_scale == by_intensity.full_scale


@given(arrays.arrays(np.complex64, (1, 3, 4), elements=st.complex_numbers(max_magnitude=1e4, width=64)), FULL_SCALES)
def test_complex_gives_its_magnitude_and_power(pixels, full_scale):
    image = image_of(pixels, Quantity.COMPLEX, full_scale)
    amplitude = to_amplitude(image)
    np.testing.assert_array_equal(amplitude.pixels, np.abs(pixels))
    assert amplitude.full_scale == full_scale
    np.testing.assert_allclose(to_intensity(image).pixels, to_intensity(amplitude).pixels, rtol=1e-5, atol=1e-30)
    np.testing.assert_array_equal(to_decibel(image).pixels, to_decibel(amplitude).pixels)


@given(AMPLITUDES, FULL_SCALES, st.sampled_from(list(CONVERSIONS)))
def test_order_of_values_is_kept(amplitude, full_scale, wanted):
    converted = CONVERSIONS[wanted](image_of(amplitude, Quantity.AMPLITUDE, full_scale)).pixels
    assert (np.diff(converted.ravel()[np.argsort(amplitude, axis=None)]) >= 0).all()


@pytest.mark.parametrize("quantity", CONVERSIONS)
def test_conversion_to_its_own_quantity_returns_the_image(quantity):
    image = image_of(np.ones((1, 2, 2), np.float32), quantity)
    assert CONVERSIONS[quantity](image) is image


@pytest.mark.parametrize("quantity", [Quantity.AMPLITUDE, Quantity.INTENSITY])
def test_zero_becomes_the_floor(quantity):
    image = image_of(np.array([[[0, 1e-30, 1]]], np.float32), quantity)
    np.testing.assert_array_equal(to_decibel(image, floor_db=-70).pixels, [[[-70, -70, 0]]])


@pytest.mark.parametrize(
    ("quantity", "full_scale"),
    [(Quantity.AMPLITUDE, 65535.0), (Quantity.INTENSITY, 255.0), (Quantity.COMPLEX, 32767.0)],
)
def test_full_scale_is_zero_decibels(quantity, full_scale):
    image = image_of(np.full((1, 1, 1), full_scale), quantity, full_scale)
    assert to_decibel(image).pixels.item() == 0


@pytest.mark.parametrize("conversion", CONVERSIONS.values())
def test_display_becomes_nothing_physical(conversion):
    with pytest.raises(ImageError, match="stretched in an unknown way"):
        conversion(image_of(np.zeros((1, 2, 2), np.uint8), Quantity.DISPLAY))

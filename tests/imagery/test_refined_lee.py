"""The refined Lee filter against a naive one, and what it is for."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sarvl.errors import ImageError
from sarvl.imagery import Quantity, refined_lee
from sarvl.imagery.despeckle import half_windows

HALF_WINDOWS_BY_HAND = [
    "1111000" * 7,  # left of a vertical edge
    "0001111" * 7,
    "1" * 28 + "0" * 21,  # above a horizontal edge
    "0" * 21 + "1" * 28,
    "1111111 0111111 0011111 0001111 0000111 0000011 0000001",  # upper right of a falling diagonal
    "1000000 1100000 1110000 1111000 1111100 1111110 1111111",
    "1111111 1111110 1111100 1111000 1110000 1100000 1000000",  # upper left of a rising diagonal
    "0000001 0000011 0000111 0001111 0011111 0111111 1111111",
]


def by_hand(index: int) -> np.ndarray:
    return np.array([digit == "1" for digit in HALF_WINDOWS_BY_HAND[index].replace(" ", "")]).reshape(7, 7)


def naive_pixel(window: np.ndarray, sigma: float) -> tuple[float, int]:
    """Filter the centre of one 7x7 window by Lee's text; returns the value and the half window that was used."""
    m = np.array([[window[r : r + 3, c : c + 3].sum() for c in (0, 2, 4)] for r in (0, 2, 4)])
    gradients = [
        abs(m[:, 0].sum() - m[:, 2].sum()),
        abs(m[0].sum() - m[2].sum()),
        abs(m[0, 1] + m[0, 2] + m[1, 2] - m[1, 0] - m[2, 0] - m[2, 1]),
        abs(m[0, 0] + m[0, 1] + m[1, 0] - m[1, 2] - m[2, 1] - m[2, 2]),
    ]
    sides = [(m[1, 0], m[1, 2]), (m[0, 1], m[2, 1]), (m[0, 2], m[2, 0]), (m[0, 0], m[2, 2])]
    direction = int(np.argmax(gradients))
    first, second = sides[direction]
    index = 2 * direction + int(abs(second - m[1, 1]) < abs(first - m[1, 1]))
    half = window[by_hand(index)]
    mean, variance = half.mean(), half.var()
    signal = (variance - mean**2 * sigma**2) / (1 + sigma**2)
    gain = min(max(signal / variance, 0), 1) if variance > 0 else 0
    return mean + gain * (window[3, 3] - mean), index


def naive_refined_lee(values: np.ndarray, sigma: float) -> tuple[np.ndarray, set[int]]:
    padded = np.pad(values.astype(np.float64), 3, mode="symmetric")
    results = [
        [naive_pixel(padded[r : r + 7, c : c + 7], sigma) for c in range(values.shape[1])]
        for r in range(values.shape[0])
    ]
    return np.array([[v for v, _ in row] for row in results]), {i for row in results for _, i in row}


def test_half_windows_are_the_eight_of_the_paper():
    np.testing.assert_array_equal(half_windows(), [by_hand(index) for index in range(8)])
    assert (half_windows().sum(axis=(1, 2)) == 28).all()


@pytest.mark.parametrize(
    ("quantity", "looks", "sigma"),
    [(Quantity.INTENSITY, 1, 1), (Quantity.INTENSITY, 4, 0.5), (Quantity.AMPLITUDE, 4, 0.2615)],
)
def test_equals_the_naive_filter_in_every_direction(quantity, looks, sigma):
    values = np.random.default_rng(5).integers(0, 200, (24, 30))
    values[8:16, 10:20] += 900
    expected, used = naive_refined_lee(values, sigma)
    assert used == set(range(8))
    np.testing.assert_allclose(refined_lee(values.astype(np.float32), looks, quantity), expected, rtol=1e-4)


@settings(max_examples=15, deadline=None)
@given(st.integers(1, 12), st.integers(1, 12), st.integers(0, 2**31))
def test_equals_the_naive_filter_at_any_size(height, width, seed):
    values = np.random.default_rng(seed).integers(0, 1000, (height, width))
    expected, _ = naive_refined_lee(values, 1.0)
    np.testing.assert_allclose(refined_lee(values, 1, Quantity.INTENSITY), expected, rtol=1e-4, atol=1e-3)


def test_constant_image_is_unchanged():
    values = np.full((9, 9), 7, np.float32)
    np.testing.assert_array_equal(refined_lee(values, 1, Quantity.AMPLITUDE), values)


def test_speckle_falls_and_the_edge_stays():
    clean = np.where(np.arange(80) < 40, 1.0, 20.0) * np.ones((80, 1))
    noisy = clean * np.random.default_rng(0).gamma(4, 1 / 4, clean.shape)
    smooth = refined_lee(noisy, 4, Quantity.INTENSITY)
    assert smooth[:, :36].std() < 0.5 * noisy[:, :36].std()
    assert abs(smooth[:, :36].mean() - 1) < 0.05
    assert smooth[:, 39].mean() < 2 and smooth[:, 40].mean() > 15


@pytest.mark.parametrize("quantity", [Quantity.COMPLEX, Quantity.DECIBEL, Quantity.DISPLAY])
def test_other_quantities_are_refused(quantity):
    with pytest.raises(ImageError, match=f"not {quantity}"):
        refined_lee(np.ones((9, 9)), 1, quantity)


@pytest.mark.parametrize("looks", [0, -1, float("nan")])
def test_looks_must_be_positive(looks):
    with pytest.raises(ImageError, match="positive number of looks"):
        refined_lee(np.ones((9, 9)), looks, Quantity.INTENSITY)

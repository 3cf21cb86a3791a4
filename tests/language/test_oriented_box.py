import math

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from language_examples import corners

from sarvl.language.geometry.oriented_box import LEAST_RATIO, axes_of, orientation_of

angles = st.floats(0, 360)
lengths = st.floats(1, 500)


def naive_orientation(degrees: float) -> str:
    """By the angle itself, counter-clockwise from the right, of an axis without a head."""
    turned = degrees % 180
    if turned <= 22.5 or turned >= 157.5:
        return "horizontal"
    if 67.5 <= turned <= 112.5:
        return "vertical"
    return "rising" if turned < 90 else "falling"


@given(angles, st.floats(1, 100), st.floats(1.51, 20), st.integers(0, 3), st.booleans())
def test_orientation_is_that_of_the_angle(degrees, width, ratio, start, is_reversed):
    assume(abs(degrees % 45 - 22.5) > 1e-6)
    points = list(zip(*[iter(corners(100, 80, width * ratio, width, degrees))] * 2, strict=True))
    points = points[start:] + points[:start]  # an annotator may begin at any corner, and go round either way
    points = points[::-1] if is_reversed else points
    assert orientation_of(tuple(value for point in points for value in point)) == naive_orientation(degrees)


@given(angles, st.floats(5, 100), st.floats(1, 1.49))
def test_nearly_square_boxes_have_no_orientation(degrees, width, ratio):
    assert orientation_of(corners(100, 80, width * ratio, width, degrees)) is None


@pytest.mark.parametrize(
    ("degrees", "orientation"),
    [
        *((0, "horizontal"), (22, "horizontal"), (23, "rising"), (45, "rising"), (67, "rising"), (68, "vertical")),
        *((90, "vertical"), (112, "vertical"), (113, "falling"), (157, "falling"), (158, "horizontal")),
    ],
)
def test_borders_between_the_words(degrees, orientation):
    assert orientation_of(corners(0, 0, 30, 10, degrees)) == orientation
    assert orientation_of(corners(0, 0, 30, 10, degrees + 180)) == orientation  # an axis has no head


def test_the_ratio_at_its_border():
    assert orientation_of((0.0, 0.0, 15.0, 0.0, 15.0, 10.0, 0.0, 10.0)) == "horizontal"
    assert LEAST_RATIO == 1.5


def test_without_corners_or_extent_nothing_is_said():
    assert orientation_of(None) is None
    assert orientation_of((5.0, 5.0) * 4) is None


@given(angles, lengths, lengths)
def test_axes_are_the_sides(degrees, length, width):
    long, short = axes_of(corners(50, 50, length, width, degrees))
    assert math.isclose(math.hypot(*long), max(length, width), rel_tol=1e-6)
    assert math.isclose(math.hypot(*short), min(length, width), rel_tol=1e-6)


def test_edges_that_differ_are_averaged():
    long, short = axes_of((0.0, 0.0, 10.0, 0.0, 12.0, 4.0, 0.0, 4.0))
    assert long == (11.0, 0.0)
    assert short == (1.0, 4.0)

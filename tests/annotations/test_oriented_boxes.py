"""Oriented boxes: their geometry against OpenCV's, and how they are held against their image."""

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sarvl.annotations import AnnotatedObject, Box
from sarvl.annotations.parsing.box_checks import check_object
from sarvl.annotations.parsing.corners import area_of, corners_of_rectangle, hull_of, number_of

SIDES = st.floats(0.5, 300)


@given(st.floats(-500, 500), st.floats(-500, 500), SIDES, SIDES, st.floats(-7, 7))
def test_a_turned_rectangle_is_that_of_opencv(cx, cy, width, height, angle):
    corners = corners_of_rectangle(cx, cy, width, height, angle)
    reference = cv2.boxPoints(((cx, cy), (width, height), np.degrees(angle)))  # (4, 2), in an order of its own
    distances = np.linalg.norm(np.reshape(corners, (4, 1, 2)) - reference, axis=2)
    assert distances.min(axis=1).max() < 1e-2
    assert area_of(corners) == pytest.approx(width * height, rel=1e-6)
    assert hull_of(corners) == pytest.approx((*reference.min(axis=0), *reference.max(axis=0)), abs=1e-2)


@given(st.lists(st.integers(-50, 50), min_size=8, max_size=8))
def test_the_area_is_that_of_opencv(corners):
    contour = np.reshape(corners, (4, 1, 2)).astype(np.float32)
    assert area_of(tuple(corners)) == pytest.approx(abs(cv2.contourArea(contour)))


@pytest.mark.parametrize(
    ("corners", "reason"),
    [
        ((1, 1, 9, 1, 17, 1, 25, 1), "enclose no area"),
        ((5, 5, 5, 5, 5, 5, 5, 5), "enclose no area"),
        ((0, 0, float("nan"), 0, 9, 9, 0, 9), "are not finite, or too large"),
        ((0, 0, float("inf"), 0, 9, 9, 0, 9), "are not finite, or too large"),
        ((0, 0, 1e300, 0, 9, 9, 0, 9), "are not finite, or too large"),
    ],
)
def test_a_box_of_its_own_outlives_malformed_corners_and_no_hull_does(corners, reason):
    kept, problem = check_object(AnnotatedObject("ship", Box(1, 1, 5, 5), corners), 60, 40)
    assert kept == AnnotatedObject("ship", Box(1, 1, 5, 5))
    assert problem.startswith("corners (")
    assert problem.endswith(f"{reason}: left out")
    assert check_object(AnnotatedObject("ship", hull_of(corners), corners), 60, 40)[0] is None


@pytest.mark.parametrize("corners", [(70, 5, 80, 5, 80, 9, 70, 9), (-9, 5, 0, 5, 0, 9, -9, 9)])
def test_corners_that_lie_outside_are_refused_wherever_the_box_lies(corners):
    for box in (Box(1, 1, 5, 5), hull_of(corners)):
        kept, problem = check_object(AnnotatedObject("ship", box, corners), 60, 40)
        assert kept is None
        assert problem.endswith("lie outside the image of 60 x 40")


def test_corners_may_lean_out_and_only_the_box_is_clipped():
    corners = (50.0, 30.0, 70.0, 30.0, 70.0, 50.0, 50.0, 50.0)
    kept, problem = check_object(AnnotatedObject("ship", hull_of(corners), corners), 60, 40)
    assert kept == AnnotatedObject("ship", Box(50, 30, 60, 40), corners)
    assert problem == "box (50, 30, 70, 50) clipped to the image of 60 x 40"


@pytest.mark.parametrize("text", ["nan", "inf", "-Infinity", "1e999", "1e9", "9" * 400, "", "wide", None])
def test_text_that_is_no_usable_number_is_refused(text):
    with pytest.raises(ValueError, match="is not"):
        number_of(text)

"""Oriented boxes: their two axes, and the words for how the long one lies in the image."""

from math import hypot, sqrt
from typing import NamedTuple

from sarvl.annotations.annotated_image import Corners
from sarvl.language.group import Orientation

ORIENTATIONS: tuple[Orientation, ...] = ("horizontal", "vertical", "rising", "falling")
DIAGONAL: Orientation = "diagonal"  # rising or falling, as "outside center" is any cell but one
LEAST_RATIO = 1.5  # of the long side to the short one; a box nearer to a square has no long axis to speak of
_TAN_22_5_DEGREES = sqrt(2) - 1


class Axes(NamedTuple):
    """The long and the short axis of an oriented box, each (right, down) in pixels from one side to the other."""

    long: tuple[float, float]
    short: tuple[float, float]


def axes_of(corners: Corners) -> Axes:
    """Return the axes of an oriented box, each the mean of two opposite edges: annotated corners are not exact."""
    x1, y1, x2, y2, x3, y3, x4, y4 = corners
    first = ((x2 - x1 + x3 - x4) / 2, (y2 - y1 + y3 - y4) / 2)
    second = ((x3 - x2 + x4 - x1) / 2, (y3 - y2 + y4 - y1) / 2)
    return Axes(first, second) if hypot(*first) >= hypot(*second) else Axes(second, first)


def orientation_of(corners: Corners | None) -> Orientation | None:
    """Return how the long axis lies; None without corners, and where the sides are in a ratio below ``LEAST_RATIO``.

    Horizontal and vertical are within 22.5 degrees of the image's axes. Rising runs from the lower left to the upper
    right, falling from the upper left to the lower right. An axis has no head: ends exchanged, it is the same.
    """
    if corners is None:
        return None
    (right, down), short = axes_of(corners)
    length = hypot(right, down)
    if length == 0 or length < LEAST_RATIO * hypot(*short):
        return None
    if abs(down) <= _TAN_22_5_DEGREES * abs(right):
        return "horizontal"
    if abs(right) <= _TAN_22_5_DEGREES * abs(down):
        return "vertical"
    return "falling" if (right > 0) == (down > 0) else "rising"

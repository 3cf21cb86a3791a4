"""Oriented boxes: corners from numbers, their hull and their area."""

from collections.abc import Sequence
from math import cos, sin

from sarvl.annotations.annotated_image import Box, Corners

MAX_COORDINATE = 1e9


def number_of(text: str | None) -> float:
    """Return the number that a file writes as text; ValueError where it is none, not finite or beyond 1e9."""
    try:
        number = float(text or "")
    except ValueError:
        raise ValueError(f"{(text or '')[:40]!r} is not a number") from None
    if not abs(number) < MAX_COORDINATE:  # written so that NaN is refused too
        raise ValueError(f"{(text or '')[:40]!r} is not finite, or too large")
    return number


def corners_of(values: Sequence[float]) -> Corners:
    """Return eight numbers x1, y1, ..., x4, y4 as Corners; ValueError for another count."""
    x1, y1, x2, y2, x3, y3, x4, y4 = values
    return x1, y1, x2, y2, x3, y3, x4, y4


def corners_of_rectangle(cx: float, cy: float, width: float, height: float, angle: float) -> Corners:
    """Return the corners of a rectangle turned by ``angle`` (radians, clockwise as seen, since y points down)."""
    right = (cos(angle) * width / 2, sin(angle) * width / 2)
    down = (-sin(angle) * height / 2, cos(angle) * height / 2)
    signs = ((-1, -1), (1, -1), (1, 1), (-1, 1))
    points = [(cx + i * right[0] + j * down[0], cy + i * right[1] + j * down[1]) for i, j in signs]
    return corners_of([value for point in points for value in point])


def hull_of(corners: Corners) -> Box:
    """Return the smallest axis-aligned box around the corners."""
    xs, ys = corners[::2], corners[1::2]
    return Box(min(xs), min(ys), max(xs), max(ys))


def area_of(corners: Corners) -> float:
    """Return the area that the corners enclose, in square pixels (the diagonals' cross product)."""
    x1, y1, x2, y2, x3, y3, x4, y4 = corners
    return abs((x3 - x1) * (y4 - y2) - (x4 - x2) * (y3 - y1)) / 2

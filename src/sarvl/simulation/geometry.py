"""Side-looking geometry and plane shapes, in metres: x is ground range away from the sensor, y is azimuth downwards.

The sensor is at the left of the chip: range grows with the column, azimuth with the row. Tall things lean to the left
(layover) and throw their shadow to the right.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

Points = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Viewing:
    """The incidence angle, in degrees from the vertical, on flat ground."""

    incidence_deg: float

    def layover_m(self, height_m: float) -> float:
        """Return how far a point at this height is moved towards the sensor, in metres of ground range."""
        return float(height_m / np.tan(np.radians(self.incidence_deg)))

    def shadow_m(self, height_m: float) -> float:
        """Return how far the shadow of a point at this height reaches, in metres of ground range."""
        return float(height_m * np.tan(np.radians(self.incidence_deg)))


def rotated(points: Points, angle: float) -> Points:
    """Return ``(N, 2)`` points turned about the origin by ``angle`` radians, from x towards y."""
    cosine, sine = np.cos(angle), np.sin(angle)
    matrix: Points = np.array([[cosine, sine], [-sine, cosine]])
    turned: Points = points @ matrix
    return turned


def in_range(points: Points, shift_m: float) -> Points:
    """Return ``(N, 2)`` points moved away from the sensor by ``shift_m``, or towards it where that is negative."""
    moved: Points = points + np.array([shift_m, 0.0])
    return moved


def rectangle(length: float, width: float, centre: tuple[float, float] = (0.0, 0.0)) -> Points:
    """Return the four corners of a rectangle with its length along x."""
    corners = np.array([[-0.5, -0.5], [0.5, -0.5], [0.5, 0.5], [-0.5, 0.5]])
    return corners * (length, width) + centre


def disc(radius: float, vertices: int = 48) -> Points:
    """Return a circle about the origin as a polygon."""
    angle = np.arange(vertices) * (2 * np.pi / vertices)
    return radius * np.stack([np.cos(angle), np.sin(angle)], axis=1)


def swept(polygon: Points, start_m: float, stop_m: float) -> Points:
    """Return the convex area that a polygon covers while it moves in range from ``start_m`` to ``stop_m``."""
    both = np.concatenate([in_range(polygon, start_m), in_range(polygon, stop_m)]).astype(np.float32)
    return np.asarray(cv2.convexHull(both)[:, 0], np.float64)


def along_line(start: Points, stop: Points, step_m: float) -> Points:
    """Return points from ``start`` to ``stop`` at about ``step_m`` of each other, ends included."""
    count = max(2, round(float(np.linalg.norm(stop - start)) / step_m) + 1)
    return start + np.linspace(0, 1, count)[:, None] * (stop - start)


def along_outline(polygon: Points, step_m: float) -> tuple[Points, Points]:
    """Return points every ``step_m`` along a convex outline, and how squarely each faces the sensor (0 to 1)."""
    following = np.roll(polygon, -1, axis=0)
    edge = following - polygon
    length = np.linalg.norm(edge, axis=1)
    doubled_area = (polygon[:, 0] * following[:, 1] - following[:, 0] * polygon[:, 1]).sum()
    outward_x = np.sign(doubled_area) * edge[:, 1] / np.maximum(length, 1e-9)
    distance = np.arange(step_m / 2, length.sum(), step_m)
    finish = np.cumsum(length)
    index = np.searchsorted(finish, distance)
    part = 1 - (finish[index] - distance) / np.maximum(length[index], 1e-9)
    return polygon[index] + part[:, None] * edge[index], np.maximum(0.0, -outward_x[index])

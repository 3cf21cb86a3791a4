"""What a target is to the radar: point scatterers, rough surfaces, shadow, and the outline that is labelled."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sarvl.simulation.geometry import Points, along_outline

Scatterers = NDArray[np.float64]


class Surface(NamedTuple):
    """A rough patch of ground or metal: its outline in metres and its mean backscatter in dB."""

    polygon: Points
    sigma0_db: float


class Gain(NamedTuple):
    """A patch where the backscatter of the clutter is multiplied, such as a wake."""

    polygon: Points
    factor: float


class Berth(NamedTuple):
    """A place for a moored ship: its middle in metres, the heading in radians, and the longest ship that fits."""

    x: float
    y: float
    heading: float
    length_m: float


@dataclass(frozen=True, slots=True)
class Target:
    """One target about its own origin, in metres.

    footprint: the polygons whose union is labelled: where the target's own return lies, layover included.
    scatterers: ``(K, 3)``: x, y, radar cross-section in square metres.
    surroundings: surfaces that belong to the setting and are not labelled, such as a road to a bridge.
    """

    class_name: str
    footprint: Sequence[Points]
    scatterers: Scatterers
    surfaces: Sequence[Surface] = ()
    shadows: Sequence[Points] = ()
    surroundings: Sequence[Surface] = ()
    gains: Sequence[Gain] = ()
    berths: Sequence[Berth] = field(default=())


def scatterers(rng: np.random.Generator, points: Points, mean_rcs_m2: float | NDArray[np.float64]) -> Scatterers:
    """Return ``(N, 3)`` scatterers at ``(N, 2)`` points, with Weibull cross-sections of shape 1/2 and that mean.

    Few of them outshine the others, as corners and flat plates that happen to face the sensor do.
    """
    rcs = 0.5 * rng.exponential(1.0, len(points)) ** 2 * mean_rcs_m2
    return np.column_stack([points, rcs])


def facing_edges(rng: np.random.Generator, polygon: Points, rcs_per_m: float, step_m: float = 1.0) -> Scatterers:
    """Return the double bounce along the walls of a convex outline that face the sensor.

    The return of a wall and the ground before it falls with the square of the cosine of the aspect.
    """
    points, cosine = along_outline(polygon, step_m)
    lit = cosine > 0.05
    return scatterers(rng, points[lit], rcs_per_m * step_m * cosine[lit] ** 2)

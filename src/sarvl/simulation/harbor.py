"""Harbor: a quay along the water's edge with piers, corner reflectors and berths for ships."""

import numpy as np

from sarvl.simulation.geometry import Points, along_line, along_outline, rectangle, rotated
from sarvl.simulation.target import Berth, Scatterers, Surface, Target, scatterers


def build_harbor(rng: np.random.Generator, length_m: float, pier_length_m: float, heading: float) -> Target:
    """Return a quay of ``length_m`` along ``heading`` on the shore, with its water on the local +y side.

    Quay walls and water make double bounces; bollards, ladders and corners make strong points at even distances.
    """
    depth = max(5.0, 0.12 * length_m)
    quay = rectangle(length_m, depth, (0.0, -0.5 * depth))
    pier_width = max(3.0, 0.06 * length_m)
    middles = _pier_middles(rng, length_m)
    piers = [rectangle(pier_width, pier_length_m, (x, 0.5 * pier_length_m)) for x in middles]
    outline = [rotated(part, heading) for part in (quay, *piers)]
    berths = _berths(middles, length_m, pier_length_m, pier_width)
    return Target(
        "harbor",
        footprint=outline,
        scatterers=np.concatenate([*(_wall(rng, part) for part in outline), _cranes(rng, length_m, depth, heading)]),
        surfaces=[Surface(part, -9.0) for part in outline],
        berths=[_turned(berth, heading) for berth in berths],
    )


def _pier_middles(rng: np.random.Generator, length_m: float) -> Points:
    count = int(rng.integers(2, 5))
    return np.linspace(-0.5, 0.5, 2 * count + 1)[1::2] * 0.92 * length_m


def _wall(rng: np.random.Generator, polygon: Points) -> Scatterers:
    """Return a weak line all around, stronger where it faces the sensor, and a corner reflector every few metres."""
    edge, cosine = along_outline(polygon, 1.0)
    corners, _ = along_outline(polygon, 12.0)
    return np.concatenate([scatterers(rng, edge, 5 + 20 * cosine**2), scatterers(rng, corners, 150.0)])


def _cranes(rng: np.random.Generator, length_m: float, depth: float, heading: float) -> Scatterers:
    ends = np.array([[-0.4 * length_m, -0.3 * depth], [0.4 * length_m, -0.3 * depth]])
    feet = along_line(ends[0], ends[1], length_m / int(rng.integers(2, 5)))
    return scatterers(rng, rotated(np.repeat(feet, 3, axis=0) + rng.normal(0, 1.5, (3 * len(feet), 2)), heading), 250.0)


def _berths(middles: Points, length_m: float, pier_length_m: float, pier_width: float) -> list[Berth]:
    """One berth in each gap between piers, beside the left one, and one on either outer side."""
    gap = 0.92 * length_m / len(middles) - pier_width
    aside = 0.5 * pier_width + 0.3 * gap
    fits = min(0.9 * pier_length_m, 2.2 * gap)
    return [Berth(x + aside, 0.55 * pier_length_m, np.pi / 2, fits) for x in middles]


def _turned(berth: Berth, heading: float) -> Berth:
    x, y = rotated(np.array([[berth.x, berth.y]]), heading)[0]
    return Berth(float(x), float(y), berth.heading + heading, berth.length_m)

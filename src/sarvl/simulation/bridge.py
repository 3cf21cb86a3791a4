"""Bridge over water: direct, double and triple bounce lines, piers, and the road to it."""

import numpy as np

from sarvl.simulation.geometry import Points, Viewing, along_line, in_range, rectangle, rotated, swept
from sarvl.simulation.target import Surface, Target, scatterers

_ROAD_SIGMA0_DB = -19.0
_ROAD_REACH_M = 20_000.0


def build_bridge(rng: np.random.Generator, length_m: float, width_m: float, heading: float, viewing: Viewing) -> Target:
    """Return a deck of ``length_m`` along ``heading`` over smooth water.

    Over water a bridge shows as parallel lines: the deck itself, moved towards the sensor; deck and water (double
    bounce) at the true place; water, deck and water (triple bounce) as far behind as the deck is before (Soergel et
    al., ISPRS J. 63, 2008). They are brightest where the bridge runs along azimuth.
    """
    height = rng.uniform(5.0, 9.0) + 0.04 * length_m
    shift = min(viewing.layover_m(height), 1.2 * width_m)
    ends = rotated(np.array([[-0.5, 0.0], [0.5, 0.0]]) * length_m, heading)
    side = rotated(np.array([[0.0, 0.5 * width_m]]), heading)
    centre_line = along_line(ends[0], ends[1], 1.0)
    aspect = 0.35 + 0.65 * np.sin(heading) ** 2
    piers = along_line(ends[0], ends[1], max(20.0, length_m / 6))
    lines = [
        scatterers(rng, in_range(centre_line + side, -shift), 10 * aspect),
        scatterers(rng, in_range(centre_line - side, -shift), 10 * aspect),
        scatterers(rng, centre_line, 30 * aspect),
        scatterers(rng, in_range(centre_line, shift), 8 * aspect),
        scatterers(rng, piers, 200.0),
    ]
    deck = rotated(rectangle(length_m, width_m), heading)
    outline = swept(deck, -shift, shift)
    return Target(
        "bridge",
        footprint=(outline,),
        scatterers=np.concatenate(lines),
        surfaces=(Surface(in_range(deck, -shift), -7.0),),
        surroundings=[Surface(road, _ROAD_SIGMA0_DB) for road in _roads(length_m, width_m, heading)],
    )


def _roads(length_m: float, width_m: float, heading: float) -> list[Points]:
    middle = 0.5 * (length_m + _ROAD_REACH_M)
    return [rotated(rectangle(_ROAD_REACH_M, 0.8 * width_m, (side * middle, 0.0)), heading) for side in (-1, 1)]

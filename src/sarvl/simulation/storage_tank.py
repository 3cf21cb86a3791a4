"""Storage tank: double-bounce arc, roof rim, dark roof, shadow."""

import numpy as np

from sarvl.simulation.geometry import Viewing, along_outline, disc, in_range, swept
from sarvl.simulation.target import Surface, Target, facing_edges, scatterers


def build_storage_tank(rng: np.random.Generator, diameter_m: float, viewing: Viewing) -> Target:
    """Return an upright cylinder with a smooth roof.

    Three arcs mark it: wall and ground at the foot of the near side (the brightest), and the near and far rim of the
    roof, both moved towards the sensor by the layover of the roof.
    """
    radius = 0.5 * diameter_m
    height = min(20.0, diameter_m * rng.uniform(0.35, 0.6))
    layover = viewing.layover_m(height)
    foot = disc(radius)
    roof = in_range(foot, -layover)
    far_rim, cosine = along_outline(-foot, 1.0)
    far_rim = in_range(-far_rim, -layover)
    points = np.concatenate(
        [
            facing_edges(rng, foot, 60.0),
            facing_edges(rng, roof, 25.0),
            scatterers(rng, far_rim, 12.0 * cosine**2),
            scatterers(rng, np.array([[0.6 * radius - layover, 0.3 * radius]]), 60.0),
        ]
    )
    near_side = foot[foot[:, 0] < 1e-6]
    wall = np.concatenate([near_side, in_range(near_side, -layover)[::-1]])
    return Target(
        "tank",
        footprint=(roof, swept(near_side, -layover, 0)),
        scatterers=points,
        surfaces=(Surface(roof, -19.0), Surface(wall, -9.0)),
        shadows=(swept(foot, 0, viewing.shadow_m(height)),),
    )

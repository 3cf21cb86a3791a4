"""Vehicle: near-side double bounce, a few strong corners, and a radar shadow away from the sensor."""

import numpy as np

from sarvl.simulation.geometry import Viewing, rectangle, rotated, swept
from sarvl.simulation.target import Surface, Target, facing_edges, scatterers


def build_vehicle(rng: np.random.Generator, length_m: float, heading: float, viewing: Viewing) -> Target:
    """Return a lorry-like or armoured vehicle of ``length_m`` along ``heading``."""
    width = float(np.clip(0.36 * length_m, 2.2, 4.0))
    height = rng.uniform(0.75, 1.0) * width
    body = rotated(rectangle(length_m, width), heading)
    outline = swept(body, -viewing.layover_m(0.5 * height), 0)
    fittings = rotated(rng.uniform(-0.45, 0.45, (5, 2)) * (length_m, width), heading)
    points = np.concatenate(
        [
            facing_edges(rng, body, 14.0, 0.5),
            scatterers(rng, body[body[:, 0] < body[:, 0].max()], 25.0),
            scatterers(rng, fittings, 12.0),
        ]
    )
    return Target(
        "vehicle",
        footprint=(outline,),
        scatterers=points,
        surfaces=(Surface(outline, -8.0),),
        shadows=(swept(body, 0, viewing.shadow_m(height)),),
    )

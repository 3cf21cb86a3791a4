"""Ship: hull and superstructure scatterers, wake, and azimuth ambiguities."""

import numpy as np

from sarvl.simulation.geometry import Points, Viewing, in_range, rectangle, rotated, swept
from sarvl.simulation.target import Gain, Scatterers, Surface, Target, facing_edges, scatterers

_AMBIGUITY_DB = -20.0
_KELVIN_HALF_ANGLE = np.radians(19.47)


def build_ship(
    rng: np.random.Generator,
    length_m: float,
    heading: float,
    viewing: Viewing,
    *,
    under_way: bool = False,
    ambiguity_offset_m: float | None = None,
) -> Target:
    """Return a ship whose bow points along ``heading`` (radians from range towards azimuth).

    under_way: draw the dark turbulent wake and the two bright Kelvin arms (half angle 19.47 degrees). The azimuth
    displacement of a moving ship is not modelled.
    ambiguity_offset_m: the azimuth distance of two ghosts, 20 dB below the ship. They are not labelled. From
    space this distance is kilometres; within one chip it stands for a short-range sensor.
    """
    beam = length_m * rng.uniform(0.14, 0.2)
    shape = np.array([[-0.5, -0.45], [-0.46, -0.5], [0.28, -0.5], [0.42, -0.25], [0.5, 0.0]])
    shape = np.concatenate([shape, (shape * (1, -1))[-2::-1]])
    hull = rotated(shape * (length_m, beam), heading)
    bridge_height = min(30.0, 3 + 0.12 * length_m)
    bridge_x = rng.uniform(-0.4, -0.3) if rng.random() < 0.75 else rng.uniform(-0.05, 0.25)
    bridge = rotated(rectangle(0.12 * length_m, 0.8 * beam, (bridge_x * length_m, 0.0)), heading)
    layover = viewing.layover_m(bridge_height)
    outline = swept(hull, -viewing.layover_m(1 + 0.03 * length_m), 0)
    parts = [
        facing_edges(rng, hull, 30.0),
        scatterers(rng, _deck_points(rng, length_m, beam, heading), 6.0),
        scatterers(rng, _deck_fittings(rng, length_m, heading), 150.0),
        facing_edges(rng, in_range(bridge, -0.3 * layover), 120.0),
        scatterers(rng, in_range(bridge, -0.8 * layover), 250.0),
    ]
    points = np.concatenate(parts)
    if ambiguity_offset_m is not None:
        points = np.concatenate([points, *_ambiguities(rng, points, ambiguity_offset_m)])
    return Target(
        "ship",
        footprint=(outline, swept(bridge, -layover, 0)),
        scatterers=points,
        surfaces=(Surface(outline, -4.0), Surface(swept(bridge, -layover, 0), 4.0)),
        gains=_wake(length_m, beam, heading) if under_way else (),
    )


def _deck_points(rng: np.random.Generator, length_m: float, beam: float, heading: float) -> Points:
    count = max(10, round(length_m))
    points = rng.uniform(-0.45, 0.45, (count, 2)) * (length_m * 0.85, beam)
    return rotated(points, heading)


def _deck_fittings(rng: np.random.Generator, length_m: float, heading: float) -> Points:
    """Hatches, cranes or manifolds: evenly spaced along the centre line."""
    along = np.linspace(-0.2, 0.42, int(rng.integers(3, 7))) * length_m
    return rotated(np.column_stack([along, np.zeros_like(along)]), heading)


def _ambiguities(rng: np.random.Generator, points: Scatterers, offset_m: float) -> list[Scatterers]:
    """Two fainter copies before and behind in azimuth, smeared since they focus badly."""
    ghosts = []
    for side in (-1, 1):
        ghost = points.copy()
        ghost[:, 1] += side * offset_m + rng.normal(0, 2.5, len(points))
        ghost[:, 2] *= 10 ** (_AMBIGUITY_DB / 10)
        ghosts.append(ghost)
    return ghosts


def _wake(length_m: float, beam: float, heading: float) -> list[Gain]:
    stern, reach = -0.5 * length_m, 2.5 * length_m
    turbulent = np.array([[stern, -0.3], [stern - reach, -0.6], [stern - reach, 0.6], [stern, 0.3]]) * (1, beam)
    arms = []
    for side in (-1, 1):
        arm = rotated(rectangle(reach, max(1.5, 0.12 * beam), (-0.5 * reach, 0.0)), side * _KELVIN_HALF_ANGLE)
        arms.append(Gain(rotated(in_range(arm, 0.3 * length_m), heading), 3.0))
    return [*arms, Gain(rotated(turbulent, heading), 0.2)]

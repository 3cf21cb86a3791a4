"""Parked aircraft: fuselage, wings, tail and engines as scatterer patterns."""

from typing import NamedTuple

import numpy as np

from sarvl.simulation.geometry import Points, Viewing, along_line, in_range, rectangle, rotated
from sarvl.simulation.target import Surface, Target, scatterers


class _Plan(NamedTuple):
    """Proportions of the length: half span, the sweep of the wing tip, the wing's chord at root and tip, engines."""

    half_span: float
    sweep: float
    root_chord: float
    tip_chord: float
    engines: tuple[float, ...]


_PLANS = (
    _Plan(0.46, 0.2, 0.17, 0.05, (0.3,)),
    _Plan(0.5, 0.22, 0.17, 0.05, (0.28, 0.58)),
    _Plan(0.5, 0.02, 0.12, 0.07, (0.3, 0.55)),
    _Plan(0.3, 0.3, 0.4, 0.06, ()),
)


def build_aircraft(rng: np.random.Generator, length_m: float, heading: float, viewing: Viewing) -> Target:
    """Return an aircraft whose nose points along ``heading``: jet airliners, a straight-winged transport, a delta."""
    plan = _PLANS[int(rng.integers(len(_PLANS)))]
    height = 0.1 * length_m
    outline = [rotated(part * length_m, heading) for part in _silhouette(plan)]
    skeleton = rotated(_skeleton(plan, length_m), heading)
    peaks = rotated(_peaks(plan) * length_m, heading)
    points = [
        scatterers(rng, skeleton + rng.normal(0, 0.012 * length_m, skeleton.shape), 14.0),
        scatterers(rng, in_range(peaks, -0.3 * viewing.layover_m(height)), 160.0),
    ]
    return Target(
        "aircraft",
        footprint=outline,
        scatterers=np.concatenate(points),
        surfaces=[Surface(part, -8.0) for part in outline],
        shadows=[in_range(part, viewing.shadow_m(0.6 * height)) for part in outline],
    )


def _silhouette(plan: _Plan) -> list[Points]:
    """Fuselage, wings and tailplane as polygons for a length of 1."""
    root, tip, sweep = plan.root_chord, plan.tip_chord, plan.sweep
    wing = np.array([[0.1, 0.0], [0.1 - sweep, plan.half_span], [0.1 - sweep - tip, plan.half_span], [0.1 - root, 0.0]])
    tail = np.array([[-0.38, 0.0], [-0.45, 0.17], [-0.5, 0.17], [-0.48, 0.0]])
    side = np.array([[-0.5, -0.02], [-0.3, -0.055], [0.4, -0.055], [0.5, 0.0]])
    fuselage = np.concatenate([side, (side * (1, -1))[-2::-1]])
    mirror = (1, -1)
    return [fuselage, wing, wing * mirror, tail, tail * mirror]


def _skeleton(plan: _Plan, length_m: float) -> Points:
    """Points about 1 m apart along the fuselage, the leading edges and the tailplane, in metres."""
    tip = np.array([0.1 - plan.sweep, plan.half_span])
    ends = [
        ([-0.5, 0.0], [0.5, 0.0]),
        ([0.1, 0.0], tip),
        ([0.1, 0.0], tip * (1, -1)),
        ([-0.42, 0.0], [-0.48, 0.17]),
        ([-0.42, 0.0], [-0.48, -0.17]),
    ]
    return np.concatenate([along_line(np.array(a) * length_m, np.array(b) * length_m, 1.0) for a, b in ends])


def _peaks(plan: _Plan) -> Points:
    """Engines, nose, cockpit, wing roots and fin for a length of 1."""
    peaks = [(0.45, 0.0), (0.05, 0.06), (0.05, -0.06), (-0.46, 0.0), (-0.48, 0.0), (0.2, 0.0)]
    for part in plan.engines:
        along = 0.13 - plan.sweep * part
        peaks += [(along, part * plan.half_span), (along, -part * plan.half_span)]
    return np.array(peaks)


def apron_polygon(rng: np.random.Generator, extent_m: float) -> tuple[Points, float]:
    """Return a paved rectangle about the middle of a chip of ``extent_m``, and its heading in radians."""
    heading = rng.uniform(0, np.pi)
    length, width = rng.uniform(0.8, 1.3) * extent_m, rng.uniform(0.5, 0.8) * extent_m
    centre = rng.uniform(-0.12, 0.12, 2) * extent_m
    return rotated(rectangle(length, width), heading) + centre, heading

"""Where everything stands: shore, apron and targets, drawn for a request."""

import numpy as np

from sarvl.errors import ImageError
from sarvl.simulation.aircraft import apron_polygon, build_aircraft
from sarvl.simulation.bridge import build_bridge
from sarvl.simulation.geometry import Viewing
from sarvl.simulation.harbor import build_harbor
from sarvl.simulation.land_cover import WATER
from sarvl.simulation.placement import POSITION_TRIES, Layout
from sarvl.simulation.raster import Frame, fill
from sarvl.simulation.request import SIZES, Request, length_range_m
from sarvl.simulation.ship import build_ship
from sarvl.simulation.shore import Shore, draw_coast, draw_river
from sarvl.simulation.storage_tank import build_storage_tank
from sarvl.simulation.vehicle import build_vehicle

_INCIDENCE_DEG = (38.0, 58.0)
# Vehicles are told by their shadow, which is long only at grazing angles, such as those of the MSTAR flights.
_GRAZING_INCIDENCE_DEG = (64.0, 73.0)
_LAYOUT_TRIES = 20


def draw_layout(rng: np.random.Generator, frame: Frame, request: Request, *, every_object: bool) -> Layout:
    """Return a layout for the request.

    Where no room is found an object is left out, or, with ``every_object``, the whole is drawn again; ImageError is
    raised when that does not help either.
    """
    for _ in range(_LAYOUT_TRIES):
        layout = _draw_ground(rng, frame, request)
        for name in sorted(request.classes, key=list(SIZES).index):
            _place(rng, layout, name, len(request.classes))
        if not every_object or len(layout.placed) == len(request.classes):
            return layout
    raise ImageError(
        f"{', '.join(request.classes)} find no room on {frame.size} pixels of {frame.spacing_m:g} m; "
        "ask for fewer objects or a larger size"
    )


def _draw_ground(rng: np.random.Generator, frame: Frame, request: Request) -> Layout:
    incidence = _GRAZING_INCIDENCE_DEG if "vehicle" in request.classes else _INCIDENCE_DEG
    shore = _draw_shore(rng, frame, request)
    if shore is not None:
        water = shore.is_water(frame)
    else:
        water = np.full((frame.size, frame.size), request.land_cover == WATER)
    layout = Layout(frame, request.land_cover, Viewing(rng.uniform(*incidence)), water, shore)
    if "aircraft" in request.classes:
        _lay_apron(rng, layout)
    return layout


def _draw_shore(rng: np.random.Generator, frame: Frame, request: Request) -> Shore | None:
    classes = set(request.classes)
    straight = "harbor" in classes
    if "bridge" in classes:
        shortest, longest = length_range_m("bridge", frame)
        width = rng.uniform(shortest + 0.4 * (longest - shortest), longest)
        return draw_river(rng, frame, width, straight=straight)
    if request.land_cover != WATER and classes & {"ship", "harbor"}:
        return draw_coast(rng, frame, straight=straight)
    return None


def _lay_apron(rng: np.random.Generator, layout: Layout) -> None:
    frame = layout.frame
    polygon, heading = apron_polygon(rng, frame.extent_m)
    paved = np.zeros((frame.size, frame.size), np.uint8)
    fill(paved, [polygon], 1, (frame.size // 2, frame.size // 2), frame.spacing_m)
    layout.paved = paved.astype(bool) & ~layout.water
    layout.apron_heading = heading + 0.5 * np.pi * float(rng.integers(4))


def _place(rng: np.random.Generator, layout: Layout, name: str, count: int) -> bool:
    length = rng.uniform(*length_range_m(name, layout.frame, count))
    if layout.shore is not None and name == "harbor":
        return _place_harbor(rng, layout, layout.shore, length)
    if layout.shore is not None and name == "bridge":
        return _place_bridge(rng, layout, layout.shore)
    if name == "ship":
        return _place_ship(rng, layout, length)
    if name == "aircraft":
        return _place_aircraft(rng, layout, length)
    return _place_on_land(rng, layout, name, length)


def _place_harbor(rng: np.random.Generator, layout: Layout, shore: Shore, length: float) -> bool:
    extent = layout.frame.extent_m
    pier = min(rng.uniform(0.12, 0.22) * extent, 0.5 * length, 0.4 * shore.width_m)
    far_bank = bool(np.isfinite(shore.width_m) and rng.random() < 0.5)
    heading = shore.heading + np.pi * far_bank
    target = build_harbor(rng, length, pier, heading)
    for along in rng.uniform(-0.5, 0.5, POSITION_TRIES) * extent:
        if layout.put(target, layout.frame.cell_of(shore.point(along, shore.width_m if far_bank else 0.0))):
            return True
    return False


def _place_bridge(rng: np.random.Generator, layout: Layout, shore: Shore) -> bool:
    frame = layout.frame
    skew = rng.uniform(-0.25, 0.25)
    abutment = 2 * shore.wobble_m + 3 * frame.spacing_m
    length = shore.width_m / np.cos(skew) + 2 * abutment
    width = max(rng.uniform(9.0, 18.0), 4 * frame.spacing_m)
    target = build_bridge(rng, length, width, shore.heading + 0.5 * np.pi + skew, layout.viewing)
    for along in rng.uniform(-0.4, 0.4, POSITION_TRIES) * frame.extent_m:
        if layout.put(target, frame.cell_of(shore.point(along, 0.5 * shore.width_m))):
            return True
    return False


def _place_ship(rng: np.random.Generator, layout: Layout, length: float) -> bool:
    if layout.berths and rng.random() < 0.65:
        return _moor_ship(rng, layout, length)
    heading = rng.uniform(0, 2 * np.pi)
    if layout.shore is not None and np.isfinite(layout.shore.width_m):
        heading = layout.shore.heading + np.pi * rng.integers(2) + rng.normal(0, 0.1)
    bright = length > 30 and rng.random() < 0.4
    target = build_ship(
        rng,
        length,
        heading,
        layout.viewing,
        under_way=rng.random() < 0.45,
        ambiguity_offset_m=rng.uniform(0.25, 0.6) * layout.frame.extent_m if bright else None,
    )
    return layout.put_anywhere(rng, target, layout.water)


def _moor_ship(rng: np.random.Generator, layout: Layout, length: float) -> bool:
    (berth, origin) = layout.berths.pop(int(rng.integers(len(layout.berths))))
    if berth.length_m < length_range_m("ship", layout.frame)[0]:
        return False
    heading = berth.heading + np.pi * rng.integers(2)
    target = build_ship(rng, min(length, berth.length_m), heading, layout.viewing)
    spacing = layout.frame.spacing_m
    middle = (origin[0] + round(berth.x / spacing), origin[1] + round(berth.y / spacing))
    return layout.put(target, middle, layout.water)


def _place_aircraft(rng: np.random.Generator, layout: Layout, length: float) -> bool:
    target = build_aircraft(rng, length, layout.apron_heading + rng.normal(0, 0.08), layout.viewing)
    allowed = ~layout.water if layout.paved is None else layout.paved
    return layout.put_anywhere(rng, target, allowed)


def _place_on_land(rng: np.random.Generator, layout: Layout, name: str, length: float) -> bool:
    if name == "tank":
        target = build_storage_tank(rng, length, layout.viewing)
    else:
        target = build_vehicle(rng, length, rng.uniform(0, 2 * np.pi), layout.viewing)
    return layout.put_anywhere(rng, target, ~layout.water)

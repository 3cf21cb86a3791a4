"""What a chip shall show: a land cover and object classes that go together."""

from collections.abc import Sequence
from types import MappingProxyType
from typing import NamedTuple

import numpy as np

from sarvl.errors import ImageError
from sarvl.simulation.land_cover import LAND_COVERS, WATER, land_cover_named
from sarvl.simulation.raster import Frame

MAX_OBJECTS = 32
MIN_LENGTH_PX = 10.0


class Size(NamedTuple):
    """The range of an object's length in metres, and its largest share of the side of a chip.

    Length is that of the hull, fuselage or quay, the diameter of a storage tank, the width of a bridged water.
    """

    shortest_m: float
    longest_m: float
    largest_share: float


SIZES = MappingProxyType(
    {
        "harbor": Size(40.0, 400.0, 0.65),
        "bridge": Size(15.0, 500.0, 0.3),
        "ship": Size(10.0, 200.0, 0.5),
        "aircraft": Size(12.0, 70.0, 0.4),
        "tank": Size(10.0, 60.0, 0.25),
        "vehicle": Size(6.0, 20.0, 0.25),
    }
)
_COVERS_OF = MappingProxyType(
    {
        "harbor": ("grassland", "urban", "bare soil"),
        "bridge": ("grassland", "forest", "urban", "bare soil"),
        "ship": tuple(LAND_COVERS),
        "aircraft": ("grassland", "bare soil"),
        "tank": ("grassland", "urban", "bare soil"),
        "vehicle": ("grassland", "bare soil"),
    }
)


class Request(NamedTuple):
    """The cover of the land (``water`` where there is none) and the class of each object."""

    land_cover: str
    classes: tuple[str, ...]


class _Theme(NamedTuple):
    """A kind of place: its main class and how many of it, what else may be there, on which land."""

    main: str
    most: int
    others: tuple[str, ...]
    covers: tuple[str, ...]


_THEMES = (
    _Theme("ship", 6, (), (WATER,)),
    _Theme("ship", 5, ("tank", "vehicle"), ("grassland", "bare soil")),
    _Theme("ship", 4, (), ("forest", "urban")),
    _Theme("harbor", 2, ("ship", "tank"), _COVERS_OF["harbor"]),
    _Theme("bridge", 2, ("ship", "vehicle"), ("grassland", "bare soil")),
    _Theme("bridge", 2, ("ship",), ("forest", "urban")),
    _Theme("aircraft", 6, ("vehicle", "tank"), _COVERS_OF["aircraft"]),
    _Theme("tank", 6, ("vehicle",), ("grassland", "bare soil")),
    _Theme("tank", 6, (), ("urban",)),
    _Theme("vehicle", 6, (), _COVERS_OF["vehicle"]),
)
_EMPTY_SHARE = 0.06


def draw_request(rng: np.random.Generator, frame: Frame, cover: str | None, classes: Sequence[str] | None) -> Request:
    """Return what to show; what is None is drawn. A combination that cannot be raises ImageError."""
    if cover is not None:
        land_cover_named(cover)
    if classes is None:
        return _draw_theme(rng, frame, cover)
    _check_classes(frame, classes)
    covers = _covers_for(classes)
    if cover is None:
        cover = covers[int(rng.integers(len(covers)))]
    elif cover not in covers:
        raise ImageError(f"{', '.join(classes)} cannot stand on {cover}; use one of {', '.join(covers)}")
    return Request(cover, tuple(classes))


def length_range_m(class_name: str, frame: Frame, count: int = 1) -> tuple[float, float]:
    """Return the lengths that are real for the class and visible in the frame, shorter where ``count`` is large.

    A class with no such length raises ImageError.
    """
    size = SIZES[class_name]
    shortest = max(size.shortest_m, MIN_LENGTH_PX * frame.spacing_m)
    longest = min(size.longest_m, size.largest_share * frame.extent_m)
    if shortest > longest:
        raise ImageError(
            f"no {class_name} is between {MIN_LENGTH_PX:g} pixels and {size.largest_share:.0%} of a chip of "
            f"{frame.size} pixels at {frame.spacing_m:g} m; change size or spacing_m"
        )
    return shortest, max(shortest, min(longest, 0.8 * frame.extent_m / np.sqrt(count)))


def _is_visible(class_name: str, frame: Frame) -> bool:
    try:
        length_range_m(class_name, frame)
    except ImageError:
        return False
    return True


def _check_classes(frame: Frame, classes: Sequence[str]) -> None:
    if len(classes) > MAX_OBJECTS:
        raise ImageError(f"{len(classes)} objects asked for; a chip holds at most {MAX_OBJECTS}")
    for name in classes:
        if name not in SIZES:
            raise ImageError(f"object class {name!r} is not known; use one of {', '.join(SIZES)}")
        length_range_m(name, frame)


def _covers_for(classes: Sequence[str]) -> list[str]:
    if classes and set(classes) == {"ship"}:
        return [WATER, *(name for name in LAND_COVERS if name != WATER)]
    covers = [name for name in LAND_COVERS if all(name in _COVERS_OF[each] for each in classes)]
    if not covers:
        raise ImageError(f"no land cover suits {', '.join(sorted(set(classes)))} together; ask for fewer classes")
    return covers


def _draw_theme(rng: np.random.Generator, frame: Frame, cover: str | None) -> Request:
    themes = [theme for theme in _THEMES if _is_visible(theme.main, frame) and (cover is None or cover in theme.covers)]
    if not themes or rng.random() < _EMPTY_SHARE:
        covers = tuple(LAND_COVERS) if cover is None else (cover,)
        return Request(covers[int(rng.integers(len(covers)))], ())
    mains = sorted({theme.main for theme in themes})
    main = mains[int(rng.integers(len(mains)))]
    themes = [theme for theme in themes if theme.main == main]
    theme = themes[int(rng.integers(len(themes)))]
    land = cover or theme.covers[int(rng.integers(len(theme.covers)))]
    return Request(land, _draw_classes(rng, frame, theme))


def _draw_classes(rng: np.random.Generator, frame: Frame, theme: _Theme) -> tuple[str, ...]:
    """One to ``most`` objects of the main class and up to four of the others, eight in all."""
    classes = [theme.main] * int(rng.integers(1, theme.most + 1))
    for other in theme.others:
        if _is_visible(other, frame) and rng.random() < 0.6:
            classes += [other] * int(rng.integers(1, 5))
    return tuple(classes[:8])

"""One simulated SAR chip: from a seed to pixels, boxes and masks."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

import cv2
import numpy as np
from numpy.typing import NDArray

from sarvl.errors import ImageError
from sarvl.imagery.sar_image import Quantity, SarImage
from sarvl.simulation.clutter import clutter_sigma0
from sarvl.simulation.land_cover import LAND_COVERS, WATER, LandCover
from sarvl.simulation.layout import draw_layout
from sarvl.simulation.placement import Layout, Placed
from sarvl.simulation.raster import Frame, fill
from sarvl.simulation.request import draw_request
from sarvl.simulation.sensor import SENSORS, Sensor, sensor_named
from sarvl.simulation.speckle import complex_look, multilook_intensity

DISPLAY_DB = (-32.0, 1.0)
"""The decibels of sigma0 that bytes of 0 and of 255 stand for: of 0 only where bytes are linear in decibels."""
NOISE_DB = -28.0
"""Sigma0 of the thermal noise, in decibels."""
APRON_SIGMA0_DB = -19.0
MAX_SIZE = 4096
MIN_SIZE = 32
MAX_LOOKS = 64

OutputQuantity = Literal["complex", "amplitude", "intensity", "decibel", "display"]
Curve = Literal["amplitude", "decibel"]
SEEN_FROM = ("left", "bottom", "right", "top")
"""Where the sensor may be, from where it sees the chip."""


@dataclass(frozen=True, slots=True)
class SimulatedObject:
    """One labelled object.

    box: (xmin, ymin, xmax, ymax) in pixels, the exact extent of the mask.
    mask: ``(h, w)`` bool, cut to the box; offset: (row, column) of its upper left pixel in the chip.
    """

    class_name: str
    box: tuple[float, float, float, float]
    mask: NDArray[np.bool_]
    offset: tuple[int, int]

    def full_mask(self, height: int, width: int) -> NDArray[np.bool_]:
        """Return the mask on the whole chip, ``(height, width)``."""
        full = np.zeros((height, width), bool)
        row, column = self.offset
        full[row : row + self.mask.shape[0], column : column + self.mask.shape[1]] = self.mask
        return full


@dataclass(frozen=True, slots=True)
class SimulatedChip:
    """An image and its objects.

    land_cover: of its land; ``water`` where the chip has none. sensor: by its name. seen_from: the side of the chip
    where the sensor is.
    """

    image: SarImage
    objects: tuple[SimulatedObject, ...]
    land_cover: str
    sensor: str
    seen_from: str


@dataclass(frozen=True, slots=True)
class ChipSettings:
    """How chips are made.

    size: side in pixels. spacing_m: of the pixels. looks: how many are averaged. quantity: of the pixels. curve: what
    bytes of ``display`` are linear in. sensor: by its name; None draws one.
    """

    size: int = 256
    spacing_m: float = 1.0
    looks: int = 1
    quantity: OutputQuantity = "display"
    curve: Curve = "amplitude"
    sensor: str | None = None

    def __post_init__(self) -> None:
        """Refuse settings that cannot be simulated, with an ImageError."""
        if not MIN_SIZE <= self.size <= MAX_SIZE:
            raise ImageError(f"size {self.size} pixels; give {MIN_SIZE} to {MAX_SIZE}")
        if not 0.05 <= self.spacing_m <= 100:
            raise ImageError(f"spacing_m {self.spacing_m}; give 0.05 to 100 metres")
        if not 1 <= self.looks <= MAX_LOOKS:
            raise ImageError(f"looks {self.looks}; give 1 to {MAX_LOOKS}")
        if self.quantity not in get_args(OutputQuantity):
            choices = ", ".join(get_args(OutputQuantity))
            raise ImageError(f"quantity {self.quantity!r} cannot be simulated; use one of {choices}")
        if self.curve not in get_args(Curve):
            raise ImageError(f"curve {self.curve!r} is not known; use {' or '.join(get_args(Curve))}")
        if self.curve != "amplitude" and self.quantity != "display":
            raise ImageError(f"curve {self.curve!r} is of display bytes, but quantity is {self.quantity}; leave it out")
        if self.sensor is not None:
            sensor_named(self.sensor)
        if self.quantity == "complex" and self.looks != 1:
            raise ImageError(f"complex pixels have one look, not {self.looks}; use looks=1 or another quantity")


def simulate_chip(
    seed: int,
    *,
    size: int = 256,
    spacing_m: float = 1.0,
    looks: int = 1,
    land_cover: str | None = None,
    objects: Sequence[str] | None = None,
    quantity: OutputQuantity = "display",
    curve: Curve = "amplitude",
    sensor: str | None = None,
) -> SimulatedChip:
    """Return a SAR chip of ``size`` x ``size`` pixels from scattering physics.

    Ground is K-distributed clutter, targets are point scatterers, rough surfaces and shadows. All of it, with thermal
    noise (``NOISE_DB``), is complex Gaussian and passes through the point response of one of ``SENSORS``, which makes
    speckle and side lobes. The sensor sees it from one of the four sides: shadows fall away from it. Pixels are sigma0:
    complex64; float32 amplitude, intensity or decibel; or ``display``, uint8 linear in amplitude up to 255 at
    ``DISPLAY_DB[1]``, as SSDD and MSTAR are drawn, or linear in decibels over ``DISPLAY_DB`` (``curve``).

    land_cover: a name of ``LAND_COVERS``; objects: class names of ``OBJECT_CLASSES``, one an object, ``()`` for bare
    clutter. None draws what goes together, and the sensor. The same arguments give the same pixels.

    Raises ImageError for settings, covers or classes that cannot be, or objects that find no room.
    """
    if seed < 0:
        raise ImageError(f"seed {seed} is negative; give 0 or more")
    rng = np.random.Generator(np.random.PCG64(np.random.SeedSequence(seed)))
    return chip_from(rng, ChipSettings(size, spacing_m, looks, quantity, curve, sensor), land_cover, objects)


def chip_from(
    rng: np.random.Generator, settings: ChipSettings, land_cover: str | None, objects: Sequence[str] | None
) -> SimulatedChip:
    """Return a chip drawn from ``rng``; see ``simulate_chip``."""
    frame = Frame(settings.size, settings.spacing_m)
    request = draw_request(rng, frame, land_cover, objects)
    layout = draw_layout(rng, frame, request, every_object=objects is not None)
    drawn = list(SENSORS)[int(rng.integers(len(SENSORS)))]
    turns = int(rng.integers(len(SEEN_FROM)))
    sensor = settings.sensor or drawn
    pixels = np.ascontiguousarray(np.rot90(_pixels(rng, layout, settings, SENSORS[sensor]), turns))
    bands = ("gray",) if settings.quantity == "display" else ("VV",)
    spacing = (settings.spacing_m, settings.spacing_m)
    image = SarImage(pixels[None], Quantity(settings.quantity), bands, spacing_m=spacing)
    items = tuple(_labelled(placed, turns, frame.size) for placed in layout.placed)
    return SimulatedChip(image, items, request.land_cover, sensor, SEEN_FROM[turns])


def sigma0_map(rng: np.random.Generator, layout: Layout) -> NDArray[np.float32]:
    """Return the mean backscatter ``(H, W)``, linear, with noise, before speckle and without point scatterers."""
    sigma0 = _ground(rng, layout)
    spacing = layout.frame.spacing_m
    if layout.paved is not None:
        sigma0[layout.paved] = 10 ** (APRON_SIGMA0_DB / 10)
    for placed in layout.placed:
        for road in placed.target.surroundings:
            fill(sigma0, [road.polygon], 10 ** (road.sigma0_db / 10), placed.origin, spacing)
    _apply_wakes(sigma0, layout)
    for placed in layout.placed:
        fill(sigma0, placed.target.shadows, 0.0, placed.origin, spacing)
    for placed in layout.placed:
        for surface in placed.target.surfaces:
            fill(sigma0, [surface.polygon], 10 ** (surface.sigma0_db / 10), placed.origin, spacing)
    sigma0 += np.float32(10 ** (NOISE_DB / 10))
    return sigma0


def _ground(rng: np.random.Generator, layout: Layout) -> NDArray[np.float32]:
    size, spacing = layout.frame.size, layout.frame.spacing_m
    ground = _place_of(rng, LAND_COVERS[layout.land_cover], size, spacing)
    if layout.shore is None:
        return ground
    return np.where(layout.water, _place_of(rng, LAND_COVERS[WATER], size, spacing), ground)


def _place_of(rng: np.random.Generator, cover: LandCover, size: int, spacing_m: float) -> NDArray[np.float32]:
    """Return ground of one land cover, as bright as it is at one place."""
    level = np.float32(10 ** (rng.normal(0, cover.spread_db) / 10))
    return clutter_sigma0(rng, cover, size, spacing_m) * level


def _apply_wakes(sigma0: NDArray[np.float32], layout: Layout) -> None:
    wakes = [(placed, gain) for placed in layout.placed for gain in placed.target.gains]
    if not wakes:
        return
    factor = np.ones_like(sigma0)
    for placed, gain in wakes:
        fill(factor, [gain.polygon], gain.factor, placed.origin, layout.frame.spacing_m)
    np.multiply(sigma0, factor, out=sigma0, where=layout.water)


def scatterer_cells(layout: Layout) -> NDArray[np.float32]:
    """Return all point scatterers, ``(K, 3)``: column, row, cross-section over the area of a pixel."""
    spacing = layout.frame.spacing_m
    parts = [np.zeros((0, 3))]
    for placed in layout.placed:
        points = placed.target.scatterers / (spacing, spacing, spacing**2)
        parts.append(points + np.array([*placed.origin, 0.0]))
    return np.concatenate(parts).astype(np.float32)


def _pixels(rng: np.random.Generator, layout: Layout, settings: ChipSettings, sensor: Sensor) -> NDArray[Any]:
    sigma0, scatterers = sigma0_map(rng, layout), scatterer_cells(layout)
    if settings.quantity == "complex":
        return complex_look(rng, sigma0, sensor, scatterers)
    intensity = multilook_intensity(rng, sigma0, sensor, scatterers, settings.looks)
    match settings.quantity:
        case "amplitude":
            return np.sqrt(intensity)
        case "decibel":
            return _decibels(intensity)
        case "display":
            return _display(intensity, settings.curve)
    return intensity


def _decibels(intensity: NDArray[np.float32]) -> NDArray[np.float32]:
    natural = cv2.log(np.maximum(intensity, np.float32(1e-9)))
    decibels: NDArray[np.float32] = natural * np.float32(10 / np.log(10))
    return decibels


def _display(intensity: NDArray[np.float32], curve: Curve) -> NDArray[np.uint8]:
    low, high = DISPLAY_DB
    if curve == "decibel":
        grey = (_decibels(intensity) - np.float32(low)) * np.float32(255 / (high - low))
    else:
        grey = cv2.sqrt(intensity) * np.float32(255 * 10 ** (-high / 20))
    shown: NDArray[np.uint8] = np.clip(np.rint(grey), 0, 255).astype(np.uint8)
    return shown


def _labelled(placed: Placed, turns: int, size: int) -> SimulatedObject:
    """Return what is labelled of a target on a chip of ``size`` pixels that is turned by quarters, as ``np.rot90``."""
    mask = np.rot90(placed.mask.pixels.astype(bool), turns)
    column, row = placed.mask.column, placed.mask.row
    (height, width), (turned_height, turned_width) = placed.mask.pixels.shape, mask.shape
    for _ in range(turns):
        column, row, height, width = row, size - column - width, width, height
    box = (float(column), float(row), float(column + turned_width), float(row + turned_height))
    return SimulatedObject(placed.target.class_name, box, np.ascontiguousarray(mask), (row, column))

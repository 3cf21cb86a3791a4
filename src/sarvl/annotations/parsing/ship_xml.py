"""The XML files of an OpenSARShip product: its ships, and the geometry of the scene."""

from math import isfinite, radians, sin
from pathlib import Path
from typing import NamedTuple
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

from sarvl.errors import AnnotationError, unreadable
from sarvl.files import file_bytes

SHIP_XML = "Ship.xml"
MAX_XML_BYTES = 2**28
MAX_SHIP_LENGTH_M = 500.0  # the longest ship ever built had 458 m
_BROKEN_END, _END = b"<\\ShipList>", b"</ShipList>"  # as three of the six products at hand end
_GEOMETRY = ("azimuth_spacing", "range_spacing", "azimuth_looks", "range_looks", "srgr_flag")


class Ship(NamedTuple):
    """One ship.

    centre: (x, y) of its chip in the scene, which its patches have in their names; None where it is missing.
    elaborated_type: as the registry names it, may be ``NA``. size_m: AIS length and width, None where AIS has no
    plausible ones. position: longitude and latitude of the chip's centre.
    """

    centre: tuple[int, int] | None
    elaborated_type: str
    size_m: tuple[float, float] | None
    position: tuple[float, float] | None
    incidence_degrees: float | None
    notes: tuple[str, ...]


class Product(NamedTuple):
    """The geometry of a scene; fields are None where its metadata do not give them."""

    azimuth_m: float | None = None
    range_m: float | None = None
    in_slant_range: bool = False
    looks: float | None = None
    notes: tuple[str, ...] = ()

    def spacing_m(self, incidence_degrees: float | None) -> tuple[float, float] | None:
        """Return the spacing on the ground (row: azimuth, column: range): slant range by the sine of the incidence."""
        if self.azimuth_m is None or self.range_m is None:
            return None
        if not self.in_slant_range:
            return self.azimuth_m, self.range_m
        if incidence_degrees is None or not 1 <= incidence_degrees <= 89:
            return None
        return self.azimuth_m, self.range_m / sin(radians(incidence_degrees))


def read_ships(path: Path) -> tuple[list[Ship], tuple[str, ...]]:
    r"""Return the ships of ``Ship.xml``, in order, and what was mended: an end tag written ``<\ShipList>``.

    Raises AnnotationError where the file is missing or no XML.
    """
    data = _read(path)
    mended = (f"{path.name}: its end tag <\\ShipList> read as </ShipList>",) if _BROKEN_END in data else ()
    root = _parsed(path, data.replace(_BROKEN_END, _END))
    return [_ship_of(element) for element in root.iter("ship")], mended


def read_product(folder: Path) -> Product:
    """Return the geometry from the first XML file beside ``Ship.xml``; its metadata are optional, faults are noted."""
    paths = sorted(path for path in folder.glob("*.xml") if path.name != SHIP_XML)
    if not paths:
        return Product()
    try:
        root = _parsed(paths[0], _read(paths[0]))
    except AnnotationError as problem:
        return Product(notes=(f"no spacing and looks: {str(problem).replace(f'{folder}/', '')}",))
    texts = {item.get("name"): item.get("value") for item in reversed(list(root.iter("attrib")))}  # the first counts
    azimuth, range_m, *looks, flag = (_number(texts.get(name)) for name in _GEOMETRY)
    both = [value for value in looks if value and value > 0]
    return Product(
        azimuth if azimuth and azimuth > 0 else None,
        range_m if range_m and range_m > 0 else None,
        in_slant_range=flag == 0,
        looks=both[0] * both[1] if len(both) == 2 else None,
    )


def _read(path: Path) -> bytes:
    try:
        if file_bytes(path) > MAX_XML_BYTES:
            raise AnnotationError(f"{path}: larger than {MAX_XML_BYTES} bytes; check that it is the right file")
        return path.read_bytes()
    except OSError as problem:
        raise AnnotationError(unreadable(path, problem)) from problem


def _parsed(path: Path, data: bytes) -> Element:
    try:
        root: Element = fromstring(data)
    except (ParseError, DefusedXmlException, ValueError, LookupError) as problem:
        reason = str(problem) or type(problem).__name__
        raise AnnotationError(f"{path}: not valid XML ({reason}); check that the file is complete") from problem
    return root


def _ship_of(element: Element) -> Ship:
    x, y = (_number(element.findtext(f"SARShipInformation/Center_{axis}")) for axis in "xy")
    longitude, latitude = (
        _number(element.findtext(f"SARShipInformation/Center_{name}")) for name in ("longitude", "latitude")
    )
    on_earth = longitude is not None and latitude is not None and abs(longitude) <= 180 and abs(latitude) <= 90
    size, notes = _size_of(element)
    return Ship(
        centre=(int(x), int(y)) if x is not None and y is not None else None,
        elaborated_type=(element.findtext("MarineTrafficInformation/Elaborated_type") or "").strip(),
        size_m=size,
        position=(longitude, latitude) if on_earth and longitude is not None and latitude is not None else None,
        incidence_degrees=_number(element.findtext("SARShipInformation/Incidence")),
        notes=notes,
    )


def _size_of(element: Element) -> tuple[tuple[float, float] | None, tuple[str, ...]]:
    """Return AIS length and width, or None with a note where AIS gives what no ship has; zero is AIS for unknown."""
    length, width = (_number(element.findtext(f"AISShipInformation/{name}")) or 0.0 for name in ("Length", "Width"))
    if 0 < width < length <= MAX_SHIP_LENGTH_M:
        return (length, width), ()
    return None, (f"AIS size of {length:g} x {width:g} m left out: no ship has it",) if length or width else ()


def _number(text: str | None) -> float | None:
    """Return a number, or None where there is none or it is not finite."""
    try:
        value = float(text or "")
    except ValueError:
        return None
    return value if isfinite(value) and abs(value) < 1e12 else None

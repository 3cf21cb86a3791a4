"""The land covers that can be simulated, each with the parameters of its radar clutter."""

from types import MappingProxyType
from typing import NamedTuple

from sarvl.errors import ImageError

WATER = "water"


class LandCover(NamedTuple):
    """Clutter of one land cover: K-distributed intensity (Jakeman and Pusey 1976).

    sigma0_db: mean backscatter coefficient in dB.
    texture_order: order nu of the gamma texture; small is spiky, large is close to pure speckle.
    correlation_m: correlation length of the texture in metres.
    street_spacing_m: distance between the streets of a built-up area; None where there are none.
    """

    sigma0_db: float
    texture_order: float
    correlation_m: float
    street_spacing_m: float | None = None


# The mean levels are round figures chosen in the range that Ulaby and Dobson (Handbook of Radar Scattering Statistics
# for Terrain, 1989) cover for C and X band at middle incidence; none is a fit to a sensor.
# The orders are rounded from 2 / (normalised intensity variance - 1), the single-look K moment relation, of public
# Sentinel-1 single-look patches (median of 80): farmland 13.6, forest 5.2, water 13.0. Residential patches gave 0.5
# with their houses in it; a part of that contrast is drawn here as streets.
LAND_COVERS = MappingProxyType(
    {
        WATER: LandCover(-20.0, 13.0, 20.0),
        "grassland": LandCover(-11.0, 13.0, 15.0),
        "forest": LandCover(-7.0, 5.0, 5.0),
        "urban": LandCover(-3.0, 1.0, 8.0, street_spacing_m=36.0),
        "bare soil": LandCover(-15.0, 20.0, 25.0),
    }
)
"""How each cover scatters, by its name."""


def land_cover_named(name: str) -> LandCover:
    """Return the parameters of a land cover; an unknown name raises ImageError."""
    if name not in LAND_COVERS:
        raise ImageError(f"land_cover {name!r} is not known; use one of {', '.join(LAND_COVERS)}")
    return LAND_COVERS[name]

"""The land covers that can be simulated, each with the parameters of its radar clutter."""

from types import MappingProxyType
from typing import NamedTuple

from sarvl.errors import ImageError

WATER = "water"

_MEASURED_AT_M = 5.7  # the cell of Sentinel-1's patches: 2.3 m by 14 m
_ORDER_POWER = 0.42


class LandCover(NamedTuple):
    """Clutter of one land cover: K-distributed intensity (Jakeman and Pusey 1976).

    sigma0_db: mean backscatter coefficient in dB. spread_db: its standard deviation from place to place.
    texture_order: order nu of the gamma texture in cells of 5.7 m; small is spiky, large is close to pure speckle.
    correlation_px: correlation length of the texture in pixels, in range and in azimuth.
    street_spacing_m: distance between the streets of a built-up area; None where there are none.
    """

    sigma0_db: float
    spread_db: float
    texture_order: float
    correlation_px: tuple[float, float]
    street_spacing_m: float | None = None

    def order_at(self, spacing_m: float) -> float:
        """Return the order of the texture in cells of a size: fine cells hold fewer scatterers and are spikier.

        Houses are larger than cells, so that the order of a town stays as it is.
        """
        if self.street_spacing_m is not None:
            return self.texture_order
        return float(self.texture_order * (spacing_m / _MEASURED_AT_M) ** _ORDER_POWER)


# The mean levels are round figures chosen in the range that Ulaby and Dobson (Handbook of Radar Scattering Statistics
# for Terrain, 1989) cover for C and X band at middle incidence; none is a fit to a sensor.
# Spread, order and correlation are those that `benchmarks/clutter.py` measures on public Sentinel-1 single-look patches
# (80 a class): farmland for grassland and bare soil, forest, open water, which is streaked along azimuth. On its
# residential patches the mean squared intensity is 8.1 times the square of the mean, on TerraSAR-X's 6.9; the order of
# a town makes that at 1 m together with its streets.
# The order grows with the cell: 14.4 on farmland of Sentinel-1, 3.45 on the fields around MSTAR's vehicles in cells of
# 0.2 m, which the power joins.
LAND_COVERS = MappingProxyType(
    {
        WATER: LandCover(-20.0, 1.2, 10.1, (1.5, 10.0)),
        "grassland": LandCover(-11.0, 1.8, 14.4, (7.0, 7.0)),
        "forest": LandCover(-7.0, 1.4, 5.8, (3.5, 3.5)),
        "urban": LandCover(-5.0, 1.3, 0.72, (2.0, 3.0), street_spacing_m=36.0),
        "bare soil": LandCover(-15.0, 1.8, 14.4, (7.0, 7.0)),
    }
)
"""How each cover scatters, by its name."""


def land_cover_named(name: str) -> LandCover:
    """Return the parameters of a land cover; an unknown name raises ImageError."""
    if name not in LAND_COVERS:
        raise ImageError(f"land_cover {name!r} is not known; use one of {', '.join(LAND_COVERS)}")
    return LAND_COVERS[name]

"""Sensors: how finely each samples what it resolves, and the weighting that sets its side lobes."""

from collections.abc import Callable
from functools import lru_cache, partial
from types import MappingProxyType
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.signal.windows import general_hamming, taylor

from sarvl.errors import ImageError

RESPONSE_HALF_WIDTH = 16
_FREQUENCIES = 256

Window = Callable[[int], NDArray[np.float64]]


class Axis(NamedTuple):
    """Range or azimuth: samples a resolution cell of the unweighted band, and the window over that band."""

    oversampling: float
    window: Window


class Sensor(NamedTuple):
    """Range is across the line of flight, azimuth along it."""

    range: Axis
    azimuth: Axis


_HAMMING_75 = partial(general_hamming, alpha=0.75, sym=True)  # highest side lobe -21.2 dB, as of Sentinel-1 IW
_HAMMING_60 = partial(general_hamming, alpha=0.6, sym=True)  # -31.6 dB
_TAYLOR_35 = partial(taylor, nbar=4, sll=35)  # MSTAR's files name it in their header

# MSTAR's sampling is that of its headers: 0.2021 m for a band of 591 MHz. That of the others gives speckle the
# correlation between neighbours that `benchmarks/clutter.py` measures, in intensity, along either side: 0.18 and 0.3 to
# 0.37 for Sentinel-1, 0.22 and 0.49 for TerraSAR-X, 0.65 and 0.5 on the sea of SSDD; on MSTAR it is 0.52 and 0.52.
SENSORS = MappingProxyType(
    {
        "Sentinel-1": Sensor(Axis(1.14, _HAMMING_75), Axis(1.4, _HAMMING_75)),
        "TerraSAR-X": Sensor(Axis(1.2, _HAMMING_75), Axis(1.3, _HAMMING_60)),
        "MSTAR": Sensor(Axis(1.255, _TAYLOR_35), Axis(1.255, _TAYLOR_35)),
        "ground range": Sensor(Axis(2.0, _HAMMING_75), Axis(1.6, _HAMMING_75)),
    }
)
"""Sensors by name; ``ground range`` samples twice a cell, as products on the ground do."""


def sensor_named(name: str) -> Sensor:
    """Return a sensor; an unknown name raises ImageError."""
    if name not in SENSORS:
        raise ImageError(f"sensor {name!r} is not known; use one of {', '.join(SENSORS)}")
    return SENSORS[name]


@lru_cache(maxsize=64)
def impulse_response(axis: Axis) -> NDArray[np.float32]:
    """Return the point response along an axis, ``(2 * RESPONSE_HALF_WIDTH + 1,)``, of unit energy.

    It is the transform of the axis's window over the band ``1 / oversampling`` of the sampling rate (Carrara, Goodman
    and Majewski, Spotlight Synthetic Aperture Radar, 1995, app. D), cut after sixteen samples.
    """
    window = axis.window(_FREQUENCIES)
    frequency = (np.arange(_FREQUENCIES) + 0.5) / _FREQUENCIES - 0.5
    lag = np.arange(-RESPONSE_HALF_WIDTH, RESPONSE_HALF_WIDTH + 1)
    response = np.cos(2 * np.pi * np.outer(lag, frequency) / axis.oversampling) @ window
    unit: NDArray[np.float32] = (response / np.linalg.norm(response)).astype(np.float32)
    return unit

"""Mean backscatter of natural ground: gamma texture with a correlation length around a declared level."""

import math
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaincinv, ndtr

from sarvl.simulation.land_cover import LandCover

_TABLE_RANGE = 4.5
_TABLE_SIZE = 4096


def gamma_texture(
    rng: np.random.Generator, size: int, order: float, correlation_px: tuple[float, float]
) -> NDArray[np.float32]:
    """Return ``(size, size)`` correlated gamma texture of mean 1 and variance ``1 / order``.

    correlation_px: lengths along the columns (range) and the rows (azimuth).

    A correlated Gaussian field is mapped through the gamma quantile function, so that the marginal distribution is
    exact whatever the correlation (Tough and Ward, J. Phys. D 32, 1999). ``order = inf`` gives a constant 1.
    """
    if math.isinf(order):
        return np.ones((size, size), np.float32)
    field = _correlated_normal(rng, size, correlation_px)
    step = 2 * _TABLE_RANGE / (_TABLE_SIZE - 1)
    index = np.clip(field * (1 / step) + _TABLE_RANGE / step + 0.5, 0, _TABLE_SIZE - 1).astype(np.intp)
    texture: NDArray[np.float32] = _gamma_quantiles(order).take(index)
    return texture


def clutter_sigma0(
    rng: np.random.Generator, cover: LandCover, size: int, spacing_m: float, *, textured: bool = True
) -> NDArray[np.float32]:
    """Return the backscatter coefficient ``(size, size)``, linear, of ground under one land cover, without speckle."""
    order = cover.order_at(spacing_m) if textured else math.inf
    sigma0 = gamma_texture(rng, size, order, cover.correlation_px)
    if textured and cover.street_spacing_m is not None:
        sigma0 *= _street_pattern(rng, size, cover.street_spacing_m / spacing_m)
    sigma0 *= np.float32(10 ** (cover.sigma0_db / 10))
    return sigma0


def _correlated_normal(rng: np.random.Generator, size: int, correlation_px: tuple[float, float]) -> NDArray[np.float32]:
    columns, rows = (min(size, math.ceil(size / max(length, 1.0)) + 1) for length in correlation_px)
    noise = rng.standard_normal((rows, columns), dtype=np.float32)
    if columns == rows == size:
        return noise
    field: NDArray[np.float32] = cv2.resize(noise, (size, size), interpolation=cv2.INTER_CUBIC)
    field *= _interpolation_gain(rows, columns, size)
    return field


@lru_cache(maxsize=64)
def _interpolation_gain(rows: int, columns: int, size: int) -> NDArray[np.float32]:
    """One over the standard deviation that white noise has left at each pixel after interpolation."""
    gain: NDArray[np.float32] = (1 / np.outer(_deviation(rows, size), _deviation(columns, size))).astype(np.float32)
    return gain


def _deviation(coarse: int, size: int) -> NDArray[np.float32]:
    weights = cv2.resize(np.eye(coarse, dtype=np.float32), (coarse, size), interpolation=cv2.INTER_CUBIC)
    deviation: NDArray[np.float32] = np.sqrt((weights**2).sum(axis=1))  # (size,)
    return deviation


@lru_cache(maxsize=64)
def _gamma_quantiles(order: float) -> NDArray[np.float32]:
    normal = np.linspace(-_TABLE_RANGE, _TABLE_RANGE, _TABLE_SIZE)
    quantiles: NDArray[np.float32] = (gammaincinv(order, ndtr(normal)) / order).astype(np.float32)
    return quantiles


def _street_pattern(rng: np.random.Generator, size: int, spacing_px: float) -> NDArray[np.float32]:
    """Blocks of houses with a bright front, between winding streets of uneven distance; the mean over the chip is 1."""
    heading = rng.uniform(0, np.pi)
    axis = np.arange(size, dtype=np.float32) / np.float32(spacing_px)
    along = axis * np.float32(np.cos(heading)) + (axis * np.float32(np.sin(heading)))[:, None]  # (H, W)
    across = axis * np.float32(-np.sin(heading)) + (axis * np.float32(np.cos(heading)))[:, None]  # (H, W)
    across *= np.float32(0.6)
    bend, shift = rng.uniform(0, 2 * np.pi, 2).astype(np.float32)
    bent = along + np.float32(0.35) * np.sin(across + bend) + np.float32(0.25) * np.sin(np.float32(2.3) * along)
    crossing = across + np.float32(0.3) * np.sin(np.float32(1.7) * along + shift)
    street = (bent % 1 < 0.16) | (crossing % 1 < 0.1)
    front = bent % 1 < 0.24
    pattern = np.where(street, np.float32(0.2), np.where(front, np.float32(4.0), np.float32(1.0)))
    pattern /= pattern.mean()
    return pattern

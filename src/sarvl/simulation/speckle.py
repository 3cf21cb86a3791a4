"""Fully developed speckle and the sensor's point response: from backscatter to the complex image."""

from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.signal.windows import taylor

OVERSAMPLING = 1.25
RESPONSE_HALF_WIDTH = 10
_TAYLOR_SIDELOBE_DB = 30
_FREQUENCIES = 256


@lru_cache(maxsize=1)
def impulse_response() -> NDArray[np.float32]:
    """Return the one-dimensional point response, ``(2 * RESPONSE_HALF_WIDTH + 1,)``, of unit energy.

    It is the transform of a Taylor window (30 dB) over the band ``1 / OVERSAMPLING`` of the sampling rate (Carrara,
    Goodman and Majewski, Spotlight Synthetic Aperture Radar, 1995, app. D), cut at its sixth to eighth sidelobe.
    """
    window = taylor(_FREQUENCIES, nbar=4, sll=_TAYLOR_SIDELOBE_DB)
    frequency = (np.arange(_FREQUENCIES) + 0.5) / _FREQUENCIES - 0.5
    lag = np.arange(-RESPONSE_HALF_WIDTH, RESPONSE_HALF_WIDTH + 1)
    response = np.cos(2 * np.pi * np.outer(lag, frequency) / OVERSAMPLING) @ window
    unit: NDArray[np.float32] = (response / np.linalg.norm(response)).astype(np.float32)
    return unit


def complex_look(
    rng: np.random.Generator, sigma0: NDArray[np.float32], scatterers: NDArray[np.float32] | None = None
) -> NDArray[np.complex64]:
    """Return one look ``(H, W)`` complex64 at the mean backscatter ``sigma0`` ``(H, W)``, linear.

    Each cell is circular complex Gaussian (Goodman 1976), band-limited by ``impulse_response``. ``scatterers`` are
    ``(K, 3)``: column, row, sigma0 of the cell; each gets a uniform random phase. The border of ``sigma0`` is repeated
    outwards so that the response has its full energy up to the edge.
    """
    border = RESPONSE_HALF_WIDTH
    amplitude = np.sqrt(sigma0 * np.float32(0.5))
    amplitude = cv2.copyMakeBorder(amplitude, border, border, border, border, cv2.BORDER_REPLICATE)
    field = rng.standard_normal((*amplitude.shape, 2), dtype=np.float32)  # (H + 2b, W + 2b, 2)
    field *= amplitude[..., None]
    if scatterers is not None and len(scatterers):
        _add_scatterers(rng, field, scatterers)
    kernel = impulse_response()
    field = cv2.sepFilter2D(field, cv2.CV_32F, kernel, kernel)
    inner = np.ascontiguousarray(field[border:-border, border:-border])
    look: NDArray[np.complex64] = inner.view(np.complex64)[..., 0]
    return look


def multilook_intensity(
    rng: np.random.Generator, sigma0: NDArray[np.float32], scatterers: NDArray[np.float32] | None, looks: int
) -> NDArray[np.float32]:
    """Return the mean intensity ``(H, W)`` of ``looks`` independent looks; see ``complex_look``."""
    total = np.zeros_like(sigma0)
    for _ in range(looks):
        look = complex_look(rng, sigma0, scatterers)
        total += look.real**2 + look.imag**2
    total /= np.float32(looks)
    return total


def _add_scatterers(rng: np.random.Generator, field: NDArray[np.float32], scatterers: NDArray[np.float32]) -> None:
    """Add each scatterer to its nearest cell; those beyond the border are out of sight."""
    phase = rng.uniform(0, 2 * np.pi, len(scatterers)).astype(np.float32)
    cell = np.floor(scatterers[:, :2]).astype(np.intp) + RESPONSE_HALF_WIDTH
    inside = ((cell >= 0) & (cell < (field.shape[1], field.shape[0]))).all(axis=1)
    column, row = cell[inside].T
    phasor = np.stack([np.cos(phase), np.sin(phase)], axis=1) * np.sqrt(scatterers[:, 2:])  # (K, 2)
    np.add.at(field, (row, column), phasor[inside])

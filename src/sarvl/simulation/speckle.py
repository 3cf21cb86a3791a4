"""Fully developed speckle and the sensor's point response: from backscatter to the complex image."""

import cv2
import numpy as np
from numpy.typing import NDArray

from sarvl.simulation.sensor import RESPONSE_HALF_WIDTH, Sensor, impulse_response


def complex_look(
    rng: np.random.Generator,
    sigma0: NDArray[np.float32],
    sensor: Sensor,
    scatterers: NDArray[np.float32] | None = None,
) -> NDArray[np.complex64]:
    """Return one look ``(H, W)`` complex64 at the mean backscatter ``sigma0`` ``(H, W)``, linear.

    Each cell is circular complex Gaussian (Goodman 1976), band-limited by the sensor's ``impulse_response`` in range
    (columns) and azimuth (rows). ``scatterers`` are ``(K, 3)``: column, row, sigma0 of the cell; each gets a uniform
    random phase. The border of ``sigma0`` is repeated outwards so that the response has its full energy up to the edge.
    """
    border = RESPONSE_HALF_WIDTH
    amplitude = np.sqrt(sigma0 * np.float32(0.5))
    amplitude = cv2.copyMakeBorder(amplitude, border, border, border, border, cv2.BORDER_REPLICATE)
    field = rng.standard_normal((*amplitude.shape, 2), dtype=np.float32)  # (H + 2b, W + 2b, 2)
    field *= amplitude[..., None]
    if scatterers is not None and len(scatterers):
        _add_scatterers(rng, field, scatterers)
    along, across = impulse_response(sensor.range), impulse_response(sensor.azimuth)
    field = cv2.sepFilter2D(field, cv2.CV_32F, along, across)
    inner = np.ascontiguousarray(field[border:-border, border:-border])
    look: NDArray[np.complex64] = inner.view(np.complex64)[..., 0]
    return look


def multilook_intensity(
    rng: np.random.Generator,
    sigma0: NDArray[np.float32],
    sensor: Sensor,
    scatterers: NDArray[np.float32] | None,
    looks: int,
) -> NDArray[np.float32]:
    """Return the mean intensity ``(H, W)`` of ``looks`` independent looks; see ``complex_look``."""
    total = np.zeros_like(sigma0)
    for _ in range(looks):
        look = complex_look(rng, sigma0, sensor, scatterers)
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

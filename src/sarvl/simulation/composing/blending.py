"""Setting a target into clutter so that neither level nor grain changes at the seam."""

from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from sarvl.simulation.composing.amplitude import Amplitude
from sarvl.simulation.composing.object_masks import Mask


def alpha_of(carried: Mask, margin_px: int, feather_px: float) -> NDArray[np.float32]:
    """Return the share of the target ``(h, w)``: 1 inside, a half at ``margin_px`` from it, 0 beyond the seam."""
    distance = cv2.distanceTransform((~carried).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    # The distance is from the middle of one pixel to that of another: the outline lies half a pixel nearer.
    ramp = (margin_px + 0.5 - distance) / max(feather_px, 1e-6) + 0.5
    alpha: NDArray[np.float32] = np.clip(ramp, 0, 1).astype(np.float32)
    return alpha


def blended(clutter: Amplitude, target: Amplitude, alpha: NDArray[np.float32], level: NDArray[np.float32]) -> Amplitude:
    """Return clutter and target ``(bands, h, w)`` joined; level: the mean ``(bands,)`` that both have at the seam.

    A weighted mean of two grains is smoother than either. So their deviations from the level are added with weights
    whose squares add up to 1, which keeps the variance.
    """
    weight = np.sqrt(alpha**2 + (1 - alpha) ** 2)
    mean = level[:, None, None]
    deviation = (alpha * (target - mean) + (1 - alpha) * (clutter - mean)) / weight
    joined: Amplitude = np.maximum(mean + deviation, 0)
    return joined


class Patch(NamedTuple):
    """What is set in: amplitude ``(bands, h, w)``, and the masks of ``CutTarget`` ``(h, w)``."""

    amplitude: Amplitude
    mask: Mask
    carried: Mask
    ring: Mask


def resampled(patch: Patch, factors: tuple[float, float]) -> Patch:
    """Return a patch with sides times ``factors`` (rows, columns), power averaged; masks by their nearest pixels."""
    height, width = patch.mask.shape
    size = max(1, round(width * factors[1])), max(1, round(height * factors[0]))
    how = cv2.INTER_AREA if max(factors) < 1 else cv2.INTER_LINEAR
    bands = [np.sqrt(cv2.resize(np.square(band), size, interpolation=how)) for band in patch.amplitude]
    masks = (
        cv2.resize(mask.astype(np.uint8), size, interpolation=cv2.INTER_NEAREST).astype(bool)
        for mask in (patch.mask, patch.carried, patch.ring)
    )
    return Patch(np.stack(bands), *masks)

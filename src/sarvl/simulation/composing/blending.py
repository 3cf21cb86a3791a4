"""Setting a target into clutter so that neither level nor grain changes at the seam."""

from collections.abc import Sequence
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from sarvl.simulation.composing.amplitude import Amplitude
from sarvl.simulation.composing.compose_recipe import ComposeRecipe
from sarvl.simulation.composing.cut_target import APART_PX, reach_px
from sarvl.simulation.composing.object_masks import Mask, grown

_WHOLE = 0.999  # of a pixel; what is missing is rounding


def alpha_of(carried: Mask, margin_px: float, feather_px: float) -> NDArray[np.float32]:
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
    """What is set in: amplitude ``(bands, h, w)``; mask and ring of ``CutTarget`` and the target's share ``(h, w)``."""

    amplitude: Amplitude
    mask: Mask
    ring: Mask
    alpha: NDArray[np.float32]


def patch_of(amplitude: Amplitude, masks: Sequence[Mask], recipe: ComposeRecipe) -> Patch:
    """Return the patch of a target with the masks of ``CutTarget``."""
    mask, carried, ring = masks
    return Patch(amplitude, mask, ring, alpha_of(carried, recipe.targets.margin_px, recipe.feather_px))


def resampled_patch_of(
    amplitude: Amplitude, masks: Sequence[Mask], recipe: ComposeRecipe, factors: tuple[float, float]
) -> Patch:
    """Return the patch with sides times ``factors`` (rows, columns), power averaged.

    Other objects and the edge of the image were looked for within ``reach_px`` of the target: a pixel that is made of
    any further away has no share, and the seam is as near as it was before, where pixels become larger.
    """
    mask, carried, ring = masks
    size = max(1, round(mask.shape[1] * factors[1])), max(1, round(mask.shape[0] * factors[0]))
    how = cv2.INTER_AREA if max(factors) < 1 else cv2.INTER_LINEAR

    def shares(where: Mask) -> NDArray[np.float32]:
        resized: NDArray[np.float32] = cv2.resize(where.astype(np.float32), size, interpolation=how)
        return resized

    known = shares(grown(carried, reach_px(recipe))) > _WHOLE
    clutter = shares(grown(ring, APART_PX) & ~carried) > _WHOLE
    scale = min(1.0, *factors)
    alpha = alpha_of(shares(carried) >= 0.5, recipe.targets.margin_px * scale, recipe.feather_px * scale)
    bands = [np.sqrt(cv2.resize(np.square(band), size, interpolation=how)) for band in amplitude]
    return Patch(np.stack(bands), (shares(mask) >= 0.5) & known, (shares(ring) >= 0.5) & clutter, alpha * known)

"""Levels: how bright images are, and the range and curve of a band that follow from it."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from sarvl.imagery.bands import BandContract, Curve, Range
from sarvl.imagery.contract import InputContract
from sarvl.imagery.planes import BandPlanes
from sarvl.imagery.sar_image import SarImage

Counts = NDArray[np.int64]

FEWEST_LEVELS = 64
"""Bytes that an image should use at least."""
_LOWEST_PERCENT, _HIGHEST_PERCENT = 1.0, 99.5  # SSDD and MSTAR, drawn for the eye, are white from about here on
_HELD_SHARE = 0.99
_FIRST_DB, _STEP_DB, _BINS = -300.0, 0.02, 25_000  # a byte at the bright end is 0.034 dB wide
_NARROWEST_DB = 1.0


def count_decibels(image: SarImage, contract: InputContract) -> tuple[bool, Counts]:
    """Return whether an image has digital numbers, and how many of its pixels have each step of decibels.

    The counts are ``(bands, steps)``, of the sizes at which the contract's frame shows the image; pixels that were not
    measured, or return nothing, are left out. Raises ImageError where the image lacks a band.
    """
    frame = contract.frame
    planes = BandPlanes(image, contract.bands, frame.interpolation, frame.fill)
    counts = np.zeros((len(contract.bands), _BINS), np.int64)
    for view in frame.layout(image.width, image.height).views:
        for index, decibels in enumerate(planes.decibels_at(view.width, view.height)):
            steps = np.clip(((decibels - np.float32(_FIRST_DB)) / np.float32(_STEP_DB)).astype(np.int64), 0, _BINS - 1)
            counts[index] += np.bincount(steps, minlength=_BINS)
    if contract.planes_of(image) == 1:  # all bands are the first plane
        counts[:] = counts[0]
    return image.full_scale is not None, counts


def fitted_band(band: BandContract, shares: Mapping[bool, NDArray[np.float64]]) -> BandContract:
    """Return a band whose ranges and curves suit what was counted: its 1st to its 99.5th percentile in decibels.

    shares: by whether images have digital numbers, the share of each step of decibels, ``(steps,)``; of what there is
    none, the band stays as it is. The curve is linear in amplitude, unless that would use under 64 bytes.
    """
    changes: dict[str, Range | Curve] = {"curve_full_scale": band.curve_full_scale or band.curve}
    for of_numbers, ending in ((False, ""), (True, "_full_scale")):
        if of_numbers in shares:
            range_db = _range_of(shares[of_numbers])
            changes |= {f"range_db{ending}": range_db, f"curve{ending}": _curve_for(shares[of_numbers], range_db)}
    return band.model_copy(update=changes)


def levels_used(counts: NDArray[np.int64] | NDArray[np.float64]) -> int:
    """Return how many bytes hold 99 % of the pixels, from how many pixels have each byte: ``(256,)``."""
    most_first = np.sort(counts)[::-1].cumsum()
    return int(np.searchsorted(most_first, _HELD_SHARE * most_first[-1])) + 1


def _range_of(shares: NDArray[np.float64]) -> Range:
    reached = shares.cumsum() / shares.sum()
    low, high = (
        round(_FIRST_DB + _STEP_DB * (int(np.searchsorted(reached, percent / 100)) + 0.5), 1)
        for percent in (_LOWEST_PERCENT, _HIGHEST_PERCENT)
    )
    return min(low, round(high - _NARROWEST_DB, 1)), high


def _curve_for(shares: NDArray[np.float64], range_db: Range) -> Curve:
    decibels = _FIRST_DB + _STEP_DB * (np.arange(_BINS) + 0.5)
    amplitudes = 255 * 10 ** ((np.clip(decibels, *range_db) - range_db[1]) / 20)
    used = np.bincount(np.rint(amplitudes).astype(np.int64), shares, 256)
    return "amplitude" if levels_used(used) >= FEWEST_LEVELS else "decibel"

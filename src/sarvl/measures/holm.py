"""Holm's correction: p-values of several tests, so that the chance of any false finding stays below the level."""

import numpy as np
from numpy.typing import ArrayLike, NDArray


def holm(p_values: ArrayLike) -> NDArray[np.float64]:
    """Return the corrected p-values (T,), in the order of ``p_values``.

    Of T tests the smallest is taken T times, the next T - 1 times, and so on; none below the one before it, none above
    1. A test that could not be made (NaN) stays NaN and counts as none. Source: Holm, A Simple Sequentially Rejective
    Multiple Test Procedure, Scandinavian Journal of Statistics 6, 1979.
    """
    values = np.asarray(p_values, np.float64)
    made = np.flatnonzero(~np.isnan(values))
    order = made[np.argsort(values[made], kind="stable")]
    corrected = np.full(len(values), np.nan)
    corrected[order] = np.minimum(np.maximum.accumulate(values[order] * np.arange(len(order), 0, -1)), 1.0)
    return corrected

"""Embeddings before anything is measured on them: checked, and equal ones told."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sarvl.errors import EvaluationError

UNIT_TOLERANCE = 1e-2


def unit_features(features: ArrayLike, name: str) -> NDArray[np.float32]:
    """Return ``(N, D)`` float32 features, or an EvaluationError where a row is not of unit length (thus also for NaN).

    Half precision leaves lengths off by some 1e-3, hence the tolerance.
    """
    rows = np.ascontiguousarray(features, dtype=np.float32)
    if rows.ndim != 2 or 0 in rows.shape:
        raise EvaluationError(f"{name}: shape {rows.shape}; give a non-empty (N, D) array")
    lengths = np.sqrt(np.einsum("nd,nd->n", rows, rows))
    wrong = np.flatnonzero(~(np.abs(lengths - 1) <= UNIT_TOLERANCE))
    if len(wrong):
        first = wrong[0]
        raise EvaluationError(f"{name}: row {first} has length {lengths[first]:.4g}, not 1; normalise the output")
    return rows


def distinct_rows(features: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.int64] | slice]:
    """Return the distinct rows ``(U, D)`` of ``(N, D)`` features, and which of them each row is ``(N,)``.

    A product with the distinct rows alone gives equal features one score, to the last bit: a library may add up the
    same row in another order at another place of the matrix. Where all are distinct, they stay as they are.
    """
    rows = np.ascontiguousarray(features + np.float32(0))  # -0.0 becomes 0.0
    keys = rows.view(np.dtype((np.void, rows.shape[1] * rows.itemsize))).ravel()
    _, first, index = np.unique(keys, return_index=True, return_inverse=True)
    return (features, slice(None)) if len(first) == len(rows) else (rows[first], index)

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
    keys = _keys_of(rows)
    _, first, index = np.unique(keys, return_index=True, return_inverse=True)
    if len(first) == len(rows):
        return features, slice(None)
    if not np.array_equal(rows[first][index], rows):  # two rows with one key
        _, first, index = np.unique(rows, axis=0, return_index=True, return_inverse=True)
    return rows[first], index.ravel()


def cosines_of(rows: NDArray[np.float32], others: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the cosines ``(N, C)`` of unit rows ``(N, D)`` and ``(C, D)``; equal rows have equal ones exactly."""
    (left, of_left), (right, of_right) = distinct_rows(rows), distinct_rows(others)
    return np.asarray((left @ right.T)[of_left][:, of_right])


def _keys_of(rows: NDArray[np.float32]) -> NDArray[np.uint64]:
    """Return a number ``(N,)`` for each row, equal for equal rows: a sum of its bits, wrapped at 64 bits."""
    pairs = (rows if rows.shape[1] % 2 == 0 else np.pad(rows, ((0, 0), (0, 1)))).view(np.uint64)
    factors = np.random.default_rng(0).integers(1, 2**63, pairs.shape[1], np.uint64)
    return np.asarray((pairs ^ (pairs >> np.uint64(32))) @ factors)  # a sign at the top would be lost in the product

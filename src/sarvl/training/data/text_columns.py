"""Columns of the texts table as numbers: which texts are equal, and which are of some kinds."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from sarvl.language.statement import Kind

Indices = NDArray[np.int64]


def numbered(column: pa.ChunkedArray) -> tuple[Indices, pa.Array]:
    """Return a number for each value, equal where the values are, and the distinct values that they count."""
    chunks = column.dictionary_encode().chunks  # all with one dictionary
    if not chunks:
        return np.empty(0, np.int64), pa.array([], column.type)
    return np.concatenate([chunk.indices.to_numpy() for chunk in chunks]).astype(np.int64), chunks[-1].dictionary


def of_kinds(texts: pa.Table, kinds: tuple[Kind, ...]) -> NDArray[np.bool_]:
    """Return for each row of a texts table whether it is of one of ``kinds``: (T,) bool."""
    asked: NDArray[np.bool_] = pc.is_in(texts["kind"], value_set=pa.array(kinds)).to_numpy()
    return asked

"""Counting rows of a table by the values of its columns, and the order in which splits are told."""

from collections import Counter
from collections.abc import Iterable
from typing import Any

import pyarrow as pa

_FIRST_SPLITS = {"train": 0, "val": 1, "test": 2}


def count_rows(table: pa.Table, *columns: str) -> Counter[tuple[Any, ...]]:
    """Return how many rows hold each combination of values of ``columns``."""
    counts = table.group_by(list(columns)).aggregate([([], "count_all")]).to_pylist()
    return Counter({tuple(row[column] for column in columns): row["count_all"] for row in counts})


def in_split_order(splits: Iterable[str]) -> list[str]:
    """Return each split once: train, val and test, then all others by name."""
    return sorted(set(splits), key=lambda name: (_FIRST_SPLITS.get(name, len(_FIRST_SPLITS)), name))

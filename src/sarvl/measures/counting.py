"""Counting: how far a count that was named is from the true one, and what needs no skill."""

from collections.abc import Sequence
from functools import partial

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sarvl.measures.measure import Measure

Indices = NDArray[np.int64]


def counting_measures(
    name: str, truth: Indices, predicted: Indices, ranks: Indices, *, most: int, groups: ArrayLike
) -> list[Measure]:
    """Return ``<name>_top1`` to ``<name>_top<most>``, ``<name>_MAE``.

    truth, predicted: ``(N,)`` counts from 1 to ``most``. ranks: ``(N,)``, of the true count among all of them.
    Chance is that of naming each count equally often.
    """
    ones = np.ones(len(truth))
    measure = partial(Measure.of, n=len(truth), groups=groups)
    made = [measure(f"{name}_top{k}", np.column_stack((ranks <= k, ones)), chance=k / most) for k in range(1, most + 1)]
    every = np.arange(1, most + 1)
    chance = float(np.abs(every[:, None] - truth).mean())
    errors = np.column_stack((np.abs(predicted - truth), ones))
    return [*made, measure(f"{name}_MAE", errors, chance=chance, most=most - 1)]


def constant_measures(truth: Indices, *, most: int, groups: ArrayLike) -> list[Measure]:
    """Return accuracy and MAE of always naming the commonest count (of equally common ones the smallest), and one."""
    constants = {"commonest": int(np.bincount(truth).argmax()), "one": 1}
    ones = np.ones(len(truth))
    measure = partial(Measure.of, n=len(truth), groups=groups, of_model=False)
    made = []
    for name, constant in constants.items():
        made.append(measure(f"{name}_top1", np.column_stack((truth == constant, ones))))
        made.append(measure(f"{name}_MAE", np.column_stack((np.abs(truth - constant), ones)), most=most - 1))
    return made


def confusion_of_counts(truth: Indices, predicted: Indices, counts: Sequence[int]) -> Indices:
    """Return how often each count (columns) was named for each true one (rows)."""
    index_of = {count: index for index, count in enumerate(counts)}
    cells = np.zeros((len(counts), len(counts)), np.int64)
    np.add.at(cells, ([index_of[own] for own in truth.tolist()], [index_of[own] for own in predicted.tolist()]), 1)
    return cells

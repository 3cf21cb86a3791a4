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


def tile_weights(tiles: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return ``(T,)``: by how much the count of each tile goes into that of the image, 1 where no other overlaps it.

    tiles: ``(T, 4)``, x0, y0, x1 and y1. Where k tiles show the same pixel, each of them has a k-th of it; a weight is
    the share of its pixels that a tile has. So objects that lie evenly everywhere are counted once.
    """
    edges = [np.unique(tiles[:, axis::2]) for axis in (0, 1)]
    inside_x, inside_y = (
        (tiles[:, [axis]] <= along[:-1]) & (along[1:] <= tiles[:, [axis + 2]]) for axis, along in enumerate(edges)
    )
    inside = inside_y[:, :, None] & inside_x[:, None, :]  # (T, Y, X): the cells that a tile shows
    area = np.diff(edges[1])[:, None] * np.diff(edges[0])[None, :]
    shared = area / np.maximum(inside.sum(axis=0), 1)
    return np.asarray((inside * shared).sum(axis=(1, 2)) / (inside * area).sum(axis=(1, 2)))


def error_measures(
    name: str, truth: Indices, predicted: Indices, *, groups: ArrayLike, of_model: bool = True
) -> list[Measure]:
    """Return ``<name>_MAE``, ``<name>_relative_error`` and ``<name>_within_tenth``.

    The mean absolute error, the mean of its share of the true count, and how often it is at most a tenth of that.
    truth: ``(N,)``, 1 or more. predicted: ``(N,)``, any count.
    """
    errors, ones = np.abs(predicted - truth), np.ones(len(truth))
    figures = {"MAE": errors, "relative_error": errors / truth, "within_tenth": 10 * errors <= truth}
    return [
        Measure.of(
            f"{name}_{metric}",
            np.column_stack((values, ones)),
            len(truth),
            groups=groups,
            of_model=of_model,
            most=max(1.0, float(values.max()), float(truth.max()) if metric == "MAE" else 1.0),
        )
        for metric, values in figures.items()
    ]


def large_constants(truth: Indices, *, most: int, groups: ArrayLike) -> list[Measure]:
    """Return the errors of always naming ``most``, the largest count that has a caption, and the median of ``truth``.

    Of two middle ones the smaller is the median. It is chosen on what is measured, which favours it.
    """
    constants = {"most": most, "median": int(np.sort(truth)[(len(truth) - 1) // 2])}
    return [
        measure
        for name, constant in constants.items()
        for measure in error_measures(
            f"{name}_above", truth, np.full_like(truth, constant), groups=groups, of_model=False
        )
    ]

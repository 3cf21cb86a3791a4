"""Which boxes lie close together, and which lie on one another, found by one sweep from left to right."""

from collections.abc import Sequence
from typing import NamedTuple

from sarvl.language.geometry.layout import Extent


class Neighbours(NamedTuple):
    """crowded: objects with another one close by. coincident: pairs of objects that one box could mean."""

    crowded: frozenset[int]
    coincident: frozenset[tuple[int, int]]


def neighbours_of(boxes: Sequence[Extent]) -> Neighbours:
    """Return the neighbours among ``boxes``.

    Two objects are close where the gap between their boxes, on each axis, is at most half the longer side of the
    smaller of them. Two boxes coincide where their intersection is half of their union or more (IoU >= 0.5).
    """
    reach = [max(box.xmax - box.xmin, box.ymax - box.ymin) // 2 for box in boxes]
    crowded: set[int] = set()
    coincident = set()
    passing: list[int] = []  # boxes whose reach has not ended at the left of the sweep
    for index in sorted(range(len(boxes)), key=boxes.__getitem__):
        left = boxes[index].xmin
        passing = [other for other in passing if boxes[other].xmax + reach[other] >= left]
        for other in passing:
            if _gap(boxes[index], boxes[other]) <= min(reach[index], reach[other]):
                crowded.update((index, other))
                if _coincide(boxes[index], boxes[other]):
                    coincident.add((min(index, other), max(index, other)))
        passing.append(index)
    return Neighbours(frozenset(crowded), frozenset(coincident))


def _gap(first: Extent, second: Extent) -> int:
    """Return the larger of the gaps on both axes; negative where the boxes overlap."""
    return max(first.xmin - second.xmax, second.xmin - first.xmax, first.ymin - second.ymax, second.ymin - first.ymax)


def _coincide(first: Extent, second: Extent) -> bool:
    width = min(first.xmax, second.xmax) - max(first.xmin, second.xmin)
    height = min(first.ymax, second.ymax) - max(first.ymin, second.ymin)
    intersection = max(width, 0) * max(height, 0)
    return 3 * intersection >= _area(first) + _area(second)  # intersection >= union / 2


def _area(box: Extent) -> int:
    return (box.xmax - box.xmin) * (box.ymax - box.ymin)

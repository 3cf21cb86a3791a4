"""Which boxes lie close together, and which lie on one another; the work grows with the boxes, not with their pairs."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from sarvl.language.geometry.box_grid import BoxGrid, level_of
from sarvl.language.geometry.layout import Extent


class Neighbours(NamedTuple):
    """crowded: objects with another one close by. doubtful: objects of which one has a box that could mean another.

    has_mixed: whether one box could mean objects of two classes.
    """

    crowded: frozenset[int]
    doubtful: frozenset[int]
    has_mixed: bool


def neighbours_of(boxes: Sequence[Extent], class_names: Sequence[str | None]) -> Neighbours:
    """Return the neighbours among ``boxes``; ``class_names`` are those of their objects.

    Two objects are close where the gap between their boxes, on each axis, is at most half the longer side of the
    smaller of them. A box could mean another object where the intersection with its box is half of their union or more
    (IoU >= 0.5), or where both are the same.
    """
    return Neighbours(frozenset(_crowded(boxes)), *_coincident(boxes, class_names))


def _crowded(boxes: Sequence[Extent]) -> set[int]:
    reach = [max(box.xmax - box.xmin, box.ymax - box.ymin) // 2 for box in boxes]
    levels = [level_of(box) for box in boxes]
    crowded: set[int] = set()

    def look(lookers: Iterable[int], grid: BoxGrid, stops_at_first: bool) -> None:
        for index in lookers:
            for other in grid.near(boxes[index], reach[index], least=levels[index]):
                if other != index and _gap(boxes[index], boxes[other]) <= min(reach[index], reach[other]):
                    crowded.update((index, other))
                    if stops_at_first:
                        break

    look((index for index in range(len(boxes)) if index not in crowded), BoxGrid(boxes), stops_at_first=True)
    # Each looked at boxes as large as itself, or larger, and stopped at the first: a larger one may still be waiting.
    waiting = set(range(len(boxes))) - crowded
    look(sorted(crowded), BoxGrid(boxes, waiting), stops_at_first=False)
    return crowded


def _coincident(boxes: Sequence[Extent], class_names: Sequence[str | None]) -> tuple[frozenset[int], bool]:
    """Return the doubtful objects, and whether two of several classes are among them that one box could mean."""
    same: dict[Extent, list[int]] = {}
    for index, box in enumerate(boxes):
        same.setdefault(box, []).append(index)
    different = list(same)
    classes = [{class_names[index] for index in ids} for ids in same.values()]
    doubtful = {box for box, ids in same.items() if len(ids) > 1}
    has_mixed = any(len(names) > 1 for names in classes)
    is_one_class = len(set(class_names)) < 2
    grid = BoxGrid(different)
    for index, box in enumerate(different):
        level = level_of(box)
        # The longer sides of two that coincide differ by a factor of two at most.
        for other in grid.near(box, 0, level - 1, level + 1):
            if other != index and _coincide(box, different[other]):
                doubtful.add(box)
                has_mixed = has_mixed or classes[index] != classes[other]
                if has_mixed or is_one_class:
                    break
    return frozenset(index for box in doubtful for index in same[box]), has_mixed


def _gap(first: Extent, second: Extent) -> int:
    """Return the larger of the gaps on both axes; negative where the boxes overlap."""
    return max(first.xmin - second.xmax, second.xmin - first.xmax, first.ymin - second.ymax, second.ymin - first.ymax)


def _coincide(first: Extent, second: Extent) -> bool:
    width = min(first.xmax, second.xmax) - max(first.xmin, second.xmin)
    height = min(first.ymax, second.ymax) - max(first.ymin, second.ymin)
    intersection = max(width, 0) * max(height, 0)
    return intersection > 0 and 3 * intersection >= _area(first) + _area(second)  # intersection >= union / 2


def _area(box: Extent) -> int:
    return (box.xmax - box.xmin) * (box.ymax - box.ymin)

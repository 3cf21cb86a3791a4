"""BoxGrid: boxes in the cells of grids, so that those near one of them are found without a look at all.

One grid a power of two: a box lies in that whose cells are as long as its longer side, or up to twice as long, and so
in four cells at most. A box that looks for larger ones meets nine cells a grid at most.
"""

from collections.abc import Iterable, Iterator, Sequence

from sarvl.language.geometry.layout import Extent

Cell = tuple[int, int]


def level_of(box: Extent) -> int:
    """Return which power of two is the first above the longer side of ``box``."""
    return max(box.xmax - box.xmin, box.ymax - box.ymin).bit_length()


class BoxGrid:
    """Some of ``boxes``, by level and cell; ``ids`` tells which, or all."""

    def __init__(self, boxes: Sequence[Extent], ids: Iterable[int] | None = None) -> None:
        self._grids: dict[int, dict[Cell, list[int]]] = {}
        for index in range(len(boxes)) if ids is None else ids:
            level = level_of(boxes[index])
            grid = self._grids.setdefault(level, {})
            for cell in _cells(boxes[index], 0, level):
                grid.setdefault(cell, []).append(index)

    def near(self, box: Extent, reach: int, least: int = 0, most: int = 64) -> Iterator[int]:
        """Yield the ids, some twice, of all boxes of levels ``least`` to ``most`` within ``reach`` on both axes."""
        for level, grid in self._grids.items():
            if least <= level <= most:
                for cell in _cells(box, reach, level):
                    yield from grid.get(cell, ())


def _cells(box: Extent, reach: int, level: int) -> list[Cell]:
    xmin, ymin, xmax, ymax = box
    rows = range((ymin - reach) >> level, ((ymax + reach) >> level) + 1)
    return [(x, y) for x in range((xmin - reach) >> level, ((xmax + reach) >> level) + 1) for y in rows]

"""Where objects lie: the 3x3 grid, groups of objects, their extents and relations, all in whole pixels.

Box edges are floored to whole pixels first. The VOC files of a set hold the floor of what its COCO file holds as floats
(so in all 928 images of SSDD's train split): only what does not see the fractions says the same of both.
"""

from functools import cached_property
from typing import NamedTuple

from sarvl.annotations import AnnotatedImage, whole_pixels
from sarvl.language.statement import Group

CENTER = "center"
OUTSIDE_CENTER = "outside center"
# Row by row [SAR-TEXT, SARChat]; the middle center is "center".
GRID_CELLS = (
    *("upper left", "upper center", "upper right"),
    *("middle left", CENTER, "middle right"),
    *("lower left", "lower center", "lower right"),
)
POSITIONS = (*GRID_CELLS, OUTSIDE_CENTER)
_READING_ORDER = {cell: order for order, cell in enumerate(GRID_CELLS)}


class Extent(NamedTuple):
    """The smallest box, in whole pixels, that holds a group."""

    xmin: int
    ymin: int
    xmax: int
    ymax: int


class Layout:
    """The objects of one image by class and grid cell.

    boxes: one Extent an object. by_class: class name -> object ids, both in the image's order.
    """

    def __init__(self, image: AnnotatedImage) -> None:
        self.boxes = [Extent(*whole_pixels(item.box)) for item in image.objects]
        self.by_class: dict[str, list[int]] = {}
        self._by_cell: dict[str, dict[str, list[int]]] = {}
        for index, (item, box) in enumerate(zip(image.objects, self.boxes, strict=True)):
            self.by_class.setdefault(item.class_name, []).append(index)
            cells = self._by_cell.setdefault(item.class_name, {})
            cells.setdefault(grid_cell(box, image.width, image.height), []).append(index)

    @cached_property
    def occupied_cells(self) -> list[Group]:
        """Every group of one class in one grid cell, by class, then in reading order."""
        return [
            Group(class_name, cell)
            for class_name, cells in self._by_cell.items()
            for cell in sorted(cells, key=_READING_ORDER.__getitem__)
        ]

    def ids(self, group: Group) -> tuple[int, ...]:
        """Return the ids of the objects in ``group``; empty where there are none."""
        class_name, position = group
        if position is None:
            return tuple(self.by_class.get(class_name, ()))
        cells = self._by_cell.get(class_name, {})
        if position == OUTSIDE_CENTER:
            return tuple(sorted(index for cell, ids in cells.items() if cell != CENTER for index in ids))
        return tuple(cells.get(position, ()))

    def extent(self, group: Group) -> Extent:
        """Return the extent of a group that holds one object or more."""
        ids = self.ids(group)
        if len(ids) == 1:
            return self.boxes[ids[0]]
        xmin, ymin, xmax, ymax = zip(*[self.boxes[index] for index in ids], strict=True)
        return Extent(min(xmin), min(ymin), max(xmax), max(ymax))


def grid_cell(box: Extent, width: int, height: int) -> str:
    """Return the grid cell that holds the centre of ``box`` in a ``width`` x ``height`` image, in exact arithmetic.

    A centre on the line between two cells belongs to the cell on the right, or below.
    """
    # The centre times two against thirds of the sides: whole numbers throughout.
    column = min(max(3 * (box.xmin + box.xmax) // (2 * width), 0), 2)
    row = min(max(3 * (box.ymin + box.ymax) // (2 * height), 0), 2)
    return GRID_CELLS[3 * row + column]


def relations(first: Extent, second: Extent) -> list[str]:
    """Return how ``first`` lies to ``second``: above or below, left of or right of.

    Only where the extents do not meet on that axis, so that no box of one group overlaps the other's extent there.
    """
    found = []
    if first.ymax < second.ymin:
        found.append("above")
    elif second.ymax < first.ymin:
        found.append("below")
    if first.xmax < second.xmin:
        found.append("left of")
    elif second.xmax < first.xmin:
        found.append("right of")
    return found

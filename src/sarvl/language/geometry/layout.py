"""Where objects lie: the 3x3 grid, groups of objects, their extents, relations and orientations, in whole pixels.

Box edges are floored to whole pixels first. The VOC files of a set hold the floor of what its COCO file holds as floats
(so in all 928 images of SSDD's train split): only what does not see the fractions says the same of both.
"""

from functools import cached_property
from typing import NamedTuple

from sarvl.annotations import AnnotatedImage, whole_pixels
from sarvl.language.geometry.last_image import kept_for_last_image
from sarvl.language.geometry.oriented_box import DIAGONAL, orientation_of
from sarvl.language.geometry.touching import cells_of_box, cells_of_corners
from sarvl.language.group import Group, Orientation
from sarvl.language.words.lexicon import TARGET, effect_of, singular_of
from sarvl.language.words.name_meaning import covers
from sarvl.language.words.open_classes import is_closed

CENTER = "center"
OUTSIDE_CENTER = "outside center"
# Row by row [SAR-TEXT, SARChat]; the middle center is "center".
GRID_CELLS = (
    *("upper left", "upper center", "upper right"),
    *("middle left", CENTER, "middle right"),
    *("lower left", "lower center", "lower right"),
)
# Positions of more than one cell: a third of the image along each side, and all that is not the center.
CELLS_OF: dict[str, tuple[str, ...]] = {
    OUTSIDE_CENTER: tuple(cell for cell in GRID_CELLS if cell != CENTER),
    "left side": GRID_CELLS[0::3],
    "right side": GRID_CELLS[2::3],
    "top side": GRID_CELLS[:3],
    "bottom side": GRID_CELLS[6:],
}
POSITIONS = (*GRID_CELLS, *CELLS_OF)
_EXCHANGED = {"above": "below", "below": "above", "left of": "right of", "right of": "left of"}
_READING_ORDER = {cell: order for order, cell in enumerate(GRID_CELLS)}


class Extent(NamedTuple):
    """The smallest box, in whole pixels, that holds a group."""

    xmin: int
    ymin: int
    xmax: int
    ymax: int


class Layout:
    """The objects of one image by class and grid cell.

    boxes: one Extent an object. class_names: see ``class_names_of``. by_class: class name -> object ids. All are in the
    image's order.
    """

    def __init__(self, image: AnnotatedImage) -> None:
        self.boxes = [Extent(*whole_pixels(item.box)) for item in image.objects]
        self.class_names = class_names_of(image)
        self.by_class: dict[str, list[int]] = {}
        self._by_cell: dict[str, dict[str, list[int]]] = {}
        self._image = image
        self._touched_cells: dict[int, frozenset[str]] = {}
        self._named_as_well: dict[str, list[str]] = {}
        for index, (class_name, box) in enumerate(zip(self.class_names, self.boxes, strict=True)):
            if class_name is None:
                continue
            self.by_class.setdefault(class_name, []).append(index)
            cells = self._by_cell.setdefault(class_name, {})
            cells.setdefault(grid_cell(box, image.width, image.height), []).append(index)

    @cached_property
    def occupied_cells(self) -> list[Group]:
        """Every group of one class in one grid cell, by class, then in reading order."""
        return [
            Group(class_name, cell)
            for class_name, cells in self._by_cell.items()
            for cell in sorted(cells, key=_READING_ORDER.__getitem__)
        ]

    @cached_property
    def orientations(self) -> list[Orientation | None]:
        """How each object's oriented box lies; None where that cannot be said."""
        return [orientation_of(item.corners) for item in self._image.objects]

    def ids(self, group: Group) -> tuple[int, ...]:
        """Return the ids of the objects in ``group``; empty where there are none."""
        class_name, position, orientation = group
        if orientation is not None:
            lies = ("rising", "falling") if orientation == DIAGONAL else (orientation,)
            return tuple(index for index in self.ids(Group(class_name, position)) if self.orientations[index] in lies)
        if position is None:
            return tuple(self.by_class.get(class_name, ()))
        cells = self._by_cell.get(class_name, {})
        if position in CELLS_OF:
            wanted = CELLS_OF[position]
            return tuple(sorted([index for cell, ids in cells.items() if cell in wanted for index in ids]))
        return tuple(cells.get(position, ()))

    def named_as_well(self, class_name: str) -> list[str]:
        """Return the other classes that are there and could be called ``class_name`` too: cargo ships beside ships."""
        if class_name not in self._named_as_well:
            names, is_a = self.by_class, self._image.is_a
            named = [other for other in names if other != class_name and covers(class_name, other, is_a)]
            self._named_as_well[class_name] = named
        return self._named_as_well[class_name]

    def touching(self, group: Group) -> tuple[int, ...]:
        """Return the ids of the objects of a class that reach into the group's place, by box or oriented box.

        To within a pixel. In published wording those alone whose centre lies there, which is SARLANG-1M's rule.
        """
        class_name, position, _ = group
        if position is None or self._image.wording == "published":
            return self.ids(Group(class_name, position))
        cells = CELLS_OF.get(position, (position,))
        return tuple(index for index in self.by_class.get(class_name, ()) if not self._touched(index).isdisjoint(cells))

    def _touched(self, index: int) -> frozenset[str]:
        if index not in self._touched_cells:
            width, height, corners = self._image.width, self._image.height, self._image.objects[index].corners
            cells = (
                cells_of_corners(list(zip(corners[::2], corners[1::2], strict=True)), width, height)
                if corners
                else cells_of_box(self.boxes[index], width, height)
            )
            self._touched_cells[index] = frozenset(GRID_CELLS[3 * row + column] for row, column in cells)
        return self._touched_cells[index]

    def extent(self, group: Group) -> Extent:
        """Return the extent of a group that holds one object or more."""
        ids = self.ids(group)
        if len(ids) == 1:
            return self.boxes[ids[0]]
        xmin, ymin, xmax, ymax = zip(*[self.boxes[index] for index in ids], strict=True)
        return Extent(min(xmin), min(ymin), max(xmax), max(ymax))

    def relations(self, group: Group, other: Group) -> list[str]:
        """Return how one group lies to another; both hold one object or more.

        A shadow or a wake begins at its object, so that their boxes meet: see ``sides``. Else see ``relations``.
        """
        first, second = self.extent(group), self.extent(other)
        is_effect = effect_of(group.class_name) is not None
        if is_effect == (effect_of(other.class_name) is not None):
            return relations(first, second)
        return sides(first, second) if is_effect else [_EXCHANGED[side] for side in sides(second, first)]

    def owner_of(self, effect: int) -> int | None:
        """Return the one object whose box meets that of a shadow or wake; None where there is none, or several."""
        box = self.boxes[effect]
        owners = [
            index
            for index, class_name in enumerate(self.class_names)
            if class_name and not effect_of(class_name) and not relations(self.boxes[index], box)
        ]
        return owners[0] if len(owners) == 1 else None


@kept_for_last_image
def layout_of(image: AnnotatedImage) -> Layout:
    """Return the layout of ``image``; that of the last image is kept."""
    return Layout(image)


def class_names_of(image: AnnotatedImage) -> list[str | None]:
    """Return the class by which texts name each object.

    In a chip, the object that a mask calls ``target`` is what the label names. Where the mask has it in several pieces
    these are no targets of their own: None, and nothing is said of them. So it is where the label names no one object,
    such as ``storage tanks``. And nothing is said of objects whose class is open: others of it were refused.
    """
    names = _names_of_objects(image)
    if image.open_classes:
        names = [name if name and is_closed(name, image) else None for name in names]
    return names


def _names_of_objects(image: AnnotatedImage) -> list[str | None]:
    names: list[str | None] = [item.class_name for item in image.objects]
    if image.label is None or image.label in names or TARGET not in names:
        return names
    name = image.label if names.count(TARGET) == 1 and singular_of(image.label) == image.label else None
    return [name if class_name == TARGET else class_name for class_name in names]


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
    holding = []
    if first.ymax < second.ymin:
        holding.append("above")
    elif second.ymax < first.ymin:
        holding.append("below")
    if first.xmax < second.xmin:
        holding.append("left of")
    elif second.xmax < first.xmin:
        holding.append("right of")
    return holding


def sides(effect: Extent, thing: Extent) -> list[str]:
    """Return on which sides of ``thing`` a shadow or wake lies: those where its box's centre is past the edge."""
    across, down = effect.xmin + effect.xmax, effect.ymin + effect.ymax  # the centre times two
    holding = []
    if down < 2 * thing.ymin:
        holding.append("above")
    elif down > 2 * thing.ymax:
        holding.append("below")
    if across < 2 * thing.xmin:
        holding.append("left of")
    elif across > 2 * thing.xmax:
        holding.append("right of")
    return holding

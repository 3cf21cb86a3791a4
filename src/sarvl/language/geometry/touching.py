"""Which cells of the 3 x 3 grid an object reaches into, by its box or its oriented box."""

from collections.abc import Iterator, Sequence
from math import hypot

Point = tuple[float, float]
Cell = tuple[int, int]
"""Row and column of a cell, 0 to 2."""

SLACK_PX = 1.0  # edges are good to a pixel: what comes so near to a cell is not said to be outside it


def cells_of_box(box: tuple[float, float, float, float], width: int, height: int) -> Iterator[Cell]:
    """Yield every cell that an axis-aligned box reaches into; what lies outside the image is of the nearest cells."""
    xmin, ymin, xmax, ymax = box
    columns, rows = _thirds(xmin, xmax, width), _thirds(ymin, ymax, height)
    return ((row, column) for row in rows for column in columns)


def cells_of_corners(corners: Sequence[Point], width: int, height: int) -> Iterator[Cell]:
    """Yield every cell that an oriented box reaches into, by its corners in order around it."""
    xs, ys = zip(*corners, strict=True)
    cells = list(cells_of_box((min(xs), min(ys), max(xs), max(ys)), width, height))
    for row, column in cells:
        around = [(x, y) for x in _edges(column, width) for y in _edges(row, height)]
        if len(cells) == 1 or not any(_parts(axis, corners, around) for axis in _normals(corners)):
            yield row, column


def _thirds(first: float, last: float, side: int) -> range:
    """Return the thirds of a side that the stretch from ``first`` to ``last`` reaches into."""
    thirds = [min(max(int(3 * edge // side), 0), 2) for edge in (first - SLACK_PX, last + SLACK_PX)]
    return range(thirds[0], thirds[1] + 1)


def _edges(place: int, side: int) -> tuple[float, float]:
    """Return the first and last edge of a third; the outer thirds go on beyond the image."""
    return (side * place / 3 if place > 0 else -side), (side * (place + 1) / 3 if place < 2 else 2 * side)


def _normals(corners: Sequence[Point]) -> Iterator[Point]:
    for (x, y), (next_x, next_y) in zip(corners, [*corners[1:], corners[0]], strict=True):
        yield next_y - y, x - next_x


def _parts(axis: Point, corners: Sequence[Point], cell: Sequence[Point]) -> bool:
    """Tell whether a gap of over a pixel along the axis parts two convex shapes (the separating axis theorem)."""
    slack = SLACK_PX * hypot(*axis)
    first, second = ([axis[0] * x + axis[1] * y for x, y in points] for points in (corners, cell))
    return slack > 0 and (min(first) - max(second) > slack or min(second) - max(first) > slack)

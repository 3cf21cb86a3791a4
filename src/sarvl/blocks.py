"""Blocks: what a page shows, as plain data. A task or a command makes them, and ``reporting`` draws them.

Texts are plain; the drawing escapes them. Shares are 0 to 1.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

NOTHING = "–"
"""What stands in a cell for which there is nothing."""

_COLOURS = (
    *("#ffb000", "#40c4ff", "#7ee081", "#ff7aa8", "#c9a0ff", "#ffe45c"),
    *("#5fe0d0", "#ff8a5c", "#6f8dff", "#ff4d4d", "#e05cff", "#c48a5a"),
)


def class_colours(names: Iterable[str]) -> dict[str, str]:
    """Return the colour of the boxes of each class, for a whole page; those of twelve classes differ."""
    return {name: _COLOURS[index % len(_COLOURS)] for index, name in enumerate(sorted(set(names)))}


@dataclass(frozen=True, slots=True)
class Tile:
    """One figure in large type: what it is, its value and unit, its interval, and what to hold it against."""

    label: str
    value: str
    unit: str = "%"
    interval: str = ""
    remark: str = ""


@dataclass(frozen=True, slots=True)
class Tiles:
    """The figures to see first."""

    tiles: Sequence[Tile]


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell of a table whose value has an interval, and a line below it."""

    text: str
    interval: str = ""
    remark: str = ""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table. over: a heading that it shares with its neighbours of the same ``over``."""

    label: str
    over: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a table, one cell a column. total: it sums the others up, and stands out."""

    cells: Sequence[str | Cell]
    total: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """A table; the first column names the lines. aside: a few words behind the title."""

    title: str
    columns: Sequence[Column]
    lines: Sequence[Line]
    remark: str = ""
    aside: str = ""


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar: its name, its length as a share, the text behind it, a share to tick, such as chance, and a line below."""

    label: str
    share: float
    text: str
    aside: str = ""
    tick: float | None = None
    remark: str = ""


@dataclass(frozen=True, slots=True)
class Bars:
    """Shares side by side."""

    title: str
    bars: Sequence[Bar]
    aside: str = ""


@dataclass(frozen=True, slots=True)
class Matrix:
    """Counts ``(C, C)``, shaded by their share of the row."""

    title: str
    labels: Sequence[str]
    counts: NDArray[np.int64]
    remark: str = ""


@dataclass(frozen=True, slots=True)
class Course:
    """One line of a curve. x, y: one value a point; notes: a word for each point, or none."""

    label: str
    x: Sequence[float]
    y: Sequence[float]
    notes: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Curve:
    """Lines over one another. points: marks where each value is. diagonal: the name of the line y = x from 0 to 1."""

    title: str
    courses: Sequence[Course]
    x_label: str
    y_label: str = ""
    points: bool = False
    diagonal: str = ""
    remark: str = ""


@dataclass(frozen=True, slots=True)
class Box:
    """A box to draw: class name and corners in pixels of the picture."""

    class_name: str
    xmin: float
    ymin: float
    xmax: float
    ymax: float


@dataclass(frozen=True, slots=True)
class Shown:
    """An image of a corpus in a picture: its id, and once it is read its uint8 pixels ``(H, W[, 3])`` and boxes."""

    image_id: str
    pixels: NDArray[np.uint8] | None = None
    boxes: Sequence[Box] = ()


@dataclass(frozen=True, slots=True)
class Picture:
    """One card of a gallery: one image or several side by side, a title, and lines below it."""

    title: str
    images: Sequence[Shown]
    lines: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Gallery:
    """Pictures with their captions. Who makes one names the images; the page reads them where it has the corpus."""

    title: str
    pictures: Sequence[Picture]
    remark: str = ""


@dataclass(frozen=True, slots=True)
class Facts:
    """Names and values, such as the hashes that a figure rests on. lists: longer values, folded away."""

    title: str
    facts: Sequence[tuple[str, str]]
    lists: Sequence[tuple[str, Sequence[str]]] = ()


@dataclass(frozen=True, slots=True)
class SearchExample:
    """A sentence and its nearest images, best first: indices into ``Search.images``, and their cosines."""

    sentence: str
    images: Sequence[int]
    scores: Sequence[float]


@dataclass(frozen=True, slots=True)
class Search:
    """Nearest images for known sentences, to try in the page."""

    images: Sequence[Shown]
    examples: Sequence[SearchExample]


Block = Tiles | Table | Bars | Matrix | Curve | Gallery | Facts | Search

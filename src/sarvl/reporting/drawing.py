"""Drawing: each kind of block as a piece of HTML. Nothing here knows what a block is about."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from functools import cache
from itertools import groupby
from typing import Any

import numpy as np
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from sarvl.blocks import NOTHING, Bars, Block, Box, Cell, Column, Curve, Gallery, Matrix, Search, Shown, Table
from sarvl.errors import EvaluationError
from sarvl.markdown import visible
from sarvl.reporting.figures import LONGEST_LABEL, curve_svg, data_uri, shortened

LABELLED_BOXES = 12
THUMBNAIL_SIDE = 224
_LETTER_WIDTH = 0.56  # of its height
_FEWEST_LETTERS = 4


def drawn(blocks: Iterable[Block], colours: Mapping[str, str]) -> Markup:
    """Return blocks as HTML, one below the other, curves side by side.

    colours: of the classes of all boxes (``blocks.class_colours``).
    Raises EvaluationError for an image that is not uint8, or parts of a block whose lengths do not match.
    """
    pieces = []
    for curves, run in groupby(blocks, lambda block: isinstance(block, Curve)):
        inside = Markup().join(_piece(block, colours) for block in run)
        pieces.append(Markup('<div class="charts">{}</div>').format(inside) if curves else inside)
    return Markup().join(pieces)


def _piece(block: Block, colours: Mapping[str, str]) -> Markup:
    kind = type(block)
    template = environment().get_template(f"{kind.__name__.lower()}.html.j2")
    values = {field.name: getattr(block, field.name) for field in fields(block)}
    more = _MORE[kind](block) if kind in _MORE else {}
    return Markup(template.render(values | more | {"colours": colours}))  # noqa: S704 (escaped by the template)


@cache
def environment() -> Environment:
    """Return the templates; they escape every text, and show what has no ink."""
    return Environment(
        loader=PackageLoader("sarvl.reporting"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_plain,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _plain(value: object) -> object:
    """Return a text in which nothing hides: names from files may turn the direction of all that follows."""
    return visible(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def _table(table: Table) -> dict[str, Any]:
    """Return the upper heading: (text, columns that it spans) of each run of columns with the same ``over``."""
    for line in table.lines:
        if len(line.cells) != len(table.columns):
            raise EvaluationError(
                f"report: table {table.title}: a line of {len(line.cells)} cells for {len(table.columns)} columns"
            )
    spans = [(over, len(list(run))) for over, run in groupby(column.over for column in table.columns)]
    cells = [cell for line in table.lines for cell in line.cells if isinstance(cell, Cell) and cell.text != NOTHING]
    return {
        "spans": spans if any(over for over, _ in spans) else [],
        "starts": _starts(table.columns),
        "common": _common(cell.remark for cell in cells),
    }


def _bars(bars: Bars) -> dict[str, Any]:
    return {"common": _common(bar.remark for bar in bars.bars)}


def _common(remarks: Iterable[str]) -> str:
    """Return the remark that all share, which is then said once; empty where they differ."""
    different = set(remarks)
    return different.pop() if len(different) == 1 else ""


def _starts(columns: Sequence[Column]) -> list[bool]:
    """Return, for each column, whether a run of the same upper heading begins there; the first column is none."""
    overs = [column.over for column in columns]
    return [place > 0 and overs[place] != overs[place - 1] for place in range(len(overs))]


def _matrix(matrix: Matrix) -> dict[str, Any]:
    """Return each row with its shares in whole per cent, for the shading."""
    size = len(matrix.labels)
    if matrix.counts.shape != (size, size):
        raise EvaluationError(f"report: matrix of shape {matrix.counts.shape} for {size} labels; give one row a label")
    totals = matrix.counts.sum(axis=1, keepdims=True)
    shares = np.rint(100 * matrix.counts / np.maximum(totals, 1)).astype(int)
    rows = zip(matrix.labels, matrix.counts.tolist(), shares.tolist(), totals[:, 0].tolist(), strict=True)
    return {"rows": list(rows)}


def _curve(curve: Curve) -> dict[str, Any]:
    cut = [course.label for course in curve.courses if len(visible(course.label)) > LONGEST_LABEL]
    return {"svg": Markup(curve_svg(curve)), "cut": cut}  # noqa: S704 (drawn by us)


@dataclass(frozen=True, slots=True)
class _DrawnImage:
    """What the template of a picture needs: the image as a URI, its size, and how large letters on it are."""

    image_id: str
    uri: str
    width: int
    height: int
    boxes: Sequence[Box]

    @property
    def letter(self) -> float:
        return max(self.width, self.height) / 24

    @property
    def labelled(self) -> bool:
        return len(self.boxes) <= LABELLED_BOXES

    def label_of(self, box: Box) -> str:
        """Return as much of a box's name as the picture has room for; the whole stands in its title."""
        at_end = box.xmin > 0.75 * self.width
        room = box.xmax if at_end else self.width - box.xmin
        return shortened(visible(box.class_name), max(int(room / (_LETTER_WIDTH * self.letter)), _FEWEST_LETTERS))


def _gallery(gallery: Gallery) -> dict[str, Any]:
    return {
        "cards": [
            {
                "title": picture.title,
                "lines": picture.lines,
                "images": list(_images(picture.images)),
                "counts": _counts(picture.images),
            }
            for picture in gallery.pictures
        ],
    }


def boxed_classes(blocks: Iterable[Block]) -> Iterator[str]:
    """Yield the class of every box that blocks show."""
    for gallery in blocks:
        if isinstance(gallery, Gallery):
            yield from (box.class_name for each in gallery.pictures for shown in each.images for box in shown.boxes)


def _counts(images: Sequence[Shown]) -> Counter[str]:
    """Count the boxes of an image a class; of several side by side nobody could tell whose they are."""
    return Counter(sorted(box.class_name for box in images[0].boxes)) if len(images) == 1 else Counter()


def _images(images: Iterable[Shown]) -> Iterator[_DrawnImage]:
    for shown in images:
        if shown.pixels is not None:
            height, width = shown.pixels.shape[:2]
            yield _DrawnImage(shown.image_id, data_uri(shown.pixels), width, height, shown.boxes)


def _search(search: Search) -> dict[str, Any]:
    """Return the examples with pictures, each encoded once, and only those that an example shows."""
    used = sorted({index for example in search.examples for index in example.images})
    if used and not 0 <= used[0] <= used[-1] < len(search.images):
        raise EvaluationError(f"report: a search result names image {used[-1]} of {len(search.images)}")
    place = {index: position for position, index in enumerate(used)}
    examples = [
        {
            "sentence": visible(example.sentence),
            "images": [place[index] for index in example.images],
            "scores": [f"{score:.3f}" for score in example.scores],
        }
        for example in search.examples
    ]
    shown = [search.images[index] for index in used]
    uris = [data_uri(image.pixels, THUMBNAIL_SIDE) for image in shown if image.pixels is not None]
    return {"answers": {"images": uris, "names": [visible(image.image_id) for image in shown], "examples": examples}}


_MORE: dict[type, Any] = {
    Table: _table,
    Bars: _bars,
    Matrix: _matrix,
    Curve: _curve,
    Gallery: _gallery,
    Search: _search,
}

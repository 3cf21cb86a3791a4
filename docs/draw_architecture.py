"""Draws architecture.svg: the packages of sarvl and their imports, as the code has them now.

Run it with ``make docs``. The packages stand from left to right as data goes through them. An arrow goes from a package
to one that imports it; its number, and up to a limit its width, is how many modules of the latter do.
"""

import ast
import textwrap
from collections import defaultdict
from collections.abc import Iterable
from html import escape
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import grimp

ROOT = Path(__file__).resolve().parents[1]
PICTURE = ROOT / "docs" / "architecture.svg"
BASE = (
    "errors",
    "files",
    "progress",
    "recipes",
    "documents",
    "parallel",
    "endpoint",
    "registry",
    "seeds",
    "markdown",
    "blocks",
    "lazy_names",
    "text_embedder",
)

# Where each package stands: column, row. The upper row is the way that data goes. The lower row stands left of all that
# imports it, so that no arrow goes up through another package.
PLACES = {
    "imagery": (0, 0),
    "annotations": (1, 0),
    "language": (2, 0),
    "corpus": (3, 0),
    "training": (5, 0),
    "evaluation": (6, 0),
    "reporting": (7, 0),
    "quickstart": (8, 0),
    "cli": (9, 0),
    "measures": (3, 1),
    "models": (4, 1),
    "simulation": (5, 1),
    "discovery": (6, 1),
    "browsing": (7, 1),
    "inference": (8, 1),
}
COLOURS = {
    "imagery": "#3b82c4",
    "annotations": "#259a8c",
    "language": "#6a9a2f",
    "corpus": "#cf8a1a",
    "training": "#a85cc0",
    "evaluation": "#6f68dc",
    "quickstart": "#5c86a0",
    "cli": "#7d8590",
    "simulation": "#bf6a35",
    "models": "#cb4f5c",
    "measures": "#8a7a3c",
    "reporting": "#3f7fa6",
    "discovery": "#4d8f5f",
    "inference": "#9a5a8a",
    "browsing": "#b0703a",
}

MARGIN, BOX_WIDTH, GAP = 28, 140, 30
HEADER, LANE, CHANNEL = 92, 24, 56
LINE, LETTERS_A_LINE, BASE_LETTERS_A_LINE = 15, 18, 40
BASE_COLUMNS = 6
WIDEST = 7.0  # of an arrow; a wider one has no room for its tip between two packages

STYLE = """
  .paper { fill: #ffffff; } .card { fill: #f6f8fa; stroke: #d0d7de; } .ink { fill: #1f2328; } .soft { fill: #59636e; }
  .pill { fill: #e3e7ec; } .tag { fill: #ffffff; }
  text { font: 12px "Helvetica Neue", Arial, "Liberation Sans", sans-serif; }
  .title { font-size: 19px; font-weight: 600; } .name { font-size: 15px; font-weight: 600; }
  .count { font-size: 11px; font-weight: 600; text-anchor: middle; } .arrow { fill: none; }
  @media (prefers-color-scheme: dark) {
    .paper { fill: #0d1117; } .card { fill: #161b22; stroke: #30363d; } .ink { fill: #e6edf3; } .soft { fill: #9198a1; }
    .pill { fill: #2b323b; } .tag { fill: #0d1117; }
  }
"""

Imports = dict[tuple[str, str], int]  # (importing, imported): number of importing modules
Point = tuple[float, float]


class Port(NamedTuple):
    """Where an arrow meets a box: a side (``top``, ``bottom``, ``left``, ``right``) and the arrow's rank there."""

    package: str
    side: str
    order: tuple[int, ...]


class Route(NamedTuple):
    """One arrow: from the imported package to the importing one, through a lane above or below where it needs one."""

    start: Port
    end: Port
    lane: str | None = None


def count_imports() -> Imports:
    """Return how many modules of each package import each other package; the base modules count as one."""
    graph = grimp.build_graph("sarvl", cache_dir=None)
    importers: dict[tuple[str, str], set[str]] = defaultdict(set)
    for module in graph.modules:
        for imported in graph.find_modules_directly_imported_by(module):
            importers[_package_of(module), _package_of(imported)].add(module)
    counts = {pair: len(modules) for pair, modules in sorted(importers.items()) if pair[0] != pair[1]}
    return {pair: count for pair, count in counts.items() if not {"", "__main__"} & set(pair)}


def _package_of(module: str) -> str:
    name = module.partition(".")[2].partition(".")[0]
    return "base" if name in BASE else name


def purpose_of(package: str) -> str:
    """Return the first line of a package's or module's docstring, without its name where it begins with that."""
    folder = ROOT / "src" / "sarvl" / package
    path = folder / "__init__.py" if folder.is_dir() else folder.with_suffix(".py")
    line = (ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or "").splitlines()[0]
    head, _, rest = line.partition(": ")
    named = "".join(filter(str.isalpha, head.removeprefix("The ").lower())) == package.replace("_", "")
    text = rest if named else line
    text = text.replace("``", "")
    return text[0].upper() + text[1:].rstrip(".")


class Picture:
    """The picture's geometry, found from the imports and the length of the texts."""

    def __init__(self, imports: Imports) -> None:
        packages = {name for pair in imports for name in pair} - {"base"}
        if packages != set(PLACES):
            raise SystemExit(f"PLACES of {Path(__file__).name} differs from src/sarvl: {packages ^ set(PLACES)}")
        self.imports = imports
        self.texts = {name: textwrap.wrap(purpose_of(name), LETTERS_A_LINE) for name in PLACES}
        self.routes = {pair: _route(*pair) for pair in imports if pair[1] != "base"}
        self.lanes = {kind: self._lanes(kind) for kind in ("above", "between")}
        self.box_height = 58 + LINE * max(map(len, self.texts.values()))
        self.rows = [HEADER + LANE * (1 + max(self.lanes["above"].values()))]
        self.rows.append(self.rows[0] + self.box_height + CHANNEL + LANE * max(self.lanes["between"].values()))
        self.base_top = self.rows[1] + self.box_height + 2 * LANE
        self.width = 2 * MARGIN + 10 * BOX_WIDTH + 9 * GAP

    def corner(self, package: str) -> Point:
        """Return the upper left corner of a package's box."""
        column, row = PLACES[package]
        return MARGIN + column * (BOX_WIDTH + GAP), self.rows[row]

    def _lanes(self, kind: str) -> dict[tuple[str, str], int]:
        """Give every arrow of a kind a lane of its own height, short ones next to the boxes."""
        spans = {
            pair: sorted(PLACES[name][0] for name in pair) for pair, way in self.routes.items() if way.lane == kind
        }
        found: dict[tuple[str, str], int] = {}
        for pair in sorted(spans, key=lambda pair: (spans[pair][1] - spans[pair][0], spans[pair][0], pair)):
            low, high = spans[pair]
            taken = {found[other] for other in found if spans[other][0] < high and low < spans[other][1]}
            found[pair] = next(lane for lane in range(len(spans)) if lane not in taken)
        return found

    def point(self, port: Port) -> Point:
        """Return where a port lies: the ports of a side are spread evenly over it, in their order."""
        ends = (port for route in self.routes.values() for port in (route.start, route.end))
        there = sorted({other.order for other in ends if (other.package, other.side) == port[:2]})
        share = (there.index(port.order) + 1) / (len(there) + 1)
        x, y = self.corner(port.package)
        if port.side in ("left", "right"):
            return x + BOX_WIDTH * (port.side == "right"), y + self.box_height * share
        return x + BOX_WIDTH * share, y + self.box_height * (port.side == "bottom")

    def corners_of(self, pair: tuple[str, str]) -> list[Point]:
        """Return the corners of an arrow, from its start to its tip."""
        route = self.routes[pair]
        (x0, y0), (x1, y1) = self.point(route.start), self.point(route.end)
        if route.lane is None:
            bend = (x1, y0) if route.end.side == "bottom" else (x0, y1)
            return [(x0, y0), (x1, y1)] if y0 == y1 else [(x0, y0), bend, (x1, y1)]
        lane = self.lanes[route.lane][pair]
        height = {
            "above": self.rows[0] - LANE * (1 + lane),
            "between": self.rows[1] - CHANNEL / 2 - LANE * lane,
        }[route.lane]
        return [(x0, y0), (x0, height), (x1, height), (x1, y1)]


def _route(importing: str, imported: str) -> Route:
    """Choose the sides that an arrow leaves and enters, so that it crosses no box and few other arrows."""
    (start, start_row), (end, end_row) = PLACES[imported], PLACES[importing]
    far = end - start
    if start_row == end_row and far == 1:
        return Route(Port(imported, "right", (0,)), Port(importing, "left", (0,)))
    if start_row == end_row == 0:
        return Route(Port(imported, "top", (1, -far)), Port(importing, "top", (0, far)), "above")
    if end_row == 1 and far == 1 and (start, 1) not in PLACES.values():
        return Route(Port(imported, "bottom", (far,)), Port(importing, "left", (0,)))
    if end_row == 1:
        side = "top" if start_row == 1 else "bottom"
        return Route(Port(imported, side, (far,)), Port(importing, "top", (far,)), "between")
    if any(row == 1 and start < column <= end for column, row in PLACES.values()):
        return Route(Port(imported, "top", (far,)), Port(importing, "bottom", (1, far)), "between")
    return Route(Port(imported, "right", (far,)), Port(importing, "bottom", (0, far)))


def draw() -> str:
    """Return the picture as SVG text: the same code gives the same bytes."""
    picture = Picture(count_imports())
    base, height = _base(picture)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {picture.width} {height}" role="img" '
        f'aria-label="The packages of sarvl and their imports">',
        f"<style>{STYLE}</style>",
        f'<rect class="paper" width="{picture.width}" height="{height}" rx="12"/>',
        *_heading(),
        *(arrow for pair in picture.routes for arrow in _arrow(picture, pair)),
        *(part for package in PLACES for part in _box(picture, package)),
        *(_tag(picture, pair) for pair in picture.routes),
        *base,
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _heading() -> list[str]:
    legend = "An arrow goes from a package to one that imports it; its number is how many modules of the latter do."
    return [
        _text(MARGIN, 38, "What imports what in sarvl", "ink title"),
        _text(MARGIN, 60, legend, "soft"),
        f'<rect class="pill" x="{MARGIN}" y="69" width="30" height="17" rx="8.5"/>',
        _text(MARGIN + 15, 81.5, "n", "soft count"),
        _text(
            MARGIN + 38,
            82,
            "is how many modules of a package import one of the base modules, which stand below",
            "soft",
        ),
    ]


def _box(picture: Picture, package: str) -> list[str]:
    x, y = picture.corner(package)
    bottom = y + picture.box_height
    lines = [_text(x + 10, y + 46 + LINE * place, line, "soft") for place, line in enumerate(picture.texts[package])]
    parts = [
        f'<rect class="card" x="{x}" y="{y}" width="{BOX_WIDTH}" height="{picture.box_height}" rx="8"/>',
        f'<rect x="{x}" y="{y + 10}" width="4" height="18" rx="2" fill="{COLOURS[package]}"/>',
        _text(x + 10, y + 25, package, "ink name"),
        *lines,
    ]
    if count := picture.imports.get((package, "base")):
        right = x + BOX_WIDTH - 8
        parts.append(f'<rect class="pill" x="{right - 30}" y="{bottom - 24}" width="30" height="17" rx="8.5"/>')
        parts.append(_text(right - 15, bottom - 11.5, str(count), "soft count"))
    return parts


def _arrow(picture: Picture, pair: tuple[str, str]) -> list[str]:
    """Draw the line, its corners rounded, and the tip."""
    corners = picture.corners_of(pair)
    colour, width = COLOURS[pair[1]], min(1 + 0.5 * picture.imports[pair], WIDEST)
    (x0, y0), (x1, y1) = corners[-2:]
    dx, dy = (x1 > x0) - (x1 < x0), (y1 > y0) - (y1 < y0)
    tip, wing = 9, 3.5 + width / 2
    neck = (x1 - tip * dx, y1 - tip * dy)
    ends = [(neck[0] + wing * dy, neck[1] + wing * dx), (neck[0] - wing * dy, neck[1] - wing * dx), (x1, y1)]
    return [
        f'<path class="arrow" d="{_rounded([*corners[:-1], neck])}" stroke="{colour}" stroke-width="{width:g}"/>',
        f'<path d="M{" L".join(map(_pair, ends))} Z" fill="{colour}"/>',
    ]


def _tag(picture: Picture, pair: tuple[str, str]) -> str:
    """Put the number on the arrow's longest part."""
    corners = picture.corners_of(pair)
    parts = pairwise(corners)
    (x0, y0), (x1, y1) = max(parts, key=lambda part: abs(part[1][0] - part[0][0]) + abs(part[1][1] - part[0][1]))
    x, y = (x0 + x1) / 2, (y0 + y1) / 2
    if len(corners) == 2:
        x, y = x - 4, y - 12
    circle = f'<circle class="tag" cx="{x:g}" cy="{y:g}" r="8"/>'
    return (
        circle + f'<text class="count" x="{x:g}" y="{y + 4:g}" fill="{COLOURS[pair[1]]}">{picture.imports[pair]}</text>'
    )


def _base(picture: Picture) -> tuple[list[str], float]:
    """Draw the base modules below all others; return it with the height of the whole picture."""
    cell = (picture.width - 2 * MARGIN) / BASE_COLUMNS
    texts = [textwrap.wrap(purpose_of(name), BASE_LETTERS_A_LINE) for name in BASE]
    row_height = 36 + LINE * max(map(len, texts))
    top, height = picture.base_top, 8 + row_height * -(-len(BASE) // BASE_COLUMNS)
    parts = [
        f'<rect class="card" x="{MARGIN}" y="{top}" width="{picture.width - 2 * MARGIN}" height="{height}" rx="8"/>'
    ]
    for number, (name, lines) in enumerate(zip(BASE, texts, strict=True)):
        row, column = divmod(number, BASE_COLUMNS)
        x, y = MARGIN + 12 + column * cell, top + row * row_height
        parts.append(_text(x, y + 24, name, "ink name"))
        parts += [_text(x, y + 43 + LINE * place, line, "soft") for place, line in enumerate(lines)]
    return parts, top + height + MARGIN


def _rounded(corners: list[Point], radius: float = 9) -> str:
    """Return the path through ``corners`` with each bend rounded."""
    path = f"M{_pair(corners[0])}"
    for before, corner, after in zip(corners, corners[1:], corners[2:], strict=False):
        path += f" L{_pair(_towards(corner, before, radius))} Q{_pair(corner)} {_pair(_towards(corner, after, radius))}"
    return path + f" L{_pair(corners[-1])}"


def _towards(start: Point, end: Point, length: float) -> Point:
    """Return the point ``length`` from ``start`` on the way to ``end``, at most half of it."""
    distance = max(abs(end[0] - start[0]), abs(end[1] - start[1]))
    share = min(length, distance / 2) / distance
    return start[0] + (end[0] - start[0]) * share, start[1] + (end[1] - start[1]) * share


def _pair(point: Iterable[float]) -> str:
    return " ".join(f"{round(value, 2):g}" for value in point)


def _text(x: float, y: float, text: str, kind: str) -> str:
    return f'<text class="{kind}" x="{x:g}" y="{y:g}">{escape(text)}</text>'


if __name__ == "__main__":
    PICTURE.write_text(draw(), encoding="utf-8")

"""The sample picture of the data card: some images with their boxes, two captions and a question each."""

import textwrap
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Polygon
from matplotlib.patheffects import withStroke
from numpy.typing import NDArray

from sarvl.annotations import AnnotatedImage, Box
from sarvl.annotations.annotated_image import Corners
from sarvl.corpus.rows import CorpusImage
from sarvl.corpus.store import Corpus
from sarvl.files import atomic_path
from sarvl.imagery import Quantity, SarImage, render_display
from sarvl.language import Statement

_COLOURS = ("#ffb000", "#4cc9f0", "#f72585", "#80ed99", "#b79cff", "#ff7f51")
_COLUMNS = 4
_LARGEST_SIDE_PX = 640
_CHARACTERS_A_LINE = 46
_CAPTIONS = 2
_RIGHT = 0.7  # share of the width from which a name would leave the image to the right
_STRETCHED = (2.0, 98.0)  # percentiles, as `render_display` has them: ships may be saturated, the sea is to be seen
_TOP = 0.06  # the same for the height, above an object


def sample_rows(corpus: Corpus, count: int) -> list[int]:
    """Return ``count`` images taken in turn from every (source, label), evenly spread over each."""
    members: dict[tuple[str, str], list[int]] = {}
    for row, key in enumerate(zip(corpus.column("source"), corpus.column("label"), strict=True)):
        members.setdefault((key[0], key[1] or ""), []).append(row)
    sources = sorted({source for source, _ in members})
    chosen: list[int] = []
    for turn in range(count):
        source = sources[turn % len(sources)]
        labels = sorted(label for name, label in members if name == source)
        visit = turn // len(sources)
        rows = members[source, labels[visit % len(labels)]]
        chosen.append(rows[(visit * 7919) % len(rows)])
    return list(dict.fromkeys(chosen))


def display_pixels(image: SarImage) -> NDArray[np.uint8]:
    """Return an image as (H, W, 3) bytes for people to look at.

    Physical quantities go through ``render_display``. Bytes are stretched, all bands alike: SAR pictures of 8 bits are
    often so dark that nothing is seen.
    """
    shown = render_display(image).pixels  # (bands, H, W)
    if image.quantity == Quantity.DISPLAY:
        shown = stretched(shown)
    three = shown if shown.shape[0] == 3 else np.repeat(shown[:1], 3, axis=0)
    return np.ascontiguousarray(three.transpose(1, 2, 0), dtype=np.uint8)


def stretched(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return bytes of any shape with their 2nd percentile at 0 and their 98th at 255; as they are where all are equal.

    Where the two are equal, the least and the most become these.
    """
    low, high = np.percentile(pixels, _STRETCHED)
    if low >= high:
        low, high = pixels.min(), pixels.max()
    if low >= high:
        return pixels
    levels = (np.arange(256) - float(low)) * (255 / (float(high) - float(low)))
    table: NDArray[np.uint8] = np.rint(levels.clip(0, 255)).astype(np.uint8)
    return np.take(table, pixels)


def draw_samples(corpus: Corpus, rows: Sequence[int], path: Path) -> None:
    """Draw the images of ``rows``, four in a line, into a PNG."""
    lines = -(-len(rows) // _COLUMNS)
    figure = Figure(figsize=(16, 5.8 * lines))
    figure.subplots_adjust(left=0.01, right=0.99, bottom=0, top=1 - 0.06 / lines, wspace=0.06, hspace=0.03)
    axes = figure.subplots(2 * lines, _COLUMNS, squeeze=False, gridspec_kw={"height_ratios": [3.8, 2.0] * lines})
    for axis in axes.ravel():
        axis.set_axis_off()
    images = [corpus.image(row) for row in rows]
    classes = sorted({item.class_name for image in images for item in image.annotation.objects})
    colours = {name: _COLOURS[index % len(_COLOURS)] for index, name in enumerate(classes)}
    for index, (row, image) in enumerate(zip(rows, images, strict=True)):
        line, column = divmod(index, _COLUMNS)
        _draw_image(axes[2 * line, column], corpus.read(row), image)
        _draw_objects(axes[2 * line, column], image.annotation, colours)
        _draw_texts(axes[2 * line + 1, column], corpus.statements(row), index)
    with atomic_path(path) as temporary:
        figure.savefig(temporary, dpi=80)


def _draw_image(axis: Axes, read: SarImage, image: CorpusImage) -> None:
    width, height = image.annotation.width, image.annotation.height
    axis.imshow(_small(display_pixels(read)), extent=(0, width, height, 0), aspect="equal")
    axis.set_anchor("SW")
    axis.set_title(f"{image.source} · {image.split} · {width} × {height}", fontsize=11, loc="left")


def _draw_objects(axis: Axes, image: AnnotatedImage, colours: dict[str, str]) -> None:
    """Draw each object's outline; the first of each class bears its name."""
    named: set[str] = set()
    for item in image.objects:
        name = item.class_name
        corners = np.reshape(item.corners or _corners_of(item.box), (4, 2))
        axis.add_patch(Polygon(corners, closed=True, fill=False, edgecolor=colours[name], linewidth=1.3))
        if name not in named:
            named.add(name)
            x, y = corners[corners[:, 1].argmin()]
            has_room = y > _TOP * image.height
            label = axis.text(
                x,
                y - image.height / 80 if has_room else y,
                name,
                ha="left" if x < _RIGHT * image.width else "right",
                va="baseline" if has_room else "top",
                color=colours[name],
                fontsize=9,
                parse_math=False,
                clip_on=True,
            )
            label.set_path_effects([withStroke(linewidth=2, foreground="black")])
    axis.set(xlim=(0, image.width), ylim=(image.height, 0))


def _corners_of(box: Box) -> Corners:
    xmin, ymin, xmax, ymax = box
    return xmin, ymin, xmax, ymin, xmax, ymax, xmin, ymax


def _small(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    scale = _LARGEST_SIDE_PX / max(pixels.shape[:2])
    if scale >= 1:
        return pixels
    size = max(1, round(pixels.shape[1] * scale)), max(1, round(pixels.shape[0] * scale))
    small: NDArray[np.uint8] = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)
    return small


def _draw_texts(axis: Axes, statements: list[Statement], index: int) -> None:
    """Write two captions and a question, another one in each index."""
    captions = [said.text for said in statements if said.kind == "caption"][:_CAPTIONS]
    questions = [said for said in statements if said.kind == "question"]
    lines = [line for caption in captions for line in _wrapped(caption, "• ", 3)]
    if questions:
        asked = questions[index % len(questions)]
        lines += _wrapped(asked.text, "? ", 3) + _wrapped(asked.answer or "", "→ ", 1)
    axis.text(0, 1, "\n".join(lines), transform=axis.transAxes, va="top", fontsize=10, parse_math=False)


def _wrapped(text: str, sign: str, most: int) -> list[str]:
    return textwrap.wrap(
        text, _CHARACTERS_A_LINE, initial_indent=sign, subsequent_indent="   ", max_lines=most, placeholder=" …"
    )

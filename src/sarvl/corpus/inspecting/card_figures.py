"""The figures of the data card: lengths, families, applications of questions, classes, and objects an image."""

import textwrap
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.ticker import FuncFormatter, MaxNLocator

from sarvl.corpus.inspecting.byte_levels import ByteLevels
from sarvl.corpus.inspecting.inspection import BySplit, Inspection
from sarvl.files import atomic_path

_COLUMNS = 2
_MOST_BARS = 15
_MOST_NUMBERS = 200
_LEAST_BARS = 6  # places, so that one bar alone is no wall
_LONGEST_NAME = 28
_COLOURS = ("#3b82c4", "#d9772b", "#3f9a5f", "#a85cc0", "#c9505a", "#8a8a2b")
_GREY = "#9aa7b4"
_THOUSANDS = FuncFormatter(lambda value, _place: f"{value:,.0f}")
Draw = Callable[[Axes], None]


def draw_figures(inspection: Inspection, path: Path) -> None:
    """Draw a panel for each figure that ``inspection`` has something for, into a PNG."""
    panels = _panels(inspection)
    lines = -(-len(panels) // _COLUMNS)
    with rc_context({"axes.titlesize": 11, "axes.titleweight": "bold", "axes.titlelocation": "left"}):
        figure = Figure(figsize=(13, 3.9 * lines), layout=ConstrainedLayoutEngine(w_pad=0.15, h_pad=0.12))
        axes = figure.subplots(lines, _COLUMNS, squeeze=False).ravel()
        for axis, draw in zip(axes, panels, strict=False):
            draw(axis)
            axis.spines[["top", "right"]].set_visible(False)
        for axis in axes[len(panels) :]:
            axis.set_axis_off()
        with atomic_path(path) as temporary:
            figure.savefig(temporary, dpi=100)


def _panels(inspection: Inspection) -> list[Draw]:
    captions, splits = inspection.captions, list(inspection.splits)
    some_objects = [0, *inspection.objects_an_image[1:]]
    applications = {name: sum(answers.values()) for name, answers in inspection.questions.applications.items()}
    panels: list[tuple[bool, Draw]] = [
        (captions.count > 0, partial(_histogram, title="Words a caption", counts=captions.words)),
        (captions.count > 0, partial(_shares, title="Families of captions", counts=captions.families)),
        (inspection.questions.count > 0, partial(_shares, title="Questions by application", counts=applications)),
        (bool(inspection.objects), partial(_bars, title="Objects by class", counts=inspection.objects, splits=splits)),
        (bool(inspection.objects), partial(_histogram, title="Objects an image that has any", counts=some_objects)),
        (bool(inspection.labels), partial(_bars, title="Images by label", counts=inspection.labels, splits=splits)),
    ]
    panels += [(True, partial(_bytes, levels=levels)) for levels in inspection.byte_levels]
    return [draw for has_any, draw in panels if has_any]


def _bytes(axis: Axes, levels: ByteLevels) -> None:
    """Draw the share of each byte, as fitted, and in the default ranges as a line; the ends may go beyond the top."""
    for counts, filled in ((levels.fitted, True), (levels.default, False)):
        shares = 100 * np.array(counts) / sum(counts)
        if filled:
            axis.fill_between(np.arange(256), shares, step="mid", color=_COLOURS[0], label="fitted ranges")
            axis.set_ylim(0, max(1.25 * float(shares[1:-1].max()), 0.1))
        elif levels.default != levels.fitted:
            axis.step(np.arange(256), shares, where="mid", color=_COLOURS[1], label="default ranges")
            axis.legend(frameon=False, loc="upper right")
    axis.set_xlim(-1, 256)
    name = textwrap.shorten(f"{levels.source}, {levels.band}", _LONGEST_NAME, placeholder="…")
    axis.set_title(f"Bytes of {name}: {levels.levels} levels, % of pixels", parse_math=False)


def _histogram(axis: Axes, title: str, counts: list[int]) -> None:
    """Draw how many have each number; the last half percent, and all past 200 numbers, stands in one grey bar."""
    array = np.asarray(counts)
    first = int(np.flatnonzero(array)[0])
    end = min(int(np.searchsorted(np.cumsum(array), 0.995 * array.sum())) + 1, first + _MOST_NUMBERS)
    rest = int(array[end:].sum())
    axis.bar(np.arange(first, end), array[first:end], width=0.85, color=_COLOURS[0])
    if rest:
        bar = axis.bar(end + 0.5, rest, width=0.85, color=_GREY)
        axis.bar_label(bar, [f"{end} to {len(counts) - 1}"], padding=3, rotation=90, fontsize=8)
    axis.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=12))
    axis.yaxis.set_major_locator(MaxNLocator(integer=True))
    axis.yaxis.set_major_formatter(_THOUSANDS)
    axis.set_title(title)


def _shares(axis: Axes, title: str, counts: dict[str, int]) -> None:
    whole = sum(counts.values())
    bars = {name: {"": counts[name]} for name in sorted(counts, key=lambda name: -counts[name])}
    _bars(axis, title, bars, [""], lambda count: f"{100 * count / whole:.1f} %")


def _bars(
    axis: Axes, title: str, counts: BySplit, splits: list[str], shown: Callable[[int], str] = "{:,}".format
) -> None:
    """Draw a bar a name, its splits one after the other, the first name on top."""
    names = list(counts)[:_MOST_BARS]
    positions, left = np.arange(len(names)), np.zeros(len(names))
    for number, split in enumerate(splits):
        widths = np.array([counts[name].get(split, 0) for name in names])
        bars = axis.barh(positions, widths, 0.75, left, color=_COLOURS[number % len(_COLOURS)], label=split)
        left += widths
    axis.bar_label(bars, [shown(int(total)) for total in left], padding=4)
    labels = [textwrap.shorten(name, _LONGEST_NAME, placeholder="…") for name in names]
    axis.set_yticks(positions, labels, parse_math=False)
    axis.set_ylim(max(len(names), _LEAST_BARS) - 0.4, -0.6)
    axis.xaxis.set_major_formatter(_THOUSANDS)
    axis.xaxis.set_major_locator(MaxNLocator(nbins=6, integer=True))
    axis.set_xlim(0, 1.15 * left.max())
    axis.set_title(title if len(names) == len(counts) else f"{title}: {len(names)} of {len(counts)}")
    if len(splits) > 1:
        axis.legend(frameon=False, loc="lower right", bbox_to_anchor=(1, 0.98), ncols=len(splits), handlelength=1)

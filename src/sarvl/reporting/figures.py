"""Pictures inside a page: arrays as data URIs, and curves as inline SVG that follows the page's colours."""

import base64
import io
import re
from collections.abc import Sequence

import cv2
import numpy as np
from markupsafe import escape
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from sarvl.blocks import Course, Curve
from sarvl.errors import EvaluationError
from sarvl.markdown import visible

COLOURS = ("#3b82c4", "#d9772b", "#3f9a5f", "#a85cc0", "#c9505a", "#8a8a2b")
POINTS_A_CURVE = 300
LONGEST_LABEL = 32
# Drawn in this colour, then replaced by the colour of the text around the figure.
INK = "#010203"


def shortened(text: str, most: int) -> str:
    """Return a text of at most so many letters, cut off with an ellipsis where it has more."""
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


def data_uri(pixels: NDArray[np.uint8], largest_side: int = 512) -> str:
    """Return a JPEG data URI of ``(H, W)`` grey or ``(H, W, 3)`` RGB bytes, made smaller where a side is too large."""
    if pixels.dtype != np.uint8 or pixels.ndim not in (2, 3) or 0 in pixels.shape or pixels.shape[2:] not in ((), (3,)):
        raise EvaluationError(
            f"report: an image is {pixels.dtype} of shape {pixels.shape}; give uint8 (H, W) or (H, W, 3)"
        )
    scale = largest_side / max(pixels.shape[:2])
    if scale < 1:
        size = (max(1, round(pixels.shape[1] * scale)), max(1, round(pixels.shape[0] * scale)))
        pixels = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)
    ordered = pixels if pixels.ndim == 2 else cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR)
    _, encoded = cv2.imencode(".jpg", ordered, [cv2.IMWRITE_JPEG_QUALITY, 88])
    return "data:image/jpeg;base64," + base64.b64encode(encoded.tobytes()).decode("ascii")


def curve_svg(curve: Curve) -> str:
    """Draw the courses of a curve over one another; raises EvaluationError where a course lacks a value."""
    # A dollar in a name begins no formula.
    with rc_context({"svg.fonttype": "none", "svg.hashsalt": curve.title, "font.size": 10, "text.parse_math": False}):
        figure = Figure(figsize=(4.4, 2.7), layout="constrained")
        axes = figure.add_subplot()
        if curve.diagonal:
            axes.plot((0, 1), (0, 1), color=INK, alpha=0.5, linewidth=1, linestyle="--", label=curve.diagonal)
        for index, course in enumerate(curve.courses):
            _draw(axes, curve, course, COLOURS[index % len(COLOURS)])
        _style(axes, curve)
        written = io.StringIO()
        figure.savefig(written, format="svg", transparent=True, metadata={"Date": None})
    return _inline(written.getvalue(), curve.title)


def _draw(axes: Axes, curve: Curve, course: Course, colour: str) -> None:
    if len(course.x) != len(course.y):
        raise EvaluationError(
            f"report: curve {curve.title}: {course.label}: {len(course.x)} x but {len(course.y)} y values"
        )
    if not len(course.x):
        return
    marker = "o" if curve.points else ""
    x, y = _thinned(course.x), _thinned(course.y)
    label = shortened(visible(course.label), LONGEST_LABEL)
    axes.plot(x, y, color=colour, label=label, linewidth=1.6, marker=marker, markersize=3.5)
    for note, *place in zip(course.notes, course.x, course.y, strict=False):
        axes.annotate(
            note, (place[0], place[1]), (0, 6), textcoords="offset points", ha="center", color=INK, fontsize=7
        )


def _style(axes: Axes, curve: Curve) -> None:
    axes.set_xlabel(curve.x_label, color=INK)
    axes.set_ylabel(curve.y_label, color=INK)
    axes.tick_params(colors=INK)
    axes.grid(alpha=0.15, color=INK)
    axes.spines[["top", "right"]].set_visible(False)
    axes.spines[["left", "bottom"]].set_color(INK)
    axes.legend(frameon=False, labelcolor=INK)


def _thinned(values: Sequence[float]) -> NDArray[np.float64]:
    """Return at most ``POINTS_A_CURVE`` values: means of equal runs of neighbours."""
    array = np.asarray(values, dtype=np.float64)
    starts = np.unique(np.linspace(0, len(array), POINTS_A_CURVE, endpoint=False).astype(np.int64))
    if len(array) == 0:
        return array
    return np.asarray(np.add.reduceat(array, starts) / np.diff(np.append(starts, len(array))))


def _inline(svg: str, title: str) -> str:
    """Cut matplotlib's document down to an element that can stand in a page beside others of its kind."""
    body = svg[svg.index("<svg") :]
    body = re.sub(r"<metadata>.*?</metadata>", "", body, flags=re.DOTALL)
    body = re.sub(r' id="[A-Za-z0-9.]+_\d+"', "", body)
    body = re.sub(r'(<svg[^>]*?) width="[^"]*"', r"\1", re.sub(r'(<svg[^>]*?) height="[^"]*"', r"\1", body, count=1))
    return body.replace(INK, "currentColor").replace("<svg", f'<svg role="img" aria-label="{escape(title)}"', 1)

"""Pictures inside a page: arrays as data URIs, and training curves as inline SVG that follows the page's colours."""

import base64
import io
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import cv2
import numpy as np
from markupsafe import escape
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from sarvl.errors import EvaluationError

Course = tuple[Sequence[float], Sequence[float]]

STAGE_COLOURS = ("#3b82c4", "#d9772b", "#3f9a5f", "#a85cc0", "#c9505a", "#8a8a2b")
POINTS_A_CURVE = 300
# Drawn in this colour, then replaced by the colour of the text around the figure.
INK = "#010203"


@dataclass(frozen=True, slots=True)
class TrainingCurve:
    """One stage's course of training.

    steps, loss, rate: one value a logged step (optimiser steps from the stage's start; mean loss; learning rate).
    validation_steps, validation: the validation metric, named ``validation_metric``, where it was measured.
    """

    stage: str
    steps: Sequence[float]
    loss: Sequence[float]
    rate: Sequence[float]
    validation_steps: Sequence[float] = ()
    validation: Sequence[float] = ()
    validation_metric: str = ""


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


def curve_figures(curves: Sequence[TrainingCurve]) -> list[tuple[str, str]]:
    """Return (title, SVG) of the loss, the learning rate and each validation metric, stages one after the other."""
    figures = [
        ("Training loss", _stages_svg("Training loss", curves, lambda curve: (curve.steps, curve.loss))),
        ("Learning rate", _stages_svg("Learning rate", curves, lambda curve: (curve.steps, curve.rate))),
    ]
    for metric in dict.fromkeys(curve.validation_metric for curve in curves if len(curve.validation)):
        title = f"Validation: {metric}"
        figures.append((title, _stages_svg(title, curves, partial(_validation, metric), "o")))
    return figures


def _validation(metric: str, curve: TrainingCurve) -> Course:
    return (curve.validation_steps, curve.validation) if curve.validation_metric == metric else ((), ())


def _stages_svg(
    title: str, curves: Sequence[TrainingCurve], course: Callable[[TrainingCurve], Course], marker: str = ""
) -> str:
    """Draw one line a stage; each stage starts where the one before ended."""
    start = 0.0
    with rc_context({"svg.fonttype": "none", "svg.hashsalt": title, "font.size": 10}):
        figure = Figure(figsize=(4.4, 2.7), layout="constrained")
        axes = figure.add_subplot()
        for index, curve in enumerate(curves):
            steps, values = course(curve)
            if len(steps) != len(values):
                raise EvaluationError(
                    f"report: stage {curve.stage}: {len(steps)} steps but {len(values)} values to draw"
                )
            colour = STAGE_COLOURS[index % len(STAGE_COLOURS)]
            if len(values):
                x, y = start + _thinned(steps), _thinned(values)
                axes.plot(x, y, color=colour, label=curve.stage, linewidth=1.6, marker=marker, markersize=3.5)
            start += max((*curve.steps, *curve.validation_steps), default=0)
        _style(axes)
        drawn = io.StringIO()
        figure.savefig(drawn, format="svg", transparent=True, metadata={"Date": None})
    return _inline(drawn.getvalue(), title)


def _style(axes: Axes) -> None:
    axes.set_xlabel("step", color=INK)
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

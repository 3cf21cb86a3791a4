"""The report: one self-contained HTML page of what was measured, on what, with pictures."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from numpy.typing import NDArray

from sarvl.errors import EvaluationError
from sarvl.evaluation.rows import ResultRow
from sarvl.files import write_text
from sarvl.reporting.figures import TrainingCurve, curve_figures, data_uri
from sarvl.reporting.result_tables import grouped_results

BOX_COLOURS = ("#ffb000", "#40c4ff", "#7ee081", "#ff7aa8", "#c9a0ff", "#ffe45c", "#5fe0d0", "#ff8a5c")
LABELLED_BOXES = 12
THUMBNAIL_SIDE = 224


@dataclass(frozen=True, slots=True)
class SampleBox:
    """A box to draw: class name and corners in the sample's pixels."""

    class_name: str
    xmin: float
    ymin: float
    xmax: float
    ymax: float


@dataclass(frozen=True, slots=True)
class Sample:
    """An image for the gallery: uint8 ``(H, W)`` or ``(H, W, 3)`` pixels, its captions, and boxes in its pixels."""

    title: str
    pixels: NDArray[np.uint8]
    captions: Sequence[str]
    boxes: Sequence[SampleBox] = ()


@dataclass(frozen=True, slots=True)
class SearchExample:
    """A sentence and its nearest images, best first: indices into ``Search.images`` and their cosines."""

    sentence: str
    images: Sequence[int]
    scores: Sequence[float]


@dataclass(frozen=True, slots=True)
class Search:
    """Nearest images for known sentences. images: uint8 pixels; names: one line for each image."""

    images: Sequence[NDArray[np.uint8]]
    names: Sequence[str]
    examples: Sequence[SearchExample]


@dataclass(frozen=True, slots=True)
class Confusion:
    """A confusion matrix: ``(C, C)`` counts, rows the true class, columns the predicted one."""

    title: str
    class_names: Sequence[str]
    counts: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Report:
    """What the page holds; a part that is left empty makes no section.

    summary: paragraphs in plain words: what was measured, on what. facts: further (name, value) lines of provenance.
    """

    title: str
    summary: Sequence[str] = ()
    rows: Sequence[ResultRow] = ()
    confusions: Sequence[Confusion] = ()
    curves: Sequence[TrainingCurve] = ()
    samples: Sequence[Sample] = ()
    search: Search | None = None
    facts: Sequence[tuple[str, str]] = ()


def write_report(path: Path, report: Report) -> None:
    """Write the page, atomically. It needs no other file, no network and no script library.

    Raises EvaluationError for an image that is not uint8, or parts whose lengths do not match.
    """
    groups, replaced = grouped_results(report.rows)
    page = _environment().get_template("report.html.j2")
    text = page.render(
        report=report,
        groups=groups,
        replaced=replaced,
        figures=[(title, Markup(svg)) for title, svg in curve_figures(report.curves)] if report.curves else [],  # noqa: S704 (drawn here)
        confusions=[_confusion_view(confusion) for confusion in report.confusions],
        samples=[_sample_view(sample, _class_colours(report.samples)) for sample in report.samples],
        search=_search_view(report.search) if report.search and report.search.examples else None,
    )
    write_text(path, text)


def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("sarvl.reporting", ""),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["percent"] = _percent
    environment.filters["number"] = lambda value: f"{value:.4g}"
    environment.filters["times"] = _times
    return environment


def _percent(value: float | None) -> str:
    return "–" if value is None else f"{100 * value:.1f}"


def _times(row: ResultRow) -> str:
    """Return how many times chance a figure is, such as ``12×``; empty where there is no chance level."""
    if not row.chance:
        return ""
    ratio = row.value / row.chance
    return f"{ratio:.0f}×" if ratio >= 10 else f"{ratio:.1f}×"


def _class_colours(samples: Sequence[Sample]) -> dict[str, str]:
    names = sorted({box.class_name for sample in samples for box in sample.boxes})
    return {name: BOX_COLOURS[index % len(BOX_COLOURS)] for index, name in enumerate(names)}


def _sample_view(sample: Sample, colours: dict[str, str]) -> dict[str, Any]:
    """Return what the template draws: the picture, its boxes in pixels of the picture, and counts a class."""
    height, width = sample.pixels.shape[:2]
    counts = Counter(sorted(box.class_name for box in sample.boxes))
    return {
        "title": sample.title,
        "captions": sample.captions,
        "boxes": sample.boxes,
        "uri": data_uri(sample.pixels),
        "width": width,
        "height": height,
        "font": max(width, height) / 24,
        "labelled": len(sample.boxes) <= LABELLED_BOXES,
        "counts": counts,
        "colours": colours,
    }


def _confusion_view(confusion: Confusion) -> dict[str, Any]:
    """Return the matrix with each row's shares in whole per cent, for the shading."""
    size = len(confusion.class_names)
    if confusion.counts.shape != (size, size):
        raise EvaluationError(
            f"report: confusion matrix of shape {confusion.counts.shape} for {size} class names; give one row a class"
        )
    totals = confusion.counts.sum(axis=1, keepdims=True)
    shares = np.rint(100 * confusion.counts / np.maximum(totals, 1)).astype(int)
    lines = zip(confusion.class_names, confusion.counts.tolist(), shares.tolist(), totals[:, 0].tolist(), strict=True)
    return {"title": confusion.title, "class_names": confusion.class_names, "lines": list(lines)}


def _search_view(search: Search) -> dict[str, Any]:
    """Return the examples with pictures, each picture encoded once, and only those that an example shows."""
    if len(search.images) != len(search.names):
        raise EvaluationError(f"report: {len(search.images)} search images but {len(search.names)} names")
    used = sorted({index for example in search.examples for index in example.images})
    if used and not 0 <= used[0] <= used[-1] < len(search.images):
        raise EvaluationError(f"report: a search result names image {used[-1]} of {len(search.images)}")
    place = {index: position for position, index in enumerate(used)}
    return {
        "images": [data_uri(search.images[index], THUMBNAIL_SIDE) for index in used],
        "names": [search.names[index] for index in used],
        "examples": [
            {
                "sentence": example.sentence,
                "images": [place[index] for index in example.images],
                "scores": [f"{score:.3f}" for score in example.scores],
            }
            for example in search.examples
        ],
    }

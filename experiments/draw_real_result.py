"""Draw docs/real_result.svg: what the model of recipes/real knows of images that it was not trained on.

Run from the project's root after `make real`. The picture holds figures only, no pixels of the data.
"""

from pathlib import Path

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sarvl.evaluation.evaluator import Subject, classification_sets, classify
from sarvl.evaluation.rows import ResultRow, read_rows

SOURCES = {"mstar": "MSTAR, ten vehicles", "landcover8": "Sentinel-1, eight land covers"}


def draw_confusion(axis: Axes, title: str, classes: list[str], counts: np.ndarray) -> None:
    share = counts / counts.sum(axis=1, keepdims=True)  # (C, C)
    axis.imshow(share, cmap="Blues", vmin=0, vmax=1)
    for row, column in zip(*np.nonzero(counts), strict=True):
        colour = "white" if share[row, column] > 0.5 else "black"
        axis.text(column, row, str(counts[row, column]), ha="center", va="center", fontsize=8, color=colour)
    axis.set_xticks(range(len(classes)), classes, rotation=45, ha="right", fontsize=8)
    axis.set_yticks(range(len(classes)), classes, fontsize=8)
    axis.set_title(title, fontsize=11, loc="left")


def headline(rows: list[ResultRow], source: str) -> str:
    row = next(row for row in rows if (row.source, row.metric) == (source, "top1"))
    interval = f"[{100 * (row.low or 0):.1f}, {100 * (row.high or 0):.1f}]"
    return f"{SOURCES[source]}\nzero-shot top-1 {100 * row.value:.1f} % {interval}, n = {row.n}"


def main() -> None:
    mpl.rcParams["svg.hashsalt"] = "sarvl"
    rows = read_rows(Path("runs/real/rows.jsonl"))
    subject = Subject.open("runs/real/model", Path("runs/real/sar"), "test", list(SOURCES))
    figure = Figure(figsize=(13, 6), layout="constrained")
    axes = figure.subplots(1, 2)
    sets = classification_sets(subject)
    for axis, source in zip(axes, SOURCES, strict=True):
        classes, places, labels = sets[source]
        draw_confusion(axis, headline(rows, source), classes, classify(subject, classes, places, labels).confusion())
    figure.supxlabel("what the model named (true class down the side; counts of held-out images)", fontsize=9)
    figure.patch.set_facecolor("white")
    figure.savefig("docs/real_result.svg", metadata={"Date": None})


if __name__ == "__main__":
    main()

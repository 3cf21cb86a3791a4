"""Draw docs/real_result.svg: what the model of recipes/real knows of images that it was not trained on.

Run from the project's root after `make real`. The picture holds figures only, no pixels of the data; they come from the
outcomes beside the rows, and no model is asked.
"""

from pathlib import Path

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sarvl.evaluation.classified_outcome import classification
from sarvl.evaluation.results import RunResult, results_of

ROWS = Path("runs/real/rows.jsonl")
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


def headline(result: RunResult) -> str:
    row = next(row for row in result.rows if row.metric == "top1")
    interval = f"[{100 * (row.low or 0):.1f}, {100 * (row.high or 0):.1f}]"
    return f"{SOURCES[row.source]}\nzero-shot top-1 {100 * row.value:.1f} % {interval}, n = {row.n}"


def main() -> None:
    mpl.rcParams["svg.hashsalt"] = "sarvl"
    by_source = {result.head.source: result for result in results_of([ROWS])[0] if result.head.task == "zeroshot"}
    figure = Figure(figsize=(13, 6), layout="constrained")
    for axis, source in zip(figure.subplots(1, 2), SOURCES, strict=True):
        result = by_source[source]
        outcome = result.outcome
        if outcome is None:
            raise SystemExit(f"{ROWS}: the outcome of {source} is not kept beside it; run `make real` again")
        draw_confusion(axis, headline(result), outcome.facts["classes"], classification(outcome).confusion())
    figure.supxlabel("what the model named (true class down the side; counts of held-out images)", fontsize=9)
    figure.patch.set_facecolor("white")
    figure.savefig("docs/real_result.svg", metadata={"Date": None})


if __name__ == "__main__":
    main()

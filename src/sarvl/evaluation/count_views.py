"""What a page shows of counting: errors beside those of constants, confusion, depths, and the worst counts."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from sarvl.blocks import (
    NOTHING,
    Bars,
    Block,
    Column,
    Course,
    Curve,
    Facts,
    Gallery,
    Line,
    Matrix,
    Picture,
    Shown,
    Table,
)
from sarvl.evaluation.outcomes import Outcome
from sarvl.evaluation.row_blocks import percent, share_bars, share_cell, tiles
from sarvl.evaluation.rows import ResultRow
from sarvl.measures.counting import confusion_of_counts

BY_TILES = "_tiles"
"""What the column ``numerals`` has behind ``digits`` or ``words`` where a count is the sum of those of tiles."""


def true_counts(outcome: Outcome) -> NDArray[np.int64]:
    """Return the true count of each row, ``(N,)``."""
    return np.asarray(outcome.column("truth").astype(np.int64))


def named_counts(outcome: Outcome) -> NDArray[np.int64]:
    """Return the count that was named in each row, ``(N,)``."""
    return np.asarray(outcome.column("prediction").astype(np.int64))


TILES = {"digits_top1": "Counting, accuracy (digits)", "words_top1": "Counting, accuracy (words)"}
CONSTANTS = {"commonest": "always the commonest count", "one": "always one", "detector": "the detector"}
LARGE = {
    "digits": "the model, as digits",
    "words": "the model, as words",
    "most": "always the most that captions name",
    "median": "always the median",
    "right_tiles": "right counts of all tiles",
    "detector": "the detector",
}
WORST = 12


def count_views(rows: Sequence[ResultRow], outcome: Outcome | None) -> list[Block]:
    """Return accuracy and error beside those of constants, accuracy by class and by depth, confusion, worst errors."""
    by_metric = {row.metric: row for row in rows}
    ways = [name for name in ("digits", "words") if f"{name}_MAE" in by_metric]
    blocks: list[Block] = [*tiles(rows, TILES), _table(by_metric, ways), *_class_bars(rows, ways)]
    blocks += _large_table(by_metric)
    if outcome is None:
        return blocks
    left_out = [(reason, str(number)) for reason, number in outcome.facts["left_out"].items() if number]
    blocks += [_depths(by_metric, ways, outcome.facts["most"]), *(_confusion(outcome, name) for name in ways)]
    blocks += worst_counts(outcome.where("numerals", ways[0]))
    large = outcome.where("numerals", f"{ways[0]}{BY_TILES}")
    blocks += worst_counts(large, "Counts by tiles that are furthest off") if len(large) else []
    return [*blocks, Facts("Not asked", left_out)]


def _table(by_metric: dict[str, ResultRow], ways: Sequence[str]) -> Table:
    columns = [Column(label) for label in ("", "accuracy", "mean absolute error", "n")]
    labels = {**{name: f"the model, numbers as {name}" for name in ways}, **CONSTANTS}
    lines = []
    for name, label in labels.items():
        if name == "detector" and "detector_MAE" not in by_metric:
            continue
        accuracy, error = by_metric.get(f"{name}_top1"), by_metric.get(f"{name}_MAE")
        told = f"{error.value:.2f}" if error else NOTHING
        lines.append(Line((label, share_cell(accuracy), told, str(accuracy.n) if accuracy else "")))
    chance = by_metric[f"{ways[0]}_top1"], by_metric[f"{ways[0]}_MAE"]
    lines.append(Line(("chance", percent(chance[0].chance), f"{chance[1].chance:.2f}", "")))
    return Table("Counting", columns, lines, "A model that does not count beats neither constant.")


def _large_table(by_metric: dict[str, ResultRow]) -> list[Table]:
    """Return the errors of counts by tiles beside what needs no model; none where nothing was counted so."""
    columns = [Column(label) for label in ("", "mean absolute error", "relative error", "within a tenth", "n")]
    lines = []
    for name, label in LARGE.items():
        error = by_metric.get(f"{name}_above_MAE")
        if error:
            shares = (
                share_cell(by_metric.get(f"{name}_above_{metric}")) for metric in ("relative_error", "within_tenth")
            )
            lines.append(Line((label, f"{error.value:.1f}", *shares, str(error.n))))
    if not lines:
        return []
    cut = by_metric.get("cut_by_tiles")
    told = (
        f" {percent(cut.value)} % of the objects are cut by the edge of a tile, and may be counted twice."
        if cut
        else ""
    )
    remark = f"Numbers of tiles are added up; a pixel that several tiles show counts for each in part.{told}"
    return [Table("Counts above those of captions, by tiles", columns, lines, remark)]


def _class_bars(rows: Sequence[ResultRow], ways: Sequence[str]) -> list[Bars]:
    aside = f"numbers as {ways[0]}; the tick is chance"
    return share_bars("Counting accuracy by class", rows, f"{ways[0]}_top1/", aside)


def _depths(by_metric: dict[str, ResultRow], ways: Sequence[str], most: int) -> Curve:
    depths = range(1, most + 1)
    courses = [Course(name, depths, [by_metric[f"{name}_top{k}"].value for k in depths]) for name in ways]
    courses.append(Course("chance", depths, [k / most for k in depths]))
    return Curve("The true count among the first k", courses, "k", "share of the images", points=True)


def _confusion(outcome: Outcome, numerals: str) -> Matrix:
    part = outcome.where("numerals", numerals)
    counts = range(1, outcome.facts["most"] + 1)
    cells = confusion_of_counts(true_counts(part), named_counts(part), counts)
    remark = "Rows are the true count, columns the one that the model named; the shade is the share of the row."
    return Matrix(f"Counts, numbers as {numerals}", [str(count) for count in counts], cells, remark)


def worst_counts(outcome: Outcome, title: str = "Counts that are furthest off") -> list[Gallery]:
    """Return the images whose count was furthest off, of equally wrong ones the surest; none where all are right."""
    errors = np.abs(named_counts(outcome) - true_counts(outcome))
    order = np.lexsort((-outcome.column("score"), -errors))[:WORST]
    pictures = [_miscounted(outcome, index) for index in order.tolist() if errors[index]]
    return [Gallery(title, pictures)] if pictures else []


def _miscounted(outcome: Outcome, row: int) -> Picture:
    image, truth, named, class_name, score = (
        outcome.column(name)[row] for name in ("image", "truth", "prediction", "class_name", "score")
    )
    lines = (f"probability of {named}: {percent(score)} %", image)
    return Picture(f"{class_name}: {truth}, named {named}", (Shown(image),), lines)

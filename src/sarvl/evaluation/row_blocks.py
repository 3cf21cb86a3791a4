"""Rows as blocks of a page: figures in per cent, with interval and chance beside them."""

from collections.abc import Collection, Iterable, Mapping, Sequence

from sarvl.blocks import NOTHING, Bar, Bars, Cell, Column, Line, Table, Tile, Tiles
from sarvl.evaluation.rows import ResultRow
from sarvl.evaluation.trust import remark_of


def percent(value: float | None) -> str:
    """Return a share in per cent with one digit, with two that count where it is below 1 %; a dash for none."""
    if value is None:
        return NOTHING
    return f"{100 * value:.1f}" if abs(value) >= 0.00995 or value == 0 else f"{100 * value:#.2g}"


def times_chance(row: ResultRow) -> str:
    """Return how many times chance a figure is, such as ``12×``; empty where there is no chance level.

    It is of the figures as they are shown, so that a reader who divides them gets the same.
    """
    if not row.chance:
        return ""
    ratio = float(percent(row.value)) / float(percent(row.chance))
    return f"{ratio:.0f}×" if ratio >= 10 else f"{ratio:.1f}×"


def share_cell(row: ResultRow | None) -> Cell:
    """Return a share in per cent with its interval."""
    return Cell(percent(row.value), _interval(row), remark_of(row, percent)) if row else Cell(NOTHING)


def tiles(rows: Sequence[ResultRow], labels: Mapping[str, str]) -> list[Tiles]:
    """Return the figures that ``labels`` (metric to label) names, in its order, as tiles; none where none is there."""
    by_metric = {row.metric: row for row in rows}
    made = [_tile(label, by_metric[metric]) for metric, label in labels.items() if metric in by_metric]
    return [Tiles(made)] if made else []


def _tile(label: str, row: ResultRow) -> Tile:
    times = times_chance(row)
    level = "" if row.chance is None else f"{times} the chance" if times else "chance"
    remarks = [f"{level} level of {percent(row.chance)}" if level else "", remark_of(row, percent)]
    return Tile(label, percent(row.value), interval=_interval(row), remark="; ".join(filter(None, remarks)))


def share_table(title: str, lines: Iterable[tuple[str, ResultRow]]) -> list[Table]:
    """Return shares with chance and n, one (label, row) a line; none where there is no line."""
    columns = [Column(label) for label in ("", "value", "chance", "times chance", "n")]
    made = [
        Line((label, share_cell(row), percent(row.chance), times_chance(row) or NOTHING, str(row.n)))
        for label, row in lines
    ]
    return [Table(title, columns, made)] if made else []


def share_bars(title: str, rows: Iterable[ResultRow], prefix: str, aside: str = "", unit: str = "") -> list[Bars]:
    """Return the shares whose metric begins with ``prefix`` as bars, with chance as the tick; none where there is none.

    unit: what n counts, behind it.
    """
    bars = [
        Bar(
            row.metric.removeprefix(prefix),
            row.value,
            percent(row.value),
            f"n = {row.n} {unit}".rstrip(),
            row.chance,
            remark_of(row, percent),
        )
        for row in rows
        if row.metric.startswith(prefix)
    ]
    return [Bars(title, bars, aside)] if bars else []


def other_figures(rows: Sequence[ResultRow], shown: Collection[str] = ()) -> list[Table]:
    """Return the figures whose metric is not among those ``shown``, as they were measured; none where all are."""
    columns = [Column(label) for label in ("task and metric", "value", "chance", "n")]
    lines = [
        Line(
            (
                f"{row.task}, {row.metric}",
                Cell(plain(row.value), _plain_interval(row), remark_of(row, plain)),
                _number(row.chance),
                str(row.n),
            )
        )
        for row in rows
        if row.metric not in shown
    ]
    return [Table("Other figures", columns, lines, aside="as measured, not in per cent")] if lines else []


def plain(value: float) -> str:
    """Return a figure as it was measured, with four digits that count."""
    return f"{value:.4g}"


def _interval(row: ResultRow) -> str:
    if row.low is None or row.high is None:
        return ""
    return f"[{percent(row.low)}, {percent(row.high)}]{_if_few(row)}"


def _plain_interval(row: ResultRow) -> str:
    return "" if row.low is None or row.high is None else f"[{row.low:.4g}, {row.high:.4g}]{_if_few(row)}"


def _if_few(row: ResultRow) -> str:
    return f" over {row.n_groups} scenes" if row.has_few_groups else ""


def _number(value: float | None) -> str:
    return NOTHING if value is None else f"{value:.4g}"

"""The leaderboard: several models by the figures that each task names first, on the same images."""

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence, Set
from typing import NamedTuple

from sarvl.blocks import Column, Line, Table
from sarvl.evaluation.alike import deciding_settings
from sarvl.evaluation.results import RunResult
from sarvl.evaluation.row_blocks import percent, share_cell
from sarvl.evaluation.rows import ResultRow
from sarvl.evaluation.task import TASKS
from sarvl.reporting.page import Card, Section
from sarvl.reporting.told_apart import plain, where_different

Figure = tuple[str, str, str]
"""What a column holds: the source, the metric, and what the metric is called."""
_SAME = ("task", "protocol", "split", "corpus_digest")


class _Model(NamedTuple):
    """What a line is of: a model as it was named, with its weights, and the temperature that it was calibrated to."""

    name: str
    weights_hash: str
    temperature: float

    @classmethod
    def of(cls, row: ResultRow) -> "_Model":
        return cls(row.model, row.weights_hash, row.temperature or 1.0)


def _names(models: Sequence[_Model]) -> list[str]:
    """Return what each is called; of those with one name, with what tells them apart."""
    names = where_different(
        [model.name for model in models], [f"weights {model.weights_hash[:12]}" for model in models]
    )
    temperatures = ["" if model.temperature == 1 else f"temperature {model.temperature:.6g}" for model in models]
    return where_different(names, temperatures)


def leaderboard(results: Sequence[RunResult]) -> Section | None:
    """Return a table a task and corpus in which several models stand; None where there is none such."""
    groups = defaultdict(list)
    for result in results:
        if result.head.task in TASKS.names():
            groups[tuple(getattr(result.head, name) for name in _SAME)].append(result)
    tables = [table for group in groups.values() for table in _tables(group)]
    return Section("Models side by side", [Card([table]) for table in tables]) if tables else None


def _tables(group: Sequence[RunResult]) -> Iterator[Table]:
    """Yield the table of one task on one corpus: a model a line, the best of the first figure on top."""
    head = group[0].head
    told = _set_otherwise(group)
    figures = list(dict.fromkeys(figure for result in group for figure, _ in _headlines(result, told)))
    values: dict[_Model, dict[Figure, ResultRow]] = defaultdict(dict)
    for result in group:
        values[_Model.of(result.head)] |= dict(_headlines(result, told))
    if len(values) < 2 or not figures:
        return
    ranked = sorted(values.items(), key=lambda item: (_rank(item[1], figures), item[0]))
    lines = [
        Line((name, *(share_cell(rows.get(figure)) for figure in figures)))
        for name, (_, rows) in zip(_names([model for model, _ in ranked]), ranked, strict=True)
    ]
    chance = {figure: row.chance for rows in values.values() for figure, row in rows.items()}
    if any(level is not None for level in chance.values()):
        lines.append(Line(("chance", *(percent(chance[figure]) for figure in figures)), total=True))
    columns = [Column("model"), *(Column(label.rstrip(","), source) for source, _, label in figures)]
    yield Table(f"{head.task}, {head.split} split", columns, lines, aside=f"corpus {head.corpus_digest[:12]}")


def _set_otherwise(group: Sequence[RunResult]) -> set[tuple[str, str]]:
    """Return (source, setting) of what is not the same in all runs on a source."""
    values = defaultdict(set)
    deciding = [deciding_settings(result.head, [other.head for other in group]) for result in group]
    for result, settings in zip(group, deciding, strict=True):
        for name in {name for other in deciding for name in other}:
            values[result.head.source, name].add(json.dumps(settings.get(name), sort_keys=True))
    return {place for place, different in values.items() if len(different) > 1}


def _headlines(result: RunResult, told: Set[tuple[str, str]]) -> Iterator[tuple[Figure, ResultRow]]:
    """Yield the figures of a run that its task names first, in the task's order."""
    rows = {row.metric: row for row in result.rows}
    for metric, label in TASKS.get(result.head.task).headlines.items():
        if metric in rows:
            yield (_told_source(result.head, told), metric, label), rows[metric]


def _told_source(row: ResultRow, told: Set[tuple[str, str]]) -> str:
    """Return the source, with what was set otherwise than another run on it has it."""
    settings = [f"{name} {plain(value)}" for name, value in row.settings.items() if (row.source, name) in told]
    return ", ".join([row.source, *settings])


def _rank(rows: Mapping[Figure, ResultRow], figures: Sequence[Figure]) -> float:
    """Return what lines are sorted by: the best of the first figure first, those without it last."""
    row = rows.get(figures[0])
    return -row.value if row else float("inf")

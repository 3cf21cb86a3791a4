"""Robustness: how the figures of another task fall with more speckle, less resolution, another gain, fewer levels."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Annotated, Any, NamedTuple

import pyarrow as pa
from pydantic import BaseModel, ConfigDict, Field, computed_field

from sarvl.blocks import Block, Column, Course, Curve, Line, Table
from sarvl.errors import EvaluationError
from sarvl.evaluation.evaluated import EvaluatedModel
from sarvl.evaluation.evaluator import settings_of
from sarvl.evaluation.outcomes import Outcome
from sarvl.evaluation.row_blocks import other_figures, percent, share_cell
from sarvl.evaluation.rows import ResultRow
from sarvl.evaluation.task import TASKS, Task, TaskRun
from sarvl.imagery.degradation import UNITS, Degradation
from sarvl.measures.measure import Measure
from sarvl.models.protocols import Answerer, ImageEmbedder

CLEAN = "clean"
NOT_FOLLOWED = {
    "robustness": "cannot follow itself; name another task",
    "detection": "does not follow detection, which would train another detector at each level; name another task",
}
Level = Annotated[float, Field(allow_inf_nan=False)]


class RobustnessSettings(BaseModel):
    """What can be set of robustness; an empty list leaves a degradation out."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    of: str = "zeroshot"
    """The task whose figures are followed."""
    of_settings: dict[str, Any] = {}
    """Settings of that task."""
    metrics: tuple[str, ...] = ()
    """Its figures that are followed; those of its headline where none is named."""
    speckle: tuple[Level, ...] = (16, 4, 1)
    """Looks of the noise that multiplies the intensity; fewer is worse."""
    resolution: tuple[Level, ...] = (2, 4)
    """How many times coarser."""
    gain: tuple[Level, ...] = (-6, -3, 3, 6)
    """Decibels."""
    quantisation: tuple[Level, ...] = (4, 3, 2)
    """Bits of amplitude."""

    @computed_field  # type: ignore[prop-decorator]
    @property
    def followed(self) -> dict[str, Any]:
        """The rules of the followed task and all its settings, which decide the figures."""
        task, chosen = followed_task(self)
        return {"protocol": task.protocol, "settings": chosen.model_dump(mode="json") if chosen else {}}

    def degradations(self) -> list[Degradation]:
        """Return all that is to be done, kind by kind."""
        return [Degradation(kind, level) for kind in UNITS for level in getattr(self, kind)]


def runs(evaluated: EvaluatedModel, settings: RobustnessSettings) -> list[TaskRun]:
    """Return one run for each of the followed task; EvaluationError where that cannot be, or a level is none."""
    for degradation in settings.degradations():
        if problem := degradation.problem():
            raise EvaluationError(f"robustness: {problem}")
    task, chosen = followed_task(settings)
    shown = {CLEAN: evaluated, **{str(each): evaluated.degraded(each) for each in settings.degradations()}}
    return [
        TaskRun(run.source, partial(outcome, shown, settings, place))
        for place, run in enumerate(task.runs(evaluated, chosen))
    ]


def followed_task(settings: RobustnessSettings) -> tuple[Task, BaseModel | None]:
    """Return the task that is followed, and its settings; EvaluationError where there is none such."""
    if settings.of in NOT_FOLLOWED:
        raise EvaluationError(f"robustness: {NOT_FOLLOWED[settings.of]}")
    task = TASKS.get(settings.of)
    return task, settings_of(task, settings.of_settings)


def outcome(shown: Mapping[str, EvaluatedModel], settings: RobustnessSettings, place: int) -> Outcome:
    """Return the outcomes of a run of the followed task, one below the other, by what the model is shown.

    First that of the images as they are (``clean``), then that of each degradation. All runs share the features of
    each. Beside their columns stand ``degradation``, such as ``speckle=4``, and ``image``, by which audits know the
    items.
    """
    task, chosen = followed_task(settings)
    metrics, followed = list(settings.metrics or task.headlines), {}
    for name, evaluated in shown.items():
        followed[name] = task.runs(evaluated, chosen)[place].outcome()
        _figures(task, followed[name], metrics)  # an unknown one is told before the next images are shown
    tables = [_told(name, each) for name, each in followed.items()]
    facts = {"of": task.name, "metrics": metrics, "facts": {name: each.facts for name, each in followed.items()}}
    return Outcome(pa.concat_tables(tables), facts)


def _told(name: str, of: Outcome) -> pa.Table:
    items = pa.array([f"{item}@{name}" for item in of.column("item")])
    table = of.table.set_column(of.table.column_names.index("item"), "item", items)
    if "image" not in table.column_names:
        table = table.append_column("image", of.table.column("item"))
    return table.append_column("degradation", pa.array([name] * len(of)))


def measures(outcome: Outcome) -> list[Measure]:
    """Return the followed figures of each degradation, as ``<figure>@<degradation>``.

    Raises EvaluationError for a figure that the followed task does not have.
    """
    task, metrics = TASKS.get(outcome.facts["of"]), outcome.facts["metrics"]
    return [
        replace(measure, metric=f"{measure.metric}@{name}")
        for name, part in _parts(outcome)
        for measure in _figures(task, part, metrics)
    ]


def _figures(task: Task, outcome: Outcome, metrics: Sequence[str]) -> list[Measure]:
    """Return the figures of these names; EvaluationError for one that the task does not have."""
    by_metric = {measure.metric: measure for measure in task.measures(outcome)}
    for metric in metrics:
        if metric not in by_metric:
            raise EvaluationError(
                f"robustness: task {task.name} has no figure {metric}; there are {', '.join(by_metric)}"
            )
    return [by_metric[metric] for metric in metrics]


def _parts(outcome: Outcome) -> Iterator[tuple[str, Outcome]]:
    """Yield the outcome of each degradation as the followed task made it."""
    for name, facts in outcome.facts["facts"].items():
        rows = outcome.where("degradation", name)
        items = pa.array([item.removesuffix(f"@{name}") for item in rows.column("item")])
        table = rows.table.set_column(rows.table.column_names.index("item"), "item", items)
        yield name, Outcome(table.drop_columns(["degradation"]), facts)


class _Point(NamedTuple):
    """A figure of one degradation: the row, the figure's own name, and what was done."""

    row: ResultRow
    metric: str
    kind: str
    level: float

    @classmethod
    def of(cls, row: ResultRow) -> "_Point":
        metric, _, name = row.metric.rpartition("@")
        kind, _, level = name.partition("=")
        return cls(row, metric, kind, float(level or "nan"))


def views(rows: Sequence[ResultRow], outcome: Outcome | None) -> list[Block]:
    """Return one curve a degradation, its figures as lines and as they are without it, and a table of all."""
    points = [_Point.of(row) for row in rows if "@" in row.metric]
    clean = {point.metric: point.row for point in points if point.kind == CLEAN}
    by_kind = {kind: [point for point in points if point.kind == kind] for kind in _UNITS}
    curves: list[Block] = [_curve(kind, own, clean) for kind, own in by_kind.items() if own]
    lines = [Line((f"{metric}, as it is", share_cell(row), "", str(row.n))) for metric, row in clean.items()]
    lines += [_line(point, clean) for own in by_kind.values() for point in own]
    columns = [Column(label) for label in ("", "value", "change", "n")]
    table = [Table("Robustness", columns, lines)] if lines else []
    return [*curves, *table, *other_figures(rows, [point.row.metric for point in points])]


_UNITS: dict[str, str] = {str(kind): unit for kind, unit in UNITS.items()}


def _line(point: _Point, clean: Mapping[str, ResultRow]) -> Line:
    before = clean.get(point.metric)
    change = f"{100 * (point.row.value - before.value):+.1f}" if before else ""
    label = f"{point.metric}, {point.kind} {point.level:g} {_UNITS[point.kind]}"
    return Line((label, share_cell(point.row), change, str(point.row.n)))


def _curve(kind: str, points: Sequence[_Point], clean: Mapping[str, ResultRow]) -> Curve:
    courses = []
    for metric in dict.fromkeys(point.metric for point in points):
        own = sorted((point.level, point.row.value) for point in points if point.metric == metric)
        levels, values = [level for level, _ in own], [value for _, value in own]
        courses.append(Course(metric, levels, values, [f"{level:g}: {percent(value)}" for level, value in own]))
        if metric in clean:
            courses.append(Course(f"{metric}, as it is", levels, [clean[metric].value] * len(levels)))
    return Curve(f"Robustness against {kind}", courses, f"{kind}, {_UNITS[kind]}", points=True)


TASK = Task(
    "robustness",
    "robustness-1",
    ImageEmbedder | Answerer,
    runs,
    measures,
    views,
    settings=RobustnessSettings,
)

"""Training curves of a run: loss, learning rate and validation over the steps, one course a stage."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from sarvl.blocks import Course, Curve
from sarvl.training import read_metrics
from sarvl.training.hooks import VALIDATION_LOSS, VALIDATION_RECALL
from sarvl.training.run.metrics import Metrics, StepMetrics


@dataclass(frozen=True, slots=True)
class _Stage:
    name: str
    metrics: Sequence[Metrics]
    start: float
    """Where the stage begins on the page: each starts where the one before ended."""


Figure = Callable[[Metrics], float | None]


def _loss(metrics: Metrics) -> float | None:
    return metrics.loss if isinstance(metrics, StepMetrics) else None


def _rate(metrics: Metrics) -> float | None:
    return metrics.rate if isinstance(metrics, StepMetrics) else None


def _figure(name: str, metrics: Metrics) -> float | None:
    return None if isinstance(metrics, StepMetrics) else metrics.figures.get(name)


CURVES: tuple[tuple[str, Figure, bool], ...] = (
    ("Training loss", _loss, False),
    ("Learning rate", _rate, False),
    ("Validation: validation loss", partial(_figure, VALIDATION_LOSS), True),
    ("Validation: grouped mean recall", partial(_figure, VALIDATION_RECALL), True),
)
"""The title of each curve, what it shows, and whether that is one point an epoch."""


def training_curves(run: Path) -> list[Curve]:
    """Return the curves of a run of ``sarvl train``; none where it has logged nothing."""
    stages = _stages(run)
    curves = [
        Curve(title, _courses(stages, figure), "step", points=is_of_epochs) for title, figure, is_of_epochs in CURVES
    ]
    return [curve for curve in curves if curve.courses]


def _stages(run: Path) -> list[_Stage]:
    metrics = read_metrics(run)
    stages, start = [], 0.0
    for name in dict.fromkeys(row.stage for row in metrics):
        own = [row for row in metrics if row.stage == name]
        steps = [row.global_step for row in own]
        stages.append(_Stage(name, own, start - min(steps)))
        start += max(steps) - min(steps)
    return stages


def _courses(stages: Sequence[_Stage], figure: Figure) -> list[Course]:
    courses = []
    for stage in stages:
        points = [
            (stage.start + metrics.global_step, value)
            for metrics in stage.metrics
            if (value := figure(metrics)) is not None
        ]
        if points:
            courses.append(Course(stage.name, [step for step, _ in points], [value for _, value in points]))
    return courses

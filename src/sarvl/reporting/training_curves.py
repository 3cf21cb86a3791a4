"""Training curves of a run: loss, learning rate and validation over the steps, one course a stage."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sarvl.blocks import Course, Curve
from sarvl.training import read_metrics

CURVES = (
    ("Training loss", "loss"),
    ("Learning rate", "rate"),
    ("Validation: validation loss", "validation_loss"),
)


@dataclass(frozen=True, slots=True)
class _Stage:
    name: str
    rows: Sequence[dict[str, Any]]
    start: float
    """Where the stage begins on the page: each starts where the one before ended."""


def training_curves(run: Path) -> list[Curve]:
    """Return the curves of a run of ``sarvl train``; none where it has logged nothing."""
    stages = _stages(run)
    curves = [Curve(title, _courses(stages, key), "step", points=key == "validation_loss") for title, key in CURVES]
    return [curve for curve in curves if curve.courses]


def _stages(run: Path) -> list[_Stage]:
    metrics = read_metrics(run)
    stages, start = [], 0.0
    for name in dict.fromkeys(row["stage"] for row in metrics):
        rows = [row for row in metrics if row["stage"] == name]
        steps = [row["global_step"] for row in rows]
        stages.append(_Stage(name, rows, start - min(steps)))
        start += max(steps) - min(steps)
    return stages


def _courses(stages: Sequence[_Stage], key: str) -> list[Course]:
    found = []
    for stage in stages:
        rows = [row for row in stage.rows if key in row]
        if rows:
            found.append(
                Course(stage.name, [stage.start + row["global_step"] for row in rows], [row[key] for row in rows])
            )
    return found

"""Task: one kind of evaluation, found by its name among our own and those that other packages register."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import UnionType
from typing import TYPE_CHECKING, Any

from sarvl.errors import EvaluationError
from sarvl.registry import Registry

if TYPE_CHECKING:
    from pydantic import BaseModel

    from sarvl.blocks import Block
    from sarvl.evaluation.evaluated import EvaluatedModel, SplitImages
    from sarvl.evaluation.outcomes import Outcome
    from sarvl.evaluation.predictions.prediction import Prediction
    from sarvl.evaluation.rows import ResultRow
    from sarvl.measures.measure import Measure


@dataclass(frozen=True)
class TaskRun:
    """One run of a task: the source that it is measured on (``all``, or names joined by ``+``), and how.

    outcome: asks the model, and returns what it found; raises EvaluationError where there is nothing to measure.
    """

    source: str
    outcome: "Callable[[], Outcome]"


@dataclass(frozen=True)
class Task:
    """One kind of evaluation.

    name: that of its module. protocol: name and version of the rules, such as ``retrieval-2``; a change of the rules
        that changes a figure is a new version.
    needs: what a model must be able to do, a protocol of ``sarvl.models.protocols``, or several of which one is enough.
    settings: model of what a user may set; its values stand in the rows. None where there is nothing to set.
    runs: lists what there is to measure, without asking the model; raises EvaluationError where there is nothing.
    measures: makes the figures from an outcome alone.
    views: what a page shows of a run: blocks from its rows and its outcome (None where that is not kept). Images are
        named by their id; the page reads them. None shows the figures as a plain table.
    headlines: the metrics that a summary tells, and what they are called there.
    scores: makes an outcome of what others predicted: from their file alone, or held against the images of a split.
        None where predictions of others cannot be scored.
    asking: the settings that steer how a model is asked, and say nothing of predictions that others made.
    """

    name: str
    protocol: str
    needs: type | UnionType
    runs: "Callable[[EvaluatedModel, Any], list[TaskRun]]"
    measures: "Callable[[Outcome], list[Measure]]"
    views: "Callable[[Sequence[ResultRow], Outcome | None], Sequence[Block]] | None" = None
    settings: "type[BaseModel] | None" = None
    headlines: Mapping[str, str] = field(default_factory=dict)
    scores: "Callable[[Sequence[Prediction], SplitImages | None, Any], Outcome] | None" = None
    asking: frozenset[str] = frozenset()


TASKS: Registry[Task] = Registry(
    "task",
    "sarvl.evaluation.tasks",
    "TASK",
    "sarvl.tasks",
    Task,
    EvaluationError,
    name_of=lambda task: task.name,
)
"""The tasks of evaluation: one module each in ``evaluation/tasks``, and entry points ``sarvl.tasks``."""

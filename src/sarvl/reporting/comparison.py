"""Comparison of two models from their outcomes: paired by item, resampled by scene. No model is asked."""

import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from pathlib import Path

import numpy as np

from sarvl.errors import EvaluationError
from sarvl.evaluation.alike import GIVEN, deciding_settings
from sarvl.evaluation.outcomes import Outcome, outcome_path
from sarvl.evaluation.results import RunResult, results_of
from sarvl.evaluation.rows import ResultRow
from sarvl.evaluation.task import TASKS, Task
from sarvl.files import FilePath, real_path
from sarvl.measures.holm import holm
from sarvl.measures.measure import Measure
from sarvl.measures.paired import PairedDifference, measured_difference
from sarvl.progress import note

SAME = ("task", "protocol", "source", "split", "corpus_digest")


@dataclass(frozen=True, slots=True)
class Comparison:
    """One figure of two models on the same items.

    first, second: the models' names. n: the queries behind a figure; groups: the scenes (or single images) that
    bear on it, each resampled whole. p_holm: the p-value corrected for all pairs of models that were compared by this
    figure (``measures.holm``). The other figures: see ``measures.paired.PairedDifference``.
    """

    task: str
    source: str
    split: str
    metric: str
    first: str
    second: str
    first_value: float
    second_value: float
    difference: float
    low: float | None
    high: float | None
    p_value: float | None
    p_holm: float | None
    detectable: float | None
    n: int
    groups: int


def compare(*files: FilePath, seed: int = 0) -> list[Comparison]:
    """Compare the models of several files of rows, or of one, wherever they did the same.

    The same is an equal task, protocol, settings, source, split and corpus; of predictions of others, how a model was
    asked is not held against them (``deciding_settings``). Of several files, models of one are
    compared with those of the others; of one file, with each other. seed: of the resampling.
    Raises EvaluationError where the files hold nothing that two models both did, an outcome is missing, or its items
    differ.
    """
    paths = list({real_path(file): Path(file) for file in files}.values())
    figures = defaultdict(list)
    for one, other in _pairs(paths):
        for comparison in _compared(one, other, seed):
            figures[_work(one, other), comparison.metric].append(comparison)
    if not figures and len(paths) < len(files):
        raise EvaluationError(
            f"{paths[0]}: given twice, and holds one model alone; give the rows of another model as well"
        )
    if not figures:
        raise EvaluationError(
            f"{', '.join(map(str, files))}: no two models did the same task on the same source, split and corpus; "
            f"{_to_do(paths)}"
        )
    corrected = [comparison for same in figures.values() for comparison in _corrected(same)]
    return sorted(corrected, key=lambda comparison: (comparison.first, comparison.second))


def _to_do(files: Sequence[Path]) -> str:
    """Return how to get rows that can be compared; questions that others answered were told otherwise once."""
    if all(run.head.split == GIVEN for file in files for run in _runs(file)):
        return "run sarvl score anew for both, on files that ask the same questions, with the same settings"
    return "run sarvl evaluate for both with the same options"


def _pairs(files: Sequence[Path]) -> Iterator[tuple[RunResult, RunResult]]:
    """Yield two runs that differ in nothing but the model, each two once."""
    seen: set[frozenset[str]] = set()
    for one, other in combinations([run for file in files for run in _runs(file)], 2):
        models = frozenset((one.head.outcome or "", other.head.outcome or ""))
        apart = len(files) == 1 or one.file != other.file
        if apart and len(models) == 2 and models not in seen and _work(one, other) == _work(other, one):
            seen.add(models)
            yield one, other


def _corrected(same: Sequence[Comparison]) -> list[Comparison]:
    """Return comparisons by one figure with the p-values that hold for all of them together."""
    p_values = [np.nan if one.p_value is None else one.p_value for one in same]
    corrected = [None if np.isnan(value) else float(value) for value in holm(p_values)]
    return [replace(one, p_holm=p_holm) for one, p_holm in zip(same, corrected, strict=True)]


def _runs(file: Path) -> list[RunResult]:
    """Return the runs of a file that have an outcome, one for each: their rows may be of several seeds."""
    results, _ = results_of([file])
    runs = {result.head.outcome: result for result in results if result.head.outcome}
    if not runs:
        raise EvaluationError(f"{file}: no row has an outcome (those of version 1 have none); run sarvl evaluate again")
    return list(runs.values())


def _work(run: RunResult, beside: RunResult) -> str:
    """Return what was done, whichever model did it, as far as another run can be held against it."""
    same = [getattr(run.head, name) for name in SAME]
    settings = deciding_settings(run.head, [beside.head]) if beside.head.task == run.head.task else run.head.settings
    return json.dumps([*same, settings], sort_keys=True)


def _compared(one: RunResult, other: RunResult, seed: int) -> Iterator[Comparison]:
    task = TASKS.get(one.head.task)
    outcome = _outcome(one)
    first, second = (_of_model(task, part) for part in (outcome, _paired(outcome, one, other)))
    for metric in first:
        if metric in second and (difference := measured_difference(first[metric], second[metric], seed)):
            yield _comparison(one.head, other.head, first[metric], second[metric], difference)
    if alone := sorted(first.keys() ^ second.keys()):
        models = f"{one.head.model} and {other.head.model}"
        note(f"{task.name} on {one.head.source}: only one of {models} has {', '.join(alone)}; not compared")


def _of_model(task: Task, outcome: Outcome) -> dict[str, Measure]:
    """Return the figures that the model decides, by name; one that is not finite is no figure."""
    return {
        measure.metric: measure for measure in task.measures(outcome) if measure.of_model and np.isfinite(measure.value)
    }


def _comparison(
    one: ResultRow, other: ResultRow, before: Measure, after: Measure, difference: PairedDifference
) -> Comparison:
    return Comparison(
        task=one.task,
        source=one.source,
        split=one.split,
        metric=before.metric,
        first=one.model,
        second=other.model,
        first_value=before.value,
        second_value=after.value,
        difference=difference.difference,
        low=difference.low,
        high=difference.high,
        p_value=difference.p_value,
        p_holm=None,
        detectable=difference.detectable,
        n=before.n,
        groups=difference.clusters,
    )


def _outcome(result: RunResult) -> Outcome:
    if result.outcome is None:
        path = outcome_path(result.file, result.head.outcome or "")
        raise EvaluationError(f"{path}: no such file; run sarvl evaluate again, or put the outcomes beside the rows")
    return result.outcome


def _paired(outcome: Outcome, one: RunResult, other: RunResult) -> Outcome:
    """Return the outcome of ``other`` in the order of ``outcome``; EvaluationError where their items differ."""
    matched = _outcome(other)
    row = {item: number for number, item in enumerate(matched.column("item"))}
    missing = [item for item in outcome.column("item") if item not in row]
    if missing or len(matched) != len(outcome):
        example = f" ({missing[0]})" if missing else ""
        raise EvaluationError(
            f"{other.file}: {one.head.task} of {other.head.model} has other items than that of {one.head.model} in "
            f"{one.file}{example}; evaluate both anew on the same corpus"
        )
    ordered = matched.at(np.array([row[item] for item in outcome.column("item")], np.int64))
    for name in ("truth", "group"):
        if (differs := ordered.column(name) != outcome.column(name)).any():
            item = outcome.column("item")[np.flatnonzero(differs)[0]]
            raise EvaluationError(
                f"{other.file}: {one.head.task} of {other.head.model}: {item} has another {name} than in {one.file}; "
                "evaluate both anew on the same corpus"
            )
    return ordered

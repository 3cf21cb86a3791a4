"""The rows of one run: its outcome is made where it is not there yet, and every figure comes from it."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from sarvl.evaluation.outcomes import Outcome, RunIdentity, outcome_of_one, read_outcome, write_outcome
from sarvl.evaluation.rows import ROW_VERSION, ResultRow
from sarvl.evaluation.task import Task
from sarvl.measures.measure import Measure


class Answering(NamedTuple):
    """Who answered: the name that stands in the rows, and how many numbers its network has, where that is known."""

    name: str
    parameters: int | None


def rows_of_run(
    task: Task,
    identity: RunIdentity,
    make: Callable[[], Outcome],
    answering: Answering,
    *,
    out: Path,
    known: Sequence[ResultRow],
) -> list[ResultRow]:
    """Return the rows of a run; those that are ``known``, with the run's outcome beside ``out``, are not made again."""
    digest = identity.digest()
    with outcome_of_one(out, digest) as finished:
        if not finished:
            write_outcome(out, identity, make())
    held = {row.key(): row for row in known if finished and row.outcome == digest}
    rows = []
    for measure in task.measures(read_outcome(out, digest)):
        row = _row(measure, identity, answering)
        rows.append(held.get(row.key()) or _with_interval(row, measure))
    return rows


def _row(measure: Measure, identity: RunIdentity, answering: Answering) -> ResultRow:
    return ResultRow(
        row_version=ROW_VERSION,
        **vars(identity),
        metric=measure.metric,
        value=measure.value,
        n=measure.n,
        chance=measure.chance,
        ceiling=measure.ceiling,
        model=answering.name,
        parameters=answering.parameters,
        outcome=identity.digest(),
    )


def _with_interval(row: ResultRow, measure: Measure) -> ResultRow:
    low, high, groups = measure.interval()
    return row.model_copy(update={"low": low, "high": high, "n_groups": groups})

"""Results: the rows of some files put together again by run, each with its outcome."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from sarvl.evaluation.outcomes import Outcome, outcome_path, read_outcome
from sarvl.evaluation.rows import ResultRow, read_rows


@dataclass(frozen=True)
class RunResult:
    """All figures of one run of a task. file: the file of rows that they stand in."""

    rows: tuple[ResultRow, ...]
    file: Path

    @property
    def head(self) -> ResultRow:
        """The first row, for what all of them share: task, model, source, hashes."""
        return self.rows[0]

    @cached_property
    def outcome(self) -> Outcome | None:
        """What the model answered; None where it is not kept beside the file. EvaluationError where it is damaged."""
        digest = self.head.outcome
        if digest is None or not outcome_path(self.file, digest).exists():
            return None
        return read_outcome(self.file, digest)


def results_of(files: Sequence[Path]) -> tuple[list[RunResult], int]:
    """Return the runs of some files in order of appearance, and how many rows a later one of the same key replaced.

    Raises EvaluationError where a file or a line cannot be read.
    """
    read = [(row, file) for file in files for row in read_rows(file)]
    latest = {row.key(): (row, file) for row, file in read}
    runs: dict[str, list[tuple[ResultRow, Path]]] = {}
    for row, file in latest.values():
        runs.setdefault(row.run.digest(), []).append((row, file))
    results = [RunResult(tuple(row for row, _ in pairs), pairs[-1][1]) for pairs in runs.values()]
    return results, len(read) - len(latest)

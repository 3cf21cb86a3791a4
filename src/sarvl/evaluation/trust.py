"""Trust: what stands beside a figure: its images that leak, and what a model reaches that never saw its source."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from sarvl.corpus.leaks import Leak, LeakAudit
from sarvl.errors import EvaluationError
from sarvl.evaluation.leak_audit import read_audit
from sarvl.evaluation.results import RunResult
from sarvl.evaluation.rows import ResultRow, read_rows
from sarvl.evaluation.task import TASKS
from sarvl.files import FilePath

NOT_RUN = "not run"
_SAME = ("task", "protocol", "settings", "source", "split", "corpus_digest", "metric")


@dataclass(frozen=True)
class Trust:
    """What is known of a figure.

    leaks: how many of the images behind it were learnt from as well, in words; None where no audit is about it.
    without: the figure of the other images; None where none of them leaks, or it cannot be had.
    left_out: the same figure of models that did not learn from the source.
    """

    leaks: str | None = None
    without: float | None = None
    left_out: tuple[ResultRow, ...] = ()

    def told(self, number: Callable[[float], str]) -> str:
        """Return this in one line; number: how the figure itself is written."""
        if self.leaks is None and not self.left_out:
            return f"leaks, left out: {NOT_RUN}"
        without = "" if self.without is None else f", without them {number(self.without)}"
        left_out = " and ".join(_with_interval(row, number) for row in self.left_out)
        return f"leaks: {self.leaks or NOT_RUN}{without}; left out: {left_out or NOT_RUN}"


def _with_interval(row: ResultRow, number: Callable[[float], str]) -> str:
    interval = "" if row.low is None or row.high is None else f" [{number(row.low)}, {number(row.high)}]"
    return number(row.value) + interval


class TrustedRow(ResultRow):
    """A row with what is known of its figure, for a page; never kept in a file."""

    trust: Trust


def remark_of(row: ResultRow, number: Callable[[float], str]) -> str:
    """Return what stands beside a figure, which is written by ``number``; empty for a row that is not on a page."""
    return row.trust.told(number) if isinstance(row, TrustedRow) else ""


def trusted(
    results: Sequence[RunResult], audits: Sequence[FilePath], without: Mapping[str, FilePath]
) -> list[RunResult]:
    """Return results whose rows know their audits, and the rows of models that did not learn from their source.

    audits: files of ``sarvl audit``; each is about the rows of its corpus and split, and of its models.
    without: by source, as rows name it, the rows of models that did not learn from it; one is held against a row of
    the same task, protocol, settings, split, corpus and metric.
    Raises EvaluationError for a file that is about none of the results.
    """
    read = [_audit_of(path, results) for path in audits]
    left_out = {name: [row for row in read_rows(Path(path)) if row.source == name] for name, path in without.items()}
    made = [_trusted(result, read, left_out.get(result.head.source, [])) for result in results]
    held = {row.source for result in made for row in result.rows if isinstance(row, TrustedRow) and row.trust.left_out}
    for name in sorted(left_out.keys() - held):
        raise EvaluationError(
            f"{without[name]}: no row of source {name} is of a figure that another model has here; measure the model "
            "that did not learn from it by the same task, settings, corpus and split"
        )
    return made


def _audit_of(path: FilePath, results: Iterable[RunResult]) -> LeakAudit:
    """Read an audit; EvaluationError where it is about none of the results."""
    audit = read_audit(path)
    if not any(_is_about(audit, result.head) for result in results):
        models = f" and {', '.join(model.name for model in audit.models)}" if audit.models else ""
        raise EvaluationError(
            f"{path}: about split {audit.split} of corpus {audit.corpus[:12]}{models}, of which there is no row; audit "
            "what was measured"
        )
    return audit


def _is_about(audit: LeakAudit, row: ResultRow) -> bool:
    hashes = {model.weights_hash for model in audit.models}
    same = (audit.corpus, audit.split) == (row.corpus_digest, row.split)
    return same and (not hashes or row.weights_hash in hashes)


def _figure(row: ResultRow) -> str:
    """Return what was measured, whichever model it was."""
    return json.dumps([getattr(row, name) for name in _SAME], sort_keys=True)


def _trusted(result: RunResult, audits: Sequence[LeakAudit], left_out: Sequence[ResultRow]) -> RunResult:
    leaks, values = _leaks(result, [audit for audit in audits if _is_about(audit, result.head)])
    rows = []
    for row in result.rows:
        others = {
            other.weights_hash: other
            for other in left_out
            if _figure(other) == _figure(row) and other.weights_hash != row.weights_hash
        }
        trust = Trust(leaks, values.get(row.metric), tuple(others.values()))
        rows.append(TrustedRow.model_construct(**dict(row), trust=trust))
    return replace(result, rows=tuple(rows))


def _leaks(result: RunResult, audits: Sequence[LeakAudit]) -> tuple[str | None, dict[str, float]]:
    """Return how many images of a run leak, in words, and its figures without them."""
    if not audits:
        return None, {}
    leaks = {leak.image: leak for audit in audits for leak in audit.leaks}
    if result.outcome is None:
        return _told_by_audit(result.head, audits[0], leaks), {}
    images = result.outcome.images.tolist()
    different = set(images)
    leaking = {image: leak for image, leak in leaks.items() if image in different}
    told = _told(leaking.values(), len(different))
    kept = np.flatnonzero([image not in leaking for image in images])
    if not leaking or not len(kept) or result.head.task not in TASKS.names():
        return told, {}
    measures = TASKS.get(result.head.task).measures(result.outcome.at(kept))
    return told, {each.metric: each.value for each in measures if each.of_model and each.terms is not None}


def _told_by_audit(row: ResultRow, audit: LeakAudit, leaks: Mapping[str, Leak]) -> str:
    """Return the same for a run without its outcome: of all images of its sources."""
    sources = set(audit.images) if row.source == "all" else set(row.source.split("+"))
    images = sum(count for source, count in audit.images.items() if source in sources)
    return _told([leak for leak in leaks.values() if leak.source in sources], images)


def _told(leaking: Iterable[Leak], images: int) -> str:
    kinds = [leak.kind for leak in leaking]
    scenes = f" ({kinds.count('scene')} by their scene)" if "scene" in kinds else ""
    return f"{len(kinds) or 'none'} of {images} images{scenes}"

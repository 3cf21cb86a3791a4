"""A suite on the page: its tests, what each model reached in them, and what others published."""

from collections.abc import Sequence

from sarvl.blocks import NOTHING, Column, Line, Table
from sarvl.evaluation.alike import FORMAT, GIVEN
from sarvl.evaluation.results import RunResult
from sarvl.evaluation.row_blocks import share_cell
from sarvl.evaluation.rows import ResultRow
from sarvl.evaluation.suite import Suite, SuiteLine, SuiteTest, suite_lines
from sarvl.files import FilePath
from sarvl.reporting.page import Card, Section
from sarvl.reporting.told_apart import told_apart, where_different

_APPLICATION = "strict/"
"""What the figures of single applications begin with, by which parts of a set are told."""
_PARTS = 3
"""The most parts of a file of predictions that it is called by."""


def suite_section(suite: Suite, corpora: FilePath, results: Sequence[RunResult]) -> Section:
    """Return a table of the tests, a column a model; below it what was not measured, and why."""
    lines = suite_lines(suite, corpora, [row for result in results for row in result.rows])
    models = list(dict.fromkeys(line.row.model for line in lines if line.row))
    columns = [
        Column("test"),
        Column("source"),
        Column("figure"),
        *(Column(model, "measured here") for model in models),
    ]
    columns += [Column(system, "published") for system in _systems(suite)]
    table = Table("", columns, [line for test in suite.tests for line in _of_test(test, lines, models, suite, results)])
    reasons = [f"{line.test.name}: {line.reason}." for line in lines if line.reason]
    remarks = [f"{test.name}: {test.remark}" for test in suite.tests if test.remark]
    sources = [f"{one.system}: {one.source}." for test in suite.tests for one in test.published]
    told = dict.fromkeys([suite.source, *sources, *remarks, *reasons])
    return Section(suite.title, [Card([table], remark=" ".join(told))])


def _systems(suite: Suite) -> list[str]:
    return list(dict.fromkeys(one.system for test in suite.tests for one in test.published))


def _of_test(
    test: SuiteTest, lines: Sequence[SuiteLine], models: Sequence[str], suite: Suite, results: Sequence[RunResult]
) -> list[Line]:
    """Return a line a source, or part of a test, that was measured; one where none was."""
    rows = [line.row for line in lines if line.test is test and line.row]
    published = {one.system: f"{100 * one.value:.2f}" for one in test.published}
    others = [published.get(system, NOTHING) for system in _systems(suite)]
    places = _places(rows, results)
    ours = {(place, row.model): row for place, row in zip(places, rows, strict=True)}
    return [
        Line((test.name, place, test.metric, *(share_cell(ours.get((place, model))) for model in models), *others))
        for place in dict.fromkeys(places) or [NOTHING]
    ]


def _places(rows: Sequence[ResultRow], results: Sequence[RunResult]) -> list[str]:
    """Return what each row is of: its source, and as much more as tells it from what else was measured."""
    places = [row.source for row in rows]
    parts = {result.head.run.digest(): _part(result) for result in results}
    for more in (
        [f"{row.settings['limit']} images" if "limit" in row.settings else "" for row in rows],
        [parts.get(row.run.digest(), "") for row in rows],
        [f"corpus {row.corpus_digest[:12]}" for row in rows],
    ):
        places = where_different(places, more)
    apart = told_apart(rows, [(place, row.model) for place, row in zip(places, rows, strict=True)])
    return [", ".join(filter(None, told)) for told in zip(places, apart, strict=True)]


def _part(result: RunResult) -> str:
    """Return what a file of predictions is of: the applications of its questions where they are few, else its format.

    Nothing of what was measured on a corpus.
    """
    if result.head.split != GIVEN:
        return ""
    parts = [row.metric.removeprefix(_APPLICATION) for row in result.rows if row.metric.startswith(_APPLICATION)]
    return ", ".join(parts) if 0 < len(parts) <= _PARTS else str(result.head.settings[FORMAT])

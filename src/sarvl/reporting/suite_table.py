"""A suite on the page: its tests, what each model reached in them, and what others published."""

from collections.abc import Sequence

from sarvl.blocks import NOTHING, Column, Line, Table
from sarvl.evaluation.results import RunResult
from sarvl.evaluation.row_blocks import share_cell
from sarvl.evaluation.suite import Suite, SuiteLine, SuiteTest, suite_lines
from sarvl.files import FilePath
from sarvl.reporting.page import Card, Section


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
    table = Table("", columns, [line for test in suite.tests for line in _of_test(test, lines, models, suite)])
    reasons = [f"{line.test.name}: {line.reason}." for line in lines if line.reason]
    remarks = [f"{test.name}: {test.remark}" for test in suite.tests if test.remark]
    sources = [f"{one.system}: {one.source}." for test in suite.tests for one in test.published]
    told = dict.fromkeys([suite.source, *sources, *remarks, *reasons])
    return Section(suite.title, [Card([table], remark=" ".join(told))])


def _systems(suite: Suite) -> list[str]:
    return list(dict.fromkeys(one.system for test in suite.tests for one in test.published))


def _of_test(test: SuiteTest, lines: Sequence[SuiteLine], models: Sequence[str], suite: Suite) -> list[Line]:
    """Return a line a source that was measured, or one where none was."""
    rows = [line.row for line in lines if line.test is test and line.row]
    published = {one.system: f"{100 * one.value:.2f}" for one in test.published}
    others = [published.get(system, NOTHING) for system in _systems(suite)]
    sources = list(dict.fromkeys(row.source for row in rows)) or [NOTHING]
    ours = {(row.source, row.model): row for row in rows}
    return [
        Line((test.name, source, test.metric, *(share_cell(ours.get((source, model))) for model in models), *others))
        for source in sources
    ]

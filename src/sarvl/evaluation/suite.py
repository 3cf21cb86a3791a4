"""Suite: what a published system was measured on, as a list of sets and tasks, with the figures that it published."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

from pydantic import Field

from sarvl.corpus import Corpus
from sarvl.errors import EvaluationError, SarvlError
from sarvl.evaluation.evaluator import evaluate, settings_of
from sarvl.evaluation.rows import ResultRow
from sarvl.evaluation.task import TASKS
from sarvl.files import FilePath
from sarvl.models.packaging.packaged_models import named_or_packaged
from sarvl.recipes import RecipeModel, load_recipe


class Published(RecipeModel):
    """A figure that others published."""

    system: str
    """The model, as its authors call it."""
    value: float
    """In the unit of the metric: shares are 0 to 1."""
    source: str
    """The paper, and where in it."""


class SuiteTest(RecipeModel):
    """One line of a suite: a task on a set, and the figure that counts."""

    name: str
    """What the line is called."""
    corpus: str
    """The folder of the corpus, below the folder of corpora."""
    made_by: str = ""
    """The recipe that builds it; empty where the set cannot be had."""
    task: str
    """The name of a task."""
    split: str = "test"
    """The split to measure on."""
    sources: tuple[str, ...] = ()
    """Only these sources of the corpus."""
    settings: Mapping[str, Any] = {}
    """Of the task, where they differ from its defaults."""
    metric: str = Field(examples=["grouped_mean_recall"])
    """The figure of the task that counts."""
    published: tuple[Published, ...] = ()
    """What others reached, by their own protocol."""
    remark: str = ""
    """What keeps the published figures from being compared with ours."""


class Suite(RecipeModel):
    """The tests of one published system."""

    title: str
    """Whose tests these are."""
    source: str
    """Where they are told."""
    tests: tuple[SuiteTest, ...] = Field(min_length=1)
    """One after the other."""


@dataclass(frozen=True, slots=True)
class SuiteLine:
    """What came of a test. row: the figure that counts; None where there is none, for the reason that is told."""

    test: SuiteTest
    row: ResultRow | None
    reason: str = ""


def suite_names() -> list[str]:
    """Return the names of the suites that come with sarvl, sorted."""
    return sorted(path.name.removesuffix(".yaml") for path in _folder().iterdir() if path.name.endswith(".yaml"))


def load_suite(name: FilePath) -> Suite:
    """Return a suite by its name, or from a YAML file of one's own; EvaluationError where it is neither."""
    if str(name) in suite_names():
        return load_recipe(_folder() / f"{name}.yaml", Suite)
    if Path(name).is_file():
        return load_recipe(name, Suite)
    raise EvaluationError(f"no suite {str(name)!r}; there are {', '.join(suite_names())}, or give a YAML file")


def evaluate_suite(
    suite: Suite, model: FilePath | None, corpora: FilePath, out: FilePath, **options: Any
) -> list[SuiteLine]:
    """Measure a model by all tests of a suite whose corpus is held; a test that cannot be done is a line that says why.

    corpora: the folder that holds them. model, out, options: as of ``evaluate``: ``limit``, ``device``, ``batch_size``,
    ``workers``.
    """
    name = named_or_packaged(model)
    return [line for test in suite.tests for line in _measured(test, name, Path(corpora), out, options)]


def suite_lines(suite: Suite, corpora: FilePath, rows: Sequence[ResultRow]) -> list[SuiteLine]:
    """Return what rows that were measured before say of the tests of a suite: a line a row, or one with the reason."""
    return [line for test in suite.tests for line in _told(test, Path(corpora), rows)]


def _measured(
    test: SuiteTest, model: FilePath, corpora: Path, out: FilePath, options: Mapping[str, Any]
) -> list[SuiteLine]:
    folder = corpora / test.corpus
    if not folder.is_dir():
        return [_not_held(test, folder)]
    settings = {test.task: test.settings}
    try:
        rows = evaluate(model, folder, test.split, [test.task], out, sources=test.sources, settings=settings, **options)
    except SarvlError as problem:
        return [SuiteLine(test, None, str(problem))]
    return _lines(test, [row for row in rows if row.metric == test.metric])


def _told(test: SuiteTest, corpora: Path, rows: Sequence[ResultRow]) -> list[SuiteLine]:
    folder = corpora / test.corpus
    if not folder.is_dir():
        return [_not_held(test, folder)]
    settings = settings_of(TASKS.get(test.task), test.settings)
    asked = (test.task, test.metric, test.split, Corpus.open(folder).digest)
    told = settings.model_dump(mode="json") if settings else {}
    same = [row for row in rows if (row.task, row.metric, row.split, row.corpus_digest) == asked]
    return _lines(test, [row for row in same if row.settings == told and _is_of(test, row)])


def _is_of(test: SuiteTest, row: ResultRow) -> bool:
    """Return whether a row is of the sources that a test names; of any where it names none."""
    return not test.sources or set(row.source.split("+")) <= set(test.sources)


def _lines(test: SuiteTest, rows: Sequence[ResultRow]) -> list[SuiteLine]:
    """Return a line a row; only those over all sources together, where there are any and no source is named."""
    whole = [row for row in rows if row.source == "all"] if not test.sources else []
    return [SuiteLine(test, row) for row in whole or rows] or [SuiteLine(test, None, f"no {test.metric} was measured")]


def _not_held(test: SuiteTest, folder: Path) -> SuiteLine:
    how = f"; sarvl build {test.made_by} --out {folder}" if test.made_by else ""
    return SuiteLine(test, None, f"not held: there is no folder {folder}{how}")


def _folder() -> Path:
    return Path(str(files("sarvl.evaluation"))) / "suites"

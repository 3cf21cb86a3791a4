"""Suite: what a published system was measured on, as a list of sets and tasks, with the figures that it published."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from importlib.resources import files
from pathlib import Path
from typing import Any

from pydantic import Field

from sarvl.corpus import Corpus
from sarvl.errors import EvaluationError, SarvlError
from sarvl.evaluation.alike import FORMAT, GIVEN, deciding_settings
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
    files: Mapping[str, str] = {}
    """Settings that are files, below the folder of corpora."""
    formats: tuple[str, ...] = ()
    """Formats of predictions of the set: what `sarvl score` found in their file alone is shown too, as no corpus needs
    to be held for it."""
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
    """What came of a test. row: the figure that counts; None where there is none, for the reason that is told.

    reason: beside a row, in how far it is not of the whole test. measured: where the task was run for the test, all its
    figures, of which ``row`` is one.
    """

    test: SuiteTest
    row: ResultRow | None
    reason: str = ""
    measured: tuple[ResultRow, ...] = field(default=(), compare=False)


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
    if missing := _missing(test, corpora):
        return [_not_held(test, missing)]
    folder, settings = corpora / test.corpus, {test.task: _settings(test, corpora)}
    try:
        rows = evaluate(model, folder, test.split, [test.task], out, sources=test.sources, settings=settings, **options)
    except SarvlError as problem:
        return [SuiteLine(test, None, str(problem))]
    lines = _lines(test, [row for row in rows if row.metric == test.metric])
    return [replace(line, measured=tuple(rows)) for line in lines]


def _told(test: SuiteTest, corpora: Path, rows: Sequence[ResultRow]) -> list[SuiteLine]:
    of_task = [row for row in rows if (row.task, row.metric) == (test.task, test.metric)]
    given = [row for row in of_task if row.split == GIVEN and row.settings.get(FORMAT) in test.formats]
    if (missing := _missing(test, corpora)) and not given:
        return [_not_held(test, missing)]
    return _lines(test, [*given, *([] if missing else _of_corpus(test, corpora, of_task))])


def _of_corpus(test: SuiteTest, corpora: Path, rows: Sequence[ResultRow]) -> list[ResultRow]:
    """Return the rows that were measured on the corpus of a test as it says."""
    settings = settings_of(TASKS.get(test.task), _settings(test, corpora))
    told = settings.model_dump(mode="json") if settings else {}
    place = (test.split, Corpus.open(corpora / test.corpus).digest)
    same = [row for row in rows if (row.split, row.corpus_digest) == place and _is_of(test, row)]
    return [row for row in same if _is_so(row, told)]


def _is_so(row: ResultRow, told: Mapping[str, Any]) -> bool:
    """Return whether a row has the settings of a test, in all that decides; of fewer images it may be."""
    of_test = deciding_settings(row.model_copy(update={"settings": {**told, **_format_of(row)}}))
    return {name: value for name, value in deciding_settings(row).items() if name != "limit"} == of_test


def _format_of(row: ResultRow) -> dict[str, Any]:
    return {FORMAT: row.settings[FORMAT]} if FORMAT in row.settings else {}


def _is_of(test: SuiteTest, row: ResultRow) -> bool:
    """Return whether a row is of the sources that a test names; of any where it names none."""
    return not test.sources or set(row.source.split("+")) <= set(test.sources)


def _lines(test: SuiteTest, rows: Sequence[ResultRow]) -> list[SuiteLine]:
    """Return a line a row; of a run over all sources, where none is named, not those of each source as well."""
    over_all = {_of_run(row) for row in rows if row.source == "all" and not test.sources}
    shown = [row for row in rows if row.source == "all" or _of_run(row) not in over_all]
    lines = [SuiteLine(test, row, _in_part(row)) for row in shown]
    return lines or [SuiteLine(test, None, f"no {test.metric} was measured")]


def _of_run(row: ResultRow) -> tuple[object, ...]:
    """Return what the rows of one evaluation share, whichever source they are of."""
    return row.weights_hash, row.settings.get("limit"), row.split


def _in_part(row: ResultRow) -> str:
    """Return in how far a row is not of the whole test, in words; nothing where it is."""
    limit, format = row.settings.get("limit"), row.settings.get(FORMAT)
    told = [f"of {limit} images alone"] if limit else []
    if format and row.split == GIVEN:
        told.append(f"of a file of {format}, whatever part of the test it holds")
    return f"{row.model}: {', '.join(told)}" if told else ""


def _settings(test: SuiteTest, corpora: Path) -> dict[str, Any]:
    return {**test.settings, **{name: corpora / file for name, file in test.files.items()}}


def _missing(test: SuiteTest, corpora: Path) -> Path | None:
    """Return the first of what a test needs that is not there."""
    needed = [corpora / name for name in (test.corpus, *test.files.values())]
    return next((path for path in needed if not path.exists()), None)


def _not_held(test: SuiteTest, missing: Path) -> SuiteLine:
    how = f"; sarvl build {test.made_by} --out {missing}" if test.made_by and missing.name == test.corpus else ""
    score = f"; or sarvl score {test.task} FILE --format {test.formats[0]}" if test.formats else ""
    return SuiteLine(test, None, f"not held: there is no {missing}{how}{score}")


def _folder() -> Path:
    return Path(str(files("sarvl.evaluation"))) / "suites"

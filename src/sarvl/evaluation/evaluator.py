"""Evaluating a model on a corpus: tasks in, result rows out; a run whose outcome is there is not done again."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from sarvl.errors import EvaluationError
from sarvl.evaluation.evaluated import EvaluatedModel, SplitImages
from sarvl.evaluation.outcomes import RunIdentity
from sarvl.evaluation.rows import ResultRow, append_rows, read_rows
from sarvl.evaluation.run_rows import Answering, rows_of_run
from sarvl.evaluation.task import TASKS, Task, TaskRun
from sarvl.files import FilePath
from sarvl.models.packaging.packaged_models import named_or_packaged
from sarvl.recipes import first_problem


def evaluate(
    model: FilePath | None,
    corpus: FilePath,
    split: str,
    tasks: Sequence[str],
    out: FilePath,
    *,
    sources: Sequence[str] = (),
    settings: Mapping[str, Mapping[str, Any]] | None = None,
    limit: int | None = None,
    device: str | None = None,
    batch_size: int | None = None,
    workers: int | None = None,
) -> list[ResultRow]:
    """Measure ``model`` (see ``models.load_model``) on a split of a corpus and append the rows to ``out``.

    Where no model is given, a packaged one is measured (``named_or_packaged``), which answers where only that is asked.

    tasks: names of ``TASKS``, such as ``retrieval`` over all the images together, and ``zeroshot`` over each source
    that has classes. Intervals are over scenes where the corpus knows them, else over images.
    settings: by task, what differs from its defaults, such as ``{"zeroshot": {"templates": "sarvlm-optical"}}``.
    limit: the most images, drawn from the corpus's seed; the rows of fewer than all say it among their settings.
    device, batch_size: where the model computes, and how many images it sees at once.
    The outcome of each run is kept beside ``out``; where it is there already, the model is not asked again.
    Raises EvaluationError for an unknown task, a setting that is wrong or of a task that is not run, a model that
    cannot do what a task needs or whose input contract does not fit the images, or where a task finds nothing to
    measure: of every task, before any is measured.
    """
    out = Path(out)
    _check_names(tasks, settings or {})
    images = SplitImages.open(corpus, split, sources).drawn(limit)
    chosen = [(task, settings_of(task, (settings or {}).get(task.name, {}))) for task in _tasks(tasks)]
    named = named_or_packaged(model, answers=set(tasks) == {"vqa"})
    evaluated = EvaluatedModel.named(named, images, workers, device, batch_size)
    known = read_rows(out) if out.exists() else []
    written: list[ResultRow] = []
    for task, set_to, run in _planned(chosen, evaluated):
        rows = _rows_of_run(task, set_to, run, evaluated, out=out, known=known)
        append_rows(out, [row for row in rows if row not in known])
        written += rows
    return written


def _check_names(tasks: Sequence[str], settings: Mapping[str, object]) -> None:
    """Raise EvaluationError for an unknown task, and for settings of none that is run, which would do nothing."""
    for name in (*tasks, *settings):
        TASKS.check(name)
    for name, given in settings.items():
        if name not in tasks:
            raise EvaluationError(f"task {name}: has settings, but is not run; run it too, or leave its settings out")
        if not isinstance(given, Mapping):
            raise EvaluationError(f"task {name}: {given!r} sets nothing; name a setting, as in {name}.NAME=VALUE")


def _tasks(names: Sequence[str]) -> list[Task]:
    return [TASKS.get(name) for name in dict.fromkeys(names)]


def settings_of(task: Task, given: Mapping[str, Any]) -> BaseModel | None:
    """Return the settings of a task, its defaults but for what is given; EvaluationError where that cannot be."""
    if task.settings is None and given:
        raise EvaluationError(f"task {task.name} has nothing to set; leave out {', '.join(given)}")
    try:
        return task.settings.model_validate(given) if task.settings else None
    except ValidationError as problem:
        raise EvaluationError(f"task {task.name}: {first_problem(problem, 'its settings')}") from problem


def _planned(
    chosen: Sequence[tuple[Task, BaseModel | None]], evaluated: EvaluatedModel
) -> list[tuple[Task, BaseModel | None, TaskRun]]:
    """Return the runs of all tasks; raises EvaluationError where one finds nothing to measure, or cannot be done."""
    planned = [(task, settings, run) for task, settings in chosen for run in task.runs(evaluated, settings)]
    for task, _ in chosen:
        evaluated.check_able(task.needs, f"task {task.name}")
    evaluated.check_contract()
    return planned


def _rows_of_run(
    task: Task,
    settings: BaseModel | None,
    run: TaskRun,
    evaluated: EvaluatedModel,
    *,
    out: Path,
    known: Sequence[ResultRow],
) -> list[ResultRow]:
    """Return the rows of a run; those that a file holds beside the run's outcome are not made again."""
    identity = RunIdentity(
        task=task.name,
        protocol=task.protocol,
        settings=_settings_told(settings, evaluated.images.limit),
        source=run.source,
        split=evaluated.images.split,
        weights_hash=evaluated.model.weights_hash,
        contract_hash=evaluated.model.contract.digest(),
        corpus_digest=evaluated.images.corpus.digest,
        temperature=_temperature_of(evaluated.model),
    )
    answering = Answering(evaluated.name, evaluated.parameters)
    return rows_of_run(task, identity, run.outcome, answering, out=out, known=known)


def _temperature_of(model: object) -> float | None:
    """Return the temperature of a model whose answers were calibrated; None of any other."""
    temperature = getattr(model, "temperature", 1.0)
    return None if temperature == 1.0 else float(temperature)


def _settings_told(settings: BaseModel | None, limit: int | None) -> dict[str, Any]:
    told = settings.model_dump(mode="json") if settings else {}
    return told if limit is None else {**told, "limit": limit}

"""Composing the report: rows and outcomes, training curves, sample images and searches become one page."""

from collections.abc import Iterable, Mapping, Sequence
from os import PathLike
from pathlib import Path

import numpy as np

from sarvl.blocks import Block, Facts, Gallery, Picture
from sarvl.errors import EvaluationError
from sarvl.evaluation.evaluated import EvaluatedModel, SplitImages
from sarvl.evaluation.results import RunResult, results_of
from sarvl.evaluation.row_blocks import other_figures, percent
from sarvl.evaluation.rows import ResultRow
from sarvl.evaluation.suite import load_suite
from sarvl.evaluation.task import TASKS
from sarvl.evaluation.trust import remark_of, trusted
from sarvl.files import FilePath
from sarvl.models.packaging.packaged_models import named_or_packaged
from sarvl.reporting.corpus_pictures import CorpusPictures
from sarvl.reporting.leaderboard import leaderboard
from sarvl.reporting.page import Card, Page, Section, write_page
from sarvl.reporting.page_facts import page_facts
from sarvl.reporting.searching import search_block
from sarvl.reporting.suite_table import suite_section
from sarvl.reporting.told_apart import told_apart
from sarvl.reporting.training_curves import training_curves
from sarvl.reporting.training_history import corpus_line, stage_facts
from sarvl.training.run.run_folder import unfinished

SAMPLES = 12
NOTE = (
    "Figures are per cent where nothing else is said; n counts queries, and numbers in a confusion are images. "
    "Brackets hold the 95 % interval. Chance is what a random answer gets. Leaks are images that the model "
    "learnt from as well; left out is what a model reaches that did not learn from that source."
)
NO_OUTCOME = "The outcome of {} is not kept beside its rows: run sarvl evaluate again to see its errors."
NO_PICTURES = "Images stand here by name: give the corpus that was measured (--corpus) to see them."


def report(
    rows: FilePath | Sequence[FilePath],
    out: FilePath,
    *,
    model: FilePath | None = None,
    corpus: FilePath | None = None,
    split: str = "test",
    queries: Sequence[str] = (),
    suites: Mapping[str, FilePath] | None = None,
    audits: Sequence[FilePath] = (),
    without: Mapping[str, FilePath] | None = None,
    title: str | None = None,
    workers: int | None = None,
) -> Path:
    """Write the page of one or several result files to ``out`` and return it.

    The outcomes beside the rows give confusion, calibration and the worst errors. With ``corpus`` these have their
    pictures, and the page shows images of the split with captions and boxes. With ``model`` too it shows the nearest
    images for ``queries`` and for captions of the split; with a run of ``sarvl train`` as the model, its training
    curves. Queries ask a packaged model where none is given.
    suites: by name, or YAML file, the folder of their corpora: each shows what the rows say of its tests.
    audits, without: as in ``evaluation.trust.trusted``; what they say stands beside each figure that they are about.
    Raises EvaluationError for faulty rows, and for queries that nothing can be shown of.
    """
    if queries and not corpus:
        raise EvaluationError("queries need a corpus; give --corpus")
    model = named_or_packaged(model) if queries else model
    results, replaced = _read([Path(path) for path in ([rows] if isinstance(rows, str | PathLike) else rows)], model)
    results = trusted(results, audits, without or {})
    images = SplitImages.open(corpus, split) if corpus else None
    shown = EvaluatedModel.named(model, images, workers) if model and images else None
    board = leaderboard(results)
    summary = [*([] if board else _headlines(results)), *corpus_line(images, shown, SAMPLES), *_unfinished(model)]
    sections = [
        *(suite_section(load_suite(name), folder, results) for name, folder in (suites or {}).items()),
        board,
        _results(results, CorpusPictures(images.corpus) if images else None),
        _samples(images) if images else None,
        _search(shown, queries) if shown else None,
        _training(Path(model)) if model and Path(model).is_dir() else None,
        _provenance(results, shown),
    ]
    kept, facts = [section for section in sections if section], page_facts(results, shown)
    write_page(Path(out), Page(title or _title(results), summary, _note(results, replaced), kept, facts))
    return Path(out)


def _read(paths: Sequence[Path], model: FilePath | None) -> tuple[list[RunResult], int]:
    """Return what files of rows hold; raises EvaluationError where that is nothing and there is no model either."""
    results, replaced = results_of(paths)
    if not results and not model:
        raise EvaluationError(f"{', '.join(map(str, paths))}: no result rows; run sarvl evaluate first")
    return results, replaced


def _title(results: Sequence[RunResult]) -> str:
    several = len({result.head.weights_hash for result in results}) > 1
    return f"What {'these models know' if several else 'this model knows'} of SAR images"


def _unfinished(model: FilePath | None) -> list[str]:
    told = unfinished(Path(model)) if model else None
    return [f"{model} {told}."] if told else []


def _note(results: Sequence[RunResult], replaced: int) -> str:
    older = f" {replaced} older result rows were replaced by later ones with the same key." if replaced else ""
    return NOTE + older if results else ""


def _headlines(results: Sequence[RunResult]) -> list[str]:
    told = []
    for result in results:
        wanted = TASKS.get(result.head.task).headlines if _is_known(result) else {}
        told += [(_figure(wanted[row.metric], row), row) for row in result.rows if row.metric in wanted]
    figures, rows = [figure for figure, _ in told], [row for _, row in told]
    return [
        f"{figure}{f', {apart}' if apart else ''}: {_value(row)}."
        for figure, row, apart in zip(figures, rows, told_apart(rows, figures), strict=True)
    ]


def _is_known(result: RunResult) -> bool:
    """Say whether the task of a run is installed here: rows may come from elsewhere."""
    return result.head.task in TASKS.names()


def _figure(name: str, row: ResultRow) -> str:
    return f"{name} of {row.model} on {row.source}, split {row.split}"


def _value(row: ResultRow) -> str:
    value = f"{percent(row.value)} %"
    if row.low is not None and row.high is not None:
        value += f" (95 % interval {percent(row.low)} to {percent(row.high)})"
    if row.chance:
        value += f"; chance is {percent(row.chance)} %"
    return f"{value} ({remark_of(row, percent)})"


def _by_model_and_images(results: Iterable[RunResult]) -> list[tuple[str, list[RunResult]]]:
    """Return the runs of one model on the same images together, with what these are called."""
    by_key: dict[tuple[object, ...], list[RunResult]] = {}
    for result in results:
        row = result.head
        key = (row.model, row.source, row.split, row.weights_hash, row.contract_hash, row.corpus_digest)
        by_key.setdefault(key, []).append(result)
    heads = [group[0].head for group in by_key.values()]
    apart = told_apart(heads, [(head.model, head.source, head.split) for head in heads])
    names = [", ".join(filter(None, (_name(head), told))) for head, told in zip(heads, apart, strict=True)]
    return list(zip(names, by_key.values(), strict=True))


def _results(results: Sequence[RunResult], pictures: CorpusPictures | None) -> Section | None:
    cards = [_results_card(group, name, pictures) for name, group in _by_model_and_images(results)]
    return Section("Results", cards) if cards else None


def _results_card(group: Sequence[RunResult], name: str, pictures: CorpusPictures | None) -> Card:
    row = group[0].head
    heads = [result.head for result in group]
    apart = told_apart(heads, [head.task for head in heads])
    blocks = [
        block
        for result, told in zip(group, apart, strict=True)
        for block in (*([Facts("", [(result.head.protocol, told)])] if told else []), *_views(result))
    ]
    galleries = any(isinstance(block, Gallery) for block in blocks)
    if measured := pictures and pictures.corpus.digest == row.corpus_digest:
        blocks = [pictures.filled(block) if isinstance(block, Gallery) else block for block in blocks]
    lacking = [result.head.task for result in group if result.outcome is None]
    remarks = [NO_OUTCOME.format(" and ".join(lacking))] if lacking else []
    remarks += [NO_PICTURES] if galleries and not measured else []
    return Card(blocks, name, row.model, " ".join(remarks))


def _views(result: RunResult) -> list[Block]:
    """Return what the task shows of its run; the plain figures where it shows nothing, or is not installed here."""
    task = TASKS.get(result.head.task) if _is_known(result) else None
    return list(task.views(result.rows, result.outcome)) if task and task.views else list(other_figures(result.rows))


def _name(row: ResultRow) -> str:
    return f"{'all sources' if row.source == 'all' else row.source}, {row.split} split"


def _samples(images: SplitImages) -> Section:
    pictures = CorpusPictures(images.corpus)
    samples = [_sample(pictures, row) for row in _spread(images, SAMPLES)]
    return Section("Samples", [Card([Gallery("", samples)], framed=False)])


def _sample(pictures: CorpusPictures, row: int) -> Picture:
    corpus = pictures.corpus
    shown = pictures.shown(row)
    return Picture(shown.image_id, [shown], [corpus.sentences[text] for text in corpus.captions_of_image[row]])


def _spread(images: SplitImages, count: int) -> list[int]:
    """Return images taken in turn from the sources of a split, evenly spread over each."""
    names = images.corpus.column("source")
    members: dict[str, list[int]] = {}
    for row in images.rows:
        members.setdefault(names[row], []).append(int(row))
    each = -(-count // len(members))
    chosen = [np.linspace(0, len(rows) - 1, min(each, len(rows))).astype(int) for rows in members.values()]
    picked = [rows[index] for rows, indices in zip(members.values(), chosen, strict=True) for index in indices]
    return picked[:count]


def _search(shown: EvaluatedModel, queries: Sequence[str]) -> Section | None:
    search = search_block(shown, queries)
    return Section("Nearest images for a sentence", [Card([search])]) if search else None


def _training(run: Path) -> Section | None:
    curves = training_curves(run)
    return Section("Training", [Card(curves)]) if curves else None


def _provenance(results: Sequence[RunResult], shown: EvaluatedModel | None) -> Section | None:
    cards = [Card([Facts("", stage_facts(shown))])] if shown and shown.model.history else []
    cards += [Card(_facts(group), name) for name, group in _by_model_and_images(results)]
    return Section("Provenance", cards) if cards else None


def _facts(group: Sequence[RunResult]) -> list[Facts]:
    """Return what the runs of a group share, and the settings of each: one task may be run with several."""
    row = group[0].head
    shared = [
        ("model", row.model),
        ("weights", row.weights_hash),
        ("input contract", row.contract_hash),
        ("corpus", row.corpus_digest),
    ]
    return [Facts("", shared), *(_settings(result.head) for result in group)]


def _settings(row: ResultRow) -> Facts:
    facts = [(name, str(value)) for name, value in row.settings.items() if not isinstance(value, list)]
    facts += [] if row.temperature is None else [("temperature", str(row.temperature))]
    lists = [(name, [str(item) for item in value]) for name, value in row.settings.items() if isinstance(value, list)]
    return Facts("", [("protocol", row.protocol), *facts], lists)

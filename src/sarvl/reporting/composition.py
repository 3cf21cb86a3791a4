"""Composing the report of a model: rows, training curves, sample images and searches into one page."""

import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sarvl.corpus import Corpus, display_pixels
from sarvl.errors import EvaluationError
from sarvl.evaluation.evaluated import EvaluatedModel, SplitImages
from sarvl.evaluation.rows import ResultRow, read_rows
from sarvl.evaluation.tasks import zeroshot
from sarvl.reporting.figures import TrainingCurve
from sarvl.reporting.html_page import Confusion, Report, Sample, SampleBox, Search, SearchExample, write_report
from sarvl.training import read_metrics

HEADLINES = {
    ("retrieval", "grouped_mean_recall"): "Grouped retrieval, mean recall,",
    ("zeroshot", "top1"): "Zero-shot classification, top-1,",
}
SAMPLES = 12
SENTENCES = 80
NEAREST = 6


def report(
    rows: Sequence[Path],
    out: Path,
    *,
    model: str | None = None,
    corpus: Path | None = None,
    split: str = "test",
    queries: Sequence[str] = (),
    title: str = "What this model knows of SAR images",
    workers: int = os.cpu_count() or 1,
) -> Path:
    """Write the page of some result files to ``out`` and return it.

    With ``model`` and ``corpus`` the page also shows images of the split with their captions and boxes, confusion
    matrices, and the nearest images for ``queries`` and for captions of the split; with a run of ``sarvl train`` as the
    model, its training curves. Raises EvaluationError for faulty rows, and for queries or a corpus that nothing can be
    shown of.
    """
    if (queries or corpus) and not (model and corpus):
        raise EvaluationError("pictures and queries need a model and a corpus; give --model and --corpus")
    found = [row for path in rows for row in read_rows(path)]
    if not found and not model:
        raise EvaluationError(f"{', '.join(map(str, rows))}: no result rows; run sarvl evaluate first")
    run = Path(model) if model and Path(model).is_dir() else None
    page = Report(title, summary=_summary(found), rows=found, curves=_curves(run) if run else ())
    if model and corpus:
        page = _with_pictures(page, EvaluatedModel.load(model, SplitImages.open(corpus, split), workers), queries)
    write_report(out, page)
    return out


def _with_pictures(page: Report, shown: EvaluatedModel, queries: Sequence[str]) -> Report:
    return replace(
        page,
        summary=[*page.summary, _corpus_line(shown)],
        confusions=_confusions(shown),
        samples=[_sample(shown.images.corpus, row) for row in _spread(shown.images, SAMPLES)],
        search=_search(shown, _sentences(shown.images, queries)),
        facts=[(f"stage {entry['stage']}", _stage_line(entry)) for entry in shown.model.history],
    )


def _summary(rows: Sequence[ResultRow]) -> list[str]:
    return [_headline(row) for row in rows if (row.task, row.metric) in HEADLINES]


def _headline(row: ResultRow) -> str:
    value = f"{100 * row.value:.1f} %"
    if row.low is not None and row.high is not None:
        value += f" (95 % interval {100 * row.low:.1f} to {100 * row.high:.1f})"
    if row.chance:
        value += f"; chance is {100 * row.chance:.1f} %"
    return f"{HEADLINES[row.task, row.metric]} of {row.model} on {row.source}, split {row.split}: {value}."


def _corpus_line(shown: EvaluatedModel) -> str:
    sources = ", ".join(f"{entry['name']} ({entry['licence']})" for entry in shown.images.corpus.info["sources"])
    return (
        f"The pictures show {len(shown.images.rows)} images of split {shown.images.split}. {_seen(shown)} "
        f"Sources: {sources}."
    )


def _seen(shown: EvaluatedModel) -> str:
    """Say what the model has seen of the images, as far as its history tells."""
    images, corpus = shown.images, shown.images.corpus
    trained = {entry["split"] for entry in shown.model.history if entry["corpus_digest"] == corpus.digest}
    if not trained:
        return "The model's history does not name this corpus, so what it has seen of these images is not known."
    if images.split in trained:
        return "The model was trained on this split: what is shown here says nothing of new images."
    rows = np.flatnonzero(np.isin(corpus.column("split"), list(trained)))
    shared = {*images.groups} & {*replace(images, rows=rows).groups}
    scenes = f"{len(shared)} scenes are in both" if shared else "no scene that it knows is in both"
    return f"The model was trained on split {' and '.join(sorted(trained))} of the same corpus; {scenes}."


def _stage_line(entry: dict[str, Any]) -> str:
    return (
        f"{entry['images']} images, {entry['epochs']:g} epochs, {entry['steps']} steps of {entry['batch_size']} pairs, "
        f"corpus {str(entry['corpus_digest'])[:12]}, seed {entry['seed']}"
    )


def _curves(run: Path) -> list[TrainingCurve]:
    metrics = read_metrics(run)
    curves = []
    for stage in dict.fromkeys(row["stage"] for row in metrics):
        rows = [row for row in metrics if row["stage"] == stage]
        first = min(row["global_step"] for row in rows)
        steps = [row for row in rows if "loss" in row]
        held_out = [row for row in rows if "validation_loss" in row]
        curves.append(
            TrainingCurve(
                stage,
                steps=[row["global_step"] - first for row in steps],
                loss=[row["loss"] for row in steps],
                rate=[row["rate"] for row in steps],
                validation_steps=[row["global_step"] - first for row in held_out],
                validation=[row["validation_loss"] for row in held_out],
                validation_metric="validation loss" if held_out else "",
            )
        )
    return curves


def _spread(images: SplitImages, count: int) -> list[int]:
    """Return images taken in turn from the sources of a split, evenly spread over each."""
    names = images.corpus.column("source")
    members: dict[str, list[int]] = {}
    for row in images.rows:
        members.setdefault(names[row], []).append(int(row))
    each = -(-count // len(members))
    chosen = [np.linspace(0, len(rows) - 1, min(each, len(rows))).astype(int) for rows in members.values()]
    picked = [rows[place] for rows, places in zip(members.values(), chosen, strict=True) for place in places]
    return picked[:count]


def _sample(corpus: Corpus, row: int) -> Sample:
    boxes = [SampleBox(name, *box) for name, box in corpus.objects(row)]
    captions = [corpus.sentences[text] for text in corpus.captions_of_image[row]]
    return Sample(corpus.images["image_id"][row].as_py(), display_pixels(corpus.read(row)), captions, boxes)


def _confusions(shown: EvaluatedModel) -> list[Confusion]:
    return [
        Confusion(
            chosen.source,
            chosen.classes,
            zeroshot.classification(zeroshot.outcome(shown, zeroshot.ZeroshotSettings(), chosen)).confusion(),
        )
        for chosen in zeroshot.classified_images(shown.images)
    ]


def _sentences(images: SplitImages, queries: Sequence[str]) -> list[str]:
    """Return what is searched for: the queries, and captions spread over the split."""
    texts = [text for row in images.rows for text in images.corpus.captions_of_image[row]]
    captions = list(dict.fromkeys(images.corpus.sentences[text] for text in texts))
    places = np.linspace(0, len(captions) - 1, min(SENTENCES, len(captions))).astype(int)
    return list(dict.fromkeys([*queries, *(captions[place] for place in places)]))


def _search(shown: EvaluatedModel, sentences: list[str]) -> Search | None:
    """Return the nearest images of each sentence; None where there is none."""
    if not sentences:
        return None
    scores = shown.model.encode_texts(sentences) @ shown.image_features.T  # (S, N)
    nearest = np.argsort(-scores, axis=1, kind="stable")[:, :NEAREST]
    order = {int(place): index for index, place in enumerate(np.unique(nearest))}
    corpus = shown.images.corpus
    rows = [int(shown.images.rows[place]) for place in order]
    ids = corpus.column("image_id")
    return Search(
        images=[display_pixels(corpus.read(row)) for row in rows],
        names=[ids[row] for row in rows],
        examples=[
            _example(sentence, found, scores[index], order)
            for index, (sentence, found) in enumerate(zip(sentences, nearest, strict=True))
        ],
    )


def _example(
    sentence: str, found: NDArray[np.int64], scores: NDArray[np.float32], order: dict[int, int]
) -> SearchExample:
    return SearchExample(sentence, [order[int(place)] for place in found], [float(scores[place]) for place in found])

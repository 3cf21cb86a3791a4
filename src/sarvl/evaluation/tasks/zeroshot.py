"""Zero-shot classification: one classification a source, by the cosine of an image to the prompts of each class."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

from sarvl.blocks import Bar, Bars, Block, Course, Curve, Gallery, Matrix, Picture, Shown
from sarvl.corpus import Corpus
from sarvl.errors import EvaluationError
from sarvl.evaluation.evaluated import EvaluatedModel, SplitImages
from sarvl.evaluation.outcomes import Outcome
from sarvl.evaluation.row_blocks import other_figures, percent, share_table, tiles
from sarvl.evaluation.rows import ResultRow
from sarvl.evaluation.task import Task, TaskRun
from sarvl.evaluation.templates import SARVLM_TEMPLATES, class_embeddings
from sarvl.measures.classification import ClassificationResult, classify, depths
from sarvl.measures.measure import Measure
from sarvl.models.protocols import Embedder


class ZeroshotSettings(BaseModel):
    """What can be set of zero-shot classification."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    templates: tuple[str, ...] = SARVLM_TEMPLATES
    """Prompts: sentences with one ``{}`` where the class name goes."""


@dataclass(frozen=True)
class ClassifiedImages:
    """The images of a source that have a class. indices: theirs in the split ``(n,)``. labels: ``(n,)``, of classes."""

    source: str
    classes: list[str]
    indices: NDArray[np.int64]
    labels: NDArray[np.int64]


def runs(evaluated: EvaluatedModel, settings: ZeroshotSettings) -> list[TaskRun]:
    """Return one run a source whose images have at least two classes; raises EvaluationError where none has."""
    per_source = classified_images(evaluated.images)
    if not per_source:
        images = evaluated.images
        raise EvaluationError(f"{images.corpus.folder}: no source of split {images.split} has two image classes")
    return [TaskRun(chosen.source, partial(outcome, evaluated, settings, chosen)) for chosen in per_source]


def classified_images(images: SplitImages) -> list[ClassifiedImages]:
    """Return, for each source that has at least two classes, its images that have one.

    An image's class is its label, else the class that all its objects share; images of several classes have none.
    The classes are those of all splits, so that a small split is no easier.
    """
    sources = images.corpus.column("source")
    class_of = _classes_of_images(images.corpus)
    per_source = []
    for source in dict.fromkeys(sources[row] for row in images.rows):
        classes = sorted({class_of[row] for row, name in enumerate(sources) if name == source} - {""})
        indices = np.array([index for index in images.of_source(source) if class_of[images.rows[index]]], np.int64)
        if len(classes) > 1 and len(indices):
            labels = np.array([classes.index(class_of[images.rows[index]]) for index in indices], np.int64)
            per_source.append(ClassifiedImages(source, classes, indices, labels))
    return per_source


def _classes_of_images(corpus: Corpus) -> list[str]:
    classes = []
    for label, names in zip(corpus.column("label"), corpus.object_classes, strict=True):
        classes.append(label or (next(iter(names)) if len(names) == 1 else ""))
    return classes


def outcome(evaluated: EvaluatedModel, settings: ZeroshotSettings, chosen: ClassifiedImages) -> Outcome:
    """Return one row an image; its score is the probability of the named class, and ``rank`` that of the true one."""
    embedder = evaluated.able(Embedder, "zeroshot")
    embeddings = class_embeddings(embedder.encode_texts, chosen.classes, settings.templates)
    features = evaluated.image_features[chosen.indices]
    scale, bias = embedder.logit_scale, embedder.logit_bias
    classified = classify(features, embeddings, chosen.labels, logit_scale=scale, logit_bias=bias)
    names = np.array(chosen.classes, object)
    return Outcome.of(
        facts={"classes": chosen.classes},
        item=[evaluated.images.ids[index] for index in chosen.indices],
        group=[evaluated.images.groups[index] for index in chosen.indices],
        truth=names[classified.labels],
        prediction=names[classified.predicted],
        score=classified.confidence,
        rank=classified.ranks,
    )


def classification(outcome: Outcome) -> ClassificationResult:
    """Return an outcome as what the figures of a classification are made from."""
    index_of = {name: index for index, name in enumerate(outcome.facts["classes"])}
    return ClassificationResult(
        classes=len(index_of),
        labels=np.array([index_of[name] for name in outcome.column("truth")], np.int64),
        ranks=outcome.column("rank"),
        predicted=np.array([index_of[name] for name in outcome.column("prediction")], np.int64),
        confidence=outcome.column("score"),
        ks=depths(len(index_of)),
    )


def measures(outcome: Outcome) -> list[Measure]:
    """Return top-1, 3 and 5, mean per-class accuracy, its baseline, calibration, and the accuracy of each class."""
    return classification(outcome).measures(outcome.facts["classes"], outcome.column("group"))


HEADLINES = {"top1": "Zero-shot classification, top-1,"}
TILES = {
    "top1": "Zero-shot, top-1 accuracy",
    "mean_per_class_accuracy": "Zero-shot, mean per-class accuracy",
}
LABELS = {
    "top1": "top-1 accuracy",
    "top3": "top-3 accuracy",
    "top5": "top-5 accuracy",
    "mean_per_class_accuracy": "mean per-class accuracy",
    "majority_class": "always naming the most frequent class",
    "ECE": "expected calibration error (lower is better)",
}
CLASS_PREFIX = "class_accuracy/"
WORST = 12


def views(rows: Sequence[ResultRow], outcome: Outcome | None) -> list[Block]:
    """Return the headlines, a table, accuracy by class, confusion, reliability and the surest errors."""
    by_metric = {row.metric: row for row in rows}
    classes = [row for row in rows if row.metric.startswith(CLASS_PREFIX)]
    lines = [(label, by_metric[metric]) for metric, label in LABELS.items() if metric in by_metric]
    shown = [*LABELS, *(row.metric for row in classes)]
    blocks: list[Block] = [*tiles(rows, TILES), *share_table("Zero-shot classification", lines), *class_bars(classes)]
    blocks += other_figures(rows, shown)
    return [*blocks, confusion(outcome), reliability(outcome), *surest_errors(outcome)] if outcome else blocks


def class_bars(rows: Sequence[ResultRow]) -> list[Bars]:
    """Return the accuracy of each class; none where there is no class."""
    bars = [
        Bar(row.metric.removeprefix(CLASS_PREFIX), row.value, percent(row.value), f"of {row.n}", row.chance)
        for row in rows
    ]
    return [Bars("Accuracy by class", bars, aside="the tick is chance")] if bars else []


def confusion(outcome: Outcome) -> Matrix:
    """Return how often each class was named for each."""
    remark = (
        "Rows are the true class, columns what the model named. Numbers are images; the shade is the share of the row."
    )
    return Matrix("Confusion", outcome.facts["classes"], classification(outcome).confusion(), remark)


def reliability(outcome: Outcome) -> Curve:
    """Return accuracy over confidence, one point a bin of the expected calibration error."""
    confidence, accuracy, images = zip(*classification(outcome).reliability(), strict=True)
    course = Course("measured", confidence, accuracy, notes=[str(count) for count in images])
    remark = "Below the line the model is surer than it is right. The number at a point is its images."
    return Curve("Calibration", [course], "confidence", "accuracy", points=True, diagonal="calibrated", remark=remark)


def surest_errors(outcome: Outcome) -> list[Gallery]:
    """Return the wrongly named images of which the model was surest; none where it named all right."""
    wrong = np.flatnonzero(outcome.column("rank") > 1)
    surest = wrong[np.argsort(-outcome.column("score")[wrong], kind="stable")][:WORST]
    pictures = [_error(outcome.at(surest), index) for index in range(len(surest))]
    return [Gallery("Surest errors", pictures, "Wrongly named images, the surest first.")] if pictures else []


def _error(outcome: Outcome, row: int) -> Picture:
    item, truth, named, score, rank = (
        outcome.column(name)[row] for name in ("item", "truth", "prediction", "score", "rank")
    )
    lines = (f"probability of {named}: {percent(score)} %", f"rank of {truth}: {rank}", item)
    return Picture(f"{truth}, named {named}", (Shown(item),), lines)


TASK = Task("zeroshot", "zeroshot-2", Embedder, runs, measures, views, ZeroshotSettings, HEADLINES)

"""The outcome of a classification: how it is written, and the figures and blocks that all such tasks share."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sarvl.blocks import Block, Course, Curve, Gallery, Matrix, Picture, Shown
from sarvl.evaluation.classified_images import ClassifiedImages
from sarvl.evaluation.evaluated import SplitImages
from sarvl.evaluation.outcomes import Outcome
from sarvl.evaluation.row_blocks import other_figures, percent, share_bars, share_table, tiles
from sarvl.evaluation.rows import ResultRow
from sarvl.measures.abstention import risk_coverage, risk_terms
from sarvl.measures.classification import ClassificationResult, depths
from sarvl.measures.measure import Measure

LABELS = {
    "top1": "top-1 accuracy",
    "top3": "top-3 accuracy",
    "top5": "top-5 accuracy",
    "mean_per_class_accuracy": "mean per-class (balanced) accuracy",
    "majority_class": "always naming the most frequent class",
    "ECE": "expected calibration error (lower is better)",
    "AURC": "risk over coverage (AURC, lower is better)",
    "unknown_class_AUROC": "images of unlisted classes told (AUROC)",
}
CLASS_PREFIX = "class_accuracy/"
WORST = 12


def classified_outcome(
    images: SplitImages,
    chosen: ClassifiedImages,
    result: ClassificationResult,
    facts: Mapping[str, Any] | None = None,
    **columns: Sequence[Any],
) -> Outcome:
    """Return one row an image; its score is the probability of the named class, and ``rank`` that of the true one."""
    names = np.array(chosen.classes, object)
    return Outcome.of(
        facts={"classes": chosen.classes, **(facts or {})},
        item=[images.ids[index] for index in chosen.indices],
        group=[images.groups[index] for index in chosen.indices],
        truth=names[result.labels],
        prediction=names[result.predicted],
        score=result.confidence,
        rank=result.ranks,
        **columns,
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


def classified_measures(outcome: Outcome) -> list[Measure]:
    """Return top-1, 3 and 5, mean per-class accuracy, its baseline, calibration, AURC, and each class's accuracy."""
    made = classification(outcome).measures(outcome.facts["classes"], outcome.column("group"))
    risks = risk_terms(outcome.column("score"), _is_right(outcome))
    terms = np.column_stack((risks, np.ones(len(risks))))
    return [*made, Measure.of("AURC", terms, len(risks), groups=outcome.column("group"))]


def _is_right(outcome: Outcome) -> NDArray[np.bool_]:
    return np.asarray(outcome.column("rank") == 1)


def classified_views(
    title: str, headline: Mapping[str, str], rows: Sequence[ResultRow], outcome: Outcome | None
) -> list[Block]:
    """Return headlines, a table, accuracy by class, confusion, reliability, risk and coverage, and surest errors."""
    by_metric = {row.metric: row for row in rows}
    lines = [(label, by_metric[metric]) for metric, label in LABELS.items() if metric in by_metric]
    shown = [*LABELS, *(row.metric for row in rows if row.metric.startswith(CLASS_PREFIX))]
    blocks: list[Block] = [*tiles(rows, headline), *share_table(title, lines)]
    blocks += share_bars("Accuracy by class", rows, CLASS_PREFIX, "the tick is chance")
    blocks += other_figures(rows, shown)
    if outcome is None:
        return blocks
    return [*blocks, confusion(outcome), reliability(outcome), risk_curve(outcome), *surest_errors(outcome)]


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


def risk_curve(outcome: Outcome) -> Curve:
    """Return the share of wrong answers over the share of images that are answered, the surest first."""
    return risk_over_coverage(outcome.column("score"), _is_right(outcome), "images")


def risk_over_coverage(confidence: NDArray[np.float64], right: NDArray[np.bool_], of: str) -> Curve:
    """Return the curve of answers with a confidence each; of: what is answered, in the plural."""
    coverage, risk = risk_coverage(confidence, right)
    courses = [
        Course("measured", coverage.tolist(), risk.tolist()),
        Course("abstaining at random", (0.0, 1.0), (float(np.mean(~right)),) * 2),
    ]
    remark = f"The {of} of which the model is surest are answered first. A useful confidence keeps the left end low."
    return Curve("Risk and coverage", courses, "share answered", "share wrong of these", remark=remark)


def surest_errors(outcome: Outcome) -> list[Gallery]:
    """Return the wrongly named images of which the model was surest; none where it named all right."""
    wrong = np.flatnonzero(~_is_right(outcome))
    surest = wrong[np.argsort(-outcome.column("score")[wrong], kind="stable")][:WORST]
    pictures = [_error(outcome.at(surest), index) for index in range(len(surest))]
    return [Gallery("Surest errors", pictures, "Wrongly named images, the surest first.")] if pictures else []


def _error(outcome: Outcome, row: int) -> Picture:
    item, truth, named, score, rank = (
        outcome.column(name)[row] for name in ("item", "truth", "prediction", "score", "rank")
    )
    lines = (f"probability of {named}: {percent(score)} %", f"rank of {truth}: {rank}", item)
    return Picture(f"{truth}, named {named}", (Shown(item),), lines)

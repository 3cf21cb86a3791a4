"""Open-vocabulary re-scoring: given boxes are cropped, and named by the model with prompts of the classes."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, computed_field

from sarvl.blocks import Block, Facts
from sarvl.evaluation.detecting.box_outcome import box_measures, box_outcome, box_views
from sarvl.evaluation.detecting.boxed_images import BoxedImages, boxed_sources, fully_annotated
from sarvl.evaluation.detecting.detected import Detected
from sarvl.evaluation.detecting.given_boxes import GivenBoxes, annotated_boxes, read_boxes
from sarvl.evaluation.evaluated import EvaluatedModel
from sarvl.evaluation.outcomes import Outcome
from sarvl.evaluation.rows import ResultRow
from sarvl.evaluation.task import Task, TaskRun
from sarvl.evaluation.tasks.localisation import tile_features
from sarvl.evaluation.tasks.zeroshot import PromptSettings
from sarvl.evaluation.templates import class_embeddings, name_of_prompts
from sarvl.files import sha256_of
from sarvl.measures.classification import probabilities
from sarvl.models.protocols import Embedder
from sarvl.progress import progress

GIVEN = "given"


class RescoringSettings(PromptSettings):
    """What can be set of re-scoring."""

    boxes: Path | None = Field(default=None, exclude=True)
    """Boxes to score: COCO results in JSON, whose `image_id` is an image's id or the name of its file, with `bbox`,
    `score`, and `category` where they have a name; or an outcome of `detection` (`.parquet`). None for the annotated
    boxes themselves, so that only the naming is measured."""
    margin: float = Field(default=0.2, ge=0)
    """What a crop shows around its box, as a share of the box's longer side, on each side."""
    others: tuple[str, ...] = ("background clutter",)
    """Names of what a box may hold that is of no class; they take part in the softmax, and are no detections."""

    @computed_field  # type: ignore[prop-decorator]
    @property
    def boxes_sha256(self) -> str | None:
        """The SHA-256 of the file of boxes, wherever it lies."""
        return sha256_of(self.boxes.read_bytes()) if self.boxes else None


def runs(evaluated: EvaluatedModel, settings: RescoringSettings) -> list[TaskRun]:
    """Return one run a source that has boxes; EvaluationError where none has, or the given ones cannot be read."""
    given = read_boxes(settings.boxes, evaluated.images) if settings.boxes else None
    return [
        TaskRun(boxed.source, partial(outcome, evaluated, settings, boxed, given))
        for boxed in boxed_sources(evaluated.images)
    ]


def outcome(
    evaluated: EvaluatedModel, settings: RescoringSettings, boxed: BoxedImages, given: GivenBoxes | None
) -> Outcome:
    """Return one row an image; each given box stands once a class, its score the given one times the probability."""
    embedder = evaluated.able(Embedder, "task rescoring")
    boxed = fully_annotated(boxed)
    boxes = given.of(boxed) if given else annotated_boxes(boxed)
    names = [*boxed.classes, *(name for name in settings.others if name not in boxed.classes)]
    prompts = class_embeddings(embedder.encode_texts, names, settings.templates)
    detected = []
    with progress("score boxes", sum(len(one.boxes) for one in boxes), "boxes") as advance:
        for row, one in zip(boxed.rows.tolist(), boxes, strict=True):
            image = boxed.images.corpus.read(row)
            crops = crops_of(one.boxes, settings.margin, image.width, image.height)
            cosines = (
                tile_features(evaluated, embedder, image, crops) @ prompts.T
                if len(crops)
                else np.empty((0, len(names)))
            )
            likely = probabilities(cosines, embedder.logit_scale, embedder.logit_bias)
            detected.append(_named(one, likely[:, : len(boxed.classes)]))
            advance(len(crops))
    beside = {GIVEN: boxes} if given and given.have_classes else {}
    facts = {"boxes": sum(len(one.boxes) for one in boxes), "prompts": name_of_prompts(settings.templates)}
    return box_outcome(boxed, detected, beside, facts)


def crops_of(boxes: NDArray[np.float64], margin: float, width: int, height: int) -> NDArray[np.int64]:
    """Return the whole pixels that a crop of each box shows, ``(D, 4)``: the box, a margin around it, in the image."""
    around = margin * (boxes[:, 2:] - boxes[:, :2]).max(axis=1, initial=0, keepdims=True)
    first = np.floor(boxes[:, :2] - around).astype(np.int64)
    end = np.ceil(boxes[:, 2:] + around).astype(np.int64)
    size = np.array([width, height])
    first = np.clip(first, 0, size - 1)
    return np.hstack([first, np.clip(end, first + 1, size)])


def _named(given: Detected, likely: NDArray[np.float64]) -> Detected:
    """Return each box once a class, the surest first; likely: ``(D, K)``."""
    count, classes = likely.shape
    scores = (given.scores[:, None] * likely).ravel()
    order = np.argsort(-scores, kind="stable")
    boxes, labels = np.repeat(given.boxes, classes, axis=0), np.tile(np.arange(classes), count)
    return Detected(boxes[order], labels[order], scores[order])


def views(rows: Sequence[ResultRow], outcome: Outcome | None) -> list[Block]:
    """Return the figures, bars by class and size, missed and false boxes, and the prompts."""
    blocks = box_views("Re-scored boxes", {GIVEN: "as given"}, rows, outcome)
    settings: dict[str, Any] = rows[0].settings if rows else {}
    templates = tuple(settings.get("templates", ()))
    told = [("set", name_of_prompts(templates) or "of the user"), ("others", ", ".join(settings.get("others", ())))]
    return [*blocks, Facts("Prompts", told, [(f"{len(templates)} sentences", templates)])] if templates else blocks


TASK = Task(
    "rescoring",
    "rescoring-1",
    Embedder,
    runs,
    box_measures,
    views,
    settings=RescoringSettings,
    headlines={"AP50": "Re-scored boxes, AP at an overlap of .5,"},
)

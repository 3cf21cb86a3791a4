"""Detection: FCOS on the model's image tower, trained on the boxes of a split and scored on another one."""

from collections.abc import Sequence
from copy import deepcopy
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import Field, computed_field

from sarvl.blocks import Block, Facts
from sarvl.errors import EvaluationError
from sarvl.evaluation.detecting.box_outcome import box_measures, box_outcome, box_views
from sarvl.evaluation.detecting.boxed_images import BoxedImages, boxed_sources, fully_annotated
from sarvl.evaluation.detecting.detected import Detected
from sarvl.evaluation.detecting.detector_settings import DetectorSettings
from sarvl.evaluation.evaluated import EvaluatedModel
from sarvl.evaluation.outcomes import Outcome
from sarvl.evaluation.rows import ResultRow
from sarvl.evaluation.task import Task, TaskRun
from sarvl.files import sha256_of
from sarvl.models.adapting.image_start import file_of_weights
from sarvl.models.protocols import FeatureMaps

if TYPE_CHECKING:
    from sarvl.evaluation.detecting.detector_training import DetectorTrainer

BESIDE = "image_weights"


class DetectionSettings(DetectorSettings):
    """What can be set of detection."""

    training: str = "train"
    """Split whose boxes the detector learns from."""
    image_weights: Path | None = Field(default=None, exclude=True)
    """Weights of a classifier, such as one of ImageNet: a file or `efficientnet-lite0`. The same detector is also
    trained from these in place of the model's image tower, and its figures stand beside, as `image_weights/AP`. None
    for the model's tower alone."""

    @computed_field  # type: ignore[prop-decorator]
    @property
    def image_weights_sha256(self) -> str | None:
        """The SHA-256 of the weights, wherever the file lies."""
        return sha256_of(file_of_weights(self.image_weights).read_bytes()) if self.image_weights else None


def runs(evaluated: EvaluatedModel, settings: DetectionSettings) -> list[TaskRun]:
    """Return one run a source that has boxes in both splits.

    Raises EvaluationError where none has, or the training split is the one that is measured, and ModelError where the
    weights that are named are not there.
    """
    split = evaluated.images.split
    if settings.training == split:
        raise EvaluationError(f"split {split} is learnt from; measure on another one")
    if settings.image_weights:
        file_of_weights(settings.image_weights)  # which refuses what is not there
    learnt = {boxed.source: boxed for boxed in boxed_sources(evaluated.on(settings.training).images)}
    measured = boxed_sources(evaluated.images)
    if missing := [boxed.source for boxed in measured if boxed.source not in learnt]:
        raise EvaluationError(f"source {missing[0]} has no box in split {settings.training}; name another split")
    return [
        TaskRun(boxed.source, partial(outcome, evaluated, settings, boxed, learnt[boxed.source])) for boxed in measured
    ]


def outcome(
    evaluated: EvaluatedModel, settings: DetectionSettings, measured: BoxedImages, learnt: BoxedImages
) -> Outcome:
    """Return one row an image with its true and its detected boxes (``box_outcome``)."""
    from sarvl.evaluation.detecting.detector_training import DetectorTrainer  # noqa: PLC0415 - heavy

    model = evaluated.able(FeatureMaps, "task detection")
    trainer = DetectorTrainer(model, settings, evaluated.workers)
    measured = fully_annotated(measured)
    beside = {}
    if settings.image_weights:
        other = replace(trainer, model=_with_image_weights(model, settings.image_weights))
        beside[BESIDE] = _found_by(other, f"train detector ({BESIDE})", measured, learnt)
    detected = _found_by(trainer, "train detector", measured, learnt)
    there = {learnt.classes[label] for labels in learnt.labels for label in labels.tolist()}
    facts = {
        "training_images": len(learnt),
        "training_boxes": learnt.boxes_in_all,
        "classes_without_training_boxes": [name for name in learnt.classes if name not in there],
    }
    return box_outcome(measured, detected, beside, facts)


def _found_by(trainer: "DetectorTrainer", label: str, measured: BoxedImages, learnt: BoxedImages) -> list[Detected]:
    return trainer.detected(trainer.trained(learnt, label), measured)


def _with_image_weights(model: Any, path: Path) -> FeatureMaps:
    """Return the model with the weights of a classifier in its image tower; ModelError where they do not fit."""
    from sarvl.models.adapting.image_weights import load_image_tower  # noqa: PLC0415 - as heavy as the model

    other = replace(model, network=deepcopy(model.network))
    load_image_tower(other, path)
    return other  # type: ignore[no-any-return]


def views(rows: Sequence[ResultRow], outcome: Outcome | None) -> list[Block]:
    """Return the figures, bars by class and size, missed and false boxes, and what was learnt from."""
    blocks = box_views("Detection", {BESIDE: "tower of image_weights"}, rows, outcome)
    if outcome is None:
        return blocks
    facts = outcome.facts
    told = [
        ("training images", str(facts["training_images"])),
        ("training boxes", str(facts["training_boxes"])),
        ("classes without a training box", ", ".join(facts["classes_without_training_boxes"]) or "none"),
    ]
    return [*blocks, Facts("Learnt from", told)]


TASK = Task(
    "detection",
    "detection-1",
    FeatureMaps,
    runs,
    box_measures,
    views,
    settings=DetectionSettings,
    headlines={"AP50": "Detection, AP at an overlap of .5,"},
)

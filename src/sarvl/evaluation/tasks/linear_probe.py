"""Linear probe: logistic regression on the embeddings of the training images, its penalty chosen on validation."""

from collections.abc import Sequence
from functools import partial
from typing import Annotated

from pydantic import Field
from scipy.special import softmax

from sarvl.blocks import Block, Column, Facts, Line, Table
from sarvl.errors import EvaluationError
from sarvl.evaluation.classified_outcome import classified_measures, classified_outcome, classified_views
from sarvl.evaluation.evaluated import EvaluatedModel
from sarvl.evaluation.labelled_features import LabelledImages, TrainedSettings, measured_and_learnt, missing_classes
from sarvl.evaluation.outcomes import Outcome
from sarvl.evaluation.row_blocks import percent
from sarvl.evaluation.rows import ResultRow
from sarvl.evaluation.task import Task, TaskRun
from sarvl.measures.classification import ranked
from sarvl.measures.logistic import sweep_logistic
from sarvl.models.protocols import ImageEmbedder

VALIDATION_SHARE = 0.2
Penalty = Annotated[float, Field(gt=0, allow_inf_nan=False)]


class LinearProbeSettings(TrainedSettings):
    """What can be set of the linear probe."""

    validation: str = "val"
    """Split on which C is chosen. The name of the training split draws a fifth of its scenes for it."""
    c_values: tuple[Penalty, ...] = Field(default=(0.01, 0.1, 1.0, 10.0, 100.0, 1000.0, 10_000.0), min_length=1)
    """Inverse penalties that are tried, as `C` of scikit-learn's `LogisticRegression`."""


def runs(evaluated: EvaluatedModel, settings: LinearProbeSettings) -> list[TaskRun]:
    """Return one run a source whose images have at least two classes; raises EvaluationError where none has."""
    others = () if settings.validation == settings.training else (settings.validation,)
    parts = [
        part if others else (part[0], *part[1].parted(VALIDATION_SHARE))
        for part in measured_and_learnt(evaluated, settings, *others)
    ]
    for _, learnt, _ in parts:
        if not len(learnt):
            raise EvaluationError(
                f"source {learnt.chosen.source}: split {settings.training} is of one scene, of which no validation can "
                "be taken; name another split as validation"
            )
    return [TaskRun(part[0].chosen.source, partial(outcome, settings, *part)) for part in parts]


def outcome(
    settings: LinearProbeSettings, measured: LabelledImages, learnt: LabelledImages, validation: LabelledImages
) -> Outcome:
    """Return one row an image; its score is the probability of the named class."""
    sweep = sweep_logistic(
        (learnt.features, learnt.labels),
        (validation.features, validation.labels),
        len(measured.chosen.classes),
        settings.c_values,
    )
    logits = sweep.classifier.logits(measured.features)
    result = ranked(logits, measured.labels, softmax(logits, axis=1))
    facts = {
        "c": sweep.c,
        "validation_accuracy": {f"{c:g}": accuracy for c, accuracy in sweep.accuracies.items()},
        "training_images": len(learnt),
        "validation_images": len(validation),
        "classes_without_training_images": list(missing_classes(learnt)),
    }
    return classified_outcome(measured.evaluated.images, measured.chosen, result, facts)


TILES = {"top1": "Linear probe, top-1 accuracy"}


def views(rows: Sequence[ResultRow], outcome: Outcome | None) -> list[Block]:
    """Return the blocks of a classification, and how the penalty was chosen."""
    blocks = classified_views("Linear probe", TILES, rows, outcome)
    return [*blocks, *penalty_blocks(outcome)] if outcome else blocks


def penalty_blocks(outcome: Outcome) -> list[Block]:
    """Return the accuracy on validation for each C, and what was learnt from."""
    facts = outcome.facts
    tried = facts["validation_accuracy"]
    chosen = f"{facts['c']:g}"
    lines = [Line((c, percent(accuracy), "chosen" if c == chosen else "")) for c, accuracy in tried.items()]
    at_end = len(tried) > 1 and chosen in (next(iter(tried)), next(reversed(tried)))
    remark = "The best C stands at an end of those tried: try more of them." if at_end else ""
    table = Table("Validation accuracy by C", [Column("C"), Column("accuracy"), Column("")], lines, remark)
    missing = facts["classes_without_training_images"]
    told = [
        ("training images", str(facts["training_images"])),
        ("validation images", str(facts["validation_images"])),
        ("classes without a training image", ", ".join(missing) or "none"),
    ]
    return [table, Facts("Learnt from", told)]


TASK = Task(
    "linear_probe",
    "linear-probe-2",
    ImageEmbedder,
    runs,
    classified_measures,
    views,
    LinearProbeSettings,
    {"top1": "Linear probe, top-1,"},
)

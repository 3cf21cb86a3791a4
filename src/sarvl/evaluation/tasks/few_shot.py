"""Few-shot classification: logistic regression on a few labelled images a class, drawn several times."""

from collections.abc import Sequence
from functools import partial
from typing import Annotated

import numpy as np
from pydantic import Field, field_validator
from scipy.special import softmax

from sarvl.blocks import Block, Column, Course, Curve, Line, Table
from sarvl.errors import EvaluationError
from sarvl.evaluation.evaluated import EvaluatedModel
from sarvl.evaluation.labelled_features import (
    LabelledImages,
    TrainedSettings,
    drawn_shots,
    fewest_of_a_class,
    measurable,
    measured_and_learnt,
)
from sarvl.evaluation.outcomes import Outcome
from sarvl.evaluation.row_blocks import percent, share_cell
from sarvl.evaluation.rows import ResultRow
from sarvl.evaluation.task import Task, TaskRun
from sarvl.measures.classification import ClassificationResult, ranked
from sarvl.measures.logistic import fit_logistic
from sarvl.measures.measure import Measure
from sarvl.models.protocols import ImageEmbedder


class FewShotSettings(TrainedSettings):
    """What can be set of few-shot classification."""

    shots: tuple[Annotated[int, Field(ge=1)], ...] = Field(default=(1, 2, 4, 8, 10, 16, 20, 32, 40), min_length=1)
    """Labelled images of each class."""
    seeds: int = Field(default=5, ge=1)
    """How often they are drawn, with the seeds from 0 on."""
    c: float = Field(default=100.0, gt=0)
    """Inverse penalty, as `C` of scikit-learn's `LogisticRegression`; fixed, since a choice would need more labels."""

    @field_validator("shots")
    @classmethod
    def _has_each_once(cls, value: tuple[int, ...]) -> tuple[int, ...]:
        if len({*value}) < len(value):
            raise EvaluationError(f"few_shot.shots {list(value)}: a number stands twice; give each once")
        return value


def runs(evaluated: EvaluatedModel, settings: FewShotSettings) -> list[TaskRun]:
    """Return one run a source whose images have at least two classes; raises EvaluationError where none has."""

    def lacking(pair: tuple[LabelledImages, ...]) -> str | None:
        fewest, least = fewest_of_a_class(pair[1]), min(settings.shots)
        if fewest >= least:
            return None
        return (
            f"source {pair[1].chosen.source}: a class has {fewest} images in split {settings.training}, "
            f"fewer than {least}; choose other classes or fewer shots"
        )

    pairs = measurable(measured_and_learnt(evaluated, settings), lacking)
    return [TaskRun(pair[0].chosen.source, partial(outcome, settings, *pair)) for pair in pairs]


def outcome(settings: FewShotSettings, measured: LabelledImages, learnt: LabelledImages) -> Outcome:
    """Return one row an image, number of shots and draw; numbers that a class has too few images for are told."""
    most = fewest_of_a_class(learnt)
    draws = [(shots, seed) for shots in settings.shots if shots <= most for seed in range(settings.seeds)]
    results = [_result(settings.c, measured, learnt.at(drawn_shots(learnt, *draw))) for draw in draws]
    images, names = measured.evaluated.images, np.array(measured.chosen.classes, object)
    groups = [images.groups[index] for index in measured.chosen.indices]
    return Outcome.of(
        facts={
            "classes": measured.chosen.classes,
            "fewest_of_a_class": most,
            "not_run": [shots for shots in settings.shots if shots > most],
        },
        item=[f"{name}#shots={shots}#seed={seed}" for shots, seed in draws for name in measured.ids],
        group=groups * len(draws),
        truth=np.tile(names[measured.labels], len(draws)),
        prediction=names[np.concatenate([result.predicted for result in results])],
        score=np.concatenate([result.confidence for result in results]),
        rank=np.concatenate([result.ranks for result in results]),
        image=measured.ids * len(draws),
        shots=np.repeat([shots for shots, _ in draws], len(measured)),
        seed=np.repeat([seed for _, seed in draws], len(measured)),
    )


def _result(c: float, measured: LabelledImages, learnt: LabelledImages) -> ClassificationResult:
    classifier = fit_logistic(learnt.features, learnt.labels, len(measured.chosen.classes), c)
    logits = classifier.logits(measured.features)
    return ranked(logits, measured.labels, softmax(logits, axis=1))


def measures(outcome: Outcome) -> list[Measure]:
    """Return, for each number of shots, the accuracy over all draws, and the deviation between draws."""
    shots, seeds = outcome.column("shots"), outcome.column("seed")
    right, groups = outcome.column("rank") == 1, outcome.column("group")
    chance = 1 / len(outcome.facts["classes"])
    made = []
    for number in sorted(set(shots.tolist())):
        at = shots == number
        terms = np.column_stack((right[at], np.ones(at.sum())))
        images = int((at & (seeds == 0)).sum())
        made.append(Measure.of(f"{number}_shot_top1", terms, images, chance=chance, groups=groups[at]))
        drawn = [right[at & (seeds == seed)].mean() for seed in sorted(set(seeds.tolist()))]
        if len(drawn) > 1:
            made.append(Measure(f"{number}_shot_deviation", float(np.std(drawn, ddof=1)), len(drawn)))
    return made


def views(rows: Sequence[ResultRow], outcome: Outcome | None) -> list[Block]:
    """Return a table and a curve of accuracy over shots."""
    by_metric = {row.metric: row for row in rows}
    numbers = sorted(int(name.removesuffix("_shot_top1")) for name in by_metric if name.endswith("_shot_top1"))
    lines = [_line(number, by_metric) for number in numbers]
    columns = [Column(label) for label in ("shots a class", "accuracy", "deviation of draws", "chance", "n")]
    accuracy = Course("accuracy", numbers, [by_metric[f"{number}_shot_top1"].value for number in numbers])
    remark = (
        "The mean over all draws; its interval is over scenes of the images measured, for these draws. The deviation "
        "is that of the accuracies of single draws."
    )
    if outcome and outcome.facts["not_run"]:
        numbers_told = ", ".join(map(str, outcome.facts["not_run"]))
        remark += f" Not run: {numbers_told}, since a class has only {outcome.facts['fewest_of_a_class']} images."
    return [
        Table("Few-shot classification", columns, lines, remark),
        Curve("Accuracy by shots", [accuracy], "labelled images a class", "accuracy", points=True),
    ]


def _line(number: int, by_metric: dict[str, ResultRow]) -> Line:
    row, deviation = by_metric[f"{number}_shot_top1"], by_metric.get(f"{number}_shot_deviation")
    told = percent(deviation.value) if deviation else percent(None)
    return Line((str(number), share_cell(row), told, percent(row.chance), str(row.n)))


TASK = Task(
    "few_shot",
    "few-shot-2",
    ImageEmbedder,
    runs,
    measures,
    views,
    FewShotSettings,
    {"10_shot_top1": "Few-shot classification, 10 shots,"},
)

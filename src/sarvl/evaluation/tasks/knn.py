"""k-nearest neighbours: an image gets the class that its nearest training images have, in the model's features."""

from collections.abc import Sequence
from functools import partial

from pydantic import Field

from sarvl.blocks import Block
from sarvl.evaluation.classified_outcome import classified_measures, classified_outcome, classified_views
from sarvl.evaluation.evaluated import EvaluatedModel
from sarvl.evaluation.labelled_features import LabelledImages, TrainedSettings, measured_and_learnt
from sarvl.evaluation.outcomes import Outcome
from sarvl.evaluation.rows import ResultRow
from sarvl.evaluation.task import Task, TaskRun
from sarvl.measures.classification import ranked
from sarvl.measures.neighbours import neighbour_votes
from sarvl.models.protocols import ImageEmbedder


class KnnSettings(TrainedSettings):
    """What can be set of k-nearest neighbours."""

    neighbours: int = Field(default=20, ge=1)
    """How many vote; DINO's 20."""
    temperature: float = Field(default=0.07, gt=0)
    """A neighbour votes with exp(cosine / temperature); DINO's 0.07."""


def runs(evaluated: EvaluatedModel, settings: KnnSettings) -> list[TaskRun]:
    """Return one run a source whose images have at least two classes; raises EvaluationError where none has."""
    pairs = measured_and_learnt(evaluated, settings)
    return [TaskRun(pair[0].chosen.source, partial(outcome, settings, *pair)) for pair in pairs]


def outcome(settings: KnnSettings, measured: LabelledImages, learnt: LabelledImages) -> Outcome:
    """Return one row an image; its score is the share of the votes that the named class got."""
    shares = neighbour_votes(
        learnt.features,
        learnt.labels,
        measured.features,
        len(measured.chosen.classes),
        neighbours=settings.neighbours,
        temperature=settings.temperature,
    )
    result = ranked(shares, measured.labels, shares)
    return classified_outcome(measured.evaluated.images, measured.chosen, result, {"training_images": len(learnt)})


TILES = {"top1": "k-NN, top-1 accuracy"}


def views(rows: Sequence[ResultRow], outcome: Outcome | None) -> list[Block]:
    """Return the blocks of a classification."""
    return classified_views("k-nearest neighbours", TILES, rows, outcome)


TASK = Task("knn", "knn-1", ImageEmbedder, runs, classified_measures, views, KnnSettings, {"top1": "k-NN, top-1,"})

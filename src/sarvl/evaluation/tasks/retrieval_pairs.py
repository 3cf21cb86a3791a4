"""Retrieval of pairs as SARVLM publishes it: 5,000 pairs, of which row i is right for row i and nothing else."""

from collections.abc import Sequence
from functools import partial

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from sarvl.blocks import Block
from sarvl.evaluation.evaluated import EvaluatedModel, SplitImages
from sarvl.evaluation.outcomes import Outcome
from sarvl.evaluation.row_blocks import other_figures, share_table, tiles
from sarvl.evaluation.rows import ResultRow
from sarvl.evaluation.task import Task, TaskRun
from sarvl.evaluation.tasks.retrieval import DIRECTIONS, IMAGE_TO_TEXT, TEXT_TO_IMAGE, check_captions
from sarvl.measures.measure import Measure
from sarvl.measures.pairs import expected_hits, pair_places
from sarvl.measures.retrieval import RECALL_DEPTHS
from sarvl.models.protocols import Embedder
from sarvl.recipes import RecipeModel
from sarvl.seeds import seeded_bytes


class RetrievalPairsSettings(RecipeModel):
    """What can be set of the retrieval of pairs."""

    pairs: int = Field(default=5000, ge=2)
    """How many caption rows, each with its image, are drawn from the corpus's seed; all where there are no more."""


def runs(evaluated: EvaluatedModel, settings: RetrievalPairsSettings) -> list[TaskRun]:
    """Return the one retrieval over all images; raises EvaluationError where one has no caption."""
    images = evaluated.images
    check_captions(images)
    return [TaskRun(images.whole, partial(outcome, evaluated, settings))]


def drawn_pairs(images: SplitImages, pairs: int) -> list[tuple[int, int]]:
    """Return (position of the image, row of the caption) of the pairs that are drawn, in the order of the corpus."""
    corpus = images.corpus
    every = [(place, row) for place, image in enumerate(images.rows) for row in corpus.captions_of_image[image]]
    if len(every) <= pairs:
        return every
    ids, sentences = images.ids, corpus.sentences
    return sorted(sorted(every, key=lambda pair: seeded_bytes(corpus.seed, ids[pair[0]], sentences[pair[1]]))[:pairs])


def outcome(evaluated: EvaluatedModel, settings: RetrievalPairsSettings) -> Outcome:
    """Return two rows a pair, one a direction: ``above`` and ``tied`` count the rows that score more, and as much."""
    images, corpus = evaluated.images, evaluated.images.corpus
    pairs = drawn_pairs(images, settings.pairs)
    image_features = evaluated.image_features[[place for place, _ in pairs]]
    text_features = evaluated.text_features([corpus.sentences[row] for _, row in pairs])
    by_text, by_image = pair_places(text_features, image_features), pair_places(image_features, text_features)
    sides = (by_text, by_image)
    names = [f"{images.ids[place]}#{corpus.captions_of_image[images.rows[place]].index(row)}" for place, row in pairs]
    first = np.concatenate([side.first for side in sides])
    cosines = np.einsum("pd,pd->p", image_features, text_features)
    return Outcome.of(
        item=[f"{name}#{direction}" for direction in (TEXT_TO_IMAGE, IMAGE_TO_TEXT) for name in names],
        group=[images.groups[place] for place, _ in pairs] * 2,
        truth=names * 2,
        prediction=np.array(names, object)[first],
        score=np.tile(cosines, 2),
        image=[images.ids[place] for place, _ in pairs] * 2,
        direction=[TEXT_TO_IMAGE] * len(names) + [IMAGE_TO_TEXT] * len(names),
        above=np.concatenate([side.above for side in sides]),
        tied=np.concatenate([side.tied for side in sides]),
    )


def measures(outcome: Outcome) -> list[Measure]:
    """Return the six recalls and their mean; equal scores are in any order, as ``topk`` leaves them."""
    above, tied, directions = (outcome.column(name) for name in ("above", "tied", "direction"))
    count = len(outcome) // 2
    made, hits_of_pair = [], []
    for direction in DIRECTIONS:
        at = directions == direction
        for k in RECALL_DEPTHS:
            hits = expected_hits(above[at], tied[at], k)
            hits_of_pair.append(hits)
            made.append(_measure(f"{direction}_R@{k}", hits, min(1.0, k / count), outcome.column("group")[at]))
    chance = float(np.mean([measure.chance for measure in made]))
    mean = np.mean(hits_of_pair, axis=0)
    return [*made, _measure("mean_recall", mean, chance, outcome.column("group")[:count])]


def _measure(name: str, hits: NDArray[np.float64], chance: float, groups: NDArray[np.object_]) -> Measure:
    return Measure.of(name, np.column_stack((hits, np.ones(len(hits)))), len(hits), chance=chance, groups=groups)


LABELS = {
    "mean_recall": "mean of the six recalls",
    **{f"{name}_R@{k}": f"{told}, R@{k}" for name, told in DIRECTIONS.items() for k in RECALL_DEPTHS},
}
TILES = {"mean_recall": "Retrieval of pairs, mean recall"}


def views(rows: Sequence[ResultRow], outcome: Outcome | None) -> list[Block]:
    """Return the headline and the table of the recalls."""
    by_metric = {row.metric: row for row in rows}
    lines = [(label, by_metric[metric]) for metric, label in LABELS.items() if metric in by_metric]
    return [*tiles(rows, TILES), *share_table("Retrieval of pairs", lines), *other_figures(rows, LABELS)]


TASK = Task(
    "retrieval_pairs",
    "sarvlm-pairs-1",
    Embedder,
    runs,
    measures,
    views,
    RetrievalPairsSettings,
    {"mean_recall": "Retrieval of pairs, mean recall,"},
)

"""Features with labels: what tasks learn from that train a small classifier on the embeddings of images."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from sarvl.errors import EvaluationError
from sarvl.evaluation.classified_images import ClassifiedImages, ClassSettings, classified_images
from sarvl.evaluation.evaluated import EvaluatedModel
from sarvl.progress import note
from sarvl.seeds import seeded_bytes

Part = TypeVar("Part")


class TrainedSettings(ClassSettings):
    """What can be set of every task that learns from labelled images."""

    training: str = "train"
    """Split whose images are learnt from; embedded once for all tasks."""


@dataclass(frozen=True)
class LabelledImages:
    """Images of a split with their class; their features are made when first asked for."""

    evaluated: EvaluatedModel
    chosen: ClassifiedImages

    def __len__(self) -> int:
        return len(self.chosen.indices)

    @property
    def labels(self) -> NDArray[np.int64]:
        """``(N,)``, of ``chosen.classes``."""
        return self.chosen.labels

    @property
    def features(self) -> NDArray[np.float32]:
        """``(N, D)``, unit rows."""
        return self.evaluated.image_features[self.chosen.indices]

    @property
    def ids(self) -> list[str]:
        """The id of each image."""
        return [self.evaluated.images.ids[index] for index in self.chosen.indices]

    def at(self, places: NDArray[np.int64]) -> "LabelledImages":
        """Return some of the images."""
        chosen = self.chosen
        parts = chosen.indices[places], chosen.labels[places]
        return LabelledImages(self.evaluated, ClassifiedImages(chosen.source, chosen.classes, *parts))

    def parted(self, share: float) -> "tuple[LabelledImages, LabelledImages]":
        """Return all but a share of the scenes, drawn from the corpus's seed, and that share; no scene is in both."""
        groups = [self.evaluated.images.groups[index] for index in self.chosen.indices]
        seed = self.evaluated.images.corpus.seed
        order = sorted(set(groups), key=lambda group: seeded_bytes(seed, group, "validation"))
        taken = set(order[: max(1, round(share * len(order)))])
        inside = np.array([group in taken for group in groups])
        return self.at(np.flatnonzero(~inside)), self.at(np.flatnonzero(inside))


def measured_and_learnt(
    evaluated: EvaluatedModel, settings: TrainedSettings, *others: str
) -> list[tuple[LabelledImages, ...]]:
    """Return, for each source that has classes, its images that are measured, those to learn from, and of ``others``.

    A source without an image in a split that is learnt from cannot be measured: a line says so, the others are.
    Raises EvaluationError where a split that is learnt from is the one that is measured, or where no source is left,
    and CorpusError where there is no such split.
    """
    measured = classified_images(evaluated.images, settings)
    splits = (settings.training, *others)
    if evaluated.images.split in splits:
        raise EvaluationError(f"split {evaluated.images.split} is learnt from; measure on another one")
    learnt = [_by_source(evaluated.on(split), settings) for split in splits]

    def lacking(chosen: ClassifiedImages) -> str | None:
        absent = next((split for part, split in zip(learnt, splits, strict=True) if chosen.source not in part), None)
        return absent and f"source {chosen.source} has no image with a class in split {absent}; name another split"

    whole = measurable(measured, lacking)
    return [(LabelledImages(evaluated, chosen), *(part[chosen.source] for part in learnt)) for chosen in whole]


def measurable(parts: Sequence[Part], lacking: Callable[[Part], str | None]) -> list[Part]:
    """Return the parts that lack nothing, and tell what the others lack.

    Raises EvaluationError where none is left.
    """
    reasons = [lacking(part) for part in parts]
    whole = [part for part, reason in zip(parts, reasons, strict=True) if not reason]
    told = [reason for reason in reasons if reason]
    if told and not whole:
        raise EvaluationError(told[0])
    for reason in told:
        note(f"left out: {reason}")
    return whole


def _by_source(evaluated: EvaluatedModel, settings: ClassSettings) -> dict[str, LabelledImages]:
    return {
        chosen.source: LabelledImages(evaluated, chosen) for chosen in classified_images(evaluated.images, settings)
    }


def drawn_shots(images: LabelledImages, shots: int, seed: int) -> NDArray[np.int64]:
    """Return the places of ``shots`` images a class, drawn by their ids: more shots hold those of fewer."""
    ids, labels = images.ids, images.labels
    by_class: list[list[int]] = [[] for _ in images.chosen.classes]
    for place in sorted(range(len(ids)), key=lambda place: seeded_bytes(seed, ids[place], "shots")):
        by_class[labels[place]].append(place)
    return np.array([place for places in by_class for place in places[:shots]], np.int64)


def fewest_of_a_class(images: LabelledImages) -> int:
    """Return how many images the class has that has the fewest."""
    return int(np.bincount(images.labels, minlength=len(images.chosen.classes)).min())


def missing_classes(images: LabelledImages) -> Sequence[str]:
    """Return the classes that have no image."""
    counts = np.bincount(images.labels, minlength=len(images.chosen.classes))
    return [name for name, count in zip(images.chosen.classes, counts, strict=True) if not count]

"""Sampling: which images an epoch shows, and in which order; drawn once an epoch, from the seed and its number."""

from collections import Counter
from collections.abc import Sequence
from typing import Self

import numpy as np

from sarvl.errors import ModelError
from sarvl.training.data.corpora import Corpora
from sarvl.training.data.text_columns import Indices
from sarvl.training.recipe import Stage


class EpochOrder:
    """The order in which an epoch goes through images: drawn when the epoch is first asked for, and kept.

    groups: places of images, each in one group. counts: how many of each group an epoch shows. A group goes round
    whole as often as its count allows; which of its images come once more is drawn anew each epoch.
    """

    def __init__(self, groups: Sequence[Indices], counts: Sequence[int], seed: int) -> None:
        self._groups, self._counts, self._seed = groups, counts, seed
        self._kept = -1, np.empty(0, np.int64)

    @classmethod
    def evenly(cls, count: int, seed: int) -> Self:
        """Return the order of epochs that show each of ``count`` images once."""
        return cls([np.arange(count)], [count], seed)

    def of(self, epoch: int) -> Indices:
        """Return the places of the images: (sum of counts,)."""
        kept, order = self._kept  # at once: a thread may ask for the next epoch meanwhile
        if epoch != kept:
            generator = np.random.default_rng([self._seed, epoch])
            shown = [_shown(group, count, generator) for group, count in zip(self._groups, self._counts, strict=True)]
            order = generator.permutation(np.concatenate(shown))
            self._kept = epoch, order
        return order


def epoch_order(stage: Stage, corpora: Corpora, images: Indices, seed: int) -> EpochOrder:
    """Return the order of a stage's epochs over ``images``, rows of ``corpora.images``.

    An epoch shows as many as there are. Raises ModelError where a corpus that has a weight has no image among them.
    """
    groups = _groups(stage, corpora, images)
    shares = [1.0] * len(groups)
    if stage.sampling == "weight" and len(groups) > 1:
        shares = [float(part.weight or 0) for part in stage.learned]
        empty = [str(part.corpus) for part, group in zip(stage.learned, groups, strict=True) if not len(group)]
        if empty:
            raise ModelError(f"stage {stage.name}: no image of {empty[0]} is left to be drawn; take the corpus out")
    return EpochOrder(groups, whole_shares(len(images), shares), seed)


def whole_shares(total: int, shares: Sequence[float]) -> list[int]:
    """Return whole numbers that add up to ``total``, as near to ``shares`` of it as can be: the largest rests go up."""
    exact = np.array(shares) * total / sum(shares)
    counts = np.floor(exact).astype(np.int64)
    up = np.argsort(-(exact - counts), kind="stable")[: total - int(counts.sum())]
    counts[up] += 1
    return [int(count) for count in counts]


def class_of_images(corpora: Corpora, images: Indices) -> list[str]:
    """Return one class of each image: its label, else that of its classes which the fewest images have.

    Images without either are one class, "".
    """
    labels = corpora.images["label"].fill_null("").take(images).to_pylist()
    owned = [classes for part in corpora.parts for classes in part.object_classes]
    classes = [owned[int(row)] for row in images]
    images_of = Counter(name for names in classes for name in names)
    return [
        label or min(names, key=lambda name: (images_of[name], name), default="")
        for label, names in zip(labels, classes, strict=True)
    ]


def _groups(stage: Stage, corpora: Corpora, images: Indices) -> list[Indices]:
    """Return the places in ``images`` that are drawn by a share of their own."""
    if stage.sampling == "class":
        _, number = np.unique(class_of_images(corpora, images), return_inverse=True)
    elif stage.sampling == "weight" and stage.learned[0].weight:
        part = corpora.part_of_images(images)
        return [np.flatnonzero(part == index) for index in range(len(corpora.parts))]
    else:
        number = np.zeros(len(images), np.int64)
    return [np.flatnonzero(number == index) for index in range(int(number.max()) + 1)]


def _shown(group: Indices, count: int, generator: np.random.Generator) -> Indices:
    """Return ``count`` of a group: all of it as often as it goes, and the rest drawn."""
    rounds, rest = divmod(count, len(group))
    more = generator.permutation(group)[:rest] if rest else group[:0]
    return np.concatenate([np.tile(group, rounds), more])

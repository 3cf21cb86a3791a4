"""Classification by cosine to class embeddings: accuracy, confusion and calibration."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import expit, softmax

from sarvl.errors import EvaluationError
from sarvl.measures.features import cosines_of, unit_features
from sarvl.measures.measure import Measure

TOP_DEPTHS = (1, 3, 5)
CALIBRATION_BINS = 15


@dataclass(frozen=True, slots=True)
class ClassificationResult:
    """What was predicted for N images of C classes.

    ranks: ``(N,)`` from 1, of the true class: 1 + the number of other classes that score at least as much, so that ties
    count against the model. predicted: ``(N,)``, the class ranked first. labels: ``(N,)``.
    confidence: ``(N,)``, the probability of the class predicted (``probabilities``). ks: the depths of top-k, none
    above C.
    """

    classes: int
    labels: NDArray[np.int64]
    ranks: NDArray[np.int64]
    predicted: NDArray[np.int64]
    confidence: NDArray[np.float64]
    ks: tuple[int, ...]

    def accuracy(self, k: int = 1) -> float:
        """Return top-k accuracy."""
        return float(np.mean(self.ranks <= k))

    def confusion(self) -> NDArray[np.int64]:
        """Return ``(C, C)`` counts: rows are the true class, columns the predicted one."""
        cells = np.bincount(self.labels * self.classes + self.predicted, minlength=self.classes**2)
        return cells.reshape(self.classes, self.classes)

    def per_class_accuracy(self) -> NDArray[np.float64]:
        """Return ``(C,)`` top-1 accuracies; NaN for a class without images."""
        counts = self.confusion()
        total = counts.sum(axis=1)
        accuracies = np.full(self.classes, np.nan)
        np.divide(np.diag(counts), total, out=accuracies, where=total > 0)
        return accuracies

    def mean_per_class_accuracy(self) -> float:
        """Return the mean of the per-class accuracies over the classes that have images."""
        return float(np.nanmean(self.per_class_accuracy()))

    def majority_baseline(self) -> float:
        """Return the accuracy of always naming the most frequent class."""
        return float(np.bincount(self.labels).max() / len(self.labels))

    def expected_calibration_error(self) -> float:
        """Return ECE with 15 equal bins (Guo et al., On Calibration of Modern Neural Networks, ICML 2017)."""
        return float(calibration_error(self._calibration_terms().sum(axis=0)))

    def reliability(self) -> list[tuple[float, float, int]]:
        """Return (mean confidence, accuracy, images) of each of the bins of the ECE that holds an image."""
        bins, right = _bins(self.confidence), self.ranks == 1
        held = [bins == index for index in np.unique(bins)]
        return [(float(self.confidence[at].mean()), float(right[at].mean()), int(at.sum())) for at in held]

    def measures(self, class_names: Sequence[str], groups: ArrayLike | None = None) -> list[Measure]:
        """Return ``top<k>``, ``mean_per_class_accuracy``, ``majority_class``, ``ECE``, ``class_accuracy/<name>``.

        groups: ``(N,)`` labels, one an image, such as its scene: images of one are not independent.
        """
        measure = partial(Measure.of, groups=groups)
        n, ones = len(self.labels), np.ones(len(self.labels))
        made = [
            measure(f"top{k}", np.column_stack((self.ranks <= k, ones)), n, chance=k / self.classes) for k in self.ks
        ]
        one_hot = np.eye(self.classes)[self.labels]  # (N, C)
        right = one_hot * (self.ranks == 1)[:, None]
        per_class = np.stack((right, one_hot), axis=2)  # (N, C, 2)
        chance = 1 / self.classes
        made.append(measure("mean_per_class_accuracy", per_class.reshape(n, -1), n, chance=chance))
        always = np.column_stack((self.labels == np.bincount(self.labels).argmax(), ones))
        made.append(measure("majority_class", always, n, chance=chance, of_model=False))
        made.append(measure("ECE", self._calibration_terms(), n, statistic=calibration_error))
        for index, name in enumerate(class_names):
            count = int(one_hot[:, index].sum())
            if count:
                made.append(measure(f"class_accuracy/{name}", per_class[:, index], count, chance=chance))
        return made

    def _calibration_terms(self) -> NDArray[np.float64]:
        return calibration_terms(self.confidence, self.ranks == 1)


def classify(
    image_features: ArrayLike,
    class_features: ArrayLike,
    labels: ArrayLike,
    *,
    logit_scale: float,
    logit_bias: float | None = None,
    ks: Sequence[int] = TOP_DEPTHS,
) -> ClassificationResult:
    """Classify images by the cosine to each class embedding.

    image_features: ``(N, D)``, class_features: ``(C, D)``, unit rows. labels: ``(N,)`` from 0 to C - 1.
    logit_scale, logit_bias: what probabilities are made with (``probabilities``), for calibration.
    Depths in ``ks`` above C are left out. Raises EvaluationError for features that are not unit rows or wrong labels.
    """
    images, classes = unit_features(image_features, "image features"), unit_features(class_features, "class features")
    if images.shape[1] != classes.shape[1]:
        raise EvaluationError(
            f"zero-shot: image features are {images.shape[1]} wide but class features {classes.shape[1]}; use one model"
        )
    truth = np.asarray(labels, dtype=np.int64)
    n, last = len(images), len(classes) - 1
    if truth.shape != (n,) or truth.min() < 0 or truth.max() > last:
        raise EvaluationError(f"zero-shot: labels must be {n} numbers from 0 to {last}, one an image")
    scores = cosines_of(images, classes)  # (N, C)
    return ranked(scores, truth, probabilities(scores, logit_scale, logit_bias), ks)


def ranked(
    scores: NDArray[Any], labels: NDArray[np.int64], shares: NDArray[np.float64], ks: Sequence[int] = TOP_DEPTHS
) -> ClassificationResult:
    """Return what scores ``(N, C)`` of the classes say of images with ``labels`` ``(N,)``.

    shares: ``(N, C)``, how probable each class is, from which the confidence is taken.
    """
    at_label = np.arange(len(labels)), labels
    ranks = np.count_nonzero(scores >= scores[at_label][:, None], axis=1)
    others = scores.copy()
    others[at_label] = -np.inf
    return ClassificationResult(
        classes=scores.shape[1],
        labels=labels,
        ranks=ranks,
        predicted=np.where(ranks == 1, labels, others.argmax(axis=1)),
        confidence=shares.max(axis=1),
        ks=depths(scores.shape[1], ks),
    )


def probabilities(cosines: ArrayLike, logit_scale: float, logit_bias: float | None) -> NDArray[np.float64]:
    """Return ``(N, C)``: how probable each class is for each image.

    logit_scale: the model's factor on cosines (its exponential, such as 100). logit_bias: None where the classes of an
    image share a softmax, so that they add up to 1. A SigLIP has one, and the sigmoid of each class stands on its own.
    """
    logits = logits_of(cosines, logit_scale, logit_bias)
    return np.asarray(softmax(logits, axis=1) if logit_bias is None else expit(logits))


def logits_of(cosines: ArrayLike, logit_scale: float, logit_bias: float | None) -> NDArray[np.float64]:
    """Return ``(N, C)``: what a softmax, or of a SigLIP the sigmoid of each, makes probabilities of."""
    return np.asarray(logit_scale * np.asarray(cosines, np.float64) + (logit_bias or 0.0))


def depths(classes: int, ks: Sequence[int] = TOP_DEPTHS) -> tuple[int, ...]:
    """Return the depths of top-k that so many classes allow."""
    return tuple(k for k in ks if k <= classes)


def _bins(confidence: NDArray[np.float64]) -> NDArray[np.int64]:
    return np.clip(np.ceil(confidence * CALIBRATION_BINS).astype(np.int64) - 1, 0, CALIBRATION_BINS - 1)


def calibration_terms(confidence: NDArray[np.float64], right: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Return ``(N, 16)``: confidence minus correctness in the bin of each of N, and 1 in the last column."""
    bins = _bins(confidence)
    terms = np.zeros((len(bins), CALIBRATION_BINS + 1))
    terms[np.arange(len(bins)), bins] = confidence - right
    terms[:, -1] = 1
    return terms


def calibration_error(totals: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return ECE, the sum over bins of |confidence - correctness| as a share of all, from summed terms."""
    return np.asarray(np.abs(totals[..., :-1]).sum(axis=-1) / totals[..., -1])

"""Average precision of detected boxes, by COCO's rules: pycocotools matches, and images may count by weights."""

from collections.abc import Iterator, Sequence
from contextlib import redirect_stdout
from dataclasses import dataclass, replace
from io import StringIO
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

Array = NDArray[Any]
IOUS = np.linspace(0.5, 0.95, 10)
"""The overlaps at which a detected box counts as right; AP is the mean over them."""
RECALLS = np.linspace(0, 1, 101)
"""Where the precision is read off."""
SIZES = {"all": (0.0, 1e10), "small": (0.0, 32.0**2), "medium": (32.0**2, 96.0**2), "large": (96.0**2, 1e10)}
"""Areas of true boxes in square pixels of the image, both ends included."""
MOST_BOXES = 100
"""Detected boxes of a class and an image that count, the surest ones."""
_NUMBERS_AT_ONCE = 2**22


class ImageBoxes(NamedTuple):
    """The true and the detected boxes of one image.

    true_boxes, boxes: ``(G, 4)`` and ``(D, 4)``, (xmin, ymin, xmax, ymax) in pixels. true_labels, labels: ``(G,)`` and
    ``(D,)``, numbers of classes from 0. scores: ``(D,)``, how sure each detected box is.
    """

    true_boxes: Array
    true_labels: Array
    boxes: Array
    labels: Array
    scores: Array


@dataclass(frozen=True, slots=True)
class Matches:
    """What the detected boxes of one class were matched to, over N images, the surest box first.

    scores: ``(D,)``. right, counted: ``(T, D)``, a row an overlap of ``IOUS``: whether a box has a true one, and
    whether it counts: one of another size does not. images: ``(D,)``, the image of each. positives: ``(N,)``, true
    boxes that count.
    """

    scores: NDArray[np.float64]
    right: NDArray[np.bool_]
    counted: NDArray[np.bool_]
    images: NDArray[np.int64]
    positives: NDArray[np.int64]

    @property
    def bearing(self) -> NDArray[np.bool_]:
        """Which images bear on the figure: those with a true box or a detected one that counts, ``(N,)``."""
        bearing = self.positives > 0
        bearing[self.images[self.counted.any(axis=0)]] = True
        return bearing

    def joined(self, other: "Matches") -> "Matches":
        """Return the matches over 2 N images: those of this one, and those of ``other`` behind them."""
        scores = np.concatenate([self.scores, other.scores])
        order = np.argsort(-scores, kind="mergesort")
        right, counted = np.hstack([self.right, other.right]), np.hstack([self.counted, other.counted])
        images = np.concatenate([self.images, len(self.positives) + other.images])
        positives = np.concatenate([self.positives, other.positives])
        return Matches(scores[order], right[:, order], counted[:, order], images[order], positives)

    def at(self, iou: float) -> "Matches":
        """Return the matches at one overlap of ``IOUS``, so that T is 1."""
        row = [int(np.argmin(np.abs(IOUS - iou)))]
        return replace(self, right=self.right[row], counted=self.counted[row])

    def average_precision(self, weights: ArrayLike | None = None) -> NDArray[np.float64]:
        """Return the average precision at each overlap, ``(R, T)``; NaN where no true box counts.

        weights: ``(R, N)``, how often each image counts; once each where absent, and R is 1.
        """
        given = np.ones((1, len(self.positives))) if weights is None else np.asarray(weights, np.float64)
        at_once = max(1, _NUMBERS_AT_ONCE // max(1, self.right.size))
        parts = [self._precisions(given[start : start + at_once]) for start in range(0, len(given), at_once)]
        return np.concatenate(parts)

    def _precisions(self, weights: NDArray[np.float64]) -> NDArray[np.float64]:
        positives = weights @ self.positives  # (R,)
        of_box = weights[:, None, self.images]  # (R, 1, D)
        right = np.cumsum(of_box * (self.right & self.counted), axis=2)  # (R, T, D)
        wrong = np.cumsum(of_box * (~self.right & self.counted), axis=2)
        recall = right / np.where(positives > 0, positives, np.nan)[:, None, None]
        # As COCO's script: the smallest number keeps 0 / 0 away, and precision never rises with recall.
        precision = right / (right + wrong + np.spacing(1))
        precision = np.maximum.accumulate(precision[..., ::-1], axis=2)[..., ::-1]
        areas = [
            [_area(*curve) for curve in zip(*of_draw, strict=True)] for of_draw in zip(recall, precision, strict=True)
        ]
        return np.where(positives[:, None] > 0, np.array(areas), np.nan)


def _area(recall: NDArray[np.float64], precision: NDArray[np.float64]) -> float:
    """Return the mean of the precision at ``RECALLS``; 0 where a recall is not reached."""
    places = np.searchsorted(recall, RECALLS, side="left")
    reached = places[places < len(recall)]
    return float(precision[reached].sum() / len(RECALLS))


def matched(images: Sequence[ImageBoxes], classes: int) -> dict[str, list[Matches]]:
    """Match the boxes of N images by COCO's rules; return, by name of ``SIZES``, the matches of each class.

    Boxes are matched within their class, the surest first, each to the true box that it overlaps most.
    Source: Lin et al., Microsoft COCO, ECCV 2014; the script of pycocotools.
    """
    with redirect_stdout(StringIO()):
        evaluation = COCOeval(_truths(images, classes), None, "bbox")
        evaluation.cocoDt = _coco(images, classes, list(_detections(images)))
        evaluation.params.areaRng = [list(ends) for ends in SIZES.values()]
        evaluation.params.areaRngLbl = list(SIZES)
        evaluation.params.maxDets = [MOST_BOXES]
        evaluation.evaluate()
    each = iter(evaluation.evalImgs)  # by class, then by size, then by image
    by_class = [{size: _joined([next(each) for _ in images]) for size in SIZES} for _ in range(classes)]
    return {size: [of_class[size] for of_class in by_class] for size in SIZES}


def _joined(evaluated: Sequence[dict[str, Any] | None]) -> Matches:
    """Join what pycocotools says of each image, None where it has neither a true box nor a detected one."""
    parts = [(place, part) for place, part in enumerate(evaluated) if part is not None]
    scores = np.concatenate([np.empty(0), *(part["dtScores"] for _, part in parts)])
    order = np.argsort(-scores, kind="mergesort")  # stable, as COCO's script: of equal scores the first image's
    places = np.concatenate([np.empty(0, np.int64), *(np.full(len(part["dtScores"]), place) for place, part in parts)])
    empty = np.empty((len(IOUS), 0), np.bool_)
    right = np.concatenate([empty, *(part["dtMatches"] > 0 for _, part in parts)], axis=1)
    ignored = np.concatenate([empty, *(part["dtIgnore"].astype(bool) for _, part in parts)], axis=1)
    positives = np.zeros(len(evaluated), np.int64)
    for place, part in parts:
        positives[place] = len(part["gtIgnore"]) - np.count_nonzero(part["gtIgnore"])
    return Matches(scores[order], right[:, order], ~ignored[:, order], places[order], positives)


def _truths(images: Sequence[ImageBoxes], classes: int) -> COCO:
    pairs = (
        (number, box, label)
        for number, image in enumerate(images, 1)
        for box, label in zip(image.true_boxes, image.true_labels, strict=True)
    )
    return _coco(images, classes, [_annotation(*pair) for pair in pairs])


def _detections(images: Sequence[ImageBoxes]) -> Iterator[dict[str, Any]]:
    for number, image in enumerate(images, 1):
        for box, label, score in zip(image.boxes, image.labels, image.scores, strict=True):
            yield _annotation(number, box, label) | {"score": float(score)}


def _annotation(image: int, box: Array, label: Any) -> dict[str, Any]:
    xmin, ymin, xmax, ymax = (float(edge) for edge in box)
    width, height = xmax - xmin, ymax - ymin
    return {
        "image_id": image,
        "category_id": int(label) + 1,
        "bbox": [xmin, ymin, width, height],
        "area": width * height,
        "iscrowd": 0,
    }


def _coco(images: Sequence[ImageBoxes], classes: int, annotations: list[dict[str, Any]]) -> COCO:
    coco = COCO()
    coco.dataset = {
        "images": [{"id": number} for number in range(1, len(images) + 1)],
        "categories": [{"id": number} for number in range(1, classes + 1)],
        "annotations": [{**one, "id": number} for number, one in enumerate(annotations, 1)],
    }
    coco.createIndex()
    return coco


@dataclass(frozen=True, slots=True)
class MeanPrecision:
    """The mean average precision over classes that have a true box, as a function of how often each image counts.

    of_classes: the matches of each. iou: one of ``IOUS``, or None for the mean over all of them.
    """

    of_classes: Sequence[Matches]
    iou: float | None = None

    def __call__(self, weights: ArrayLike | None = None) -> NDArray[np.float64]:
        """Return ``(R,)`` for weights ``(R, N)``; NaN where no class has a true box."""
        chosen = self.of_classes if self.iou is None else [each.at(self.iou) for each in self.of_classes]
        means = np.stack([each.average_precision(weights).mean(axis=1) for each in chosen])
        known = np.isfinite(means)  # (K, R)
        counts = known.sum(axis=0)
        totals = np.where(known, means, 0).sum(axis=0)
        shares: NDArray[np.float64] = np.full(len(counts), np.nan)
        np.divide(totals, counts, out=shares, where=counts > 0)
        return shares

    def joined(self, other: "MeanPrecision") -> "MeanPrecision":
        """Return the figure over 2 N images: those of this one, and those of ``other`` behind them."""
        pairs = zip(self.of_classes, other.of_classes, strict=True)
        return MeanPrecision([one.joined(another) for one, another in pairs], self.iou)

    @property
    def positives(self) -> int:
        """The true boxes that the figure is of."""
        return sum(int(each.positives.sum()) for each in self.of_classes)

    @property
    def bearing(self) -> NDArray[np.bool_]:
        """Which images bear on the figure, ``(N,)``."""
        bearing: NDArray[np.bool_] = np.any([each.bearing for each in self.of_classes], axis=0)
        return bearing

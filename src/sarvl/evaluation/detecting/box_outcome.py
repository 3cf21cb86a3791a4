"""The outcome of a task of detection: one row an image with all boxes, the figures by COCO's rules, and the blocks."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sarvl.blocks import Block, Box, Gallery, Picture, Shown
from sarvl.evaluation.detecting.boxed_images import BoxedImages
from sarvl.evaluation.detecting.detected import Detected
from sarvl.evaluation.outcomes import Outcome
from sarvl.evaluation.row_blocks import other_figures, share_bars, share_table, tiles
from sarvl.evaluation.rows import ResultRow
from sarvl.measures.answers.boxes import overlaps
from sarvl.measures.detection import SIZES, ImageBoxes, Matches, MeanPrecision, matched
from sarvl.measures.measure import Measure

SURE = 0.5
"""The score from which a detected box is counted in ``prediction``, and shown as a false one."""
_PARTS = ("boxes", "classes", "scores")


def box_outcome(
    boxed: BoxedImages, detected: Sequence[Detected], beside: Mapping[str, Sequence[Detected]], facts: dict[str, Any]
) -> Outcome:
    """Return one row an image: its true boxes, the detected ones, and those of what stands beside them, by its name.

    ``truth`` and ``prediction`` count the boxes by class, the latter those of a score of at least .5; ``score`` is that
    of the surest box.
    """
    columns: dict[str, Any] = {}
    for prefix, of_images in (("", detected), *((f"{name}_", each) for name, each in beside.items())):
        columns |= {f"{prefix}{part}": values for part, values in _columns(boxed, of_images).items()}
    return Outcome.of(
        facts={"classes": boxed.classes, "beside": list(beside), **facts},
        item=boxed.ids,
        group=boxed.groups,
        truth=[_counted(boxed, labels) for labels in boxed.labels],
        prediction=[_counted(boxed, one.labels[one.scores >= SURE]) for one in detected],
        score=[float(max(one.scores, default=0.0)) for one in detected],
        true_boxes=[boxes.tolist() for boxes in boxed.boxes],
        true_classes=[_names(boxed, labels) for labels in boxed.labels],
        **columns,
    )


def _columns(boxed: BoxedImages, detected: Sequence[Detected]) -> dict[str, list[Any]]:
    return {
        "boxes": [one.boxes.tolist() for one in detected],
        "classes": [_names(boxed, one.labels) for one in detected],
        "scores": [one.scores.tolist() for one in detected],
    }


def _names(boxed: BoxedImages, labels: NDArray[np.int64]) -> list[str]:
    return [boxed.classes[label] for label in labels]


def _counted(boxed: BoxedImages, labels: NDArray[np.int64]) -> str:
    counts = Counter(_names(boxed, labels))
    return ", ".join(f"{name} {counts[name]}" for name in sorted(counts))


def images_of(outcome: Outcome, prefix: str = "") -> list[ImageBoxes]:
    """Return the boxes of an outcome's images; prefix: of the columns of what stands beside the detected ones."""
    label_of = {name: label for label, name in enumerate(outcome.facts["classes"])}
    names = ("true_boxes", "true_classes", *(f"{prefix}{part}" for part in _PARTS))
    return [
        ImageBoxes(
            np.array(true_boxes, np.float64).reshape(-1, 4),
            np.array([label_of[name] for name in true_classes], np.int64),
            np.array(boxes, np.float64).reshape(-1, 4),
            np.array([label_of[name] for name in classes], np.int64),
            np.array(scores, np.float64),
        )
        for true_boxes, true_classes, boxes, classes, scores in zip(
            *(outcome.table.column(name).to_pylist() for name in names), strict=True
        )
    ]


METRICS = {
    "AP": "AP: mean over overlaps of .5 to .95",
    "AP50": "AP at an overlap of .5",
    "AP75": "AP at an overlap of .75",
    "AP_small": "AP of objects up to 32 x 32 pixels",
    "AP_medium": "AP of objects from 32 x 32 to 96 x 96 pixels",
    "AP_large": "AP of objects from 96 x 96 pixels",
}
_OVERLAPS = {"AP": None, "AP50": 0.5, "AP75": 0.75}
CLASS_PREFIX = "class_AP/"


def box_measures(outcome: Outcome) -> list[Measure]:
    """Return AP, AP50, AP75, AP by size and by class, and AP, AP50 and AP75 of what stands beside.

    There is no figure of sizes and classes that have no true box. n is the number of true boxes.
    """
    classes, groups = outcome.facts["classes"], outcome.column("group")
    by_size = matched(images_of(outcome), len(classes))
    figures = {name: MeanPrecision(by_size["all"], iou) for name, iou in _OVERLAPS.items()}
    figures |= {f"AP_{size}": MeanPrecision(by_size[size]) for size in SIZES if size != "all"}
    if len(classes) > 1:
        pairs = zip(classes, by_size["all"], strict=True)
        figures |= {f"{CLASS_PREFIX}{name}": MeanPrecision([of_class]) for name, of_class in pairs}
    made = [_measure(name, figure, groups) for name, figure in figures.items() if figure.positives]
    for name in outcome.facts["beside"]:
        besides: list[Matches] = matched(images_of(outcome, f"{name}_"), len(classes))["all"]
        made += [
            _measure(f"{name}/{metric}", MeanPrecision(besides, iou), groups, of_model=False)
            for metric, iou in _OVERLAPS.items()
        ]
    return made


def _measure(name: str, figure: MeanPrecision, groups: NDArray[Any], *, of_model: bool = True) -> Measure:
    value = float(figure()[0])
    return Measure(name, value, figure.positives, groups=groups, of_model=of_model, weighted=figure)


def box_views(title: str, beside: Mapping[str, str], rows: Sequence[ResultRow], outcome: Outcome | None) -> list[Block]:
    """Return the figures as tiles, a table and bars by class and size, and the images with the worst errors.

    beside: what stands beside the detected boxes, by its name in the metrics, and what the page calls it.
    """
    by_metric = {row.metric: row for row in rows}
    labels = METRICS | {
        f"{name}/{metric}": f"{told}: {metric}" for name, told in beside.items() for metric in _OVERLAPS
    }
    lines = [(label, by_metric[metric]) for metric, label in labels.items() if metric in by_metric]
    by_class = [row for row in rows if row.metric.startswith(CLASS_PREFIX)]
    shown = [*labels, *(row.metric for row in by_class)]
    return [
        *tiles(rows, {"AP50": f"{title}, AP at an overlap of .5", "AP": f"{title}, AP"}),
        *share_table(title, lines),
        *share_bars("AP by class", rows, CLASS_PREFIX, unit="boxes"),
        *share_bars("AP by size of object", rows, "AP_", unit="boxes"),
        *other_figures(rows, shown),
        *(_galleries(outcome) if outcome else []),
    ]


WORST = 12


class _Error(NamedTuple):
    """A missed or a false box. weight: by which the worst comes first."""

    row: int
    class_name: str
    box: tuple[float, ...]
    weight: float


def _galleries(outcome: Outcome) -> list[Gallery]:
    """Return the false boxes of which the model was surest, and the largest of those that it missed, with pictures."""
    images = images_of(outcome)
    classes: list[str] = outcome.facts["classes"]
    false = sorted(_false_boxes(images, classes), key=lambda error: -error.weight)[:WORST]
    missed = sorted(_missed_boxes(images, classes), key=lambda error: -error.weight)[:WORST]
    remark = "Beside the annotated boxes, the one in question. Right is a box that overlaps one of its class by half."
    made = [
        Gallery("Surest false boxes", [_picture(outcome, error, "false") for error in false], remark),
        Gallery("Largest missed boxes", [_picture(outcome, error, "missed") for error in missed], remark),
    ]
    return [gallery for gallery in made if gallery.pictures]


def _false_boxes(images: Sequence[ImageBoxes], classes: Sequence[str]) -> Iterator[_Error]:
    for row, image in enumerate(images):
        shares = _overlaps(image.boxes, image.labels, image)
        for place in np.flatnonzero((shares.max(axis=1, initial=0) < 0.5) & (image.scores >= SURE)):
            box = tuple(image.boxes[place].tolist())
            yield _Error(row, classes[image.labels[place]], box, float(image.scores[place]))


def _missed_boxes(images: Sequence[ImageBoxes], classes: Sequence[str]) -> Iterator[_Error]:
    for row, image in enumerate(images):
        sure = image.scores >= SURE
        shares = _overlaps(image.boxes[sure], image.labels[sure], image)
        for place in np.flatnonzero(shares.max(axis=0, initial=0) < 0.5):
            xmin, ymin, xmax, ymax = image.true_boxes[place].tolist()
            area = (xmax - xmin) * (ymax - ymin)
            yield _Error(row, classes[image.true_labels[place]], (xmin, ymin, xmax, ymax), area)


def _overlaps(boxes: NDArray[Any], labels: NDArray[Any], image: ImageBoxes) -> NDArray[np.float64]:
    """Return the overlap of boxes with the true ones, ``(D, G)``; 0 between classes."""
    return np.asarray(overlaps(boxes, image.true_boxes) * (labels[:, None] == image.true_labels))


def _picture(outcome: Outcome, error: _Error, kind: str) -> Picture:
    item = outcome.column("item")[error.row]
    xmin, ymin, xmax, ymax = error.box
    title = f"{kind} {error.class_name}"
    size = f"{xmax - xmin:.0f} x {ymax - ymin:.0f} px at {xmin:.0f}, {ymin:.0f}"
    score = (f"score {error.weight:.2f}",) if kind == "false" else ()
    return Picture(title, (Shown(item, boxes=(Box(title, xmin, ymin, xmax, ymax),)),), (size, *score, item))

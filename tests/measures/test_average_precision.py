"""Average precision: equal to pycocotools' own, by hand where it can be counted, and with images counted by weight."""

from contextlib import redirect_stdout
from io import StringIO

import numpy as np
import pytest
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from sarvl.measures.detection import SIZES, ImageBoxes, MeanPrecision, matched
from sarvl.measures.intervals import resampled_interval
from sarvl.measures.measure import Measure
from sarvl.measures.paired import measured_difference

EMPTY = np.empty((0, 4)), np.empty(0, np.int64)


def image(truths=(), detected=()):
    """Truths are (box, class), detected boxes (box, class, score)."""
    true_boxes, true_labels = zip(*truths, strict=True) if truths else EMPTY
    boxes, labels, scores = zip(*detected, strict=True) if detected else (*EMPTY, np.empty(0))
    return ImageBoxes(*map(np.asarray, (true_boxes, true_labels, boxes, labels, scores)))


def drawn(seed, images=25, classes=3):
    """Return images with true boxes of all sizes, and boxes detected near some of them or anywhere."""
    rng = np.random.default_rng(seed)
    made = []
    for _ in range(images):
        corners = rng.uniform(0, 200, (rng.integers(0, 6), 2))
        truths = np.hstack([corners, corners + rng.uniform(5, 150, corners.shape)])
        labels = rng.integers(0, classes, len(truths))
        near = truths + rng.normal(0, 6, truths.shape)
        wild = np.tile([10.0, 10, 60, 60], (rng.integers(0, 3), 1))
        named = np.concatenate([np.where(rng.random(len(labels)) < 0.8, labels, 0), np.zeros(len(wild), int)])
        scores = rng.integers(1, 8, len(named)) / 8  # many are equal
        made.append(ImageBoxes(truths, labels, np.vstack([near, wild]), named, scores))
    return made


def peer(images, classes):
    """Return the first six figures of pycocotools' summary."""
    truths, found, number = [], [], 0
    for place, one in enumerate(images, 1):
        for box, label in zip(one.true_boxes, one.true_labels, strict=True):
            number += 1
            x, y, x1, y1 = box.tolist()
            sides = {"bbox": [x, y, x1 - x, y1 - y], "area": (x1 - x) * (y1 - y)}
            truths.append({"id": number, "image_id": place, "category_id": int(label), "iscrowd": 0, **sides})
        for box, label, score in zip(one.boxes, one.labels, one.scores, strict=True):
            x, y, x1, y1 = box.tolist()
            found.append({"image_id": place, "category_id": int(label), "bbox": [x, y, x1 - x, y1 - y], "score": score})
    with redirect_stdout(StringIO()):
        coco = COCO()
        coco.dataset = {
            "images": [{"id": place} for place in range(1, len(images) + 1)],
            "categories": [{"id": label} for label in range(classes)],
            "annotations": truths,
            "info": {},
        }
        coco.createIndex()
        evaluation = COCOeval(coco, coco.loadRes(found), "bbox")
        evaluation.evaluate()
        evaluation.accumulate()
        evaluation.summarize()
    return evaluation.stats[:6]


@pytest.mark.parametrize("seed", range(3))
def test_the_figures_are_those_of_pycocotools(seed):
    images = drawn(seed)
    by_size = matched(images, 3)
    ours = [MeanPrecision(by_size["all"], iou)()[0] for iou in (None, 0.5, 0.75)]
    ours += [MeanPrecision(by_size[size])()[0] for size in ("small", "medium", "large")]
    assert ours == pytest.approx(peer(images, 3), abs=1e-12)
    assert 0.05 < ours[0] < ours[1] < 1


BOX, OTHER = (0, 0, 10, 10), (50, 50, 90, 90)


@pytest.mark.parametrize(
    ("images", "expected"),
    [
        ([image([(BOX, 0)], [(BOX, 0, 0.9)])], 1),
        ([image([(BOX, 0)], [(OTHER, 0, 0.9), (BOX, 0, 0.8)])], 0.5),  # one wrong box above the right one
        ([image([(BOX, 0), (OTHER, 0)], [(BOX, 0, 0.9)])], 51 / 101),  # half of them found: recalls 0 to .50
        ([image([(BOX, 0)], [(BOX, 0, 0.9), (BOX, 0, 0.8)])], 1),  # found twice: the second is wrong, but last
        ([image([(BOX, 0)])], 0),
        ([image([(BOX, 0)], [(BOX, 0, 0.5)]), image([], [(BOX, 0, 0.9)])], 0.5),  # an empty image with a false box
        ([image([(BOX, 0)], [(BOX, 1, 0.9)])], 0),  # another class
    ],
)
def test_cases_that_can_be_counted(images, expected):
    assert MeanPrecision(matched(images, 2)["all"], 0.5)()[0] == pytest.approx(expected)


def test_a_class_without_a_true_box_has_no_figure():
    by_size = matched([image([(BOX, 0)], [(BOX, 0, 0.9)])], 2)
    assert np.isnan(MeanPrecision(by_size["all"][1:])()).all()
    assert MeanPrecision(by_size["all"])()[0] == pytest.approx(1)
    assert np.isnan(MeanPrecision(by_size["large"])()).all()
    assert set(by_size) == set(SIZES)


def test_an_image_that_counts_twice_is_one_that_stands_twice():
    images, twice = drawn(0), drawn(0)
    weights = np.ones((1, len(images)))
    weights[0, 4] = 2
    twice.append(images[4])
    once = MeanPrecision(matched(images, 3)["all"])
    # Boxes of equal scores stand in the order of their images, so that the second one's come last.
    assert once(weights)[0] == pytest.approx(MeanPrecision(matched(twice, 3)["all"])()[0], abs=0.02)
    weights[0, 4] = 0
    del images[4]
    assert once(weights)[0] == pytest.approx(MeanPrecision(matched(images, 3)["all"])()[0], abs=1e-12)


def test_the_interval_is_over_scenes_and_narrows_with_them():
    few, many = drawn(1, images=12), drawn(1, images=80)
    widths = []
    for images in (few, many):
        precision = MeanPrecision(matched(images, 3)["all"], 0.5)
        scenes = np.arange(len(images)) // 2
        measure = Measure("AP50", float(precision()[0]), precision.positives, groups=scenes, weighted=precision)
        low, high, groups = measure.interval()
        assert low < measure.value < high
        assert groups == len(set(scenes[precision.bearing])) >= len(images) // 2 - 1
        widths.append(high - low)
    assert widths[1] < 0.7 * widths[0]


def test_a_drawn_interval_of_a_mean_is_that_of_its_scenes():
    rng = np.random.default_rng(0)
    values, scenes = rng.random(200) < 0.3, np.arange(200) // 4
    measure = Measure.of("mean", np.column_stack((values, np.ones(200))).astype(float), 200, groups=scenes)

    class Mean:
        bearing = np.ones(200, bool)

        def __call__(self, weights):
            return weights @ values / weights.sum(axis=1)

    drawn_one = resampled_interval(Mean(), scenes, queries=200)
    assert drawn_one[:2] == pytest.approx(measure.interval()[:2], abs=0.02)


def measure_of(images):
    precision = MeanPrecision(matched(images, 3)["all"], 0.5)
    return Measure(
        "AP50", float(precision()[0]), precision.positives, groups=np.arange(len(images)), weighted=precision
    )


def test_a_better_detector_is_told_from_a_worse_one_on_the_same_images():
    good = drawn(2, images=40)
    rng = np.random.default_rng(0)
    worse = [one._replace(boxes=one.boxes + rng.normal(0, 15, one.boxes.shape)) for one in good]
    first, second = measure_of(good), measure_of(worse)
    compared = measured_difference(first, second)
    assert compared.difference == pytest.approx(second.value - first.value, abs=1e-12)
    assert compared.low < compared.difference < compared.high < 0
    assert compared.p_value < 0.01
    same = measured_difference(first, first)
    assert (same.difference, same.p_value) == (0, 1)


def test_models_that_are_exchanged_everywhere_are_each_other():
    good, worse = drawn(3), [one._replace(scores=one.scores[::-1]) for one in drawn(3)]
    first, second = (MeanPrecision(matched(images, 3)["all"]) for images in (good, worse))
    both, count = first.joined(second), len(good)
    ones, zeros = np.ones((1, count)), np.zeros((1, count))
    assert both(np.hstack([ones, zeros])) == pytest.approx(first())
    assert both(np.hstack([zeros, ones])) == pytest.approx(second())

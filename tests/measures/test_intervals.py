"""Intervals: how often they hold the truth, which clusters count, and what stands in the way of one."""

import numpy as np
import pytest

from sarvl.errors import EvaluationError
from sarvl.measures.classification import classify
from sarvl.measures.intervals import share_interval
from sarvl.measures.statistics import mean_of_ratios


@pytest.mark.parametrize("scenes", [3, 5, 10, 30])
@pytest.mark.parametrize("share", [0.5, 0.9])
def test_few_scenes_hold_the_truth_about_95_times_in_100(scenes, share):
    rng = np.random.default_rng(scenes)
    held = 0
    for _ in range(400):
        images = rng.integers(5, 61, scenes)
        right = rng.binomial(images, rng.beta(9 * share, 9 * (1 - share), scenes))
        low, high, _ = share_interval(np.column_stack((right, images)), queries=images.sum())
        held += low <= share <= high
    assert 0.90 <= held / 400 <= 0.995  # within four standard errors of 94 to 98 in 100


def test_six_of_six_is_not_certain():
    low, high, count = share_interval([1] * 6)
    assert (round(low, 2), high, count) == (0.67, 1, 6)
    low, high, count = share_interval([0] * 60, np.repeat(["a", "b", "c"], 20))
    assert (low, round(high, 2), count) == (0, 0.54, 3)


def test_whole_clusters_give_wider_intervals_than_single_queries():
    scene_means = np.random.default_rng(1).random(20)
    values, scenes = np.repeat(scene_means, 30), np.repeat(np.arange(20), 30)
    alone, together = share_interval(values), share_interval(values, scenes)
    assert together.high - together.low > 3 * (alone.high - alone.low)


def test_many_independent_queries_give_the_binomial_interval():
    values = np.random.default_rng(2).random(2000) < 0.4
    low, high, _ = share_interval(values)
    width = 1.96 * np.sqrt(values.mean() * (1 - values.mean()) / 2000)
    assert (low, high) == pytest.approx((values.mean() - width, values.mean() + width), abs=1e-3)


def test_labels_may_be_strings():
    values, labels = [0.0, 1.0, 1.0, 0.0], ["b", "a", "c", "b"]
    assert share_interval(values, labels) == share_interval(values, [1, 0, 2, 1])


def test_one_cluster_has_no_interval():
    assert share_interval([0.0, 1.0], ["scene", "scene"]) == (None, None, 1)
    assert share_interval([1.0]) == (None, None, 1)


def test_scenes_without_the_class_do_not_count_for_its_accuracy():
    """Of 12 images on 6 scenes, class b is on two: their interval is that of the two, not of six with zeros."""
    features = np.eye(2, dtype=np.float32)
    labels = np.array([0] * 8 + [1] * 4)
    named = np.array([0] * 8 + [1, 1, 1, 0])
    scenes = np.repeat(np.arange(6), 2)
    result = classify(features[named], features, labels, logit_scale=1)
    (found,) = (each for each in result.measures(("a", "b"), scenes) if each.metric == "class_accuracy/b")
    assert found.interval() == share_interval([1, 1, 1, 0], scenes[8:])
    assert found.interval().clusters == 2


def test_a_class_that_no_resample_holds_is_no_accuracy_of_zero():
    assert mean_of_ratios(np.array([1.0, 2.0, 0.0, 0.0])) == 0.5
    np.testing.assert_array_equal(mean_of_ratios(np.array([[1.0, 2.0, 3.0, 3.0], [0, 0, 0, 0]])), [0.75, np.nan])


@pytest.mark.parametrize(
    ("values", "clusters", "words"), [([], None, "non-empty"), ([np.nan, 1], None, "finite"), ([1, 0], [1], "give one")]
)
def test_faulty_values_are_named(values, clusters, words):
    with pytest.raises(EvaluationError, match=words):
        share_interval(values, clusters)

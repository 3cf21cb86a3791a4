"""Counting: the figures are plain means, and their intervals are on the scale of counts."""

import numpy as np
import pytest

from sarvl.measures.counting import confusion_of_counts, constant_measures, counting_measures

TRUTH = np.array([1, 1, 3, 10, 5])
PREDICTED = np.array([1, 2, 3, 1, 4])
RANKS = np.array([1, 2, 1, 10, 3])
GROUPS = np.arange(5)


def by_metric(measures):
    return {measure.metric: measure for measure in measures}


def test_accuracy_error_and_chance():
    found = by_metric(counting_measures("digits", TRUTH, PREDICTED, RANKS, most=10, groups=GROUPS))
    assert found["digits_top1"].value == pytest.approx(2 / 5)
    assert found["digits_top3"].value == pytest.approx(4 / 5)
    assert found["digits_top10"].value == 1
    assert found["digits_MAE"].value == pytest.approx((0 + 1 + 0 + 9 + 1) / 5)
    drawn = np.random.default_rng(0).integers(1, 11, (20_000, 5))
    assert found["digits_MAE"].chance == pytest.approx(np.abs(drawn - TRUTH).mean(), abs=0.05)


def test_an_error_has_an_interval_of_counts_and_not_of_shares():
    measure = by_metric(counting_measures("digits", TRUTH, PREDICTED, RANKS, most=10, groups=GROUPS))["digits_MAE"]
    low, high, groups = measure.interval()
    assert 0 <= low < measure.value < high <= 9
    assert high > 1
    assert groups == 4 + 1  # every image has a term


def test_constants_name_the_commonest_and_one():
    found = by_metric(constant_measures(np.array([2, 2, 3, 1]), most=10, groups=np.arange(4)))
    assert {name: measure.value for name, measure in found.items()} == {
        "commonest_top1": 0.5,
        "commonest_MAE": 0.5,
        "one_top1": 0.25,
        "one_MAE": 1.0,
    }
    assert not any(measure.of_model for measure in found.values())


def test_confusion_counts_each_pair():
    assert confusion_of_counts(np.array([1, 1, 2]), np.array([1, 2, 2]), [1, 2]).tolist() == [[1, 1], [0, 1]]

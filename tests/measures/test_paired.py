"""Paired comparison: against naive loops, under the null hypothesis, and where nothing can be said."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sarvl.errors import EvaluationError
from sarvl.measures.measure import Measure
from sarvl.measures.paired import measured_difference, paired_difference


def terms(values):
    return np.column_stack((values, np.ones(len(values))))


@st.composite
def problems(draw):
    rng = np.random.default_rng(draw(st.integers(0, 999)))
    items = draw(st.integers(4, 20))
    return rng.integers(0, 2, items), rng.integers(0, 2, items), rng.integers(0, 6, items)


@given(problems())
def test_the_exact_test_equals_a_loop_over_all_exchanges(problem):
    first, second, clusters = problem
    names = sorted(set(clusters))
    found = paired_difference(terms(first), terms(second), clusters)
    assert found.difference == pytest.approx(second.mean() - first.mean())
    assert found.clusters == len(names)
    if len(names) < 2:
        assert found.p_value is None
        return
    as_large = 0
    for kept in product((True, False), repeat=len(names)):
        stays = np.array([kept[names.index(cluster)] for cluster in clusters])
        mixed = np.where(stays, second, first).mean() - np.where(stays, first, second).mean()
        as_large += abs(mixed) >= abs(found.difference) - 1e-9
    assert found.p_value == pytest.approx(as_large / 2 ** len(names))


def test_the_interval_draws_the_same_clusters_for_both():
    rng = np.random.default_rng(0)
    first = rng.random(60)
    second = first + 0.1 + 0.001 * rng.random(60)
    found = paired_difference(terms(first), terms(second), rng.integers(0, 20, 60))
    assert found.low == pytest.approx(0.1, abs=0.001)
    assert found.high == pytest.approx(0.1, abs=0.002)
    assert found.p_value == pytest.approx(1 / 10_001)


def test_under_the_null_hypothesis_one_in_twenty_is_called_different():
    rng = np.random.default_rng(1)
    called = 0
    for _ in range(300):
        scenes = np.repeat(np.arange(30), 4)
        first, second = rng.random(30)[scenes] + rng.random((2, 120))
        found = paired_difference(terms(first), terms(second), scenes, resamples=10, exchanges=400)
        called += found.p_value < 0.05
    assert 300 * 0.02 < called < 300 * 0.09


def test_a_difference_as_large_as_the_detectable_one_is_seen_in_four_of_five_cases():
    rng = np.random.default_rng(2)
    detectable = np.mean([_drawn(rng, 0.0).detectable for _ in range(40)])
    seen = np.mean([_drawn(rng, detectable).p_value < 0.05 for _ in range(200)])
    assert 0.7 < seen < 0.9


def _drawn(rng, true_difference):
    first = rng.normal(0, 1, 50)
    second = first + true_difference + rng.normal(0, 0.5, 50)
    return paired_difference(terms(first), terms(second), resamples=300, exchanges=500)


def test_clusters_that_do_not_bear_on_the_figure_do_not_count():
    first, second = terms([1.0, 0.0, 1.0]), terms([1.0, 1.0, 0.0])
    zeros = np.zeros((5, 2))
    found = paired_difference(np.vstack((first, zeros)), np.vstack((second, zeros)))
    assert found == paired_difference(first, second)
    assert found.clusters == 3


def test_models_that_never_differ_say_nothing_of_what_could_be_seen():
    found = paired_difference(terms([1.0, 0.0, 1.0]), terms([1.0, 0.0, 1.0]))
    assert (found.difference, found.p_value, found.detectable) == (0, 1, None)


def test_one_cluster_has_no_interval():
    found = paired_difference(terms([1.0, 0.0]), terms([0.0, 0.0]), ["a", "a"])
    assert found.difference == -0.5
    assert (found.low, found.high, found.p_value, found.detectable) == (None, None, None, None)


def test_terms_of_other_items_are_an_error():
    with pytest.raises(EvaluationError, match="give the same items"):
        paired_difference(terms([1.0, 0.0]), terms([1.0]))


def test_an_exchange_that_leaves_a_model_without_an_answer_speaks_for_neither():
    """Regression: two of the four exchanges here have no figure, and counted as smaller differences: p was 0.5."""
    first, second = [[0.0, 0.0], [1.0, 5.0]], [[3.0, 5.0], [0.0, 0.0]]
    assert paired_difference(first, second, [0, 1]).p_value == 1.0


@pytest.mark.parametrize("nothing", [[0.0, 0.0], [np.nan, 1.0]])
def test_a_model_without_a_figure_has_no_difference(nothing):
    """Regression: the difference was NaN, and its p-value 1."""
    one, none = [[1.0, 1.0], [0.0, 1.0]], [nothing, nothing]
    with pytest.raises(EvaluationError, match="the second model has no figure"):
        paired_difference(one, none)
    with pytest.raises(EvaluationError, match="the first model has no figure"):
        paired_difference(none, one)
    measures = [Measure.of("precision", np.array(terms), 2) for terms in (one, none)]
    assert measured_difference(*measures) is None
    assert measured_difference(*reversed(measures)) is None


def test_resamples_that_have_no_figure_give_no_interval():
    def of_all(totals):
        return np.where(totals[..., 1] == 16, totals[..., 0] / 16, np.nan)

    first, second = np.column_stack((np.zeros(16), np.ones(16))), np.column_stack((np.ones(16), np.ones(16)))
    first[:, 1] = second[:, 1] = np.eye(16)[0] * 16
    found = paired_difference(first, second, statistic=of_all, resamples=1, seed=1)
    assert (found.difference, found.low, found.high, found.detectable) == (1.0, None, None, None)
    assert found.p_value is not None


def test_models_that_differ_alike_in_each_cluster_have_no_interval():
    """Regression: three scenes that one model had right and the other wrong gave an interval from +1.000 to +1.000."""
    found = paired_difference(terms(np.zeros(3)), terms(np.ones(3)))
    assert (found.difference, found.clusters, found.low, found.high) == (1.0, 3, None, None)
    assert found.p_value == pytest.approx(2 / 8)
    same = paired_difference(terms(np.ones(3)), terms(np.ones(3)))
    assert (same.difference, same.low, same.high, same.p_value) == (0.0, None, None, 1.0)


def test_an_interval_ends_at_what_two_figures_can_differ_by():
    """Regression: the interval of a difference of shares over few scenes went beyond -1 and 1."""
    first, second = (Measure.of("share", terms(values), 3) for values in (np.zeros(3), np.array([1.0, 0.0, 1.0])))
    assert paired_difference(terms([0, 0, 0]), terms([1, 0, 1])).high > 1
    found = measured_difference(first, second)
    assert found.high == 1.0
    assert -1 <= found.low < 0

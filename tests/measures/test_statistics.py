import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sarvl.errors import EvaluationError
from sarvl.measures import statistics
from sarvl.measures.statistics import bootstrap_interval, mean_of_ratios


def naive_interval(values, clusters, resamples, seed):
    """Repeat the queries of each drawn cluster and take their mean, one resample after the other."""
    names = sorted(set(clusters))
    rng = np.random.default_rng(seed)
    figures = []
    for _ in range(resamples):
        times = rng.multinomial(len(names), np.full(len(names), 1 / len(names)))
        drawn = []
        for name, repeats in zip(names, times, strict=True):
            drawn += [v for v, c in zip(values, clusters, strict=True) if c == name] * repeats
        figures.append(np.mean(drawn))
    return tuple(np.quantile(figures, (0.025, 0.975)))


@given(
    st.lists(st.tuples(st.floats(0, 1), st.integers(0, 4)), min_size=2, max_size=20).filter(
        lambda queries: len({cluster for _, cluster in queries}) > 1
    ),
    st.integers(0, 5),
)
def test_interval_equals_a_naive_loop(queries, seed):
    values, clusters = zip(*queries, strict=True)
    found = bootstrap_interval(values, clusters, resamples=40, seed=seed)
    assert found == pytest.approx(naive_interval(values, clusters, 40, seed))


def test_blocks_of_resamples_change_nothing(monkeypatch):
    values = np.random.default_rng(0).random(50)
    whole = bootstrap_interval(values)
    monkeypatch.setattr(statistics, "WEIGHTS_AT_ONCE", 350)
    assert bootstrap_interval(values) == pytest.approx(whole)


def test_whole_clusters_give_wider_intervals_than_single_queries():
    scene_means = np.random.default_rng(1).random(20)
    values, scenes = np.repeat(scene_means, 30), np.repeat(np.arange(20), 30)
    alone, together = bootstrap_interval(values), bootstrap_interval(values, scenes)
    assert together[1] - together[0] > 3 * (alone[1] - alone[0])


def test_interval_covers_the_truth_about_95_times_in_100():
    rng = np.random.default_rng(2)
    samples = rng.random((200, 80)) < 0.4
    covered = [low <= 0.4 <= high for low, high in (bootstrap_interval(s, resamples=300) for s in samples)]
    assert 0.88 <= np.mean(covered) <= 0.99


def test_labels_may_be_strings_and_seeds_repeat():
    values, labels = [0.0, 1.0, 1.0, 0.0], ["b", "a", "c", "b"]
    assert bootstrap_interval(values, labels, seed=1) == bootstrap_interval(values, [1, 0, 2, 1], seed=1)


def test_one_cluster_has_no_interval():
    assert bootstrap_interval([0.0, 1.0], ["scene", "scene"]) == (None, None)
    assert bootstrap_interval([1.0]) == (None, None)


def test_empty_parts_are_left_out_of_the_mean():
    assert mean_of_ratios(np.array([1.0, 2.0, 0.0, 0.0])) == 0.5
    np.testing.assert_allclose(mean_of_ratios(np.array([[1.0, 2.0, 3.0, 3.0], [0, 1, 0, 0]])), [0.75, 0])


@pytest.mark.parametrize(
    ("values", "clusters", "words"), [([], None, "non-empty"), ([np.nan, 1], None, "finite"), ([1, 0], [1], "give one")]
)
def test_faulty_values_are_named(values, clusters, words):
    with pytest.raises(EvaluationError, match=words):
        bootstrap_interval(values, clusters)

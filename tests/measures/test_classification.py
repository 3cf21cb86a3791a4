import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sarvl.errors import EvaluationError
from sarvl.measures.classification import classify


def unit(rows):
    return (rows / np.linalg.norm(rows, axis=-1, keepdims=True)).astype(np.float32)


@st.composite
def problems(draw):
    rng = np.random.default_rng(draw(st.integers(0, 999)))
    images, classes = draw(st.integers(1, 30)), draw(st.integers(2, 7))
    features = unit(rng.standard_normal((images, 5))), unit(rng.standard_normal((classes, 5)))
    return *features, rng.integers(0, classes, images)


@given(problems())
def test_figures_equal_a_naive_loop(problem):
    images, classes, labels = problem
    found = classify(*problem, logit_scale=20.0)
    order = [sorted(range(len(classes)), key=lambda c: -(image @ classes[c])) for image in images]
    for k in found.ks:
        assert found.accuracy(k) == pytest.approx(np.mean([t in o[:k] for t, o in zip(labels, order, strict=True)]))
    confusion = np.zeros((len(classes), len(classes)))
    for truth, ranked in zip(labels, order, strict=True):
        confusion[truth, ranked[0]] += 1
    np.testing.assert_array_equal(found.confusion(), confusion)
    accuracies = [np.mean([o[0] == c for t, o in zip(labels, order, strict=True) if t == c]) for c in set(labels)]
    assert found.mean_per_class_accuracy() == pytest.approx(np.mean(accuracies))
    assert found.majority_baseline() == max(np.mean(labels == c) for c in range(len(classes)))


@given(problems())
def test_calibration_error_equals_a_naive_loop(problem):
    images, classes, labels = problem
    found = classify(*problem, logit_scale=20.0)
    bins = {}
    for image, truth in zip(images, labels, strict=True):
        logits = 20.0 * (image @ classes.T).astype(np.float64)
        chances = np.exp(logits) / np.exp(logits).sum()
        which = int(np.ceil(chances.max() * 15))
        bins.setdefault(which, []).append((chances.max(), chances.argmax() == truth))
    error = sum(abs(sum(c for c, _ in b) - sum(right for _, right in b)) for b in bins.values()) / len(images)
    assert found.expected_calibration_error() == pytest.approx(error, abs=1e-6)


def test_ties_count_against_the_model_everywhere_alike():
    images = np.array([[1, 0], [1, 0]], np.float32)
    found = classify(images, np.array([[1, 0], [1, 0], [0, 1]], np.float32), [0, 2], logit_scale=1.0)
    assert found.ranks.tolist() == [2, 3]
    assert found.predicted.tolist() == [1, 0]
    assert found.accuracy() == 0 == np.diag(found.confusion()).sum()


def test_measures_carry_chance_baseline_and_intervals():
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 4, 200)
    classes = np.eye(5, dtype=np.float32)
    images = unit(classes[labels] + 0.5 * rng.standard_normal((200, 5)))
    found = classify(images, classes, labels, logit_scale=10.0)
    measures = {m.metric: m for m in found.measures(["tank", "ship", "truck", "bridge", "car"])}
    assert measures["top1"].value == pytest.approx(found.accuracy())
    assert (measures["top1"].chance, measures["top3"].chance, measures["top5"].chance) == (0.2, 0.6, 1.0)
    assert measures["mean_per_class_accuracy"].value == pytest.approx(found.mean_per_class_accuracy())
    assert measures["majority_class"].value == found.majority_baseline()
    assert measures["ECE"].value == pytest.approx(found.expected_calibration_error())
    assert measures["class_accuracy/ship"].value == pytest.approx(found.per_class_accuracy()[1])
    assert measures["class_accuracy/ship"].n == (labels == 1).sum()
    assert "class_accuracy/car" not in measures  # no images, no figure
    for name in ("top1", "mean_per_class_accuracy", "class_accuracy/ship"):
        low, high, _ = measures[name].interval()
        assert low < measures[name].value < high


def test_depths_above_the_number_of_classes_are_left_out():
    assert classify(np.eye(3), np.eye(3), [0, 1, 2], logit_scale=1.0).ks == (1, 3)


@pytest.mark.parametrize(
    ("labels", "classes", "words"),
    [([0, 3], np.eye(3), "from 0 to 2"), ([0], np.eye(3), "2 numbers"), ([0, 1], np.eye(4), "use one model")],
)
def test_faulty_input_is_named(labels, classes, words):
    with pytest.raises(EvaluationError, match=words):
        classify(np.eye(3)[:2], classes, labels, logit_scale=1.0)

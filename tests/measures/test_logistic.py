"""Logistic regression: at the optimum of scikit-learn's objective."""

import numpy as np
import pytest
from scipy.special import softmax

from sarvl.errors import EvaluationError
from sarvl.measures import logistic
from sarvl.measures.logistic import fit_logistic, sweep_logistic

# Of scikit-learn 1.9.1 on ``examples()``: LogisticRegression(C=C, tol=1e-10, max_iter=100000).
SKLEARN = {
    0.1: (
        [
            [0.27121, -0.08723, -0.09818, 0.13041, -0.09546],
            [-0.12474, 0.19135, -0.02714, -0.07231, 0.06045],
            [-0.14647, -0.10412, 0.12532, -0.0581, 0.03501],
        ],
        [0.01404, -0.00705, -0.00699],
    ),
    10.0: (
        [
            [1.21606, -0.2333, -0.34215, 0.50599, -0.34259],
            [-0.56423, 0.6355, -0.10986, -0.21814, 0.22591],
            [-0.65183, -0.4022, 0.45201, -0.28785, 0.11668],
        ],
        [-0.01755, 0.01069, 0.00686],
    ),
    1000.0: (
        [
            [1.27148, -0.23693, -0.35279, 0.52599, -0.35434],
            [-0.59059, 0.65278, -0.11296, -0.22349, 0.23367],
            [-0.68088, -0.41585, 0.46574, -0.30251, 0.12068],
        ],
        [-0.0223, 0.0134, 0.0089],
    ),
}
SKLEARN_OF_TWO, SKLEARN_INTERCEPT_OF_TWO = [-0.93177, 0.62019, 0.04556, -0.49848, 0.31714], 0.01042


def examples():
    rng = np.random.default_rng(3)
    labels = np.arange(60) % 3
    features = rng.standard_normal((60, 5)) + 0.8 * np.eye(3, 5)[labels]
    return (features / np.linalg.norm(features, axis=1, keepdims=True)).astype(np.float32), labels


@pytest.mark.parametrize("c", sorted(SKLEARN))
def test_the_optimum_is_that_of_scikit_learn(c):
    fitted = fit_logistic(*examples(), 3, c)
    coefficients, intercepts = SKLEARN[c]
    np.testing.assert_allclose(fitted.weights, coefficients, atol=2e-4)
    np.testing.assert_allclose(fitted.bias - fitted.bias.mean(), intercepts, atol=2e-4)


def test_of_two_classes_the_penalty_is_that_of_the_difference_of_their_weights():
    """Regression: it was half of scikit-learn's, which has one row of weights there."""
    features, labels = examples()
    two = labels < 2
    fitted = fit_logistic(features[two], labels[two], 2, 1.0)
    # Of scikit-learn 1.9.1: LogisticRegression(C=1.0, tol=1e-12, max_iter=100000).
    np.testing.assert_allclose(fitted.weights[1] - fitted.weights[0], SKLEARN_OF_TWO, atol=2e-4)
    assert fitted.bias[1] - fitted.bias[0] == pytest.approx(SKLEARN_INTERCEPT_OF_TWO, abs=2e-4)


@pytest.mark.parametrize("classes", [2, 4])
def test_scikit_learn_where_it_is_installed_agrees_on_other_data(classes):
    linear = pytest.importorskip("sklearn.linear_model", reason="scikit-learn is not installed")
    rng = np.random.default_rng(4)
    labels = rng.integers(0, classes, 200)
    features = rng.standard_normal((200, 16)).astype(np.float32)
    ours = softmax(fit_logistic(features, labels, classes, 0.5).logits(features), axis=1)
    theirs = linear.LogisticRegression(C=0.5, tol=1e-10, max_iter=100_000).fit(features.astype(np.float64), labels)
    np.testing.assert_allclose(ours, theirs.predict_proba(features.astype(np.float64)), atol=1e-4)


def test_the_sweep_keeps_the_c_that_is_best_on_validation_and_of_equal_ones_the_smallest():
    features, labels = examples()
    sweep = sweep_logistic((features, labels), (features[:20], labels[:20]), 3, (100.0, 0.01, 1.0))
    assert list(sweep.accuracies) == [0.01, 1.0, 100.0]
    best = max(sweep.accuracies.values())
    assert sweep.c == min(c for c, accuracy in sweep.accuracies.items() if accuracy == best)
    alone = fit_logistic(features, labels, 3, sweep.c)
    np.testing.assert_allclose(sweep.classifier.weights, alone.weights, atol=1e-3)


def test_a_fit_that_does_not_end_is_told(monkeypatch):
    monkeypatch.setattr(logistic, "_MOST_STEPS", 2)
    with pytest.raises(EvaluationError, match="no optimum after 2 steps with C = 100; try a smaller C"):
        fit_logistic(*examples(), 3, 100.0)

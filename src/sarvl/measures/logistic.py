"""Multinomial logistic regression on features, at the optimum of scikit-learn's objective."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import logsumexp, softmax

from sarvl.errors import EvaluationError
from sarvl.measures.features import distinct_rows

Floats = NDArray[np.float64]
_MOST_STEPS = 10_000
_GRADIENT = 1e-7  # where L-BFGS ends: the largest entry of the gradient of the mean loss


@dataclass(frozen=True, slots=True)
class LinearClassifier:
    """weights: ``(C, D)``. bias: ``(C,)``."""

    weights: Floats
    bias: Floats

    def logits(self, features: NDArray[np.float32]) -> Floats:
        """Return ``(N, C)`` logits of features ``(N, D)``."""
        distinct, index = distinct_rows(features)  # so that equal features have equal logits, to the last bit
        return np.asarray((distinct.astype(np.float64) @ self.weights.T + self.bias)[index])


def fit_logistic(
    features: NDArray[np.float32],
    labels: NDArray[np.int64],
    classes: int,
    c: float,
    start: LinearClassifier | None = None,
) -> LinearClassifier:
    """Return the classifier of the least ``sum of losses + |weights|^2 / (2 c)``, by L-BFGS.

    features: ``(N, D)``. labels: ``(N,)`` from 0 to ``classes`` - 1. c: the inverse penalty, as in scikit-learn's
    ``LogisticRegression(C=c)``, whose optimum gives the same probabilities; the bias has no penalty. Of two classes the
    penalty is twice as large: scikit-learn has the difference of both weights there, which it penalises by itself.
    start: where to begin, which changes the time alone. Raises EvaluationError where no optimum is reached.
    """
    inputs = features.astype(np.float64)
    one_hot = np.eye(classes)[labels]  # (N, C)
    width = inputs.shape[1]

    def objective(flat: Floats) -> tuple[float, Floats]:
        weights, bias = flat[:-classes].reshape(classes, width), flat[-classes:]
        logits = inputs @ weights.T + bias
        loss = float((logsumexp(logits, axis=1) - logits[one_hot.astype(bool)]).mean())
        error = (softmax(logits, axis=1) - one_hot) / len(inputs)
        penalty = (2 if classes == 2 else 1) / (c * len(inputs))
        gradient = np.concatenate([(error.T @ inputs + penalty * weights).ravel(), error.sum(axis=0)])
        return loss + penalty / 2 * float(np.square(weights).sum()), gradient

    begin = np.zeros(classes * (width + 1)) if start is None else np.append(start.weights.ravel(), start.bias)
    fitted = minimize(
        objective,
        begin,
        jac=True,
        method="L-BFGS-B",
        options={"maxiter": _MOST_STEPS, "maxfun": 2 * _MOST_STEPS, "gtol": _GRADIENT, "ftol": 1e-15, "maxls": 50},
    )
    if not np.isfinite(fitted.fun) or fitted.nit >= _MOST_STEPS:
        raise EvaluationError(f"linear probe: no optimum after {fitted.nit} steps with C = {c:g}; try a smaller C")
    return LinearClassifier(fitted.x[:-classes].reshape(classes, width), fitted.x[-classes:])


@dataclass(frozen=True, slots=True)
class Sweep:
    """classifier: the one of the best C. c: that one. accuracies: on validation, by C."""

    classifier: LinearClassifier
    c: float
    accuracies: dict[float, float]


def sweep_logistic(
    training: tuple[NDArray[np.float32], NDArray[np.int64]],
    validation: tuple[NDArray[np.float32], NDArray[np.int64]],
    classes: int,
    c_values: Sequence[float],
) -> Sweep:
    """Fit one classifier a C, the smallest first, and keep the one that is right most often on validation.

    training, validation: features ``(N, D)`` and labels ``(N,)``. Of equally good ones the smallest C is kept.
    """
    fitted: LinearClassifier | None = None
    by_c: dict[float, tuple[float, LinearClassifier]] = {}
    for c in sorted(c_values):
        fitted = fit_logistic(*training, classes, c, fitted)
        by_c[c] = float(np.mean(fitted.logits(validation[0]).argmax(axis=1) == validation[1])), fitted
    best = max(by_c, key=lambda c: (by_c[c][0], -c))
    return Sweep(by_c[best][1], best, {c: accuracy for c, (accuracy, _) in by_c.items()})

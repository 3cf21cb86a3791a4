"""Sureness: the probability of an answer among all of its type, and the temperature that makes it honest."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar

from sarvl.errors import ModelError

Floats = NDArray[np.float64]
_BOUNDS = (0.05, 20.0)
_FEWEST = 10


class Choice(NamedTuple):
    """One time that an answer could go on in several ways.

    shares: the logarithm of the probability of each, which make up 1 (G,). taken: the place of the one that was taken.
    """

    shares: Floats
    taken: int


def probability_of(choices: Iterable[Choice], temperature: float = 1.0) -> float:
    """Return the probability of an answer among all that its space has, from the choices on the way to it.

    temperature: above 1, less sure; every choice is scaled by it, which changes none (Guo et al. 2017).
    """
    return float(np.exp(sum(_log_share(choice, temperature) for choice in choices)))


def mean_probability_of(choices: Sequence[Choice], temperature: float = 1.0) -> float:
    """Return the geometric mean of the shares of what was taken: that of a typical choice, however many there are."""
    return float(np.exp(np.mean([_log_share(choice, temperature) for choice in choices]))) if choices else 1.0


def _log_share(choice: Choice, temperature: float) -> float:
    scaled = choice.shares / temperature
    return float(scaled[choice.taken] - np.logaddexp.reduce(scaled))


def best_temperature(answers: Sequence[Sequence[Choice]], is_right: Sequence[bool]) -> float:
    """Return the temperature at which the probabilities of some answers fit best whether they are right.

    Least is the mean logarithmic loss of "the answer is right", between .05 and 20: the calibration of the top label
    (Gupta and Ramdas, Top-label calibration, ICLR 2022). Raises ModelError for fewer than ten answers.
    """
    if len(answers) < _FEWEST:
        raise ModelError(f"{len(answers)} answers are too few to calibrate by; give {_FEWEST} or more")
    right = np.asarray(is_right, bool)

    def loss(log_temperature: float) -> float:
        sure = np.array([probability_of(choices, float(np.exp(log_temperature))) for choices in answers])
        sure = sure.clip(1e-6, 1 - 1e-6)
        return float(-np.log(np.where(right, sure, 1 - sure)).mean())

    least, most = np.log(_BOUNDS)
    return float(np.exp(minimize_scalar(loss, bounds=(least, most), method="bounded", options={"xatol": 1e-3}).x))

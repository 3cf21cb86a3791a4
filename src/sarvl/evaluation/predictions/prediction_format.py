"""PredictionFormat: one form of files of predictions, found by its name among our own and those of other packages."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from sarvl.errors import EvaluationError
from sarvl.registry import Registry

if TYPE_CHECKING:
    from sarvl.evaluation.predictions.prediction import Prediction


@dataclass(frozen=True)
class PredictionFormat:
    """One form of files.

    read: yields the predictions of a file in its order; raises EvaluationError, which says where, for what it cannot
    read: none is left out. reads: what it is, in a few words.
    """

    read: "Callable[[Path], Iterator[Prediction]]"
    reads: str


PREDICTION_FORMATS: Registry[PredictionFormat] = Registry(
    "format of predictions",
    "sarvl.evaluation.predictions.formats",
    "FORMAT",
    "sarvl.prediction_formats",
    PredictionFormat,
    EvaluationError,
    hyphens=True,
)
"""The formats of predictions: one module each in ``evaluation/predictions/formats``; entry points
``sarvl.prediction_formats``."""

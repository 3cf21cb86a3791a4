"""Calibration: the temperature of a model's answers, in a small file beside its weights, ours or other people's."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Literal

from pydantic import Field

from sarvl.documents import Document, read_document, write_document
from sarvl.errors import ModelError
from sarvl.models.model import Model

FILE = "answer_calibration.json"
_ADVICE = "calibrate again, or remove the file"


class Calibration(Document):
    """All of ``answer_calibration.json``."""

    format_version: Literal[1] = 1
    """Version of the file."""
    temperature: float = Field(gt=0, le=100)
    """By what the logarithms of probabilities are divided; above 1, answers are less sure than they said."""
    answers: int
    """How many answers it was found by."""
    corpus_digest: str
    """SHA-256 of the corpus that they are about, 64 hexadecimal digits."""
    split: str
    """The split of it."""
    weights_hash: str
    """SHA-256 of the weights that gave them, 64 hexadecimal digits."""


_IS_REPLACED = ContextVar("is_replaced", default=False)


@contextmanager
def without_calibration() -> Iterator[None]:
    """Have models that are loaded in the block be as they were before they were calibrated.

    What is to be replaced may be damaged, or of other weights, and is not read.
    """
    token = _IS_REPLACED.set(True)
    try:
        yield
    finally:
        _IS_REPLACED.reset(token)


def temperature_of(folder: Path, model: Model) -> float:
    """Return the temperature that a folder keeps for a model; 1 where it keeps none, and ``without_calibration``.

    Raises ModelError where the file is damaged, or of other weights.
    """
    path = folder / FILE
    if _IS_REPLACED.get() or not path.is_file():
        return 1.0
    kept = read_document(path, Calibration, ModelError, _ADVICE)
    if kept.weights_hash != model.weights_hash:
        raise ModelError(f"{path}: found by the answers of other weights; {_ADVICE}")
    return kept.temperature


def write_calibration(folder: Path, calibration: Calibration) -> None:
    """Write the file into a model's folder."""
    write_document(folder / FILE, calibration)


def carry_calibration(source: Path, out: Path, weights_hash: str) -> None:
    """Write the calibration of ``source``, where it keeps one, beside the same weights in another form."""
    if (path := source / FILE).is_file():
        kept = read_document(path, Calibration, ModelError, _ADVICE)
        write_calibration(out, kept.model_copy(update={"weights_hash": weights_hash}))

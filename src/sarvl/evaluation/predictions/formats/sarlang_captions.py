"""sarlang-captions: the JSON lines that SARLANG-1M's script reads: ``predict`` and ``label``, without an image.

A label is one text, or a list of them.

Source: Wei et al. 2025, repository Jimmyxichen/SARLANG-1M, Evaluate_caption.py.
"""

from collections.abc import Iterator
from pathlib import Path

from sarvl.errors import EvaluationError
from sarvl.evaluation.predictions.parsing import entries_of, field_of, text_of, truths_of
from sarvl.evaluation.predictions.prediction import Prediction
from sarvl.evaluation.predictions.prediction_format import PredictionFormat


def read(path: Path) -> Iterator[Prediction]:
    """Yield one caption a line, called by its number; EvaluationError for one without a prediction or a label."""
    for number, (where, entry) in enumerate(entries_of(path), start=1):
        said = text_of(field_of(entry, ("predict",), where), where)
        truths = truths_of(field_of(entry, ("label",), where), where)
        if not truths:
            raise EvaluationError(f"{where}: a blank label; add a text, or remove the line")
        yield Prediction(where, str(number), said, truths=truths)


FORMAT = PredictionFormat(read, "JSON lines with predict and label, as SARLANG-1M's caption script reads them")

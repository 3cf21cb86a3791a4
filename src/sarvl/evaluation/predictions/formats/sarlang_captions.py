"""sarlang-captions: the JSON lines that SARLANG-1M's script reads: ``predict`` and ``label``, without an image.

Source: Wei et al. 2025, repository Jimmyxichen/SARLANG-1M, Evaluate_caption.py.
"""

from collections.abc import Iterator
from pathlib import Path

from sarvl.evaluation.predictions.parsing import entries_of, field_of, text_of
from sarvl.evaluation.predictions.prediction import Prediction
from sarvl.evaluation.predictions.prediction_format import PredictionFormat


def read(path: Path) -> Iterator[Prediction]:
    """Yield one caption a line, called by its number; EvaluationError for one without a prediction or a label."""
    for number, (where, entry) in enumerate(entries_of(path), start=1):
        said, truth = (text_of(field_of(entry, (name,), where)) for name in ("predict", "label"))
        yield Prediction(where, str(number), said, truths=(truth,))


FORMAT = PredictionFormat(read, "JSON lines with predict and label, as SARLANG-1M's caption script reads them")

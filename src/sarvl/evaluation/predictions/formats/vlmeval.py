"""vlmeval: the results of VLMEvalKit, with ``index``, ``question``, ``answer``, ``prediction`` and choices A, B, ...

It writes Excel files by default; ``PRED_FORMAT=tsv`` in its environment makes it write what is read here.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sarvl.errors import EvaluationError
from sarvl.evaluation.predictions.parsing import entries_of, field_of, rows_of, text_of
from sarvl.evaluation.predictions.prediction import Prediction
from sarvl.evaluation.predictions.prediction_format import PredictionFormat
from sarvl.evaluation.predictions.tables import choices_of, image_of, right_option

_DELIMITERS = {".tsv": "\t", ".csv": ","}


def read(path: Path) -> Iterator[Prediction]:
    """Yield one prediction a row; EvaluationError for another kind of file, and a row that cannot be scored."""
    for where, row in _rows(path):
        options = choices_of(row)
        answer = row.get("answer")
        truths = () if answer is None else (right_option(answer, options, where) if options else answer,)
        question, said = (field_of(row, (name,), where) for name in ("question", "prediction"))
        yield Prediction(where, image_of(row, where), said, question, truths, options, row.get("category") or "")


def _rows(path: Path) -> Iterator[tuple[str, dict[str, str]]]:
    suffix = path.suffix.lower()
    if suffix in _DELIMITERS:
        yield from rows_of(path, _DELIMITERS[suffix])
    elif suffix in (".json", ".jsonl"):
        yield from ((where, _texts(entry)) for where, entry in entries_of(path))
    else:
        raise EvaluationError(f"{path}: no .tsv, .csv or .json; let VLMEvalKit write one with PRED_FORMAT=tsv")


def _texts(entry: dict[str, Any]) -> dict[str, str]:
    return {name: text_of(value) for name, value in entry.items() if value is not None}


FORMAT = PredictionFormat(read, "VLMEvalKit's results as TSV, CSV or JSON")

"""vlmeval: the results of VLMEvalKit, with ``index``, ``question``, ``answer``, ``prediction`` and choices A, B, ...

It writes Excel files by default, and with ``PRED_FORMAT=tsv`` in its environment tables. An answer without choices may
be a list of texts, as the captions of an image are in what ``sarvl export --to vlmeval`` wrote.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sarvl.errors import EvaluationError
from sarvl.evaluation.predictions.parsing import cells_of, entries_of, field_of, rows_of, truths_of
from sarvl.evaluation.predictions.prediction import Prediction
from sarvl.evaluation.predictions.prediction_format import PredictionFormat
from sarvl.evaluation.predictions.sheets import sheet_cells_of
from sarvl.evaluation.predictions.tables import choices_of, image_of, right_option, texts_in

_DELIMITERS = {".tsv": "\t", ".csv": ","}


def read(path: Path) -> Iterator[Prediction]:
    """Yield one prediction a row; EvaluationError for another kind of file, and a row that cannot be scored."""
    for where, row in _rows(path):
        options = choices_of(row)
        question, said = (field_of(row, (name,), where) for name in ("question", "prediction"))
        truths = _truths_of(row.get("answer", ""), options, where)
        yield Prediction(where, image_of(row, where), said, question, truths, options, row.get("category") or "")


def _truths_of(answer: str, options: tuple[str, ...], where: str) -> tuple[str, ...]:
    if options and answer.strip():
        return (right_option(answer, options, where),)
    return truths_of(list(texts_in(answer)), where)


def _rows(path: Path) -> Iterator[tuple[str, dict[str, str]]]:
    suffix = path.suffix.lower()
    if suffix in _DELIMITERS:
        yield from rows_of(cells_of(path, _DELIMITERS[suffix]))
    elif suffix == ".xlsx":
        yield from rows_of(sheet_cells_of(path))
    elif suffix in (".json", ".jsonl"):
        yield from ((where, _texts(entry)) for where, entry in entries_of(path))
    else:
        raise EvaluationError(f"{path}: no .xlsx, .tsv, .csv or .json; give a file of results that VLMEvalKit wrote")


def _texts(entry: dict[str, Any]) -> dict[str, str]:
    return {name: _cell(value) for name, value in entry.items() if value is not None}


def _cell(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


FORMAT = PredictionFormat(read, "VLMEvalKit's results as Excel file, TSV, CSV or JSON")

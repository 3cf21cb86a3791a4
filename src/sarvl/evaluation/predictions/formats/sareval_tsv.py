"""sareval-tsv: SAREval's tables for VLMEvalKit, with a column of predictions.

Of a choice ``answer`` is the letter and ``ground_truth`` its text; ``question`` may be a list of prompts, of which
the first was asked; boxes are four corners in parts of 1. Source: repository Dilys2022/SAREval, LMUData.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

from sarvl.evaluation.predictions.parsing import PREDICTED, field_of, rows_of
from sarvl.evaluation.predictions.prediction import Prediction
from sarvl.evaluation.predictions.prediction_format import PredictionFormat
from sarvl.evaluation.predictions.tables import choices_of, image_of, right_option


def read(path: Path) -> Iterator[Prediction]:
    """Yield one prediction a row; EvaluationError for a row that lacks a prediction, an answer or an image."""
    for where, row in rows_of(path, "\t"):
        options = choices_of(row)
        answer = field_of(row, ("answer",), where)
        truth = right_option(answer, options, where) if options else answer
        said, part = field_of(row, PREDICTED, where), row.get("task", "")
        question = _first_prompt(field_of(row, ("question",), where))
        yield Prediction(where, image_of(row, where), said, question, (truth,), options, part, "xyxy/1", "xyxy/1")


def _first_prompt(text: str) -> str:
    if not text.startswith("["):
        return text
    try:
        prompts = ast.literal_eval(text)
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        return text
    return prompts[0] if prompts and isinstance(prompts[0], str) else text


FORMAT = PredictionFormat(read, "SAREval's TSV with a column prediction")

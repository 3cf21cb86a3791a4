"""sareval-tsv: SAREval's tables for VLMEvalKit, with a column of predictions.

Of a choice ``answer`` is the letter and ``ground_truth`` its text; ``question`` may be a list of prompts, of which
the first was asked; boxes are four corners in parts of 1. Source: repository Dilys2022/SAREval, LMUData.
"""

from collections.abc import Iterator
from pathlib import Path

from sarvl.evaluation.predictions.parsing import PREDICTED, cells_of, field_of, right_answers, rows_of
from sarvl.evaluation.predictions.prediction import Prediction
from sarvl.evaluation.predictions.prediction_format import PredictionFormat
from sarvl.evaluation.predictions.tables import check_choice, choices_of, image_of, right_option, texts_in


def read(path: Path) -> Iterator[Prediction]:
    """Yield one prediction a row; EvaluationError for a row that lacks a prediction, an answer or an image."""
    for where, row in rows_of(cells_of(path, "\t")):
        options = choices_of(row)
        (answer,) = right_answers(row, ("answer",), where)
        truth = right_option(answer, options, where) if options else answer
        check_choice(truth, (row.get("ground_truth", ""),), options, where)
        said, part = field_of(row, PREDICTED, where), row.get("task", "")
        (question, *_) = texts_in(field_of(row, ("question",), where)) or ("",)
        yield Prediction(where, image_of(row, where), said, question, (truth,), options, part, "xyxy/1", "xyxy/1")


FORMAT = PredictionFormat(read, "SAREval's TSV with a column prediction")

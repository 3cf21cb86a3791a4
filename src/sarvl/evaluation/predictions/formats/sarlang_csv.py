"""sarlang-csv: the four columns that SARLANG-1M's script reads, without a head: image, prediction, question, answer.

Source: Wei et al. 2025, repository Jimmyxichen/SARLANG-1M, Evaluate_VQA.py.
"""

from collections.abc import Iterator
from pathlib import Path

from sarvl.errors import EvaluationError
from sarvl.evaluation.predictions.parsing import cells_of
from sarvl.evaluation.predictions.prediction import Prediction
from sarvl.evaluation.predictions.prediction_format import PredictionFormat


def read(path: Path) -> Iterator[Prediction]:
    """Yield one prediction a row; EvaluationError for a row of other than four columns, and for a head.

    A head would count as a question, as it does in the published script.
    """
    for number, (where, cells) in enumerate(cells_of(path, ",")):
        if len(cells) != 4:
            raise EvaluationError(f"{where}: {len(cells)} columns; there must be image, prediction, question, answer")
        image, text, question, truth = cells
        if number == 0 and {"question", "answer"} & {question.strip().lower(), truth.strip().lower()}:
            raise EvaluationError(f"{where}: a head ({', '.join(cells)}), which would be scored; remove the line")
        yield Prediction(where, image, text, question, (truth,))


FORMAT = PredictionFormat(read, "CSV without a head: image, prediction, question, answer")

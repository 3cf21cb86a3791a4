"""sarlang-csv: the four columns that SARLANG-1M's script reads, without a head: image, prediction, question, answer.

Source: Wei et al. 2025, repository Jimmyxichen/SARLANG-1M, Evaluate_VQA.py.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

from sarvl.annotations.image_files import is_image_name
from sarvl.errors import EvaluationError
from sarvl.evaluation.predictions.parsing import cells_of, truths_of
from sarvl.evaluation.predictions.prediction import Prediction
from sarvl.evaluation.predictions.prediction_format import PredictionFormat


def read(path: Path) -> Iterator[Prediction]:
    """Yield one prediction a row; EvaluationError for a row of other than four columns, and for a head.

    A head would count as a question, as it does in the published script.
    """
    rows = list(cells_of(path, ","))
    if _has_head([cells for _, cells in rows[:2]]):
        where, cells = rows[0]
        raise EvaluationError(f"{where}: a head ({', '.join(cells)}), which would be scored; remove the line")
    for where, cells in rows:
        if len(cells) != 4:
            raise EvaluationError(f"{where}: {len(cells)} columns; there must be image, prediction, question, answer")
        image, text, question, truth = cells
        yield Prediction(where, image, text, question, truths_of(truth, where))


def _has_head(rows: Sequence[Sequence[str]]) -> bool:
    """Return whether the first of two rows is a head: by usual names, or as it names no image where the next does."""
    if any({"question", "answer"} & {cell.strip().lower() for cell in cells[2:]} for cells in rows[:1]):
        return True
    return [is_image_name(cells[0].strip()) for cells in rows] == [False, True]


FORMAT = PredictionFormat(read, "CSV without a head: image, prediction, question, answer")

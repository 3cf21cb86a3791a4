"""lmms-eval: the samples that lmms-eval logs of the tasks that ``sarvl export --to lmms-eval`` wrote.

Source: EvolvingLMMs-Lab/lmms-eval, ``--log_samples``.
"""

from collections.abc import Iterator
from pathlib import Path

from sarvl.errors import EvaluationError
from sarvl.evaluation.predictions.parsing import entries_of, field_of, text_of, texts_of, truths_of
from sarvl.evaluation.predictions.prediction import Prediction
from sarvl.evaluation.predictions.prediction_format import PredictionFormat
from sarvl.evaluation.predictions.tables import right_option


def read(path: Path) -> Iterator[Prediction]:
    """Yield one prediction a sample; EvaluationError for one that is of no task of ours."""
    for where, entry in entries_of(path):
        row = field_of(entry, ("doc",), where)
        if not isinstance(row, dict):
            raise EvaluationError(f"{where}: doc is no object; log the samples of a task that sarvl exported")
        image, question, answer = (
            text_of(field_of(row, (name,), where), where) for name in ("file", "question", "answer")
        )
        said = field_of(entry, ("filtered_resps", "resps"), where)
        while isinstance(said, list) and said:
            said = said[0]
        options, answers = texts_of(row.get("options"), where), truths_of(row.get("answers"), where)
        truths = answers or truths_of(right_option(answer, options, where) if options else answer, where)
        part = text_of(row.get("category") or "", where)
        yield Prediction(where, image, text_of(said, where), question, truths, options, part)


FORMAT = PredictionFormat(read, "the samples that lmms-eval logs of our export")

"""sareval-json: SAREval's own annotation, with what a model said in a field beside: one text, or one a prompt.

Source: repository Dilys2022/SAREval, README and JSON files.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sarvl.errors import EvaluationError
from sarvl.evaluation.predictions.parsing import PREDICTED, entries_of, field_of, text_of, texts_of, truth_of
from sarvl.evaluation.predictions.prediction import Prediction
from sarvl.evaluation.predictions.prediction_format import PredictionFormat


def read(path: Path) -> Iterator[Prediction]:
    """Yield one prediction a prompt that was answered; EvaluationError where an entry lacks what it is scored by."""
    for where, entry in entries_of(path):
        image = text_of(field_of(entry, ("image_path", "image_name"), where))
        truth = truth_of(entry, ("ground_truth", "answer"), where)
        options = texts_of(entry.get("options_list"))
        for question, said in _answered(entry, where):
            part = str(entry.get("task", ""))
            yield Prediction(where, image, said, question, (truth,), options, part, "xyxy/1", "xyxy/1")


def _answered(entry: dict[str, Any], where: str) -> list[tuple[str, str]]:
    """Return each prompt with what was said: a list of replies belongs to the prompts in their order."""
    prompts = texts_of(entry.get("prompts")) or (text_of(field_of(entry, ("question",), where)),)
    said = field_of(entry, PREDICTED, where)
    if not isinstance(said, list):
        return [(prompts[0], text_of(said))]
    if len(said) != len(prompts):
        raise EvaluationError(f"{where}: {len(said)} predictions of {len(prompts)} prompts; give one of each")
    return [(prompt, text_of(reply)) for prompt, reply in zip(prompts, said, strict=True)]


FORMAT = PredictionFormat(read, "SAREval's JSON with a field prediction beside: one text, or one a prompt")

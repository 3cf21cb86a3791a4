"""sareval-json: SAREval's own annotation, with what a model said in a field beside: one text, or one a prompt.

Source: repository Dilys2022/SAREval, README and JSON files.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sarvl.errors import EvaluationError
from sarvl.evaluation.predictions.parsing import PREDICTED, entries_of, field_of, right_answers, text_of, texts_of
from sarvl.evaluation.predictions.prediction import Prediction
from sarvl.evaluation.predictions.prediction_format import PredictionFormat
from sarvl.evaluation.predictions.tables import check_choice, choice_under, right_option


def read(path: Path) -> Iterator[Prediction]:
    """Yield one prediction a prompt that was answered; EvaluationError where an entry lacks what it is scored by."""
    for where, entry in entries_of(path):
        image = text_of(field_of(entry, ("image_path", "image_name"), where), where)
        truths = right_answers(entry, ("ground_truth", "answer"), where)
        if options := _options_of(entry, where):
            truths = _right_options(entry, truths, options, where)
        for question, said in _answered(entry, where):
            part = str(entry.get("task", ""))
            yield Prediction(where, image, said, question, truths, options, part, "xyxy/1", "xyxy/1")


def _right_options(
    entry: dict[str, Any], truths: tuple[str, ...], options: tuple[str, ...], where: str
) -> tuple[str, ...]:
    """Return the texts of the right choices: of the one that a letter names, where the entry has one."""
    chosen = choice_under(str(entry.get("ground_truth_option")), options)
    if chosen is None:
        return tuple(right_option(truth, options, where) for truth in truths)
    check_choice(chosen, truths, options, where)
    return (chosen,)


def _options_of(entry: dict[str, Any], where: str) -> tuple[str, ...]:
    options = texts_of(entry.get("options_list"), where)
    if entry.get("options") and not options:
        raise EvaluationError(f"{where}: options without options_list; add the list of the choices")
    return options


def _answered(entry: dict[str, Any], where: str) -> list[tuple[str, str]]:
    """Return each prompt with what was said: a list of replies belongs to the prompts in their order."""
    prompts = texts_of(entry.get("prompts"), where) or (text_of(field_of(entry, ("question",), where), where),)
    said = field_of(entry, PREDICTED, where)
    if not isinstance(said, list):
        return [(prompts[0], text_of(said, where))]
    if len(said) != len(prompts):
        raise EvaluationError(f"{where}: {len(said)} predictions of {len(prompts)} prompts; give one of each")
    return [(prompt, text_of(reply, where)) for prompt, reply in zip(prompts, said, strict=True)]


FORMAT = PredictionFormat(read, "SAREval's JSON with a field prediction beside: one text, or one a prompt")

"""sarchat: what ms-swift writes of SARChat's dialogues: the reply, the label, and the messages or query before them.

Boxes are ``{<x1><y1><x2><y2>}`` in pixels. Source: Ma et al. 2025, repository JimmyMa99/SARChat, infer/swift-eval.py.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sarvl.errors import EvaluationError
from sarvl.evaluation.predictions.parsing import PREDICTED, entries_of, field_of, text_of
from sarvl.evaluation.predictions.prediction import Prediction
from sarvl.evaluation.predictions.prediction_format import PredictionFormat

_ASKS, _SAYS = ("user", "human"), ("assistant", "gpt")
_TRUTHS = ("labels", "label", "ground_truth")


def read(path: Path) -> Iterator[Prediction]:
    """Yield one prediction an entry; EvaluationError for one without an image, a question, a label or a reply."""
    for where, entry in entries_of(path):
        said = text_of(field_of(entry, PREDICTED, where))
        asked, answered = _turns(entry)
        question = entry.get("query") or (asked[-1] if asked else None)
        truth = next((entry[name] for name in _TRUTHS if entry.get(name) is not None), None)
        if truth is None and answered and answered[-1] != said:
            truth = answered[-1]
        if question is None or truth is None:
            missing = "question" if question is None else f"label ({', '.join(_TRUTHS)})"
            raise EvaluationError(f"{where}: no {missing}; run swift infer with the labels of the data set")
        image = _image_of(entry, where)
        plain = text_of(question).replace("<image>", "").strip()
        yield Prediction(where, image, said, plain, (text_of(truth),), box_form="xyxy", truth_box_form="xyxy")


def _turns(entry: dict[str, Any]) -> tuple[list[str], list[str]]:
    """Return what was asked, and what was answered, of the messages that an entry holds."""
    given = entry.get("messages") or entry.get("conversations")
    turns = [turn for turn in given if isinstance(turn, dict)] if isinstance(given, list) else []
    pairs = [(turn.get("role", turn.get("from")), turn.get("content", turn.get("value"))) for turn in turns]
    asked, answered = (
        [text for role, text in pairs if role in roles and isinstance(text, str)] for roles in (_ASKS, _SAYS)
    )
    return asked, answered


def _image_of(entry: dict[str, Any], where: str) -> str:
    images = field_of(entry, ("images", "image"), where)
    first = images[0] if isinstance(images, list) and len(images) == 1 else images
    first = first.get("path") if isinstance(first, dict) else first
    if not isinstance(first, str):
        raise EvaluationError(f"{where}: not exactly one image; give one an entry")
    return first


FORMAT = PredictionFormat(read, "JSON of ms-swift's inference on SARChat: response, labels, images, messages")

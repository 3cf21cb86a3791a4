"""sarchat: what ms-swift writes of SARChat's dialogues: the reply, the label, and the messages or query before them.

Boxes are ``{<x1><y1><x2><y2>}`` in pixels. ms-swift puts the reply behind the messages; where a file without labels has
other texts there, these are the labels. Source: Ma et al. 2025, repository JimmyMa99/SARChat, infer/swift-eval.py.
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
    entries = list(entries_of(path))
    are_labels = any(_ends_otherwise(entry, where) for where, entry in entries)
    for where, entry in entries:
        said = text_of(field_of(entry, PREDICTED, where), where)
        asked, answered = _turns(entry)
        question = entry.get("query") or (asked[-1] if asked else None)
        truth = _label_of(entry, where) or (answered[-1] if are_labels and answered else "")
        if question is None or not truth.strip():
            missing = "question" if question is None else f"label ({', '.join(_TRUTHS)})"
            raise EvaluationError(f"{where}: no {missing}; run swift infer with the labels of the data set")
        image = _image_of(entry, where)
        plain = text_of(question, where).replace("<image>", "").strip()
        yield Prediction(where, image, said, plain, (truth,), box_form="xyxy", truth_box_form="xyxy")


def _label_of(entry: dict[str, Any], where: str) -> str:
    return next(filter(str.strip, (text_of(entry[name], where) for name in _TRUTHS if entry.get(name) is not None)), "")


def _ends_otherwise(entry: dict[str, Any], where: str) -> bool:
    """Return whether the messages of an entry without a label end with another text than its reply."""
    replies = {text_of(entry[name], where) for name in PREDICTED if entry.get(name) is not None}
    _, answered = _turns(entry)
    return not _label_of(entry, where) and bool(answered) and answered[-1] not in replies


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

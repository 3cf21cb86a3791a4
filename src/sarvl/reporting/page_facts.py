"""What stands at the top of a page: the models with their size, the date, and what wrote it."""

import os
from collections.abc import Sequence
from datetime import UTC, date, datetime

from sarvl import __version__
from sarvl.evaluation.evaluated import EvaluatedModel
from sarvl.evaluation.results import RunResult

_HASH_DIGITS = 12
_SIZES = ((10**9, "billion"), (10**6, "million"), (10**3, "thousand"))


def page_facts(results: Sequence[RunResult], shown: EvaluatedModel | None) -> list[tuple[str, str]]:
    """Return one line a model, of the rows and of the page's own, then the date and the version."""
    models = {(result.head.model, result.head.weights_hash): result.head.parameters for result in results}
    if shown:
        models[shown.name, shown.model.weights_hash] = shown.parameters
    lines = [("model", _model_line(*model, parameters)) for model, parameters in models.items()]
    return [*lines, ("date", page_date().isoformat()), ("written by", f"sarvl {__version__}")]


def _model_line(name: str, weights_hash: str, parameters: int | None) -> str:
    return f"{name} · {parameters_told(parameters)} · weights {weights_hash[:_HASH_DIGITS]}"


def parameters_told(count: int | None) -> str:
    """Return a number of parameters with three digits that count, such as ``151 million parameters``."""
    if count is None:
        return "number of parameters not kept in the rows"
    rounded = float(f"{count:.3g}")
    size, word = next(((size, f" {word}") for size, word in _SIZES if rounded >= size), (1, ""))
    return f"{rounded / size:g}{word} parameters"


def page_date() -> date:
    """Return today's date in UTC, or that of SOURCE_DATE_EPOCH, by which builds are repeated to the same bytes."""
    epoch = os.environ.get("SOURCE_DATE_EPOCH", "")
    now = datetime.fromtimestamp(int(epoch), UTC) if epoch.isdecimal() else datetime.now(UTC)
    return now.date()

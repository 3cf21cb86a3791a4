"""Metrics of a run: the lines of metrics.jsonl, one a step, and one an epoch of which something was found."""

import json
from pathlib import Path
from typing import Any, Literal

from pydantic import FiniteFloat, NonNegativeInt

from sarvl.documents import Document, as_json, parsed_document
from sarvl.errors import ModelError, unreadable
from sarvl.files import FilePath, file_bytes

METRICS = "metrics.jsonl"
MAX_METRICS_BYTES = 2**30
_ADVICE = "remove the line, or the file, which only the curves of the run are drawn from"


class StepMetrics(Document):
    """What a step found."""

    format_version: Literal[2] = 2
    """Version of the line; one of version 1 has its figures side by side, and no ``kind``."""
    kind: Literal["step"]
    """Which of the two this is."""
    stage: str
    """Name of the stage."""
    global_step: NonNegativeInt
    """Number of the step over all stages, from 0."""
    loss: FiniteFloat
    """The loss before the step."""
    rate: FiniteFloat
    """The learning rate."""
    parts: dict[str, FiniteFloat]
    """The parts of the loss by name, where it has several."""
    tokens: NonNegativeInt | None = None
    """Of the texts of the step, of objectives that count them: all that the decoder reads and writes but images."""

    @classmethod
    def of_earlier_format(cls, value: dict[str, Any]) -> dict[str, Any]:
        """Return a line of version 1 as one of version 2."""
        if "format_version" in value:
            return value
        parts = {name.removeprefix("loss/"): part for name, part in value.items() if name.startswith("loss/")}
        rest = {name: field for name, field in value.items() if not name.startswith("loss/")}
        return {"format_version": 2, "kind": "step"} | rest | {"parts": parts}

    def figures_told(self) -> dict[str, float]:
        """Return all figures by the names that TensorBoard shows."""
        return {"loss": self.loss, "rate": self.rate} | {f"loss/{name}": part for name, part in self.parts.items()}


class EpochMetrics(Document):
    """What the hooks at the end of an epoch found."""

    format_version: Literal[2] = 2
    """Version of the line."""
    kind: Literal["epoch"]
    """Which of the two this is."""
    stage: str
    """Name of the stage."""
    global_step: NonNegativeInt
    """Number of the epoch's last step over all stages."""
    figures: dict[str, FiniteFloat]
    """The figures by name, such as ``validation_loss``."""

    @classmethod
    def of_earlier_format(cls, value: dict[str, Any]) -> dict[str, Any]:
        """Return a line of version 1 as one of version 2."""
        if "format_version" in value:
            return value
        position = {name: field for name, field in value.items() if name in {"stage", "global_step"}}
        figures = {name: field for name, field in value.items() if name not in position}
        return {"format_version": 2, "kind": "epoch"} | position | {"figures": figures}

    def figures_told(self) -> dict[str, float]:
        """Return all figures by the names that TensorBoard shows."""
        return self.figures


Metrics = StepMetrics | EpochMetrics


def read_metrics(folder: FilePath) -> list[Metrics]:
    """Return the lines of a run's metrics.jsonl; a torn last line, left by a kill, is left out.

    Raises ModelError with the number of a line that is none.
    """
    path = Path(folder) / METRICS
    if not path.is_file():
        return []
    try:
        if file_bytes(path) > MAX_METRICS_BYTES:
            raise ModelError(f"{path}: larger than {MAX_METRICS_BYTES} bytes; {_ADVICE}")
        lines = path.read_bytes().split(b"\n")
    except OSError as problem:
        raise ModelError(unreadable(path, problem)) from problem
    return [_parsed(line, f"{path}: line {number}") for number, line in enumerate(lines[:-1], start=1)]


def tokens_told(folder: FilePath, stage: str) -> str | None:
    """Say how many steps a stage did, and over how many tokens of texts; None where its objective counts none."""
    steps = [step for step in read_metrics(folder) if isinstance(step, StepMetrics) and step.stage == stage]
    seen = [step.tokens for step in steps if step.tokens is not None]
    return f"{len(steps)} steps, {sum(seen):,} tokens of texts seen" if seen else None


def line_of(metrics: Metrics) -> str:
    """Return the line of metrics.jsonl, with its end; floats keep every bit."""
    return json.dumps(as_json(metrics), allow_nan=False) + "\n"


def _parsed(line: bytes, where: str) -> Metrics:
    try:
        value = json.loads(line)
    except (ValueError, RecursionError) as problem:
        raise ModelError(f"{where}: not valid JSON ({problem}); {_ADVICE}") from problem
    if _is_step(value):
        return parsed_document(value, where, StepMetrics, ModelError, _ADVICE)
    return parsed_document(value, where, EpochMetrics, ModelError, _ADVICE)


def _is_step(value: Any) -> bool:
    if not isinstance(value, dict):
        return False
    return value["kind"] == "step" if "kind" in value else "loss" in value  # version 1 has no kind

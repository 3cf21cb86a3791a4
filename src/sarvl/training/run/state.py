"""The state of a run, from which a killed training goes on to the same losses."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal, Self

import torch
from pydantic import FiniteFloat, NonNegativeInt
from safetensors import SafetensorError, safe_open
from torch import Tensor, nn

from sarvl.documents import Document, as_json, parsed_document
from sarvl.errors import ModelError, unreadable
from sarvl.models.adapting.four_bits import without_four_bits
from sarvl.models.history import StageEntry
from sarvl.training.executor import Executor
from sarvl.training.run.checked_tensors import write_checked
from sarvl.training.weights.average import MovingAverage
from sarvl.training.weights.optimizer import load_optimizer_tensors

STATE = "state.safetensors"
ADVICE = "start again in another folder, without --resume"
"""What to do where a state cannot be gone on from."""


class Position(Document):
    """How far a run has come."""

    format_version: Literal[5] = 5
    """Version of the state file; one of version 4 does not name the corpora."""
    stage: NonNegativeInt
    """Number of the stage, from 0."""
    step: NonNegativeInt
    """The next step, counted within the stage."""
    global_step: NonNegativeInt
    """The next step, counted over all stages."""
    best: tuple[FiniteFloat, ...] | None
    """What the best epoch of the stage so far was chosen by (``hooks.merit``); none before the first."""
    history: tuple[StageEntry, ...]
    """The history of the model when the stage began."""
    corpora: tuple[str, ...]
    """The digests of the corpora that the stage learns from; none before it begins."""

    @classmethod
    def at_stage(cls, stage: int, global_step: int, history: Sequence[StageEntry]) -> Self:
        """Return the position before the first step of a stage."""
        return cls(stage=stage, step=0, global_step=global_step, best=None, history=tuple(history), corpora=())

    @classmethod
    def of_earlier_format(cls, value: dict[str, Any]) -> dict[str, Any]:
        """Return a position of version 4 as one of version 5."""
        return {**value, "format_version": 5, "corpora": []} if value.get("format_version") == 4 else value

    def after_step(self) -> Self:
        """Return the position before the next step."""
        return self.model_copy(update={"step": self.step + 1, "global_step": self.global_step + 1})

    def with_best(self, merit: tuple[float, ...]) -> Self:
        """Return the position with another best epoch."""
        return self.model_copy(update={"best": merit})

    def is_in(self, stages: Sequence[str]) -> bool:
        """Return whether a run through stages of these names can have come here."""
        done = self.history[len(self.history) - self.stage :] if self.stage <= len(self.history) else ()
        return (
            self.stage <= len(stages)
            and [entry.stage for entry in done] == list(stages[: self.stage])
            and sum(entry.steps for entry in done) + self.step == self.global_step
            and (self.stage < len(stages) or not self.step)
        )


def state_tensors(parts: Mapping[str, Mapping[str, Tensor]], executor: Executor) -> dict[str, Tensor]:
    """Return tensors as one process keeps them: on the CPU, and whole; the other processes must ask, and get nothing.

    parts: ``network``, and within a stage ``optimizer`` and, where there is one, ``average``, each by name.
    """
    kept: dict[str, Tensor] = {}
    places = set()
    for part, tensors in parts.items():
        for name, value in tensors.items():
            whole = executor.whole(value.detach())
            if not executor.rank:
                own = whole.cpu().contiguous()
                # An output layer may be its embedding: no file of safetensors takes one tensor under two names.
                kept[f"{part}.{name}"] = own.clone() if own.data_ptr() in places and own.numel() else own
                places.add(own.data_ptr())
    return kept


def save_state(path: Path, tensors: Mapping[str, Tensor], position: Position) -> None:
    """Write what ``state_tensors`` gave, and the position, as one safetensors file, atomically."""
    write_checked(path, tensors, {"position": json.dumps(as_json(position))})


def read_position(path: Path) -> Position:
    """Return the position that a state holds; raises ModelError where there is no readable state."""
    try:
        with safe_open(path, "pt") as state:
            value = json.loads(state.metadata()["position"])
    except (OSError, SafetensorError, KeyError, ValueError, TypeError) as problem:
        raise ModelError(f"{path}: no state to resume from ({problem}); {ADVICE}") from problem
    return parsed_document(value, str(path), Position, ModelError, ADVICE)


def no_place(path: Path, position: Position) -> ModelError:
    """Return the error of a position where no run of the recipe can be."""
    place = f"stage {position.stage}, step {position.step}, global step {position.global_step}"
    return ModelError(f"{path}: {place}, where no run of this recipe comes; {ADVICE}")


def load_network(path: Path, network: nn.Module) -> None:
    """Put the saved weights into ``network``; raises ModelError where they are of another one."""
    with _readable(path):
        told = network.load_state_dict(without_four_bits(network, _tensors(path, "network.")), strict=False)
        if wrong := [*without_four_bits(network, dict.fromkeys(told.missing_keys)), *told.unexpected_keys]:
            raise ValueError(f"{wrong[0]} and {len(wrong) - 1} more do not fit")


def load_optimizer(path: Path, optimizer: torch.optim.Optimizer, learner: nn.Module, executor: Executor) -> None:
    """Put the saved moments into ``optimizer``, which must train the same parameters of ``learner``.

    Raises ModelError where they are those of others.
    """
    with _readable(path):
        load_optimizer_tensors(optimizer, learner, _tensors(path, "optimizer."), executor.part)


def load_average(path: Path, average: MovingAverage, executor: Executor) -> None:
    """Put the saved average into ``average``; raises ModelError where it is that of other weights."""
    with _readable(path):
        saved = _tensors(path, "average.")
        average.load({name: executor.part(saved[name], kept) for name, kept in average.tensors.items()})


@contextmanager
def _readable(path: Path) -> Iterator[None]:
    try:
        yield
    except (OSError, SafetensorError, RuntimeError, LookupError, ValueError) as problem:
        raise ModelError(unreadable(path, problem, ADVICE)) from problem


def _tensors(path: Path, prefix: str) -> dict[str, Tensor]:
    with safe_open(path, "pt") as state:
        names = [name for name in state.keys() if name.startswith(prefix)]  # noqa: SIM118 - not a mapping
        return {name.removeprefix(prefix): state.get_tensor(name) for name in names}

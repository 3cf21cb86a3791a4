"""The state of a run, from which a killed training goes on to the same losses."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Literal, Self

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor, nn

from sarvl.documents import Document, as_json, parsed_document
from sarvl.errors import ModelError
from sarvl.files import atomic_path
from sarvl.models.history import StageEntry
from sarvl.training.optimizer import load_optimizer_tensors, optimizer_tensors

STATE = "state.safetensors"
_ADVICE = "start again in another folder, without --resume"


class Position(Document):
    """How far a run has come."""

    format_version: Literal[2] = 2
    """Version of the state file."""
    stage: int
    """Number of the stage, from 0."""
    step: int
    """The next step, counted within the stage."""
    global_step: int
    """The next step, counted over all stages."""
    best_loss: float | None
    """The lowest validation loss of the stage so far; none where there was no validation."""
    history: tuple[StageEntry, ...]
    """The history of the model when the stage began."""

    @classmethod
    def at_stage(cls, stage: int, global_step: int, history: Sequence[StageEntry]) -> Self:
        """Return the position before the first step of a stage."""
        return cls(stage=stage, step=0, global_step=global_step, best_loss=None, history=tuple(history))

    def after_step(self) -> Self:
        """Return the position before the next step."""
        return self.model_copy(update={"step": self.step + 1, "global_step": self.global_step + 1})

    def with_best(self, loss: float | None) -> Self:
        """Return the position with another lowest validation loss."""
        return self.model_copy(update={"best_loss": loss})


def save_state(path: Path, network: nn.Module, optimizer: torch.optim.Optimizer, position: Position) -> None:
    """Write weights, moments and position as one safetensors file, atomically."""
    tensors = {f"network.{name}": value for name, value in network.state_dict().items()}
    tensors |= {f"optimizer.{name}": value for name, value in optimizer_tensors(optimizer).items()}
    contiguous = {name: value.detach().cpu().contiguous() for name, value in tensors.items()}
    with atomic_path(path) as temporary:
        save_file(contiguous, temporary, metadata={"position": json.dumps(as_json(position))})


def read_position(path: Path) -> Position:
    """Return the position that a state holds; raises ModelError where there is no readable state."""
    try:
        with safe_open(path, "pt") as state:
            value = json.loads(state.metadata()["position"])
    except (OSError, SafetensorError, KeyError, ValueError, TypeError) as problem:
        raise ModelError(f"{path}: no state to resume from ({problem}); {_ADVICE}") from problem
    return parsed_document(value, str(path), Position, ModelError, _ADVICE)


def load_network(path: Path, network: nn.Module) -> None:
    """Put the saved weights into ``network``."""
    network.load_state_dict(_tensors(path, "network."))


def load_optimizer(path: Path, optimizer: torch.optim.Optimizer) -> None:
    """Put the saved moments into ``optimizer``, which must hold the same parameters in the same order."""
    load_optimizer_tensors(optimizer, _tensors(path, "optimizer."))


def _tensors(path: Path, prefix: str) -> dict[str, Tensor]:
    with safe_open(path, "pt") as state:
        names = [name for name in state.keys() if name.startswith(prefix)]  # noqa: SIM118 - not a mapping
        return {name.removeprefix(prefix): state.get_tensor(name) for name in names}

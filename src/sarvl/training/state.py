"""The state of a run, from which a killed training goes on to the same losses."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor, nn

from sarvl.errors import ModelError
from sarvl.files import atomic_path
from sarvl.training.optimizer import load_optimizer_tensors, optimizer_tensors

STATE = "state.safetensors"


@dataclass
class Position:
    """How far a run has come: the next step of a stage, counted within it, and what was best in it so far."""

    stage: int = 0
    step: int = 0
    global_step: int = 0
    best_loss: float | None = None
    history: tuple[dict[str, Any], ...] = ()


def save_state(path: Path, network: nn.Module, optimizer: torch.optim.Optimizer, position: Position) -> None:
    """Write weights, moments and position as one safetensors file, atomically."""
    tensors = {f"network.{name}": value for name, value in network.state_dict().items()}
    tensors |= {f"optimizer.{name}": value for name, value in optimizer_tensors(optimizer).items()}
    contiguous = {name: value.detach().cpu().contiguous() for name, value in tensors.items()}
    with atomic_path(path) as temporary:
        save_file(contiguous, temporary, metadata={"position": json.dumps(asdict(position))})


def read_position(path: Path) -> Position:
    """Return the position that a state holds; raises ModelError where there is no readable state."""
    try:
        with safe_open(path, "pt") as state:
            position = Position(**json.loads(state.metadata()["position"]))
    except (OSError, SafetensorError, KeyError, ValueError, TypeError) as problem:
        raise ModelError(f"{path}: no state to resume from ({problem}); start again without --resume") from problem
    position.history = tuple(position.history)
    return position


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

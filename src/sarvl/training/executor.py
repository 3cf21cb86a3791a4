"""Executor: where a run's steps are carried out, found by name: in one process, or in several that torchrun started."""

import os
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol, TypeVar

import torch
from torch import Tensor, nn

from sarvl.errors import ModelError
from sarvl.models.protocols import Trainable
from sarvl.registry import Registry
from sarvl.training.recipe import Stage

Value = TypeVar("Value")


class Executor(Protocol):
    """Carries out what depends on how many processes train together.

    device: where this process keeps the network. rank: its number, from 0. processes: how many there are, P.
    """

    device: torch.device
    rank: int
    processes: int

    def check(self, stage: Stage, model: Trainable) -> None:
        """Raise ModelError where a stage asks for what cannot be done here with the model."""

    def learner(self, model: Trainable) -> Trainable:
        """Return the model whose network the steps change: ``model``, or one like it that ``prepare`` will part."""
        return model

    def prepare(self, forward: nn.Module) -> nn.Module:
        """Return the module to call in place of ``forward``, which gives the mean gradient of all processes."""

    def backward(self, loss: Callable[[], Tensor], forward: nn.Module, is_last: bool) -> None:
        """Add the gradient of a loss to the parameters; the processes share theirs at the last call of a step.

        loss: returns it; what has not been through the network by then goes through it now, since that too may settle
        whether gradients are shared. forward: what ``prepare`` gave.
        """

    def clip(self, network: nn.Module, most: float) -> float:
        """Cut the norm of the gradient to ``most``; returns what it was before."""
        return float(torch.nn.utils.clip_grad_norm_(network.parameters(), most))

    def whole(self, tensor: Tensor) -> Tensor:
        """Return the whole of a tensor of which each process may hold a part; all processes ask for it."""
        return tensor

    def part(self, tensor: Tensor, _like: Tensor) -> Tensor:
        """Return of a whole tensor what this process holds of it, where it holds ``like``."""
        return tensor

    def gather(self, tensor: Tensor) -> Tensor:
        """Return the tensors (B, ...) of all processes as one (P * B, ...), with gradients."""

    def mean(self, values: Tensor) -> Tensor:
        """Return the mean of the values of all processes, without gradients."""

    def any(self, flag: bool) -> bool:
        """Return whether any process says so."""

    def told(self, value: Value) -> Value:
        """Return what the first process has."""

    def first(self) -> AbstractContextManager[None]:
        """Let the first process go through a block before the others do; they leave where it fails."""

    def save(self, write: Callable[[], None]) -> None:
        """Call ``write`` in one process of them all; the others go on when it is done."""

    def close(self) -> None:
        """Part from the other processes."""


@dataclass(frozen=True)
class ExecutorKind:
    """One way to carry out a run.

    open: makes it, in each process. several: whether it is of the processes that torchrun started, or of one.
    """

    open: Callable[[], Executor]
    several: bool


EXECUTORS: Registry[ExecutorKind] = Registry(
    kind="executor",
    package="sarvl.training.executors",
    export="EXECUTOR",
    entry_points="sarvl.executors",
    value=ExecutorKind,
    error=ModelError,
)
"""Where a run can be carried out: one module each in ``training/executors``, and entry points ``sarvl.executors``."""


def executor_of_this_process(name: str | None = None) -> Executor:
    """Return the executor of a name; of none, what the process was started for: torchrun says how many there are.

    Raises ModelError where the processes that there are cannot carry it out.
    """
    processes = number_from_environment("WORLD_SIZE", 1)
    name = name or ("ddp" if processes > 1 else "one_process")
    kind = EXECUTORS.get(name)
    if kind.several and "RANK" not in os.environ:
        raise ModelError(f"executor {name}: is of several processes; start them with torchrun, or leave it out")
    if not kind.several and processes > 1:
        raise ModelError(f"executor {name}: is of one process, and torchrun started {processes}; leave it out")
    return kind.open()


def number_from_environment(name: str, otherwise: int) -> int:
    """Return the whole number that torchrun set; raises ModelError where something else stands there."""
    text = os.environ.get(name, str(otherwise)).strip()
    if not text.isdecimal():
        raise ModelError(f"environment: {name} is {text!r}, not a whole number; start with torchrun, or unset {name}")
    return int(text)

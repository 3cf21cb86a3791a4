"""Executor: where a run's steps are carried out: in one process, or in several that torchrun started."""

import os
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Protocol, TypeVar

import torch
from torch import Tensor, nn

from sarvl.training.executors.many_processes import ManyProcesses
from sarvl.training.executors.one_process import OneProcess

Value = TypeVar("Value")


class Executor(Protocol):
    """Carries out what depends on how many processes train together.

    device: where this process keeps the network. rank: its number, from 0. processes: how many there are, P.
    """

    device: torch.device
    rank: int
    processes: int

    def prepare(self, forward: nn.Module) -> nn.Module:
        """Return the module to call in place of ``forward``, which gives the mean gradient of all processes."""

    def backward(self, loss: Tensor, forward: nn.Module, is_last: bool) -> None:
        """Add the gradient of ``loss`` to the parameters; the processes share theirs at the last call of a step.

        forward: what ``prepare`` gave.
        """

    def clip(self, network: nn.Module, most: float) -> float:
        """Cut the norm of the gradient to ``most``; returns what it was before."""

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


def executor_of_this_process() -> Executor:
    """Return the executor that the process was started for: torchrun says how many there are."""
    return ManyProcesses() if int(os.environ.get("WORLD_SIZE", "1")) > 1 else OneProcess()

"""Executor: where a run's steps are carried out; today one process with one device."""

import os
from collections.abc import Callable
from typing import Protocol

import torch
from torch import Tensor, nn

from sarvl.errors import ModelError


class Executor(Protocol):
    """Carries out what depends on how many processes train together.

    device: where this process keeps the network.
    """

    device: torch.device

    def prepare(self, forward: nn.Module) -> nn.Module:
        """Return the module to call in place of ``forward``, which gives the gradients of all processes."""

    def backward(self, loss: Tensor, network: nn.Module, most: float) -> float:
        """Put the gradient of ``loss`` into the parameters of ``network``, cut to ``most``; returns its norm before."""

    def gather(self, tensor: Tensor) -> Tensor:
        """Return the tensors (B, ...) of all processes as one (P * B, ...), with gradients."""

    def save(self, write: Callable[[], None]) -> None:
        """Call ``write`` in one process of them all; the others go on when it is done."""


class OneProcess:
    """The executor of a single process: a GPU where there is one, else the CPU."""

    def __init__(self) -> None:
        self.device = torch.device("cuda" if torch.cuda.is_available() else "cpu")

    def prepare(self, forward: nn.Module) -> nn.Module:
        """Return ``forward`` itself."""
        return forward

    def backward(self, loss: Tensor, network: nn.Module, most: float) -> float:
        """Put the gradient of ``loss`` into the parameters of ``network``, cut to ``most``; returns its norm before."""
        loss.backward()  # type: ignore[no-untyped-call]
        return float(torch.nn.utils.clip_grad_norm_(network.parameters(), most))

    def gather(self, tensor: Tensor) -> Tensor:
        """Return ``tensor`` itself."""
        return tensor

    def save(self, write: Callable[[], None]) -> None:
        """Call ``write``."""
        write()


def executor_of_this_process() -> Executor:
    """Return the executor that the process was started for.

    Raises ModelError under torchrun: several processes would write one folder.
    """
    if int(os.environ.get("WORLD_SIZE", "1")) > 1:
        raise ModelError("several processes cannot train one run yet; start one process, without torchrun")
    return OneProcess()

"""OneProcess: a run in a single process, on a GPU where there is one, else on the CPU."""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import TypeVar

import torch
from torch import Tensor, nn

from sarvl.models.protocols import Trainable
from sarvl.training.executor import Executor, ExecutorKind
from sarvl.training.recipe import Stage

Value = TypeVar("Value")


class OneProcess(Executor):
    """The executor of a single process."""

    rank = 0
    processes = 1

    def __init__(self) -> None:
        self.device = torch.device("cuda" if torch.cuda.is_available() else "cpu")

    def check(self, _stage: Stage, _model: Trainable) -> None:
        """Do nothing: every stage can be done here."""

    def prepare(self, forward: nn.Module) -> nn.Module:
        """Return ``forward`` itself."""
        return forward

    def backward(self, loss: Callable[[], Tensor], _forward: nn.Module, is_last: bool) -> None:
        """Add the gradient of a loss to the parameters."""
        loss().backward()  # type: ignore[no-untyped-call]

    def gather(self, tensor: Tensor) -> Tensor:
        """Return ``tensor`` itself."""
        return tensor

    def mean(self, values: Tensor) -> Tensor:
        """Return ``values`` without their gradients."""
        return values.detach()

    def any(self, flag: bool) -> bool:
        """Return ``flag``."""
        return flag

    def told(self, value: Value) -> Value:
        """Return ``value``."""
        return value

    def first(self) -> AbstractContextManager[None]:
        """Do nothing: there is no other."""
        return nullcontext()

    def save(self, write: Callable[[], None]) -> None:
        """Call ``write``."""
        write()

    def close(self) -> None:
        """Do nothing."""


EXECUTOR = ExecutorKind(OneProcess, several=False)

"""Processes: what all executors of several processes share: how these meet, gather, wait for each other and part."""

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import torch
from torch import Tensor, distributed

from sarvl.errors import ModelError
from sarvl.progress import Loudness, tell
from sarvl.training.executor import Executor, number_from_environment

Value = TypeVar("Value")


class Processes(Executor):
    """One of the processes that torchrun started: NCCL where there are GPUs, gloo on CPUs."""

    def __init__(self) -> None:
        """Meet the other processes; all but the first are quiet from then on.

        Raises ModelError where the environment is not what torchrun sets.
        """
        on_gpu, local = torch.cuda.is_available(), number_from_environment("LOCAL_RANK", 0)
        self.device = torch.device("cuda", local) if on_gpu else torch.device("cpu")
        if on_gpu:
            torch.cuda.set_device(self.device)
        try:
            distributed.init_process_group("nccl" if on_gpu else "gloo")
        except ValueError as problem:  # a variable that is missing, or no number
            raise ModelError(f"environment: {' '.join(str(problem).split())}; start with torchrun") from problem
        self.rank, self.processes = distributed.get_rank(), distributed.get_world_size()
        if self.rank:
            tell(Loudness.QUIET)

    def gather(self, tensor: Tensor) -> Tensor:
        """Return the tensors (B, ...) of all processes as one (P * B, ...), with gradients."""
        gathered: Tensor = _Gather.apply(tensor)
        return gathered

    def mean(self, values: Tensor) -> Tensor:
        """Return the mean of the values of all processes, without gradients."""
        total = values.detach().clone()
        distributed.all_reduce(total)
        return total / self.processes

    def any(self, flag: bool) -> bool:
        """Return whether any process says so."""
        return bool(self.mean(torch.tensor(float(flag), device=self.device)) > 0)

    def told(self, value: Value) -> Value:
        """Return what the first process has."""
        box: list[Any] = [value]
        distributed.broadcast_object_list(box, 0, device=self.device)
        return box[0]  # type: ignore[no-any-return]

    @contextmanager
    def first(self) -> Iterator[None]:
        """Let the first process go through a block before the others do; they leave where it fails."""
        if self.rank:
            if self.told(None):
                raise SystemExit(1)  # the first process says why
            yield
            return
        try:
            yield
        except BaseException:
            self.told("failed")
            raise
        self.told(None)

    def save(self, write: Callable[[], None]) -> None:
        """Call ``write`` in the first process; the others go on when it is done."""
        with self.first():
            if not self.rank:
                write()

    def close(self) -> None:
        """Part from the other processes."""
        gc.collect()  # DDP holds its processes in a circle, and must not be taken apart as the interpreter ends
        distributed.destroy_process_group()


class _Gather(torch.autograd.Function):
    """Joins the tensors of all processes; the gradient of each part is the sum of what all processes ask of it."""

    @staticmethod
    def forward(ctx: Any, tensor: Tensor) -> Tensor:
        ctx.rows = len(tensor)
        parts = [torch.empty_like(tensor) for _ in range(distributed.get_world_size())]
        distributed.all_gather(parts, tensor.contiguous())
        return torch.cat(parts)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> Tensor:
        total = gradients[0].contiguous()
        distributed.all_reduce(total)
        first = distributed.get_rank() * ctx.rows
        return total[first : first + ctx.rows]

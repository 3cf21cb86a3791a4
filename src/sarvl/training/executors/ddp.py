"""Ddp: a run in several processes, each with the whole network (``DistributedDataParallel`` of PyTorch)."""

from collections.abc import Callable
from contextlib import nullcontext

from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel

from sarvl.training.executor import ExecutorKind
from sarvl.training.processes import Processes


class Ddp(Processes):
    """The executor of one of several processes that keep all weights, gradients and moments each."""

    def prepare(self, forward: nn.Module) -> nn.Module:
        """Return ``forward`` as DDP wraps it; each process keeps its own statistics of batch normalisation."""
        devices = [self.device] if self.device.type == "cuda" else None
        return DistributedDataParallel(
            forward, device_ids=devices, broadcast_buffers=False, find_unused_parameters=True
        )

    def backward(self, loss: Callable[[], Tensor], forward: nn.Module, is_last: bool) -> None:
        """Add the gradient of a loss to the parameters; at the last call of a step it becomes the mean of all."""
        alone = forward.no_sync() if isinstance(forward, DistributedDataParallel) and not is_last else nullcontext()
        with alone:  # DDP settles in the forward whether the backward shares
            loss().backward()  # type: ignore[no-untyped-call]


EXECUTOR = ExecutorKind(Ddp, several=True)

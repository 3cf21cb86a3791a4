"""Fsdp2: a run in several processes that share weights, gradients and moments (``fully_shard`` of PyTorch)."""

from collections import Counter
from collections.abc import Callable, Iterator
from copy import copy, deepcopy
from functools import cached_property

import torch
from torch import Tensor, distributed, nn
from torch.distributed.device_mesh import DeviceMesh, init_device_mesh
from torch.distributed.fsdp import FSDPModule, fully_shard
from torch.distributed.tensor import DTensor, distribute_tensor

from sarvl.errors import ModelError
from sarvl.models.adapting.four_bits import is_four_bit
from sarvl.models.adapting.lora import changes_attention
from sarvl.models.protocols import Trainable
from sarvl.training.executor import ExecutorKind
from sarvl.training.processes import Processes
from sarvl.training.recipe import Stage


class Fsdp2(Processes):
    """The executor of one of several processes that each keep a part of all that is trained.

    A block of the network has its weights whole only while it computes. Beside its part each process keeps the model's
    network whole, as it last was, for what the end of an epoch measures and writes.
    """

    def check(self, stage: Stage, model: Trainable) -> None:
        """Raise ModelError where a stage compiles, or has peft change weights of attention, which are parted here."""
        if stage.compile:
            raise ModelError(f"stage {stage.name}: compile does not go with executor fsdp2; leave one of them out")
        if any(map(is_four_bit, model.network.modules())):
            raise ModelError(
                f"stage {stage.name}: weights of 4 bits (`quantize`) cannot be parted, as executor fsdp2 does; take ddp"
            )
        if stage.lora and changes_attention(model.network, stage.lora.towers):
            raise ModelError(
                f"stage {stage.name}: lora does not go with executor fsdp2 where attention is fused, as in towers of "
                "open_clip; leave one of them out, or take `towers: [decoder]` of a sarvl-gpt"
            )

    def learner(self, model: Trainable) -> Trainable:
        """Return a model like ``model`` with a network of its own, whose weights lie as ``fully_shard`` wants them."""
        learner = copy(model)
        learner.network = deepcopy(model.network).to(memory_format=torch.contiguous_format)
        return learner

    def prepare(self, forward: nn.Module) -> nn.Module:
        """Part ``forward`` among the processes, block by block; scalars stay whole."""
        scalars = {parameter for parameter in forward.parameters() if not parameter.ndim}
        for block in blocks_of(forward):
            fully_shard(block, mesh=self._mesh, ignored_params=scalars)
        fully_shard(forward, mesh=self._mesh, ignored_params=scalars)
        return forward

    def backward(self, loss: Callable[[], Tensor], forward: nn.Module, is_last: bool) -> None:
        """Add the gradient of a loss to the parameters; at the last call of a step it becomes the mean of all."""
        if isinstance(forward, FSDPModule):
            forward.set_requires_gradient_sync(is_last)
        loss().backward()  # type: ignore[no-untyped-call]
        if is_last:
            for parameter in forward.parameters():
                if parameter.grad is not None and not isinstance(parameter, DTensor):
                    parameter.grad = self.mean(parameter.grad)

    @torch.no_grad()
    def clip(self, network: nn.Module, most: float) -> float:
        """Cut the norm of the gradient, of which each process has a part, to ``most``; returns what it was before."""
        gradients = [parameter.grad for parameter in network.parameters() if parameter.grad is not None]
        parts = [gradient.to_local() for gradient in gradients if isinstance(gradient, DTensor)]
        whole = [gradient for gradient in gradients if not isinstance(gradient, DTensor)]
        squares = _square_of_norm(parts, self.device)
        distributed.all_reduce(squares)
        norm = (squares + _square_of_norm(whole, self.device)).sqrt()
        factor = (most / (norm + 1e-6)).clamp(max=1.0)  # as torch.nn.utils.clip_grad_norm_ has it
        for gradient in (*parts, *whole):
            gradient.mul_(factor)
        return float(norm)

    def whole(self, tensor: Tensor) -> Tensor:
        """Return the whole of a tensor of which each process may hold a part; all processes ask for it."""
        return tensor.full_tensor() if isinstance(tensor, DTensor) else tensor

    def part(self, tensor: Tensor, like: Tensor) -> Tensor:
        """Return of a whole tensor what this process holds of it, where it holds ``like``."""
        if not isinstance(like, DTensor):
            return tensor
        return distribute_tensor(tensor.to(like.device), like.device_mesh, like.placements, src_data_rank=None)

    @cached_property
    def _mesh(self) -> DeviceMesh:
        return init_device_mesh(self.device.type, (self.processes,))


def blocks_of(forward: nn.Module) -> Iterator[nn.Module]:
    """Yield the blocks of a network: of each sequence or list of modules that has several of one class, all of them.

    What stands inside of a block is part of it.
    """
    for child in forward.children():
        if isinstance(child, nn.Sequential | nn.ModuleList) and max(Counter(map(type, child)).values(), default=0) > 1:
            yield from (block for block in child if next(block.parameters(), None) is not None)
        else:
            yield from blocks_of(child)


def _square_of_norm(tensors: list[Tensor], device: torch.device) -> Tensor:
    squares = [tensor.float().square().sum() for tensor in tensors]
    return torch.stack(squares).sum() if squares else torch.zeros((), device=device)


EXECUTOR = ExecutorKind(Fsdp2, several=True)

"""A network of which a part is used by few rows alone, and the gradients that two processes find of it."""

from pathlib import Path

import torch
from torch import nn
from two_ranks import become

ROWS = torch.linspace(-1, 1, 24).view(8, 3)
ROWS[1] += 5  # of the first process, in its first chunk: the only row that is large


class SeldomUsed(nn.Module):
    """Two layers, of which one is for large rows; what a third gives is in no loss, and a fourth gives nothing."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.always, self.of_large, self.in_no_loss, self.unused = (nn.Linear(3, 3) for _ in range(4))

    def forward(self, inputs):
        rows = inputs["inputs"]
        large = (rows > 3).any(dim=1).nonzero().flatten()
        outputs = self.always(rows)
        if len(large):
            outputs = outputs.index_add(0, large, self.of_large(rows[large]))
        return {"outputs": outputs, "aside": self.in_no_loss(rows)}


def loss_of(outputs):
    return {"loss": outputs["outputs"].square().sum()}


def keep_gradients(rank: int, port: int, chunk: int, path: Path) -> None:
    """Write the gradients of the second of two steps, with the rows of a process parted into chunks."""
    become(rank, port)
    from sarvl.training.executors.ddp import Ddp
    from sarvl.training.weights.gradient_cache import cached_gradient

    torch.set_num_threads(1)
    executor, network = Ddp(), SeldomUsed()
    forward = executor.prepare(network)
    chunks = [{"inputs": rows} for rows in ROWS[4 * rank : 4 * rank + 4].split(chunk)]
    for _ in range(2):
        network.zero_grad()
        cached_gradient(chunks, forward, loss_of, lambda loss, is_last: executor.backward(loss, forward, is_last))
    torch.save({name: part.grad for name, part in network.named_parameters()}, path.with_suffix(f".{rank}"))
    executor.close()

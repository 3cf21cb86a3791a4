"""Gradient caching: the gradient of a batch that is larger than memory, chunk by chunk (GradCache, Gao et al. 2021)."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial

import torch
from torch import Tensor, nn

from sarvl.training.objective import Tensors

Backward = Callable[[Callable[[], Tensor], bool], None]
"""Takes what returns a loss, and whether it is the last of the step."""


def parts_of_inputs(inputs: Tensors, tiles_of_image: Tensor, chunk: int) -> Iterator[Tensors]:
    """Yield the inputs of at most ``chunk`` pairs at a time.

    Of ``inputs``, tensors with a row a tile or a pair are parted; all others go with every chunk. tiles_of_image: (B,).
    """
    pairs, ends = len(tiles_of_image), tiles_of_image.cumsum(0).tolist()
    starts = [0, *ends]
    for first in range(0, pairs, chunk):
        end = min(first + chunk, pairs)
        yield {
            name: value[starts[first] : starts[end]]
            if value.ndim and len(value) == starts[-1]
            else value[first:end]
            if value.ndim and len(value) == pairs
            else value
            for name, value in inputs.items()
        }


def cached_gradient(
    chunks: Sequence[Tensors], forward: nn.Module, loss_of: Callable[[Tensors], Tensors], backward: Backward
) -> Tensors:
    """Add the gradient of a loss over all chunks to the parameters; returns the parts of the loss.

    The network sees each chunk twice, once without gradients; what it draws, such as dropout, is the same both times.
    loss_of: gives the parts of the loss from the outputs of all chunks. An output without a dimension is of the whole
    batch; all others have rows, those of a chunk behind those of the one before it.
    """
    states, outputs = [], []
    with torch.no_grad():
        for inputs in chunks:
            states.append(_random_state())
            outputs.append(forward(inputs))
    joined = {
        name: (torch.cat([output[name] for output in outputs]) if value.ndim else value).detach().requires_grad_()
        for name, value in outputs[0].items()
    }
    parts = loss_of(joined)
    torch.stack(list(parts.values())).sum().backward()  # type: ignore[no-untyped-call]
    first = dict.fromkeys(joined, 0)
    for number, (inputs, state, output) in enumerate(zip(chunks, states, outputs, strict=True)):
        _set_random_state(state)
        is_last = number == len(chunks) - 1
        backward(partial(_surrogate, forward, inputs, joined, first, is_last), is_last)
        first = {name: place + (len(output[name]) if output[name].ndim else 0) for name, place in first.items()}
    return parts


def _surrogate(forward: nn.Module, inputs: Tensors, joined: Tensors, first: dict[str, int], is_last: bool) -> Tensor:
    """Return a scalar whose gradient is that of the loss by the outputs of a chunk; scalars count in the last one."""
    terms = []
    for name, value in forward(inputs).items():
        gradient = joined[name].grad
        if gradient is not None and value.requires_grad:
            own = gradient[first[name] :][: len(value)] if value.ndim else gradient * is_last
            terms.append((value * own).sum())
    return torch.stack([term.float() for term in terms]).sum()


def _random_state() -> list[Tensor]:
    return [torch.get_rng_state(), *([torch.cuda.get_rng_state()] if torch.cuda.is_available() else [])]


def _set_random_state(state: list[Tensor]) -> None:
    torch.set_rng_state(state[0])
    if len(state) > 1:
        torch.cuda.set_rng_state(state[1])

"""WiSE-FT: weights between those that a stage began with and those that it ended with (Wortsman et al. 2022)."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import torch
from torch import Tensor, nn

from sarvl.training.run.checked_tensors import write_checked

START = "wise_ft_start.safetensors"
"""The weights that a stage began with, in the folder of a run while it trains that stage."""
Figures = dict[str, float]


def keep_start(path: Path, network: nn.Module) -> None:
    """Write the parameters of a network as a safetensors file."""
    tensors = {name: value.detach().cpu().contiguous() for name, value in network.named_parameters()}
    write_checked(path, tensors, {"format": "pt"})


@torch.no_grad()
def interpolate(network: nn.Module, start: Mapping[str, Tensor], trained: Mapping[str, Tensor], share: float) -> None:
    """Give a network the parameters (1 - share) start + share trained, each by its name; exactly so at 0 and 1."""
    for name, parameter in network.named_parameters():
        parameter.copy_(torch.lerp(start[name].to(parameter), trained[name], share))


def sweep(
    network: nn.Module,
    start: Mapping[str, Tensor],
    shares: Sequence[float],
    measure: Callable[[], Figures],
    merit: Callable[[Figures], tuple[float, ...]],
) -> tuple[float, dict[float, Figures]]:
    """Measure a network at each share of what it was trained to, and leave it at the best.

    start: its parameters before training, by name. measure: returns figures of the network as it stands, of which
    ``merit`` makes what is compared. Returns the best share, of equal ones the first, and the figures at all of them.
    """
    trained = {name: parameter.detach().clone() for name, parameter in network.named_parameters()}
    measured: dict[float, Figures] = {}
    for share in shares:
        interpolate(network, start, trained, share)
        measured[share] = measure()
    best = max(measured, key=lambda share: merit(measured[share]))
    interpolate(network, start, trained, best)
    measure()  # which brings all that belongs to the weights, such as the statistics of batch norms
    return best, measured

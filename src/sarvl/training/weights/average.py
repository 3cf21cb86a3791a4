"""The moving average of the weights that a stage trains (Polyak and Juditsky 1992)."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import torch
from torch import Tensor, nn


class MovingAverage:
    """The exponential moving average of all trained parameters of a network, by name."""

    def __init__(self, network: nn.Module, decay: float) -> None:
        """Begin with the weights as they are."""
        self._network, self._decay = network, decay
        self.tensors = {name: parameter.detach().clone() for name, parameter in self._trained()}

    def _trained(self) -> list[tuple[str, nn.Parameter]]:
        return [(name, part) for name, part in self._network.named_parameters() if part.requires_grad]

    @torch.no_grad()
    def update(self, steps: int) -> None:
        """Take in the weights after so many steps; the first ones, from 1 on, are forgotten sooner."""
        decay = min(self._decay, steps / (steps + 9))
        for name, parameter in self._trained():
            self.tensors[name].lerp_(parameter, 1 - decay)

    @torch.no_grad()
    def load(self, tensors: Mapping[str, Tensor]) -> None:
        """Put back what ``tensors`` held; raises KeyError or RuntimeError where it is that of others."""
        for name, kept in self.tensors.items():
            kept.copy_(tensors[name])

    @torch.no_grad()
    def put_into_network(self) -> None:
        """Let the network have the average for good."""
        for name, parameter in self._trained():
            parameter.copy_(self.tensors[name])

    @contextmanager
    def in_network(self) -> Iterator[None]:
        """Let the network have the average for a while."""
        held = {name: parameter.detach().clone() for name, parameter in self._trained()}
        self.put_into_network()
        try:
            yield
        finally:
            with torch.no_grad():
                for name, parameter in self._trained():
                    parameter.copy_(held[name])

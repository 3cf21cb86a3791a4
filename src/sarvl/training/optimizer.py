"""AdamW over the towers that a stage trains, its learning rates, and its state as plain tensors."""

import math

import torch
from torch import Tensor, nn

from sarvl.errors import ModelError
from sarvl.models.towers import tower_module, tower_of
from sarvl.training.recipe import Stage


def apply_freeze(network: nn.Module, freeze: tuple[str, ...]) -> None:
    """Mark which parameters a stage trains: ``image``, ``text`` and ``decoder`` name what stays as it is."""
    for name, parameter in network.named_parameters():
        parameter.requires_grad_(tower_of(name) not in freeze)
        parameter.grad = None  # that of an earlier stage would count when the norm is cut


def train_mode(network: nn.Module, freeze: tuple[str, ...]) -> None:
    """Put the network into training mode, but leave a frozen image tower's running statistics alone."""
    network.train()
    if "image" in freeze:
        tower_module(network, "image").eval()


def make_optimizer(network: nn.Module, stage: Stage) -> torch.optim.AdamW:
    """Return AdamW with a group for each (tower, decay): vectors and scalars get no weight decay.

    Raises ModelError where the stage freezes all that the network has.
    """
    towers = {tower_of(name) for name, _ in network.named_parameters()} - {"scale"}
    if towers <= set(stage.freeze):
        raise ModelError(f"stage {stage.name}: {' and '.join(sorted(towers))} are frozen; leave one out of `freeze`")
    groups: dict[tuple[float, float], list[nn.Parameter]] = {}
    for name, parameter in network.named_parameters():
        if parameter.requires_grad:
            factor = stage.image_rate if tower_of(name) == "image" else 1.0
            decay = stage.weight_decay if parameter.ndim >= 2 else 0.0
            groups.setdefault((factor, decay), []).append(parameter)
    return torch.optim.AdamW(
        [
            {"params": parameters, "factor": factor, "weight_decay": decay}
            for (factor, decay), parameters in groups.items()
        ],
        lr=stage.learning_rate,
        betas=(0.9, 0.98),  # Radford et al. 2021, as the next two
        eps=1e-6,
    )


def set_rate(optimizer: torch.optim.Optimizer, rate: float) -> None:
    """Set the learning rate of every group to ``rate`` times the group's factor."""
    for group in optimizer.param_groups:
        group["lr"] = rate * group["factor"]


def cosine_rate(peak: float, step: int, warmup_steps: int, total_steps: int) -> float:
    """Return the learning rate of a step: linear warm-up to ``peak``, then half a cosine to zero."""
    if step < warmup_steps:
        return peak * (step + 1) / warmup_steps
    done = (step - warmup_steps) / max(1, total_steps - warmup_steps)
    return peak * 0.5 * (1 + math.cos(math.pi * min(1.0, done)))


def optimizer_tensors(optimizer: torch.optim.Optimizer) -> dict[str, Tensor]:
    """Return the moments and step counts as ``<parameter number>.<name>``."""
    state = optimizer.state_dict()["state"]
    return {f"{number}.{name}": value for number, entry in state.items() for name, value in entry.items()}


def load_optimizer_tensors(optimizer: torch.optim.Optimizer, tensors: dict[str, Tensor]) -> None:
    """Put back what ``optimizer_tensors`` gave, each moment where its parameter lies and in its memory layout."""
    parameters = [parameter for group in optimizer.param_groups for parameter in group["params"]]
    for key, value in tensors.items():
        number, name = key.split(".")
        parameter = parameters[int(number)]
        # The layout decides which vector kernel runs, and with it the last bit. AdamW counts steps on the CPU.
        is_moment = name != "step"
        optimizer.state[parameter][name] = torch.empty_like(parameter).copy_(value) if is_moment else value.clone()

"""AdamW over the towers that a stage trains, its learning rates, and its state as plain tensors."""

import math

import torch
from torch import Tensor, nn

from sarvl.errors import ModelError
from sarvl.models.towers import layers_above, tower_of
from sarvl.training.recipe import Stage


def set_checkpointing(network: nn.Module, stage: Stage) -> None:
    """Have activations computed again in the backward pass where the stage asks for it.

    Raises ModelError where the network cannot.
    """
    setting = getattr(network, "set_grad_checkpointing", None)
    if setting is None and stage.checkpointing:
        raise ModelError(f"stage {stage.name}: this network keeps all activations; leave `checkpointing` out")
    if setting is not None:
        setting(stage.checkpointing)


def make_optimizer(network: nn.Module, stage: Stage) -> torch.optim.AdamW:
    """Return AdamW over what is trained, with a group for each (rate, decay): vectors and scalars get no weight decay.

    The rate is a factor: ``image_rate`` in the image tower, times ``layer_decay`` for each layer behind.
    """
    behind = layers_above(network) if stage.layer_decay < 1 else {}
    groups: dict[tuple[float, float], list[nn.Parameter]] = {}
    for name, parameter in network.named_parameters():
        if parameter.requires_grad:
            factor = stage.image_rate if tower_of(name) == "image" else 1.0
            factor *= stage.layer_decay ** behind.get(name, 0)
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

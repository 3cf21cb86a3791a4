"""AdamW over the towers that a stage trains, its learning rates, and its state as plain tensors."""

import math
from collections.abc import Callable, Mapping

import torch
from torch import Tensor, nn

from sarvl.errors import ModelError
from sarvl.models.gpt.transformers_decoder import checkpointing_of_transformers
from sarvl.models.networks.towers import layers_above, tower_of
from sarvl.training.recipe import Stage


def set_checkpointing(network: nn.Module, stage: Stage) -> None:
    """Have activations computed again in the backward pass where the stage asks for it.

    Raises ModelError where the network cannot.
    """
    setting = getattr(network, "set_grad_checkpointing", None) or checkpointing_of_transformers(network)
    if setting is None and stage.checkpointing:
        raise ModelError(f"stage {stage.name}: this network keeps all activations; leave `checkpointing` out")
    if setting is not None:
        setting(stage.checkpointing)


def make_optimizer(network: nn.Module, stage: Stage) -> torch.optim.AdamW:
    """Return AdamW over what is trained, with a group for each (rate, decay): vectors and scalars get no weight decay.

    The rate is a factor: ``image_rate`` in the image tower, times ``layer_decay`` for each layer behind.
    """
    behind = layers_above(network) if stage.layer_decay < 1 else {}
    groups: dict[tuple[float, float, bool], list[nn.Parameter]] = {}
    for name, parameter in network.named_parameters():
        if parameter.requires_grad:
            factor = stage.image_rate if tower_of(name) == "image" else 1.0
            factor *= stage.layer_decay ** behind.get(name, 0)
            decay = stage.weight_decay if parameter.ndim >= 2 else 0.0
            # Where several processes share the weights, scalars stay whole, and cannot stand in a group with parts.
            groups.setdefault((factor, decay, parameter.ndim > 0), []).append(parameter)
    return torch.optim.AdamW(
        [
            {"params": parameters, "factor": factor, "weight_decay": decay}
            for (factor, decay, _), parameters in groups.items()
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


def optimizer_tensors(optimizer: torch.optim.Optimizer, network: nn.Module) -> dict[str, Tensor]:
    """Return the moments and step counts as ``<moment>.<name of the parameter in the network>``."""
    return {
        f"{moment}.{name}": value
        for name, parameter in network.named_parameters()
        for moment, value in optimizer.state.get(parameter, {}).items()
    }


def load_optimizer_tensors(
    optimizer: torch.optim.Optimizer,
    network: nn.Module,
    tensors: Mapping[str, Tensor],
    part: Callable[[Tensor, Tensor], Tensor],
) -> None:
    """Put back what ``optimizer_tensors`` gave, each moment where its parameter lies and in its memory layout.

    part: gives of a whole moment what this process holds, from it and the parameter.
    """
    parameters = dict(network.named_parameters())
    for key, value in tensors.items():
        moment, _, name = key.partition(".")
        parameter = parameters[name]
        # The layout decides which vector kernel runs, and with it the last bit. AdamW counts steps on the CPU.
        is_count = moment == "step"
        kept = value.clone() if is_count else torch.empty_like(parameter).copy_(part(value, parameter))
        optimizer.state[parameter][moment] = kept

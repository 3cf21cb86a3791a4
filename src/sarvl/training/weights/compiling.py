"""Compiling what goes through the network, where a stage asks for it (torch.compile)."""

import torch
from torch import Tensor, nn

from sarvl.errors import ModelError
from sarvl.training.recipe import Stage


def check_compile(stage: Stage) -> None:
    """Raise ModelError where a stage asks for compiling and there is no compiler."""
    if not stage.compile:
        return
    try:
        torch.compile(_doubled)(torch.zeros(2))
    except Exception as problem:  # of many types: whatever a missing or broken compiler makes of it
        reason = " ".join(str(problem).split())[:160]
        raise ModelError(
            f"stage {stage.name}: torch.compile does not work here ({reason}); install a C++ compiler, or leave "
            "`compile` out"
        ) from problem


def compiled(forward: nn.Module, stage: Stage) -> nn.Module:
    """Return ``forward``, which is compiled at its first calls where the stage asks for it."""
    if stage.compile:
        forward.compile(dynamic=None)
    return forward


def _doubled(values: Tensor) -> Tensor:
    return values + values

"""Where a model computes: the processor, or an accelerator that is asked for by name."""

from typing import TypeVar

import torch

from sarvl.errors import ModelError
from sarvl.models.model import Model

ModelT = TypeVar("ModelT", bound=Model)


def on_device(model: ModelT, device: str | None) -> ModelT:
    """Move a model to a device of PyTorch, such as ``cuda:1``, and return it; None leaves it where it is.

    Raises ModelError where there is no such device.
    """
    if device is not None:
        try:
            model.network.to(torch.device(device))
        except (RuntimeError, AssertionError, NotImplementedError) as problem:  # without CUDA torch asserts
            reason = next(iter(str(problem).splitlines()), type(problem).__name__)
            raise ModelError(
                f"device {device}: cannot be used ({reason}); give such as cpu, cuda or cuda:1"
            ) from problem
    return model

"""Memory: where a network lies, and an allocator that keeps what is freed: a step asks for the same blocks again."""

import ctypes
import sys

import torch
from torch import nn

_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD, _M_MMAP_MAX = -1, -3, -4


def keep_freed_memory() -> None:
    """Stop glibc from handing large blocks back to the kernel after each use; elsewhere nothing happens.

    Each returned block costs its page faults again in the next step: some 200,000 a step for sarvl-mobile.
    Source: mallopt(3).
    """
    if not sys.platform.startswith("linux"):
        return
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except AttributeError:  # another C library
        return
    for parameter, value in ((_M_MMAP_THRESHOLD, 2**30), (_M_TRIM_THRESHOLD, 2**31 - 1), (_M_MMAP_MAX, 0)):
        mallopt(parameter, value)


def place_network(network: nn.Module, device: torch.device) -> None:
    """Bring a network to a device, the weights of its convolutions in the order that is fastest there."""
    is_video = any(parameter.ndim == 5 for parameter in network.parameters())  # PyTorch refuses that order of these
    if is_video:
        network.to(device)
    else:
        network.to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]

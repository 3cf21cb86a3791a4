"""Planes: the first layer of an image tower, for one band, two or three; towers of open_clip are built for three.

On the disk the layer has three planes always, so that open_clip opens it: those that a model lacks are zeros there.
"""

import torch
from torch import Tensor, nn

from sarvl.errors import ModelError
from sarvl.imagery import InputContract
from sarvl.models.networks.towers import tower_of

_MOST = 3  # red, green, blue


def normalised(pixels: Tensor, contract: InputContract) -> Tensor:
    """Turn bytes (B, C, S, S) of a contract into what an image tower takes: float (B, its bands, S, S).

    One plane stands for all bands.
    """
    mean = torch.tensor(contract.mean, device=pixels.device).view(1, -1, 1, 1)
    std = torch.tensor(contract.std, device=pixels.device).view(1, -1, 1, 1)
    values = (pixels.float() / 255).expand(-1, len(contract.bands), -1, -1)
    return ((values - mean) / std).contiguous(memory_format=torch.channels_last)


def first_layer(network: nn.Module) -> tuple[str, nn.Conv2d]:
    """Return the first convolution of the image tower (of a transformer, its patch embedding), and its name.

    Raises ModelError where there is none.
    """
    layer = _first_layer(network)
    if layer is None:
        raise ModelError("its image tower has no convolution, so that it takes pictures of three bands alone")
    return layer


def _first_layer(network: nn.Module) -> tuple[str, nn.Conv2d] | None:
    for name, module in network.named_modules():
        if tower_of(name) == "image" and isinstance(module, nn.Conv2d) and module.in_channels <= _MOST:
            return name, module
    return None


def spread_planes(network: nn.Module, count: int) -> None:
    """Make the first layer take ``count`` planes, its weights brought along; as it is where it does already.

    Each plane gets the sum of the weights over the planes before, divided by ``count``: where all planes of an image
    are equal, as in a grey picture, the answer stays the same. Raises ModelError for more than three.
    """
    _check_count(count)
    first = first_layer(network) if count < _MOST else _first_layer(network)
    layer = None if first is None else first[1]
    if layer is not None and layer.in_channels != count:
        weight = layer.weight.detach().sum(dim=1, keepdim=True) / count
        _set_weight(layer, weight.expand(-1, count, -1, -1))


def take_planes(network: nn.Module, count: int) -> None:
    """Cut a first layer, as ``state_of_three_planes`` keeps it, to its ``count`` planes; ModelError for more."""
    _check_count(count)
    if count < _MOST:
        layer = first_layer(network)[1]
        _set_weight(layer, layer.weight.detach()[:, :count])


def state_of_three_planes(network: nn.Module) -> dict[str, Tensor]:
    """Return the weights of a network, its first layer filled up to three planes with zeros."""
    state, first = dict(network.state_dict()), _first_layer(network)
    if first is not None:
        name = f"{first[0]}.weight"
        state[name] = filled_up(state[name])
    return state


def filled_up(weight: Tensor) -> Tensor:
    """Return the weight of a first layer (D, C, h, w) with three planes, those that it lacks zeros."""
    missing = _MOST - weight.shape[1]
    zeros = torch.zeros_like(weight[:, :1]).expand(-1, missing, -1, -1)
    return torch.cat([weight, zeros], dim=1) if missing else weight


def _check_count(count: int) -> None:
    if not 1 <= count <= _MOST:
        raise ModelError(f"its contract has {count} bands, but open_clip's towers take {_MOST} at most; leave some out")


def _set_weight(layer: nn.Conv2d, weight: Tensor) -> None:
    layer.in_channels = weight.shape[1]
    layer.weight = nn.Parameter(weight.contiguous(), layer.weight.requires_grad)

"""Towers: the one place that knows which parameter of a network belongs to which tower."""

from typing import Literal

from torch import nn

Tower = Literal["image", "text", "decoder", "scale"]
"""``decoder`` writes captions. ``scale`` is of no tower: the factor on cosines, and what is added to them."""

DECODER = "text_decoder"
"""The decoder of captions, as open_clip calls it in CoCa."""

_IMAGE = "visual"  # as open_clip calls it in CLIP, CustomTextCLIP and CoCa
_SCALE = ("logit_scale", "logit_bias")


def tower_of(name: str) -> Tower:
    """Return the tower of a parameter, by its name in ``network.named_parameters()``."""
    first, _, _ = name.partition(".")
    return "image" if first == _IMAGE else "decoder" if first == DECODER else "scale" if first in _SCALE else "text"


def tower_module(network: nn.Module, tower: Literal["image", "text"]) -> nn.Module:
    """Return the module that holds a tower.

    Of a network whose text tower is no module of its own (open_clip's ``CLIP``), ``text`` is the network itself.
    """
    module: nn.Module = getattr(network, _IMAGE) if tower == "image" else getattr(network, "text", network)
    return module

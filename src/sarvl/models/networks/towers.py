"""Towers: the one place that knows which parameter of a network belongs to which tower."""

import re
from collections.abc import Sequence
from fnmatch import fnmatchcase
from typing import Any, Literal

from timm.models import group_parameters
from torch import nn

Tower = Literal["image", "text", "decoder", "projector", "reader", "scale"]
"""``decoder`` writes captions and answers; ``projector`` makes what it sees of the image's tokens; ``reader`` makes one
vector of those of tiles. ``scale`` is of no tower: the factor on cosines, and what is added to them."""

DECODER = "text_decoder"
"""The decoder of captions, as open_clip calls it in CoCa, and of answers."""
READER = "reader"
"""What the reader of an AnyReader is called in its network."""

_IMAGE = "visual"  # as open_clip calls it in CLIP, CustomTextCLIP and CoCa
_TOWERS: dict[str, Tower] = {
    _IMAGE: "image",
    DECODER: "decoder",
    "projector": "projector",
    READER: "reader",
    "logit_scale": "scale",
    "logit_bias": "scale",
}

_PARTS: dict[str, Tower] = {
    **dict.fromkeys(("vision_tower", "vision_model", "visual"), "image"),
    **dict.fromkeys(
        ("multi_modal_projector", "connector", "qformer", "query_tokens", "language_projection"), "projector"
    ),
}
"""What stands in ``model`` of an image-text model of transformers, beside its language model."""
_TOWERS |= _PARTS | dict.fromkeys(("language_model", "lm_head"), "decoder")


def tower_of(name: str) -> Tower:
    """Return the tower of a parameter, by its name in ``network.named_parameters()``."""
    first, _, rest = name.partition(".")
    if first != "model" or not rest:
        return _TOWERS.get(first, "text")
    part, _, inside = rest.partition(".")  # an image-text model of transformers
    return "projector" if "merger" in inside else _PARTS.get(part, "decoder")


def tower_module(network: nn.Module, tower: Literal["image", "text"]) -> nn.Module:
    """Return the module that holds a tower.

    Of a network whose text tower is no module of its own (open_clip's ``CLIP``), ``text`` is the network itself.
    """
    if tower == "text":
        text: nn.Module = getattr(network, "text", network)
        return text
    if hasattr(network, _IMAGE):
        image: nn.Module = getattr(network, _IMAGE)
        return image
    parts: list[nn.Module] = [module for name, module in network.named_modules() if tower_of(name) == "image"]
    return parts[0]


def is_named(name: str, patterns: Sequence[str]) -> bool:
    """Return whether a parameter is named by one of ``patterns``: its tower, or a glob that its name matches."""
    return any(pattern == tower_of(name) or fnmatchcase(name, pattern) for pattern in patterns)


def layers_above(network: nn.Module) -> dict[str, int]:
    """Return for each parameter, by name, how many layers of its tower come behind its own; 0 for the last ones.

    The first layer holds embeddings and all else before the blocks, the last one norm and projection behind them; the
    decoder of a CoCa goes on where its text tower ends. Blocks of timm are those that timm groups for this purpose.
    """
    towers = {name: tower_of(name) for name, _ in network.named_parameters()}
    places = {name: ("text" if tower == "decoder" else tower, _place(name)) for name, tower in towers.items()}
    trunk = getattr(tower_module(network, "image"), "trunk", None)
    for name, layer in (_trunk_layers(trunk) if trunk is not None else {}).items():
        places[f"{_IMAGE}.trunk.{name}"] = "image", (_BLOCKS, layer)
    order = sorted(set(places.values()))
    behind = {place: sum(other[0] == place[0] for other in order[at + 1 :]) for at, place in enumerate(order)}
    return {name: behind[place] for name, place in places.items()}


_STEM, _BLOCKS, _DECODER, _HEAD = range(4)
_BEFORE = re.compile(
    r"(visual|text)?\.?(conv1|bn[1-3]|class_embedding|cls_emb|positional_embedding|token_embedding|ln_pre)\b.*"
    r"|text\.transformer\.(.*\.)?(embeddings|shared|wte|wpe)\..*"
)
_DECODER_BLOCK = re.compile(r"text_decoder\.(?:resblocks|cross_attn)\.(\d+)\.")
_BLOCK = re.compile(r"(?:^|\.)(?:resblocks|layers?|block|h)\.(\d+)\.|^visual\.layer(\d)\.(\d+)\.")


def _place(name: str) -> tuple[int, ...]:
    if _BEFORE.fullmatch(name):
        return (_STEM,)
    if match := _DECODER_BLOCK.match(name):
        return _DECODER, int(match[1])
    if match := _BLOCK.search(name):
        return _BLOCKS, *(int(number) for number in match.groups() if number is not None)
    return (_HEAD,)


def _trunk_layers(trunk: Any) -> dict[str, int]:
    layers: dict[str, int] = group_parameters(trunk, trunk.group_matcher(coarse=False), reverse=True)
    return layers

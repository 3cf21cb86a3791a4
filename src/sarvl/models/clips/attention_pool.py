"""Attention pooling: the image tower weighs its spatial tokens by content and place, instead of their mean."""

from copy import deepcopy
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor, nn

from sarvl.errors import ModelError
from sarvl.models.clips.clip import Clip
from sarvl.models.clips.writing_clip import WritingClip
from sarvl.models.networks.planes import spread_planes
from sarvl.models.networks.towers import tower_module
from sarvl.models.open_clip.networks import untrained_network

_HEAD = "visual.head."
_LEAST_SAME = 1e-3


def with_attention_pool(model: Clip) -> Clip:
    """Return a model, its weights taken over, whose image tower, of timm, ends with open_clip's ``abs_attn``.

    It gives the same features as before to begin with: its query is 0, so that all tokens weigh the same; its values
    are the tokens, and its projection is the one that there was, less what positions add to all images alike.
    Radford et al. 2021 put such a head on their ResNets. Raises ModelError for a tower of another kind, or one that
    does more than to take the mean of spatial tokens and project it.
    """
    vision = model.config.get("vision_cfg", {})
    if type(model) is not Clip or "timm_model_name" not in vision or vision.get("timm_pool", "avg") not in ("", "avg"):
        raise ModelError(
            f"{model.name}: attention pooling replaces the mean that a CLIP with an image tower of timm takes, as "
            f"sarvl-mobile does{_advice(model)}"
        )
    config = deepcopy(model.config)
    config["vision_cfg"] |= {"timm_pool": "abs_attn", "timm_proj": ""}
    made = replace(model, network=untrained_network(config), config=config)
    spread_planes(made.network, len(model.contract.bands))
    with torch.no_grad():
        blank = model.normalise(_pictures(model)[:1])
        same = _begin_as_mean(made.network, model.network, blank)
    if not (same and _alike(made, model)):
        raise ModelError(
            f"{model.name}: its image tower does more than to take a mean and project it; leave out `pool`"
        )
    return made


def _advice(model: Clip) -> str:
    return "; put the decoder on it afterwards" if isinstance(model, WritingClip) else ""


def _begin_as_mean(network: nn.Module, before: nn.Module, blank: Tensor) -> bool:
    """Take over all weights; return whether the projection of ``before`` fits. blank: an image that the tower takes."""
    kept = {name: value for name, value in before.state_dict().items() if not name.startswith(_HEAD)}
    network.load_state_dict(network.state_dict() | kept)
    towers: list[Any] = [tower_module(each, "image") for each in (network, before)]
    pool, projection = towers[0].head.pool, getattr(towers[1].head, "proj", None)
    if not isinstance(projection, nn.Linear) or projection.weight.shape != pool.proj.weight.shape:
        return False
    width = pool.embed_dim
    pool.qkv.weight[:width] = 0
    pool.qkv.weight[2 * width :] = torch.eye(width)
    pool.qkv.bias.zero_()
    pool.proj.weight.copy_(projection.weight)
    pool.proj.bias.zero_()
    of_positions = pool(torch.zeros_like(towers[1].trunk.forward_features(blank)))[0]
    pool.proj.bias.copy_((0 if projection.bias is None else projection.bias) - of_positions)
    return True


def _pictures(model: Clip) -> Tensor:
    side, planes = model.square.size, len(model.contract.bands)
    generator = torch.Generator().manual_seed(0)
    return torch.randint(256, (2, planes, side, side), generator=generator, dtype=torch.uint8)


@torch.no_grad()
def _alike(made: Clip, model: Clip) -> bool:
    features: list[Tensor] = []
    for each in (made, model):
        each.network.eval()
        features.append(each.image_features(_pictures(model)))
    error = (features[0] - features[1]).norm() / features[1].norm()
    return bool(error < _LEAST_SAME)

"""FlexibleClip: a CLIP whose image tower is a NaFlex transformer of timm, which reads images in their own shape."""

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, ClassVar, Unpack

import timm
import torch
from timm.models import naflexvit
from torch import Tensor, nn

from sarvl.errors import ModelError
from sarvl.imagery import InputContract, Patches, Square
from sarvl.models.clips.clip import Clip
from sarvl.models.clips.siglip import SigLip, of_squares
from sarvl.models.networks.feature_tower import FeatureTower
from sarvl.models.networks.image_inputs import TilePlaces
from sarvl.models.networks.planes import filled_up
from sarvl.models.networks.towers import tower_module
from sarvl.models.sidecar import SIDECAR, read_sidecar

_TRUNK, _KERNEL = "visual.trunk.", "patch_embed.proj.weight"
_ADVICE = "choose a model of a plain transformer of timm, such as ViT-B-16-SigLIP, or another `frame`"
_RENAMED = {  # of a transformer of timm, and of the same as NaFlex
    _KERNEL: "embeds.proj.weight",
    "patch_embed.proj.bias": "embeds.proj.bias",
    "cls_token": "embeds.cls_token",
    "reg_token": "embeds.reg_token",
    "pos_embed": "embeds.pos_embed",
}


@dataclass
class FlexibleClip(Clip):
    """A CLIP that reads the patches of images in their own shape: ``TwoTowers``, and ``Trainable``.

    network: the CLIP, its image tower as NaFlex: attention over as many patches as an image has, positions interpolated
    to its rows and columns. On an image of the tower's own size it gives what the CLIP gives, whose folder it writes.
    Source: NaViT (Dehghani et al. 2023), as timm has it (``timm.models.naflexvit``).
    """

    kind: ClassVar[str] = "flexible"

    @classmethod
    def of(cls, clip: Clip, contract: InputContract) -> "FlexibleClip":
        """Return a CLIP, whose network is taken over, that reads the patches of ``contract``.

        Raises ModelError where its image tower is no transformer of timm that can be made NaFlex, or has other patches.
        """
        tower: Any = tower_module(clip.network, "image")
        tower.trunk = _flexible(getattr(tower, "trunk", None), clip)
        kind = FlexibleSigLip if isinstance(clip, SigLip) else cls
        model = kind(clip.name, clip.network, contract, clip.config, clip.tokenizer, history=clip.history)
        own, asked = tower.trunk.get_patch_size(), contract.frame.side
        if own != (asked, asked):
            raise ModelError(
                f"{clip.name}: its tower takes patches of {own[0]} pixels, not of {asked}; correct `patch`"
            )
        return model

    def clip(self) -> Clip:
        """Return the CLIP of squares, whose network is taken over."""
        tower: Any = tower_module(self.network, "image")
        tower.trunk = _plain(tower.trunk, self.config, len(self.contract.bands)).to(self.device).train(tower.training)
        return of_squares(self)

    @property
    def square(self) -> Square:
        """The frame of the CLIP that it writes: images of the tower's own size."""
        frame = self.contract.frame
        if not isinstance(frame, Patches):
            raise ModelError(f"{self.name}: reads patches; give a `frame` of kind patches")
        size: Any = tower_module(self.network, "image").image_size
        shared = frame.model_dump(include={"interpolation", "antialias", "fill"})
        return Square(size=size if isinstance(size, int) else size[0], **shared)

    def image_features(self, pixels: Tensor, **shown: Unpack[TilePlaces]) -> Tensor:
        """Return the features (B, D), not normalised, of B images.

        pixels: bytes (sum of T, C, P, P), the patches of each image row by row; T is the product of its grid.
        """
        if "grids" not in shown:
            raise ModelError(f"{self.name}: patches without their grid; give what `image_inputs` returns")
        tower: Any = tower_module(self.network, "image")
        values = self.normalise(pixels)
        patches = values.permute(0, 2, 3, 1) if tower.trunk.embeds.channels_last else values
        features: Tensor = tower.head(tower.trunk(**_sequences(patches.flatten(1), shown["grids"])))
        return features

    def feature_tower(self, side: int) -> FeatureTower:
        """Return a copy of the tower of the CLIP of squares, whose patches and weights are the same."""
        return replace(self, network=deepcopy(self.network)).clip().feature_tower(side)

    def clip_weights(self) -> dict[str, Tensor]:
        """Return the weights of the CLIP of squares, which open_clip opens."""
        state = self.network.state_dict()
        trunk: Any = tower_module(self.network, "image").trunk
        plan = _plan(self.config)
        if isinstance(plan, naflexvit.NaFlexVit):
            return dict(state)
        plain = _plain_weights(trunk.state_dict(), plan.state_dict())
        plain[_KERNEL] = filled_up(plain[_KERNEL])
        own = {name: value for name, value in state.items() if not name.startswith(_TRUNK)}
        return own | {f"{_TRUNK}{name}": value for name, value in plain.items()}


class FlexibleSigLip(FlexibleClip, SigLip):
    """A FlexibleClip of a SigLip: ``SigmoidTowers``, and all that a FlexibleClip is."""


def flexible_of_folder(clip: Clip, folder: Path) -> FlexibleClip:
    """Make the image tower of a checkpoint folder's CLIP NaFlex; raises ModelError where it cannot be."""
    return FlexibleClip.of(clip, read_sidecar(folder / SIDECAR).contract)


def _sequences(patches: Tensor, grids: Tensor) -> dict[str, Tensor]:
    """Return the patches (sum of T, V) of images as a NaFlex tower takes them: to the longest, with row and column."""
    counts, columns = grids.prod(dim=1), grids[:, 1:]
    place = torch.arange(int(counts.max()), device=patches.device)[None]  # (1, N)
    is_there = place < counts[:, None]  # (B, N)
    padded = patches.new_zeros(*is_there.shape, patches.shape[1])
    where = torch.stack([place // columns, place % columns], dim=2) * is_there[..., None]
    return {
        "x": padded.index_put(is_there.nonzero(as_tuple=True), patches),
        "patch_coord": where,
        "patch_valid": is_there,
    }


def _flexible(trunk: nn.Module | None, clip: Clip) -> nn.Module:
    """Return a transformer of timm as NaFlex, with its weights."""
    if isinstance(trunk, naflexvit.NaFlexVit):
        return trunk  # type: ignore[no-any-return]
    if trunk is None:
        raise ModelError(f"{clip.name}: its image tower is not of timm, so that it reads no patches; {_ADVICE}")
    plain = {name: value.detach().clone() for name, value in trunk.state_dict().items()}
    try:
        made = _trunk(clip.config, len(clip.contract.bands), use_naflex=True)
        made.load_state_dict(naflexvit.checkpoint_filter_fn(dict(plain), made))
    except (AssertionError, AttributeError, KeyError, RuntimeError, TypeError) as problem:
        reason = " ".join(str(problem).split())[:100]
        raise ModelError(f"{clip.name}: its image tower cannot be made NaFlex ({reason}); {_ADVICE}") from problem
    return made.to(clip.device).train(trunk.training)


def _plain(flexible: nn.Module, config: dict[str, Any], bands: int) -> nn.Module:
    """Return a NaFlex transformer as the one that it was made of, with its weights."""
    if isinstance(_plan(config), naflexvit.NaFlexVit):
        return flexible
    made = _trunk(config, bands)
    made.load_state_dict(_plain_weights(flexible.state_dict(), made.state_dict()))
    return made


def _plan(config: dict[str, Any]) -> nn.Module:
    with torch.device("meta"):
        return _trunk(config)


def _trunk(config: dict[str, Any], bands: int = 3, **options: Any) -> nn.Module:
    """Return the transformer of a ``model_cfg``, made as open_clip's ``TimmModel`` makes it."""
    vision = config["vision_cfg"]
    name, pool, projection = (
        vision["timm_model_name"],
        vision.get("timm_pool", "avg"),
        vision.get("timm_proj", "linear"),
    )
    if vision.get("timm_drop_path") is not None:
        options["drop_path_rate"] = vision["timm_drop_path"]
    if projection in ("linear", "mlp"):
        trunk: Any = timm.create_model(name, in_chans=bands, **options)
        trunk.reset_classifier(0, **({"global_pool": pool} if pool else {}))
        return trunk  # type: ignore[no-any-return]
    classes = 0 if projection == "none" else config["embed_dim"]
    made: nn.Module = timm.create_model(name, in_chans=bands, num_classes=classes, global_pool=pool, **options)
    return made


def _plain_weights(flexible: Mapping[str, Tensor], plain: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Return the weights of a NaFlex transformer under the names and in the shapes of the one that it was made of.

    The undoing of timm's ``checkpoint_filter_fn``; the position of a class token is part of the token in NaFlex, and
    stays there.
    """
    weights = {name: flexible[_RENAMED.get(name, name)] for name in plain}
    kernel = plain[_KERNEL]  # (D, C, P, P)
    count, _, *side = kernel.shape
    weights[_KERNEL] = weights[_KERNEL].reshape(count, *side, -1).permute(0, 3, 1, 2)
    if "pos_embed" in plain:
        positions = weights["pos_embed"].flatten(1, 2)  # (1, N, D)
        before = plain["pos_embed"].shape[1] - positions.shape[1]
        weights["pos_embed"] = torch.cat([torch.zeros_like(positions[:, :before]), positions], dim=1)
    return weights

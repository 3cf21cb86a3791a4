"""A detector on an image tower: FCOS of torchvision, with a feature pyramid on the tower's maps."""

from collections import OrderedDict
from math import log2
from typing import Any

import torch
from torch import Tensor, nn
from torchvision.models.detection import FCOS
from torchvision.models.detection.anchor_utils import AnchorGenerator
from torchvision.ops.feature_pyramid_network import FeaturePyramidNetwork, LastLevelP6P7

from sarvl.models.networks.feature_tower import STRIDES, FeatureTower


class Pyramid(nn.Module):
    """A tower with a feature pyramid: five maps, each half as fine as the one before, of the same channels.

    A tower with one map alone gets three of it, as ViTDet does.
    Sources: Lin et al., Feature Pyramid Networks, CVPR 2017; Li et al., Exploring Plain Vision Transformer Backbones
    for Object Detection, ECCV 2022.
    """

    def __init__(self, tower: FeatureTower, channels: int) -> None:
        super().__init__()
        self.tower, self.out_channels = tower, channels
        self.spread = _Spread(tower) if len(tower.strides) == 1 else None
        widths = list(tower.channels) * len(STRIDES) if self.spread else list(tower.channels)
        self.pyramid = FeaturePyramidNetwork(widths, channels, LastLevelP6P7(channels, channels))
        finest = self.spread.finest if self.spread else tower.strides[0]
        self.strides = [finest * 2**level for level in range(len(widths) + 2)]

    def forward(self, pixels: Tensor) -> OrderedDict[str, Tensor]:
        """Return the maps of what ``normalise`` gives of images, the finest first."""
        maps = self.tower(pixels)
        if self.spread:
            maps = self.spread(maps[0])
        named: OrderedDict[str, Tensor] = self.pyramid(OrderedDict((str(place), one) for place, one in enumerate(maps)))
        return named


class _Spread(nn.Module):
    """Makes of one map three: finer ones by transposed convolutions, coarser ones by pooling."""

    def __init__(self, tower: FeatureTower) -> None:
        super().__init__()
        (stride,), (channels,) = tower.strides, tower.channels
        doublings = max(0, round(log2(stride / STRIDES[0])))
        self.finest = stride // 2**doublings
        self.steps = nn.ModuleList([_step(level - doublings, channels) for level in range(len(STRIDES))])

    def forward(self, values: Tensor) -> list[Tensor]:
        return [step(values) for step in self.steps]


def _step(halvings: int, channels: int) -> nn.Sequential:
    finer = [nn.ConvTranspose2d(channels, channels, 2, 2) for _ in range(-halvings)]
    return nn.Sequential(*finer, *[nn.MaxPool2d(2) for _ in range(halvings)])


def make_detector(
    tower: FeatureTower, side: int, *, bands: int, classes: int, channels: int, least_score: float
) -> nn.Module:
    """Return an untrained detector of ``classes`` on a tower, which it takes over.

    It takes what ``normalise`` gives, a list of (bands, side, side), and in training, where they may be smaller, a list
    of targets: ``boxes`` (G, 4) and ``labels`` (G,) from 0; it gives losses by name, or else boxes, labels and scores
    of each image.
    Source: Tian et al., FCOS, ICCV 2019, as torchvision has it.
    """
    pyramid = Pyramid(tower, channels)
    anchors = AnchorGenerator(tuple((stride,) for stride in pyramid.strides), ((1.0,),) * len(pyramid.strides))
    detector: Any = FCOS(
        pyramid,
        classes,
        min_size=side,
        max_size=side,
        image_mean=[0.0] * bands,  # normalised before
        image_std=[1.0] * bands,
        anchor_generator=anchors,
        score_thresh=least_score,
        size_divisible=1,
        _skip_resize=True,  # images that are learnt from have their size, which may be that of a cut
    )
    return detector  # type: ignore[no-any-return]


def targets_of(boxes: Tensor, labels: Tensor) -> dict[str, Tensor]:
    """Return what the detector is to find in an image; boxes without area cannot be, and are left out."""
    kept = (boxes[:, 2:] > boxes[:, :2]).all(dim=1)
    return {"boxes": boxes[kept].to(torch.float32), "labels": labels[kept]}

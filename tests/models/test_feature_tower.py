"""Maps of features: of every kind of image tower, equal to what the tower itself makes of an image."""

import json

import numpy as np
import open_clip
import pytest
import torch
from micro import micro_model
from torch import nn

from sarvl.errors import ModelError
from sarvl.models import create_model
from sarvl.models.networks.feature_tower import FeatureTower, feature_tower
from sarvl.models.networks.towers import tower_module
from sarvl.models.protocols import FeatureMaps

TEXT = {"context_length": 77, "vocab_size": 49408, "width": 16, "heads": 2, "layers": 1}
VISION = {
    "transformer": {"image_size": 32, "layers": 2, "width": 64, "patch_size": 16},
    "timm_convolutional": {"image_size": 32, "timm_model_name": "mobilenetv2_035", "timm_pool": ""},
    "timm_transformer": {"image_size": 224, "timm_model_name": "test_vit", "timm_pool": "avg"},
}


def model_of(kind, folder):
    if kind == "resnet":
        return micro_model(folder)
    path = folder / f"maps-{kind}.json"
    path.write_text(json.dumps({"embed_dim": 16, "vision_cfg": VISION[kind], "text_cfg": TEXT}))
    open_clip.add_model_config(path)
    torch.manual_seed(0)
    return create_model(path.stem)


@pytest.mark.parametrize(
    ("kind", "strides"),
    [
        ("resnet", (8, 16, 32)),
        ("timm_convolutional", (8, 16, 32)),
        ("transformer", (16,)),
        ("timm_transformer", (16,)),
    ],
)
def test_every_kind_of_tower_gives_maps_of_another_size(kind, strides, tmp_path):
    model = model_of(kind, tmp_path)
    assert isinstance(model, FeatureMaps)
    before = model.weights_hash
    tower = model.feature_tower(64)
    pixels = model.normalise(torch.from_numpy(np.random.default_rng(0).integers(0, 255, (2, 1, 64, 64), np.uint8)))
    maps = tower(pixels)
    assert tower.strides == strides
    assert [tuple(one.shape) for one in maps] == [
        (2, channels, 64 // stride, 64 // stride) for channels, stride in zip(tower.channels, strides, strict=True)
    ]
    sum(one.square().mean() for one in maps).backward()  # learns without touching the model
    assert model.weights_hash == before
    assert all(parameter.grad is None for parameter in model.network.parameters())
    assert any(parameter.grad is not None for parameter in tower.parameters())


def test_the_coarsest_map_is_what_the_tower_pools(tmp_path):
    model = micro_model(tmp_path)
    pixels = model.normalise(torch.randint(0, 255, (2, 1, 32, 32), dtype=torch.uint8))
    with torch.no_grad():
        pooled = tower_module(model.network, "image").attnpool(model.feature_tower(32)(pixels)[-1])
        assert torch.allclose(pooled, model.network.encode_image(pixels), atol=1e-5)


@pytest.mark.parametrize(("kind", "side"), [("transformer", 40), ("timm_transformer", 40)])
def test_a_size_that_the_patches_do_not_fill_is_refused(kind, side, tmp_path):
    with pytest.raises(ModelError, match="choose another size"):
        model_of(kind, tmp_path).feature_tower(side)


def test_a_tower_without_maps_is_refused_in_one_line():
    network = torch.nn.Module()
    network.visual = torch.nn.Linear(2, 2)
    with pytest.raises(ModelError, match=r"^mine: its image tower gives no maps of features; choose .*timm$"):
        feature_tower(network, 64, "mine")


class Windowed(nn.Module):
    """A tower with a map at two strides that takes images of 64 pixels alone, as those with windows do."""

    def __init__(self):
        super().__init__()
        self.first = nn.Conv2d(3, 4, 8, stride=8)

    def forward_intermediates(self, pixels, indices, **options):
        assert pixels.shape[-1] == 64
        maps = [self.first(pixels), self.first(pixels)[..., ::2, ::2]]
        return {"image_intermediates": maps if indices is None else [maps[place] for place in indices]}


def test_a_tower_with_windows_takes_no_parts_of_images():
    """Regression: Swin and CoAtNet were taken for towers that can be shown cuts, and failed within training."""
    tower = FeatureTower(Windowed(), 64)
    assert tower.strides == (8, 16)
    assert tower.takes(64)
    assert not tower.takes(32)

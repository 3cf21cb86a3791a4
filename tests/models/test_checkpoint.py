"""Checkpoints: what is saved is what is loaded, by us and by open_clip, and nothing else is."""

import json
import re
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import open_clip
import pytest
import torch
from micro import micro_model, squares
from safetensors.torch import load_file, save_file

from sarvl.errors import ModelError
from sarvl.imagery import InputContract
from sarvl.models import create_model, load_image_tower, load_model, save_model
from sarvl.models.history import StageEntry

TEXTS = ["A SAR image of a ship.", "Two bridges."]
ENTRY = {
    "stage": "one",
    "corpus_digest": "ab" * 32,
    "further_digests": [],
    "classes": ["ship", "tank"],
    "question_kinds": ["count"],
    "kinds_of_classes": {"": ["label"], "ship": ["count"]},
    "split": "train",
    "images": 20,
    "steps": 3,
    "epochs": 0.5,
    "batch_size": 4,
    "learning_rate": 0.001,
    "seed": 0,
    "began_from": "sarvl-tiny, untrained",
}
HISTORY = [StageEntry(**ENTRY)]


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    model = micro_model(tmp_path_factory.mktemp("config"))
    with torch.no_grad():
        for buffer in model.network.visual.buffers():  # running statistics as after training
            buffer.add_(torch.rand(buffer.shape).to(buffer.dtype))
    model.history = HISTORY
    model.contract = InputContract.of_pictures(32, (0.5,) * 3, (0.5,) * 3, range_db=(-25.0, 5.0))
    return model


@pytest.fixture(scope="module")
def saved(model, tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("run") / "best"
    save_model(model, folder, {"loss": 1.5}, "CC0")
    return folder


@pytest.fixture
def copied(saved, tmp_path) -> Path:
    return Path(shutil.copytree(saved, tmp_path / "copied"))


@pytest.fixture(scope="module")
def pixels() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (3, 1, 32, 32), np.uint8)


def refused(name: str | Path) -> str:
    with pytest.raises(ModelError) as caught:
        load_model(str(name))
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize("form", ["{folder}", "local-dir:{folder}", "{folder.parent}"])
def test_a_saved_model_loads_as_it_was(model, saved, pixels, form):
    loaded = load_model(form.format(folder=saved))
    assert loaded.weights_hash == model.weights_hash
    assert (loaded.history, loaded.contract, loaded.name) == (HISTORY, model.contract, "sarvl-micro")
    np.testing.assert_array_equal(loaded.encode_images(squares(pixels)), model.encode_images(squares(pixels)))
    np.testing.assert_array_equal(loaded.encode_texts(TEXTS), model.encode_texts(TEXTS))


def test_the_sidecar_says_what_the_checkpoint_is(model, saved):
    sidecar = json.loads((saved / "sarvl.json").read_text())
    assert sidecar["metrics"] == {"loss": 1.5}
    assert sidecar["licence"] == "CC0"
    assert sidecar["stages"] == [ENTRY]
    assert sidecar["weights_hash"] == model.weights_hash


@torch.inference_mode()
def test_plain_open_clip_opens_the_folder(model, saved, pixels):
    network, _, preprocess = open_clip.create_model_and_transforms(f"local-dir:{saved}")
    network.eval()
    tokenizer = open_clip.get_tokenizer(f"local-dir:{saved}")
    images = network.encode_image(model.normalise(torch.from_numpy(pixels)), normalize=True)
    texts = network.encode_text(tokenizer(TEXTS), normalize=True)
    np.testing.assert_allclose(images.numpy(), model.encode_images(squares(pixels)), atol=1e-5)
    np.testing.assert_allclose(texts.numpy(), model.encode_texts(TEXTS), atol=1e-5)
    assert network.visual.preprocess_cfg["mean"] == list(model.contract.mean)
    assert preprocess.transforms[-1].std == list(model.contract.std)


def test_a_folder_without_sidecar_has_the_contract_of_its_preprocessing(copied):
    (copied / "sarvl.json").unlink()
    contract = load_model(str(copied)).contract
    assert contract == InputContract.of_pictures(32, (0.5,) * 3, (0.5,) * 3)


def test_other_weights_than_the_sidecar_says_are_refused(copied):
    weights = load_file(copied / "open_clip_model.safetensors")
    weights["logit_scale"] += 1
    save_file(weights, copied / "open_clip_model.safetensors")
    assert "weights_hash differs" in refused(copied)


@pytest.mark.parametrize("content", ["[]", "{}", '{"contract": 3}', "not json", '{"contract": {"size": 0}}'])
def test_a_faulty_sidecar_is_refused(copied, content):
    (copied / "sarvl.json").write_text(content)
    assert "sarvl.json" in refused(copied)


def drop_epochs(sidecar: dict[str, Any]) -> None:
    del sidecar["stages"][0]["epochs"]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (drop_epochs, r"stages\.0\.epochs: missing; give it"),
        (lambda sidecar: sidecar.pop("licence"), "licence: missing; give it"),
        (lambda sidecar: sidecar.update(licens="CC0"), "licens: no such field"),
        (lambda sidecar: sidecar["stages"][0].update(epoch=1), r"stages\.0\.epoch: no such field"),
        (lambda sidecar: sidecar["contract"].pop("frame"), r"contract\.frame: missing; give it"),
        (lambda sidecar: sidecar.update(stages=3), "stages: "),
        (lambda sidecar: sidecar.update(format_version=4), "of format 4, where this version reads 3"),
    ],
)
@pytest.mark.parametrize("version", [1, 2, 3])
def test_a_wrong_key_of_a_sidecar_is_one_line(copied, change, reason, version):
    """A stage without ``epochs`` was a KeyError, once a page was made of it."""
    sidecar = json.loads((copied / "sarvl.json").read_text())
    if version < 3:
        sidecar["format_version"] = version
        del sidecar["kind"]
    if version == 1:
        del sidecar["format_version"]
    change(sidecar)
    (copied / "sarvl.json").write_text(json.dumps(sidecar))
    message = refused(copied)
    assert re.search(rf"sarvl\.json: {reason}.*; restore it", message)


def test_a_sidecar_of_version_1_loads(copied, model):
    """As checkpoints of 0.1 have it: no ``format_version``, whole epochs, and a contract of version 1."""
    sidecar = json.loads((copied / "sarvl.json").read_text())
    del sidecar["format_version"], sidecar["kind"]
    sidecar["stages"][0]["epochs"] = 2
    sidecar["contract"] = {"size": 32, "channels": 3, "mean": [0.5] * 3, "std": [0.5] * 3, "range_db": [-25.0, 5.0]}
    (copied / "sarvl.json").write_text(json.dumps(sidecar))
    loaded = load_model(copied)
    as_then = model.contract.frame.model_copy(update={"antialias": False})
    assert loaded.contract == model.contract.model_copy(update={"frame": as_then})
    assert loaded.history == [StageEntry(**ENTRY | {"epochs": 2.0})]


@pytest.mark.parametrize("content", ["{}", "[]", '{"model_cfg": {}}', "torn {"])
def test_a_faulty_configuration_is_refused(copied, content):
    (copied / "open_clip_config.json").write_text(content)
    assert "open_clip_config.json: " in refused(copied)


def test_torn_weights_are_refused(copied):
    path = copied / "open_clip_model.safetensors"
    path.write_bytes(path.read_bytes()[:1000])
    assert "open_clip_model.safetensors: cannot be read" in refused(copied)


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("no/such/folder", "no such folder"),
        ("local-dir:no/such/folder", "no open_clip_config.json"),
        ("ViT-B-32", "no such folder"),
        ("ViT-B-32:", "no such folder"),
        ("ViT-B-32:nothing", "not a known tag"),
        ("NoSuchModel:openai", "no such architecture"),
        ("hf-hub:", "cannot be fetched"),
    ],
)
def test_a_name_that_is_no_model_is_refused(name, reason, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert reason in refused(name)


def test_a_remote_model_without_a_network_is_refused(monkeypatch, tmp_path):
    import huggingface_hub

    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(tmp_path))
    assert "network" in refused("hf-hub:nobody/nothing")


def test_an_unknown_architecture_is_refused():
    with pytest.raises(ModelError, match="no such architecture"):
        create_model("ViT-nothing")


@pytest.fixture(scope="module")
def mobile():
    return create_model("sarvl-mobile")


def test_the_image_tower_starts_from_real_weights(mobile, shared_data):
    path = shared_data / "imagenet_mobilenet_v2" / "model.safetensors"
    given = load_file(path)
    text_before = mobile.network.token_embedding.weight.clone()
    load_image_tower(mobile, path)
    trunk = mobile.network.visual.trunk.state_dict()
    assert set(given) - set(trunk) == {"classifier.weight", "classifier.bias"}
    for name, tensor in trunk.items():
        assert torch.equal(tensor, given[name].to(tensor.dtype)), name
        assert tensor.dtype in (torch.float32, torch.int64)
    assert torch.equal(mobile.network.token_embedding.weight, text_before)


@pytest.mark.parametrize("fault", ["shape", "missing", "pickle"])
def test_wrong_image_weights_are_refused(mobile, tmp_path, fault):
    weights = {name: tensor.clone() for name, tensor in mobile.network.visual.trunk.state_dict().items()}
    before = mobile.weights_hash
    path = tmp_path / "model.safetensors"
    if fault == "pickle":
        torch.save(weights, path)
    else:
        first = weights.pop("conv_stem.weight")
        save_file(weights if fault == "missing" else weights | {"conv_stem.weight": first[:4].clone()}, path)
    with pytest.raises(ModelError, match=r"model\.safetensors") as caught:
        load_image_tower(mobile, path)
    assert "\n" not in str(caught.value)
    assert mobile.weights_hash == before


def test_image_weights_are_for_timm_towers(model, tmp_path):
    with pytest.raises(ModelError, match="not of timm"):
        load_image_tower(model, tmp_path / "none.safetensors")

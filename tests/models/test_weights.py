"""Weights of other people: which file is loaded, and that none of them runs code."""

import json
import os
import pickle
import shutil
import sys
from pathlib import Path

import open_clip
import pytest
import torch
from micro import MICRO_CONFIG, micro_model
from safetensors.torch import save_file

from sarvl.errors import ModelError
from sarvl.models import convert, load_model, save_model
from sarvl.models.clips.clip import Clip
from sarvl.models.model import hash_of_weights
from sarvl.models.networks.weights import read_weights, weights_of_folder


@pytest.fixture(scope="module")
def model(tmp_path_factory) -> Clip:
    return micro_model(tmp_path_factory.mktemp("config"))


@pytest.fixture
def state(model) -> dict[str, torch.Tensor]:
    return {name: tensor.clone() for name, tensor in model.network.state_dict().items()}


@pytest.fixture
def folder(model, tmp_path) -> Path:
    """A folder with a configuration and no weights."""
    save_model(model, tmp_path / "model", {}, "none")
    for name in ("sarvl.json", "open_clip_model.safetensors"):
        (tmp_path / "model" / name).unlink()
    return tmp_path / "model"


class Evil:
    """Writes a file when it is unpickled."""

    def __init__(self, mark: Path):
        self.mark = mark

    def __reduce__(self):
        return Path.touch, (self.mark,)


def refused(function, *arguments) -> str:
    with pytest.raises(ModelError) as caught:
        function(*arguments)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def changed(state: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    return {name: tensor + 1 for name, tensor in state.items()}


def test_safetensors_win_over_pickles(folder, state, tmp_path):
    """``open_clip_pytorch_model.bin`` won over ``open_clip_zzz.safetensors``, which had been checked."""
    save_file(state, folder / "open_clip_zzz.safetensors")
    torch.save(changed(state), folder / "open_clip_pytorch_model.bin")
    assert load_model(folder).weights_hash == hash_of_weights(state)
    torch.save(Evil(tmp_path / "mark"), folder / "open_clip_pytorch_model.bin")
    assert load_model(folder).weights_hash == hash_of_weights(state)
    assert not (tmp_path / "mark").exists()


@pytest.mark.parametrize(
    ("files", "chosen"),
    [
        (["model.safetensors", "open_clip_model.safetensors", "a.safetensors"], "open_clip_model.safetensors"),
        (["model.safetensors", "open_clip_pytorch_model.safetensors"], "open_clip_pytorch_model.safetensors"),
        (["model.safetensors", "zzz.safetensors", "aaa.bin"], "model.safetensors"),
        ([".open_clip_model.safetensors.x1.safetensors", "b.safetensors"], "b.safetensors"),
        (["m-1.safetensors", "m-2.safetensors", "m.safetensors.index.json"], "m.safetensors.index.json"),
        (["training_args.bin", "pytorch_model.bin"], "pytorch_model.bin"),
        (["epoch_3.pt"], "epoch_3.pt"),
        (["model.onnx", "weights.pth"], "weights.pth"),
    ],
)
def test_one_file_of_a_folder_is_chosen(tmp_path, files, chosen):
    for name in files:
        (tmp_path / name).touch()
    assert weights_of_folder(tmp_path) == tmp_path / chosen


@pytest.mark.parametrize(
    ("files", "reason"),
    [
        ([], "no weights"),
        (["model.onnx"], "no weights"),
        (["a.safetensors", "b.safetensors"], r"several files of weights (a.safetensors, b.safetensors)"),
        (["epoch_1.pt", "epoch_2.pt"], "several files of weights (epoch_1.pt, epoch_2.pt)"),
    ],
)
def test_a_folder_without_one_file_of_weights_is_refused(tmp_path, files, reason):
    for name in files:
        (tmp_path / name).touch()
    assert reason in refused(weights_of_folder, tmp_path)


def test_weights_in_pieces_are_put_together(folder, state):
    names = sorted(state)
    pieces = {"m-1.safetensors": names[::2], "m-2.safetensors": names[1::2]}
    for file, part in pieces.items():
        save_file({name: state[name] for name in part}, folder / file)
    places = {name: file for file, part in pieces.items() for name in part}
    index = folder / "model.safetensors.index.json"
    index.write_text(json.dumps({"weight_map": places}))
    assert load_model(folder).weights_hash == hash_of_weights(state)
    for wrong in ([], {}, {"weight_map": 3}, {"weight_map": {"a": 3}}, {"weight_map": {"a": "../m-1.safetensors"}},
                  {"weight_map": {"a": "evil.bin"}}, {"weight_map": places | {"b": "m-1.safetensors"}},
                  {"weight_map": {"a": "m-3.safetensors"}}):  # fmt: skip
        index.write_text(json.dumps(wrong))
        refused(load_model, folder)


def as_trained(state: dict[str, torch.Tensor], parallel: bool) -> dict:
    """Return what open_clip_train saves as ``epoch_N.pt``."""
    network = torch.nn.Linear(2, 2)
    optimizer = torch.optim.AdamW(network.parameters())
    network(torch.ones(2)).sum().backward()
    optimizer.step()
    prefix = "module." if parallel else ""
    weights = {prefix + name: tensor for name, tensor in state.items()}
    return {"epoch": 3, "name": "a run", "state_dict": weights, "optimizer": optimizer.state_dict(), "scaler": {}}


@pytest.mark.parametrize("name", ["epoch_3.pt", "open_clip_pytorch_model.bin", "weights.pth"])
@pytest.mark.parametrize("form", ["plain", "trained", "parallel"])
def test_pickled_weights_are_read_without_running_code(folder, state, name, form):
    value = state if form == "plain" else as_trained(state, form == "parallel")
    torch.save(value, folder / name)
    for found in (load_model(folder), load_model(f"sarvl-micro:{folder / name}"), load_model(f"sarvl-micro:{folder}")):
        assert found.weights_hash == hash_of_weights(state)


def test_half_precision_and_other_shapes_of_the_scale_are_taken(folder, state, model):
    halves = {name: tensor.half() if tensor.is_floating_point() else tensor for name, tensor in state.items()}
    halves["logit_scale"] = halves["logit_scale"].reshape(1)
    torch.save(halves, folder / "weights.pt")
    found = load_model(folder).network.state_dict()
    for name, tensor in state.items():
        torch.testing.assert_close(found[name], tensor, rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize("place", ["alone", "state_dict", "tensor", "optimizer"])
def test_a_pickle_that_would_run_code_is_refused(folder, state, tmp_path, place):
    evil = Evil(tmp_path / "mark")
    value = {"alone": evil, "state_dict": {"state_dict": evil}, "tensor": state | {"evil": evil}}.get(place)
    torch.save(value or as_trained(state, False) | {"optimizer": evil}, folder / "weights.pt")
    for name in (folder, f"sarvl-micro:{folder / 'weights.pt'}"):
        assert "could run code" in refused(load_model, name)
    (folder / "weights.pt").write_bytes(pickle.dumps(evil))
    refused(load_model, folder)
    assert not (tmp_path / "mark").exists()


def test_code_in_a_torchscript_archive_is_refused(folder):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("warnings.warn", lambda *_, **__: None)
        torch.jit.save(torch.jit.script(torch.nn.Linear(2, 2)), folder / "ViT.pt")
    assert "TorchScript" in refused(load_model, f"sarvl-micro:{folder / 'ViT.pt'}")


@pytest.mark.parametrize("name", ["w.pt", "w.safetensors", "w.npz", "w.bin"])
@pytest.mark.parametrize("content", [b"", b"\0" * 100, b"PK\x03\x04" + b"\1" * 50, b"{}", b"\x80\x02}q\x00."])
def test_a_damaged_file_is_one_line(tmp_path, name, content):
    (tmp_path / name).write_bytes(content)
    assert str(tmp_path / name) in refused(read_weights, tmp_path / name)


@pytest.mark.parametrize("value", [[], {}, 3, {"a": 3}, {3: torch.ones(1)}, {"state_dict": [1]}, torch.ones(2), None])
def test_a_file_that_is_no_network_is_one_line(tmp_path, value):
    torch.save(value, tmp_path / "w.pt")
    assert str(tmp_path / "w.pt") in refused(read_weights, tmp_path / "w.pt")


def test_torn_pickles_are_one_line(folder, state):
    torch.save(state, folder / "w.pt")
    whole = (folder / "w.pt").read_bytes()
    for size in range(0, len(whole), len(whole) // 12):
        (folder / "w.pt").write_bytes(whole[:size])
        refused(load_model, folder)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no named pipes of this kind")
def test_a_pipe_is_refused(tmp_path):
    os.mkfifo(tmp_path / "w.pt")
    assert "not a regular file" in refused(read_weights, tmp_path / "w.pt")


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda state: state.pop("ln_final.weight"), "ln_final.weight is missing"),
        (lambda state: state.update(extra=torch.ones(1)), "extra is not of this architecture"),
        (lambda state: state.update({"ln_final.weight": torch.ones(3)}), r"ln_final.weight is (3,) instead of (16,)"),
    ],
)
def test_weights_that_do_not_fit_are_named(folder, state, change, reason):
    change(state)
    save_file(state, folder / "model.safetensors")
    assert reason in refused(load_model, folder)


def test_a_file_alone_is_told_how_it_is_named(folder, state):
    torch.save(state, folder / "epoch_3.pt")
    assert f"as in ViT-B-32:{folder / 'epoch_3.pt'}" in refused(load_model, folder / "epoch_3.pt")
    (folder / "notes.txt").write_text("no weights")
    assert "notes.txt: no model; give a run of" in refused(load_model, folder / "notes.txt")


def test_a_network_of_another_size_is_refused_before_memory_is_taken(folder, state):
    """The network is planned without memory first: this one would take 300 GB."""
    save_file(state, folder / "model.safetensors")
    file = folder / "open_clip_config.json"
    config = json.loads(file.read_text())
    config["model_cfg"]["vision_cfg"]["width"] = 2**14
    file.write_text(json.dumps(config))
    assert "weights do not fit" in refused(load_model, folder)


def test_settings_that_do_not_go_together_are_one_line(folder, state):
    """``custom_text`` renames all weights of the text, which open_clip accepts; a decoder without it, it does not."""
    save_file(state, folder / "model.safetensors")
    file = folder / "open_clip_config.json"
    config = json.loads(file.read_text())
    config["model_cfg"]["custom_text"] = True
    file.write_text(json.dumps(config))
    assert load_model(folder).encode_texts(["A ship."]).shape == (1, 16)
    config["model_cfg"] |= {"custom_text": False, "multimodal_cfg": {}}
    file.write_text(json.dumps(config))
    assert "cannot be opened (TypeError" in refused(load_model, folder)


def test_weights_of_another_activation_are_refused():
    """open_clip warns of it, and computes wrong features; the name that is told is one that open_clip knows."""
    for name, tag in open_clip.list_pretrained():
        if open_clip.get_pretrained_cfg(name, tag).get("quick_gelu") and not name.endswith("-quickgelu"):
            message = refused(load_model, f"{name}:{tag}")
            assert message.startswith(f"{name}:{tag}: trained with QuickGELU")
            right, _, _ = message.rpartition(" ")[2].partition(":")
            assert open_clip.get_model_config(right)["quick_gelu"]
            assert open_clip.get_pretrained_cfg(right, tag)


@pytest.mark.parametrize("source", ["file", "folder", "checkpoint"])
def test_convert_writes_a_checkpoint_that_open_clip_opens(folder, state, model, tmp_path, source):
    torch.save(as_trained(state, True), folder / "epoch_3.pt")
    name = f"sarvl-micro:{folder / 'epoch_3.pt'}" if source == "file" else str(folder)
    if source == "checkpoint":
        save_model(model, folder, {"loss": 2.0}, "CC0")
        (folder / "epoch_3.pt").unlink()
    made = convert(name, tmp_path / "made")
    assert {path.name for path in (tmp_path / "made").iterdir()} == {
        *("open_clip_model.safetensors", "open_clip_config.json", "sarvl.json", "README.md")
    }
    found = load_model(tmp_path / "made")
    assert found.weights_hash == made.weights_hash == hash_of_weights(state)
    assert found.contract == load_model(name).contract
    network = open_clip.create_model(f"local-dir:{tmp_path / 'made'}", require_pretrained=True)
    assert hash_of_weights(network.state_dict()) == found.weights_hash
    told = json.loads((tmp_path / "made" / "sarvl.json").read_text())
    expected = {
        "file": ("sarvl-micro:epoch_3.pt", "not stated", {}),
        "folder": ("model", "not stated", {}),
        "checkpoint": ("sarvl-micro", "CC0", {"loss": 2.0}),
    }[source]
    assert (told["name"], told["licence"], told["metrics"]) == expected


def test_convert_keeps_what_is_there(folder, state, tmp_path):
    save_file(state, folder / "model.safetensors")
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "mine.txt").touch()
    (tmp_path / "file").touch()
    for out in (tmp_path / "full", tmp_path / "file", folder):
        before = sorted(tmp_path.rglob("*"))
        assert "there is something already" in refused(convert, folder, out)
        assert sorted(tmp_path.rglob("*")) == before
    (tmp_path / "empty").mkdir()
    convert(folder, tmp_path / "empty", "CC0")
    assert json.loads((tmp_path / "empty" / "sarvl.json").read_text())["licence"] == "CC0"


def test_a_conversion_that_fails_leaves_nothing(folder, tmp_path):
    shutil.rmtree(folder)
    refused(convert, folder, tmp_path / "made")
    assert list(tmp_path.iterdir()) == []


def test_what_open_clip_calls_its_architecture_is_read_as_open_clip_reads_it(folder, state):
    """The weights of ``MICRO_CONFIG`` at another size: the grid of positions is what open_clip makes of it."""
    assert MICRO_CONFIG["text_cfg"]["context_length"] == 77
    save_file(state, folder / "open_clip_model.safetensors")
    file = folder / "open_clip_config.json"
    config = json.loads(file.read_text())
    config["model_cfg"]["text_cfg"]["context_length"] = 40
    file.write_text(json.dumps(config))
    expected = open_clip.create_model(f"local-dir:{folder}").state_dict()
    assert load_model(folder).weights_hash == hash_of_weights(expected)

"""open_clip_config.json: what is known and harmless is taken; whatever else it holds is one line, and runs nothing."""

import copy
import json
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import open_clip
import pytest
from micro import MICRO_CONFIG, micro_model, squares

from sarvl.errors import ModelError
from sarvl.models import load_model, save_model
from sarvl.models.open_clip_config import Network, OpenClipConfig


@pytest.fixture(scope="module")
def saved(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("saved")
    save_model(micro_model(tmp_path_factory.mktemp("config")), folder, {}, "none")
    (folder / "sarvl.json").unlink()
    return folder


@pytest.fixture
def copied(saved, tmp_path) -> Path:
    return Path(shutil.copytree(saved, tmp_path / "copied"))


def refused(name: object) -> str:
    with pytest.raises(ModelError) as caught:
        load_model(str(name))
    assert "\n" not in str(caught.value)
    return str(caught.value)


def change(folder: Path, path: str, value: Any) -> None:
    """Set one field of the configuration, given by its path."""
    file = folder / "open_clip_config.json"
    config = json.loads(file.read_text())
    *parents, last = path.split(".")
    part = config
    for name in parents:
        part = part.setdefault(name, {})
    part[last] = value
    file.write_text(json.dumps(config))


def test_every_architecture_of_open_clip_is_known():
    for name in open_clip.list_models():
        Network.model_validate(open_clip.get_model_config(name))


def test_the_fields_are_those_of_open_clip():
    """A field that open_clip adds is looked at before it is taken."""
    network = Network.model_fields
    vision, text = open_clip.CLIPVisionCfg, open_clip.CLIPTextCfg
    pairs = [(network["vision_cfg"].annotation, vision), (network["text_cfg"].annotation, text)]
    pairs.append((OpenClipConfig.model_fields["preprocess_cfg"].annotation, open_clip.transform.PreprocessCfg))
    for ours, theirs in pairs:
        assert set(ours.model_fields) - {"remark"} == set(theirs.__dataclass_fields__)


CODE = "import pathlib\npathlib.Path({mark!r}).write_text('ran')\n"


@pytest.fixture
def hostile(copied, tmp_path, monkeypatch) -> Iterator[Path]:
    """A folder whose tokenizer writes a file when its code runs; transformers must not even be looked for."""
    mark = tmp_path / "mark"
    (copied / "evil.py").write_text(CODE.format(mark=str(mark)) + "class Evil: pass\n")
    auto_map = {"AutoTokenizer": ["evil.Evil", None], "AutoModel": "evil.Evil", "AutoConfig": "evil.Evil"}
    for name in ("tokenizer_config.json", "config.json"):
        (copied / name).write_text(json.dumps({"auto_map": auto_map, "tokenizer_class": "Evil"}))
    monkeypatch.setitem(sys.modules, "transformers", None)
    yield copied
    assert not mark.exists()


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("model_cfg.text_cfg.tokenizer_kwargs", {"trust_remote_code": True}),
        ("model_cfg.text_cfg.tokenizer_kwargs", {"clean": "lower", "code_revision": "main"}),
        ("model_cfg.text_cfg.tokenizer_kwargs", {"bpe_path": "/etc/passwd"}),
        ("model_cfg.text_cfg.hf_tokenizer_name", "./evil"),
        ("model_cfg.text_cfg.hf_tokenizer_name", "/tmp/evil"),
        ("model_cfg.text_cfg.hf_tokenizer_name", "../evil"),
        ("model_cfg.text_cfg.hf_tokenizer_name", "hf-hub:evil/evil"),
        ("model_cfg.text_cfg.hf_tokenizer_name", "evil/evil\n"),
        ("model_cfg.text_cfg.hf_model_name", "evil/evil"),
        ("model_cfg.text_cfg.hf_model_name", "."),
        ("model_cfg.text_cfg.hf_config", {"trust_remote_code": True}),
        ("model_cfg.text_cfg.trust_remote_code", True),
        ("model_cfg.text_cfg.act_kwargs", {"out": "x"}),
        ("model_cfg.text_cfg.norm_kwargs", {"device": "cuda"}),
        ("model_cfg.vision_cfg.timm_model_name", "hf-hub:evil/evil"),
        ("model_cfg.vision_cfg.timm_model_name", "hf_hub:evil/evil"),
        ("model_cfg.vision_cfg.timm_model_name", "local-dir:."),
        ("model_cfg.vision_cfg.timm_model_name", "resnet50\n"),
        ("model_cfg.vision_cfg.timm_kwargs", {"pretrained_cfg": {"file": "x"}}),
        ("model_cfg.vision_cfg.pretrained_cfg_overlay", {"file": "x"}),
        ("model_cfg.trust_remote_code", True),
        ("model_cfg.cast_dtype", "float16"),
        ("preprocess_cfg.trust_remote_code", True),
        ("trust_remote_code", True),
    ],
)
def test_a_setting_that_could_run_code_is_refused(hostile, path, value):
    """``trust_remote_code`` in a configuration ran the Python of its folder, where transformers is installed."""
    if path != "model_cfg.text_cfg.hf_tokenizer_name":
        change(hostile, "model_cfg.text_cfg.hf_tokenizer_name", "owner/tokenizer")
    change(hostile, path, value)
    message = refused(hostile)
    assert f"open_clip_config.json: {path}" in message
    assert "only known settings" in message


def test_a_setting_that_could_run_code_is_refused_from_the_hub_as_well(hostile, monkeypatch):
    change(hostile, "model_cfg.text_cfg.tokenizer_kwargs", {"trust_remote_code": True})
    monkeypatch.setattr(
        "sarvl.models.open_clip_models.download_pretrained_from_hf",
        lambda repository, filename="open_clip_model.safetensors": str(hostile / filename),
    )
    assert "tokenizer_kwargs.trust_remote_code: no such field" in refused("hf-hub:owner/model")


def test_a_model_of_the_hub_is_that_of_its_files(copied, monkeypatch):
    monkeypatch.setattr(
        "sarvl.models.open_clip_models.download_pretrained_from_hf",
        lambda repository, filename="open_clip_model.safetensors": str(copied / filename),
    )
    found, same = load_model("hf-hub:owner/model"), load_model(copied)
    assert (found.name, found.weights_hash, found.contract) == ("hf-hub:owner/model", same.weights_hash, same.contract)


@pytest.mark.parametrize("part", ["hf_tokenizer_name", "hf_model_name"])
def test_transformers_is_named_with_the_extra_that_brings_it(copied, monkeypatch, part):
    monkeypatch.setitem(sys.modules, "transformers", None)
    change(copied, f"model_cfg.text_cfg.{part}", "roberta-base")
    message = refused(copied)
    assert "transformers, which is not installed; pip install 'sarvl[transformers]'" in message


def test_a_text_tower_is_not_read_from_the_working_directory(copied, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "roberta-base").mkdir()
    change(copied, "model_cfg.text_cfg.hf_model_name", "roberta-base")
    assert "would be read from the working directory" in refused(copied)


def test_the_code_of_a_folders_tokenizer_does_not_run(copied, tmp_path):
    pytest.importorskip("transformers", reason="transformers is not installed, which would run the code")
    mark = tmp_path / "mark"
    (copied / "evil.py").write_text(CODE.format(mark=str(mark)) + "class Evil: pass\n")
    (copied / "config.json").write_text(json.dumps({"model_type": "evil", "auto_map": {"AutoConfig": "evil.Evil"}}))
    change(copied, "model_cfg.text_cfg.hf_tokenizer_name", "owner/tokenizer")
    assert "auto_map names code of its own" in refused(copied)
    assert not mark.exists()


def leaves(part: dict[str, Any], path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    for name, value in part.items():
        yield (*path, name)
        if isinstance(value, dict):
            yield from leaves(value, (*path, name))


WRONG = (
    None,
    True,
    False,
    -1,
    0,
    1,
    7,
    2**62,
    10**400,
    0.5,
    -1e308,
    float("nan"),
    "",
    "x",
    "é" * 300,
    [],
    [1],
    {},
    {"a": 1},
)


@pytest.mark.parametrize(
    "path",
    list(
        leaves(
            {
                "model_cfg": MICRO_CONFIG,
                "preprocess_cfg": dict.fromkeys(
                    ("size", "mode", "mean", "std", "interpolation", "resize_mode", "fill_color")
                ),
            }
        )
    ),
    ids=".".join,
)
def test_any_change_of_a_field_is_one_line(copied, path):
    """16 of 35 single-field changes were tracebacks."""
    file = copied / "open_clip_config.json"
    original = json.loads(file.read_text())
    for value in (*WRONG, "removed"):
        config = copy.deepcopy(original)
        part = config
        for name in path[:-1]:
            part = part[name]
        part[path[-1]] = value
        if value == "removed":
            del part[path[-1]]
        file.write_text(json.dumps(config))
        try:
            model = load_model(copied)
            texts = model.encode_texts(["A ship."])
        except ModelError as problem:
            assert "\n" not in str(problem)
        else:
            pixels = np.zeros((1, 1, model.square.size, model.square.size), np.uint8)
            assert model.encode_images(squares(pixels)).shape == texts.shape == (1, 16)

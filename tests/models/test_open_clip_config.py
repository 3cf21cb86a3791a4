"""open_clip_config.json: what is known and harmless is taken; whatever else it holds is one line, and runs nothing."""

import copy
import json
import random
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import open_clip
import pytest
from micro import MICRO_CONFIG, micro_model, squares
from safetensors.torch import save_file

from sarvl.errors import ModelError
from sarvl.models import load_model, save_model
from sarvl.models.open_clip.config import Network, OpenClipConfig
from sarvl.models.open_clip.networks import untrained_network


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
    monkeypatch.setattr("sarvl.models.hub._unreachable", lambda: None)
    monkeypatch.setattr(
        "sarvl.models.clips.creation.download_pretrained_from_hf",
        lambda repository, filename="open_clip_model.safetensors": str(hostile / filename),
    )
    assert "tokenizer_kwargs.trust_remote_code: no such field" in refused("hf-hub:owner/model")


def test_a_model_of_the_hub_is_that_of_its_files(copied, monkeypatch):
    monkeypatch.setattr("sarvl.models.hub._unreachable", lambda: None)
    monkeypatch.setattr(
        "sarvl.models.clips.creation.download_pretrained_from_hf",
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


TEXT = {"context_length": 77, "vocab_size": 49408, "width": 16, "heads": 2, "layers": 1}
VISION = {"image_size": 32, "layers": 1, "width": 16, "head_width": 8, "patch_size": 16}
NETWORKS = {
    "ResNet": MICRO_CONFIG,
    "ViT": {
        "embed_dim": 16,
        "vision_cfg": VISION
        | {"mlp_ratio": 2.0, "patch_dropout": 0.0, "ls_init_value": 0.1, "pool_type": "tok", "no_ln_pre": False}
        | {"pos_embed_type": "learnable", "act_kwargs": {"approximate": "tanh"}, "norm_kwargs": {"eps": 1e-6}}
        | {"block_type": "custom", "qk_norm": True, "scale_heads": True, "scale_attn": True, "scale_fc": True},
        "text_cfg": TEXT
        | {"pool_type": "argmax", "eos_id": 2, "pad_id": 0, "proj_bias": False, "proj_type": "linear"}
        | {"no_causal_mask": False, "embed_cls": False, "tokenizer_kwargs": {"clean": "lower"}, "tokenizer_mode": None}
        | {"hf_tokenizer_name": "", "mlp_ratio": 2.0},
        **{"custom_text": True, "quick_gelu": False, "init_logit_scale": 2.6, "init_logit_bias": -10},
    },
    "CoCa": {
        "embed_dim": 16,
        "vision_cfg": VISION | {"attentional_pool": True, "attn_pooler_heads": 2, "output_tokens": True},
        "text_cfg": TEXT | {"context_length": 76, "embed_cls": True, "output_tokens": True},
        "multimodal_cfg": TEXT | {"context_length": 76, "attn_pooler_heads": 2, "dim_head": 8, "n_queries": 4},
        "custom_text": True,
    },
    "timm": {
        "embed_dim": 16,
        "vision_cfg": {"image_size": 32, "timm_model_name": "mobilenetv2_050", "timm_model_pretrained": False}
        | {"timm_pool": "", "timm_proj": "linear", "timm_proj_bias": False, "timm_drop": 0.0, "timm_drop_path": None},
        "text_cfg": TEXT,
    },
}
PREPROCESS = {
    **{"size": 32, "mode": "RGB", "mean": [0.5, 0.5, 0.5], "std": [0.5, 0.5, 0.5]},
    **{"interpolation": "bicubic", "resize_mode": "shortest", "fill_color": 0},
}
NUMBERS = (-1, 0, 1, 3, 7, 33, 4096, 2**31, 2**62, 10**400, 0.5, -1e308, float("nan"), float("inf"))
WORDS = ("", "x", "none", "last", "avg", "mlp", "custom", "clips", "parallel", "resnet18", "hf-hub:a/b", "é" * 300)
WRONG = (*NUMBERS, *WORDS, None, True, False, [], [1], [1, 1, 1, 1], [32, 32], [32, 64], {}, {"a": 1}, {"eps": 0.1})


def changes(config: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield a configuration with each field removed, and with each changed to every wrong value."""
    for path in leaves(config):
        for value in (*WRONG, "removed"):
            changed = copy.deepcopy(config)
            part = changed
            for name in path[:-1]:
                part = part[name]
            part[path[-1]] = value
            if value == "removed":
                del part[path[-1]]
            yield changed


@pytest.mark.parametrize("kind", NETWORKS)
def test_any_change_of_a_field_is_one_line(kind, tmp_path):
    """16 of 35 single-field changes were tracebacks."""
    state = untrained_network(NETWORKS[kind]).state_dict()
    save_file({name: tensor.contiguous() for name, tensor in state.items()}, tmp_path / "model.safetensors")
    file = tmp_path / "open_clip_config.json"
    whole = {"model_cfg": NETWORKS[kind], "preprocess_cfg": PREPROCESS}
    drawn = random.Random(kind).sample(list(changes(whole)), 30 if kind == "timm" else 80)  # MobileNets build slowly
    loaded = 0
    for config in (whole, *drawn):
        file.write_text(json.dumps(config))
        try:
            model = load_model(tmp_path)
            texts = model.encode_texts(["A ship."])
        except ModelError as problem:
            assert "\n" not in str(problem)
        else:
            pixels = np.zeros((1, 1, model.square.size, model.square.size), np.uint8)
            assert model.encode_images(squares(pixels)).shape == texts.shape == (1, 16)
            loaded += 1
    assert 0 < loaded < len(drawn)

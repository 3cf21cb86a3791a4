"""Decoders in 4 bits: what transformers is asked for, refusals, and what bitsandbytes makes where it is installed."""

import sys
from importlib.util import find_spec
from types import ModuleType

import numpy as np
import pytest
import torch

pytest.importorskip("transformers", reason="needs the extra sarvl[transformers]")
import transformers
from gpts import answer_recipe, question_corpus, tiny_llama
from micro import micro_model
from tiny_image_text import tiny_model

from sarvl.errors import ModelError, RecipeError
from sarvl.models import load_model, save_model
from sarvl.models.adapting.four_bits import is_four_bit, without_four_bits
from sarvl.models.adapting.lora import add_lora, merged
from sarvl.models.answering.opening import open_image_text_model
from sarvl.models.gpt.construction import with_language
from sarvl.models.gpt.language_options import TransformersLanguage
from sarvl.training import read_metrics, train
from sarvl.training.run.metrics import StepMetrics
from sarvl.training.run.state import Position, load_network, save_state


@pytest.fixture
def can_load(monkeypatch):
    """Feign bitsandbytes and accelerate where they are not there; nothing is loaded by these tests."""
    for name in ("bitsandbytes", "accelerate"):
        if find_spec(name) is None:
            monkeypatch.setitem(sys.modules, name, ModuleType(name))
    monkeypatch.setattr("bitsandbytes.supported_torch_devices", {"cpu", "cuda"}, raising=False)


@pytest.fixture(scope="module")
def llama(tmp_path_factory):
    return tiny_llama(tmp_path_factory.mktemp("llama"))


def asked_for(monkeypatch, auto: str, opened) -> dict:
    """Return what ``from_pretrained`` is called with."""
    given = {}

    def from_pretrained(*_, **more):
        given.update(more)
        raise OSError("far enough")

    monkeypatch.setattr(getattr(transformers, auto), "from_pretrained", from_pretrained)
    with pytest.raises(ModelError, match="far enough"):
        opened()
    return given


@pytest.mark.parametrize("kind", ["llava", "qwen2.5-vl", "smolvlm"])
def test_the_decoder_of_an_image_text_model_is_asked_for_in_4_bits_and_nothing_else(
    kind, can_load, monkeypatch, tmp_path
):
    folder = tiny_model(kind, tmp_path)
    network = load_model(f"hf:{folder}").network
    given = asked_for(
        monkeypatch, "AutoModelForImageTextToText", lambda: open_image_text_model(str(folder), quantize="nf4")
    )
    config = given["quantization_config"]
    assert type(config) is transformers.BitsAndBytesConfig
    assert (config.load_in_4bit, config.bnb_4bit_quant_type, config.bnb_4bit_use_double_quant) == (True, "nf4", True)
    assert config.bnb_4bit_compute_dtype == torch.bfloat16
    layers = {name for name, module in network.named_modules() if isinstance(module, torch.nn.Linear)}
    cut = layers - {*config.llm_int8_skip_modules}
    assert cut and all("self_attn" in name or "mlp" in name for name in cut)
    assert not any(part in name for name in cut for part in ("vision", "visual", "projector", "connector", "lm_head"))
    assert len(cut) == 7 * 2, "seven linear layers in each of two blocks"


def test_a_language_model_is_asked_for_in_4_bits_but_for_its_logits(llama, can_load, monkeypatch, tmp_path):
    given = asked_for(
        monkeypatch,
        "AutoModelForCausalLM",
        lambda: with_language(micro_model(tmp_path), TransformersLanguage(model=llama), "fp4"),
    )
    assert given["quantization_config"].bnb_4bit_quant_type == "fp4"
    assert given["quantization_config"].llm_int8_skip_modules == ["lm_head"]


@pytest.mark.parametrize(
    ("lacks", "reason"),
    [("bitsandbytes", r"sarvl\[qlora\]"), ("accelerate", r"sarvl\[qlora\]"), ("device", "does not compute on cpu")],
)
def test_where_4_bits_cannot_be_it_is_one_line(lacks, reason, llama, can_load, monkeypatch, tmp_path):
    if lacks == "device":
        monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
        monkeypatch.setattr("bitsandbytes.supported_torch_devices", {"cuda"})
    else:
        monkeypatch.setitem(sys.modules, lacks, None)
    opened = (
        lambda: with_language(micro_model(tmp_path), TransformersLanguage(model=llama), "nf4"),
        lambda: open_image_text_model(str(tiny_model("llava", tmp_path)), "nf4"),
    )
    for each in opened:
        with pytest.raises(ModelError, match=reason) as caught:
            each()
        assert "\n" not in str(caught.value) and "nf4" in str(caught.value)


@pytest.mark.parametrize(
    ("model", "stage", "reason"),
    [
        ({"architecture": "sarvl-tiny"}, {}, "quantize is for"),
        ({"architecture": "sarvl-tiny", "language": {"kind": "small"}}, {}, "quantize is for"),
        ({"start": "hf:x"}, {}, "`lora` with towers"),
        ({"start": "hf:x"}, {"lora": {"towers": ["image"]}}, "`lora` with towers"),
    ],
)
def test_a_recipe_says_what_goes_with_4_bits(model, stage, reason, tmp_path):
    with pytest.raises(RecipeError, match=reason):
        train(answer_recipe(tmp_path, tmp_path, model | {"quantize": "nf4"}, **stage), tmp_path / "run")


def test_weights_of_gguf_are_refused(llama, can_load, tmp_path):
    (tmp_path / "small.gguf").write_bytes(b"GGUF")
    with pytest.raises(ModelError, match="give the folder"):
        with_language(micro_model(tmp_path), TransformersLanguage(model=tmp_path / "small.gguf"), "nf4")


@pytest.mark.parametrize("kind", ["hf", "language"])
def test_lora_beside_4_bits_is_trained_and_kept_whole(kind, llama, tmp_path):
    for name in ("bitsandbytes", "accelerate", "peft"):
        pytest.importorskip(name, reason="needs the extra sarvl[qlora]")
    save_model(micro_model(tmp_path), tmp_path / "clip", {}, "none")
    model = {"start": f"hf:{tiny_model('llava', tmp_path)}"}
    if kind == "language":
        model = {"start": str(tmp_path / "clip"), "language": {"kind": "transformers", "model": str(llama)}}
    changes = {"lora": {"rank": 4, "towers": ["decoder"]}, "epochs": 1, "options": {}, "validation": None}
    changes |= {"texts": {"sources": ["chips"], "families": ["label"]}, "batch_size": 2}
    corpus = question_corpus(tmp_path / "corpus").folder
    recipe = answer_recipe(tmp_path, corpus, model | {"quantize": "nf4"}, **changes)
    run = train(recipe, tmp_path / "run", workers=1)
    steps = [row.loss for row in read_metrics(run) if isinstance(row, StepMetrics)]
    assert np.mean(steps[-3:]) < np.mean(steps[:3])
    again = load_model(run)
    assert not any(map(is_four_bit, again.network.modules()))
    assert not any("quantization" in path.read_text() for path in (run / "best").rglob("config.json"))


def test_a_merged_layer_computes_what_4_bits_and_the_addition_did_and_a_state_leaves_them_out(tmp_path):
    bitsandbytes = pytest.importorskip("bitsandbytes", reason="needs the extra sarvl[qlora]")
    pytest.importorskip("peft", reason="needs the extra sarvl[qlora]")

    def network() -> torch.nn.Module:
        torch.manual_seed(0)
        made = torch.nn.Module()
        layer = bitsandbytes.nn.Linear4bit(64, 32, quant_type="nf4", compute_dtype=torch.float32)
        made.text_decoder = torch.nn.Sequential(layer).to("cpu")
        made.is_loaded_in_4bit = True
        add_lora(made, 4, 8.0, ["decoder"], seed=1)
        return made

    before = network()
    for name, weights in before.named_parameters():
        if ".lora_B" in name:
            torch.nn.init.normal_(weights)
    given = torch.randn(3, 64)
    expected = before.text_decoder(given)
    state = without_four_bits(before, before.state_dict())
    assert sorted(name.rpartition("0.")[2] for name in state) == [
        "base_layer.bias",
        "lora_A.default.weight",
        "lora_B.default.weight",
    ]
    position = Position.at_stage(0, 0, [])
    save_state(tmp_path / "state", {f"network.{name}": value for name, value in state.items()}, position)
    again = network()
    load_network(tmp_path / "state", again)
    torch.testing.assert_close(again.text_decoder(given), expected, rtol=0, atol=0)
    whole = merged(again)
    assert not any(map(is_four_bit, whole.modules()))
    torch.testing.assert_close(whole.text_decoder(given), expected, rtol=1e-4, atol=1e-4)


def test_measuring_between_steps_leaves_weights_of_4_bits_as_they_lie():
    """On processors with bfloat16, bitsandbytes laid them out anew, so that a run kept none of its weights."""
    bitsandbytes = pytest.importorskip("bitsandbytes", reason="needs the extra sarvl[qlora]")
    pytest.importorskip("peft", reason="needs the extra sarvl[qlora]")
    torch.manual_seed(0)
    network = torch.nn.Module()
    layer = bitsandbytes.nn.Linear4bit(64, 32, quant_type="nf4", compute_dtype=torch.float32)
    network.text_decoder = torch.nn.Sequential(layer).to("cpu")
    add_lora(network, 4, 8.0, ["decoder"], seed=1)
    given = torch.randn(3, 64)
    expected = network.text_decoder(given)
    network.eval()
    with torch.inference_mode():
        network.text_decoder(given)
    torch.testing.assert_close(network.train().text_decoder(given), expected, rtol=0, atol=0)
    torch.testing.assert_close(merged(network).text_decoder(given), expected, rtol=1e-4, atol=1e-4)

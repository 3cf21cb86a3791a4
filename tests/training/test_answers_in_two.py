"""A sarvl-gpt in two processes, by DDP and by FSDP2, trains as in one: LoRA on its decoder as well, after kill -9."""

import json
from pathlib import Path

import open_clip
import pytest
import torch
from gpts import answer_recipe, question_corpus
from micro import MICRO_CONFIG
from safetensors.torch import load_file
from two_ranks import train_in_two

from sarvl.models import create_model, save_model
from sarvl.training import read_metrics, train
from sarvl.training.run.metrics import StepMetrics

VISION = {"image_size": 32, "layers": 1, "width": 16, "head_width": 8, "patch_size": 8}


@pytest.fixture(scope="module")
def recipe(tmp_path_factory) -> Path:
    """A tower without batch normalisation, whose statistics would be those of a process's part."""
    pytest.importorskip("peft", reason="needs the extra sarvl[lora]")
    folder = tmp_path_factory.mktemp("recipe")
    (folder / "sarvl-micro-vit.json").write_text(json.dumps(MICRO_CONFIG | {"vision_cfg": VISION}))
    open_clip.add_model_config(folder / "sarvl-micro-vit.json")
    torch.manual_seed(0)
    save_model(create_model("sarvl-micro-vit"), folder / "model", {}, "none")
    corpus = question_corpus(tmp_path_factory.mktemp("corpus")).folder
    model = {"start": str(folder / "model"), "language": {"kind": "small", "width": 32, "layers": 2, "heads": 2}}
    changes = {"lora": {"rank": 8, "towers": ["decoder"]}, "ema": 0.9, "checkpointing": True, "freeze": ["image"]}
    return answer_recipe(folder, corpus, model, **changes)


@pytest.fixture(scope="module")
def alone(recipe, tmp_path_factory) -> Path:
    return train(recipe, tmp_path_factory.mktemp("alone") / "run", workers=1)


def losses(run: Path) -> list[float]:
    return [line.loss for line in read_metrics(run) if isinstance(line, StepMetrics)]


@pytest.mark.parametrize("executor", ["ddp", "fsdp2"])
def test_two_processes_train_as_one(recipe, alone, tmp_path, executor):
    codes, said = train_in_two(recipe, tmp_path / "run", executor, killed_at=3)
    assert codes[0] == -9, said
    codes, said = train_in_two(recipe, tmp_path / "run", executor, resume=True)
    assert codes == [0, 0], said
    assert losses(tmp_path / "run") == pytest.approx(losses(alone), rel=0, abs=1e-5)
    weights, expected = (load_file(run / "last" / "gpt_model.safetensors") for run in (tmp_path / "run", alone))
    for name, value in expected.items():
        assert torch.allclose(weights[name], value, rtol=0, atol=1e-4), name

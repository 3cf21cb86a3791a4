"""Two processes, by DDP and by FSDP2, train as one does at the same batch, and go on as before after kill -9.

The network has no batch normalisation and no dropout, and computes in float32: statistics of a batch would be those of
a process's part. What the second stage adds must all be kept in the state: an average, and chunks.
"""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import open_clip
import pytest
import torch
import yaml
from micro import MICRO_CONFIG, make_corpus
from safetensors.torch import load_file
from two_ranks import train_in_two

from sarvl.models import create_model, save_model
from sarvl.training import read_metrics, train
from sarvl.training.run.metrics import StepMetrics

VISION = {"image_size": 32, "layers": 2, "width": 16, "head_width": 8, "patch_size": 8}
KILLED_AT = 6  # in the second stage, which begins with step 3; the state is that of step 5


@pytest.fixture(scope="module")
def recipe(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("recipe")
    config = MICRO_CONFIG | {"vision_cfg": VISION, "text_cfg": MICRO_CONFIG["text_cfg"] | {"layers": 2}}
    (folder / "sarvl-micro-vit.json").write_text(json.dumps(config))
    open_clip.add_model_config(folder / "sarvl-micro-vit.json")
    torch.manual_seed(0)
    save_model(create_model("sarvl-micro-vit"), folder / "model", {}, "none")
    corpus = make_corpus(tmp_path_factory.mktemp("corpus")).folder
    stage = {"corpus": str(corpus), "validation": "val", "epochs": 1, "batch_size": 8, "learning_rate": 1e-3}
    stage |= {"warmup_steps": 2, "clip_gradient": 0.3}
    second = {"name": "two", "epochs": 2, "ema": 0.9, "chunk": 2, "checkpointing": True, "wise_ft": [0, 0.5, 1]}
    second["augmentation"] = {"mirror": ["horizontal"], "scale": 0.2, "shift": 0.2, "contrast": 0.3, "speckle": 0.3}
    stages = [stage | {"name": "one"}, stage | second | {"freeze": ["visual.transformer.resblocks.0.*"]}]
    model = {"start": f"local-dir:{folder / 'model'}"}
    (folder / "train.yaml").write_text(yaml.safe_dump({"model": model, "stages": stages, "save_every": 2}))
    return folder / "train.yaml"


@pytest.fixture(scope="module")
def alone(recipe, tmp_path_factory) -> Path:
    return train(recipe, tmp_path_factory.mktemp("alone") / "run", workers=1)


def losses(run: Path) -> list[float]:
    return [line.loss for line in read_metrics(run) if isinstance(line, StepMetrics)]


def assert_as_alone(run: Path, alone: Path) -> None:
    assert losses(run) == pytest.approx(losses(alone), rel=0, abs=1e-5)
    for name in ("last", "best", "stages/one", "stages/two"):
        weights, expected = (load_file(folder / name / "open_clip_model.safetensors") for folder in (run, alone))
        for key, value in expected.items():
            assert torch.allclose(weights[key], value, rtol=0, atol=1e-4), (name, key)


def killed(recipe: Path, run: Path, executor: str) -> None:
    codes, _ = train_in_two(recipe, run, executor, killed_at=KILLED_AT)
    assert codes == [-9, -9]
    assert len(losses(run)) == KILLED_AT


def resumed(recipe: Path, run: Path, executor: str) -> None:
    codes, told = train_in_two(recipe, run, executor, resume=True)
    assert codes == [0, 0], told


def test_two_ranks_of_ddp_go_on_after_kill_9_to_the_same_losses(recipe, alone, tmp_path):
    torchrun = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc_per_node=2", "-m", "sarvl"]
    command = [*torchrun, "train", recipe, "--out", tmp_path / "unbroken"]
    told = subprocess.run(command, capture_output=True, text=True, check=False)
    assert told.returncode == 0, told.stderr
    assert_as_alone(tmp_path / "unbroken", alone)
    killed(recipe, tmp_path / "run", "ddp")
    resumed(recipe, tmp_path / "run", "ddp")
    assert (tmp_path / "run" / "metrics.jsonl").read_text() == (tmp_path / "unbroken" / "metrics.jsonl").read_text()


def test_two_ranks_of_fsdp2_train_as_one_and_their_state_is_that_of_any(recipe, alone, tmp_path):
    """The parts of all ranks are kept as one: one process goes on from there as well."""
    killed(recipe, tmp_path / "run", "fsdp2")
    other = Path(shutil.copytree(tmp_path / "run", tmp_path / "other"))
    resumed(recipe, tmp_path / "run", "fsdp2")
    assert_as_alone(tmp_path / "run", alone)
    assert_as_alone(train(recipe, other, resume=True, workers=1), alone)


def test_what_fsdp2_cannot_train_is_one_line_before_the_run_begins(recipe, tmp_path):
    codes, told = train_in_two(recipe, tmp_path / "run", "fsdp2", "stages.1.lora={}", stub="peft")
    assert codes == [1, 1]
    fused = "where attention is fused, as in towers of open_clip"
    advice = "leave one of them out, or take `towers: [decoder]` of a sarvl-gpt"
    assert told == f"error: stage two: lora does not go with executor fsdp2 {fused}; {advice}\n"
    assert not (tmp_path / "run").exists()

"""Two processes train as one does at the same batch, one of them writes, and they go on after a stop.

The network has no batch normalisation and no dropout, and computes in float32: statistics of a batch would be those of
a process's part.
"""

import json
from pathlib import Path

import open_clip
import pytest
import torch
import yaml
from micro import MICRO_CONFIG, make_corpus
from safetensors.torch import load_file
from two_ranks import train_in_two

from sarvl.models import create_model, save_model
from sarvl.recipes import load_recipe
from sarvl.training import TrainRecipe, read_metrics, train
from sarvl.training.run.log import TrainingLog
from sarvl.training.run.metrics import StepMetrics

VISION = {"image_size": 32, "layers": 1, "width": 16, "head_width": 8, "patch_size": 8}


@pytest.fixture(scope="module")
def recipe_path(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("recipe")
    (folder / "sarvl-micro-vit.json").write_text(json.dumps(MICRO_CONFIG | {"vision_cfg": VISION}))
    open_clip.add_model_config(folder / "sarvl-micro-vit.json")
    torch.manual_seed(0)
    save_model(create_model("sarvl-micro-vit"), folder / "model", {}, "none")
    corpus = make_corpus(tmp_path_factory.mktemp("corpus")).folder
    stage = {"name": "one", "corpus": str(corpus), "epochs": 2, "batch_size": 8, "learning_rate": 1e-3}
    stages = [stage | {"validation": "val", "warmup_steps": 2}]
    model = {"start": f"local-dir:{folder / 'model'}"}
    (folder / "train.yaml").write_text(yaml.safe_dump({"model": model, "stages": stages, "save_every": 2}))
    return folder / "train.yaml"


@pytest.fixture(scope="module")
def alone(recipe_path, tmp_path_factory) -> Path:
    return train(recipe_path, tmp_path_factory.mktemp("alone") / "run", workers=1)


def losses(run: Path) -> list[float]:
    return [line.loss for line in read_metrics(run) if isinstance(line, StepMetrics)]


def assert_same_training(run: Path, alone: Path) -> None:
    assert losses(run) == pytest.approx(losses(alone), rel=0, abs=1e-5)
    weights, expected = (load_file(folder / "last" / "open_clip_model.safetensors") for folder in (run, alone))
    for name, value in expected.items():
        assert torch.allclose(weights[name], value, rtol=0, atol=1e-4), name


def test_two_processes_train_as_one_and_go_on_after_a_stop(recipe_path, alone, tmp_path):
    """The state of three steps, which one process kept, is where two go on, as they would from one of their own."""
    run = tmp_path / "run"
    recipe = load_recipe(recipe_path, TrainRecipe)
    with pytest.MonkeyPatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(TrainingLog, "write", dying_at(3))
        train(recipe, run, workers=1)
    codes, said = train_in_two(recipe_path, run, "ddp", resume=True)
    assert codes == [0, 0], said
    assert_same_training(run, alone)


def dying_at(step: int):
    write = TrainingLog.write

    def dying(log, metrics):
        if metrics.global_step == step:
            raise KeyboardInterrupt
        write(log, metrics)

    return dying


def test_chunks_give_the_gradient_of_the_whole_batch(recipe_path, alone, tmp_path):
    recipe = load_recipe(recipe_path, TrainRecipe, ["stages.0.chunk=3"])
    assert_same_training(train(recipe, tmp_path / "run", workers=1), alone)


def test_an_any_reader_trains_alike_in_chunks_and_in_two_processes(recipe_path, tmp_path):
    """Its images have one tile or five, so that chunks and processes differ in tiles."""
    frame = ["model.frame={kind: tiled, tile: 32, most_tiles: 4}", "model.reader={kind: attention, heads: 2}"]
    overrides = [*frame, "stages.0.epochs=1", "stages.0.learning_rate=1e-2"]
    path = recipe_path.with_name("reader.yaml")
    recipe = load_recipe(recipe_path, TrainRecipe, overrides)
    path.write_text(yaml.safe_dump(recipe.model_dump(mode="json", exclude_unset=True)))
    alone = train(recipe, tmp_path / "alone", workers=1)
    gate = load_file(alone / "last" / "reader_model.safetensors")["gate"]
    assert gate.abs().max() > 1e-3
    in_chunks = train(load_recipe(path, TrainRecipe, ["stages.0.chunk=3"]), tmp_path / "chunks", workers=1)
    assert_same_training(in_chunks, alone)
    codes, told = train_in_two(path, tmp_path / "two", "ddp")
    assert codes == [0, 0], told
    assert_same_training(tmp_path / "two", alone)
    for run in (in_chunks, tmp_path / "two"):
        own = load_file(run / "last" / "reader_model.safetensors")["gate"]
        assert torch.allclose(own, gate, rtol=0, atol=1e-4)


def test_checkpointing_changes_nothing(recipe_path, alone, tmp_path):
    recipe = load_recipe(recipe_path, TrainRecipe, ["stages.0.checkpointing=true"])
    assert_same_training(train(recipe, tmp_path / "run", workers=1), alone)

"""The ready training recipes: each is read, says of every published value where it is from, and a twin trains."""

from pathlib import Path

import pytest
import yaml
from micro import make_corpus

from sarvl.recipes import load_recipe
from sarvl.training import TrainRecipe, read_metrics, train

PUBLISHED = Path(__file__).resolve().parents[2] / "recipes" / "published"
SYSTEMS = ("sarclip", "sarvlm-sarclip", "sarvlm-sarcoca", "sar-rs-clip", "sar-rs-coca")
LEFT_OUT = [f"{name}-{left}" for name in SYSTEMS[1:3] for left in ("wo_mstar", "wo_opensarship")]
NAMES = sorted([*SYSTEMS, *LEFT_OUT])


def test_every_recipe_has_a_twin():
    assert sorted(path.stem for path in PUBLISHED.glob("*.yaml")) == sorted(
        [*NAMES, *(f"{name}-mini" for name in NAMES)]
    )


@pytest.mark.parametrize("name", NAMES)
def test_a_recipe_and_its_twin_are_read(name):
    path = PUBLISHED / f"{name}.yaml"
    recipe, twin = load_recipe(path, TrainRecipe), load_recipe(PUBLISHED / f"{name}-mini.yaml", TrainRecipe)
    assert recipe.stages[-1].objective == twin.stages[-1].objective == ("coca" if "coca" in name else "infonce")
    for line in path.read_text().splitlines():
        key = line.strip().partition(":")[0]
        if key in {"epochs", "batch_size", "learning_rate", "warmup_steps", "weight_decay", "clip_gradient", "options"}:
            assert "[S" in line or "[I]" in line, line


def test_the_published_settings():
    sarclip, sarcoca = (load_recipe(PUBLISHED / f"{name}.yaml", TrainRecipe) for name in SYSTEMS[1:3])
    (sar,) = sarclip.stages
    assert (sar.batch_size, sar.learning_rate, sar.warmup_steps, sar.epochs) == (8 * 128, 5e-5, 1000, 10)
    assert (sar.weight_decay, sar.clip_gradient) == (0.01, 1.0)
    for stage in sarcoca.stages:
        assert (stage.batch_size, stage.learning_rate, stage.warmup_steps, stage.epochs) == (64, 1e-5, 1000, 10)
        assert (stage.weight_decay, stage.options.contrastive_weight, stage.options.caption_weight) == (0.1, 1, 1)
    assert sarcoca.seed == 42


def test_a_twin_trains(tmp_path):
    corpus = make_corpus(tmp_path).folder
    recipe = yaml.safe_load((PUBLISHED / "sarclip-mini.yaml").read_text())
    recipe["stages"] = [stage | {"corpus": str(corpus), "batch_size": 8, "epochs": 1} for stage in recipe["stages"]]
    (tmp_path / "train.yaml").write_text(yaml.safe_dump(recipe))
    assert len(read_metrics(train(tmp_path / "train.yaml", tmp_path / "run", workers=1))) >= 3

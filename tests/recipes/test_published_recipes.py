"""The ready training recipes: each is read, says of every published value where it is from, and a twin trains."""

import re
from pathlib import Path

import pytest
import yaml
from gpts import micro_gpt, question_corpus
from micro import make_corpus

from sarvl.language.prompts import CAPTION_PROMPT, QUESTION_PROMPT
from sarvl.models import save_model
from sarvl.recipes import load_recipe
from sarvl.training import TrainRecipe, read_metrics, train

PUBLISHED = Path(__file__).resolve().parents[2] / "recipes" / "published"
SYSTEMS = ("sarclip", "sarvlm-sarclip", "sarvlm-sarcoca", "sar-rs-clip", "sar-rs-coca")
LEFT_OUT = [f"{name}-{left}" for name in SYSTEMS[1:3] for left in ("wo_mstar", "wo_opensarship")]
LORA = tuple(f"sarlang-lora-{name}" for name in ("llava", "qwen2-vl", "qwen2.5-vl"))
NAMES = sorted([*SYSTEMS, *LEFT_OUT, *LORA, "sar-gpt"])
OBJECTIVES = {"coca": "coca", "clip": "infonce", "lora": "answers", "gpt": "answers"}
SETTINGS = {
    "epochs",
    "batch_size",
    "learning_rate",
    "warmup_steps",
    "warmup_share",
    "weight_decay",
    "clip_gradient",
    "options",
}


def test_every_recipe_has_a_twin():
    assert sorted(path.stem for path in PUBLISHED.glob("*.yaml")) == sorted(
        [*NAMES, *(f"{name}-mini" for name in NAMES)]
    )


@pytest.mark.parametrize("name", NAMES)
def test_a_recipe_and_its_twin_are_read(name):
    path = PUBLISHED / f"{name}.yaml"
    recipe, twin = load_recipe(path, TrainRecipe), load_recipe(PUBLISHED / f"{name}-mini.yaml", TrainRecipe)
    (objective,) = {OBJECTIVES[part] for part in OBJECTIVES if part in name}
    assert recipe.stages[-1].objective == twin.stages[-1].objective == objective
    for line in path.read_text().splitlines():
        key = line.strip().partition(":")[0]
        if key in SETTINGS:
            assert "[S" in line or "[I]" in line, line


@pytest.mark.parametrize("name", ["sar-rs-clip", "sar-gpt", *LORA])
def test_a_recipe_has_a_command_for_each_folder_that_it_needs(name):
    """Regression: sar-gpt named corpora/optical-questions and runs/sar-rs-clip, and nothing that makes them."""
    text = (PUBLISHED / f"{name}.yaml").read_text()
    made = set(re.findall(r"^#   .* --(?:out|local-dir) (\S+)$", text, re.MULTILINE))
    needed = set(re.findall(r"\.\./\.\./([\w./-]+)", text))
    assert needed and needed <= made
    named = re.findall(r"(recipes/\S+\.yaml)", text)
    assert all((PUBLISHED.parents[1] / path).is_file() for path in named)


def test_the_published_settings():
    sarclip, sarcoca = (load_recipe(PUBLISHED / f"{name}.yaml", TrainRecipe) for name in SYSTEMS[1:3])
    (sar,) = sarclip.stages
    assert (sar.batch_size, sar.learning_rate, sar.warmup_steps, sar.epochs) == (8 * 128, 5e-5, 1000, 10)
    assert (sar.weight_decay, sar.clip_gradient) == (0.01, 1.0)
    for stage in sarcoca.stages:
        assert (stage.batch_size, stage.learning_rate, stage.warmup_steps, stage.epochs) == (64, 1e-5, 1000, 10)
        assert (stage.weight_decay, stage.options.contrastive_weight, stage.options.caption_weight) == (0.1, 1, 1)
    assert sarcoca.seed == 42


@pytest.mark.parametrize("system", SYSTEMS[1:3])
def test_twins_that_leave_a_source_out_leave_out_different_ones(system):
    """Regression: those for MSTAR and for OpenSARShip were the same training."""
    names = [f"{system}-{left}-mini.yaml" for left in ("wo_mstar", "wo_opensarship")]
    (kept,), (other,) = (load_recipe(PUBLISHED / name, TrainRecipe).stages[-1].texts.sources for name in names)
    assert {kept, other} == {"scenes", "classes"}


def test_a_twin_trains(tmp_path):
    corpus = make_corpus(tmp_path).folder
    recipe = yaml.safe_load((PUBLISHED / "sarclip-mini.yaml").read_text())
    recipe["stages"] = [stage | {"corpus": str(corpus), "batch_size": 8, "epochs": 1} for stage in recipe["stages"]]
    (tmp_path / "train.yaml").write_text(yaml.safe_dump(recipe))
    assert len(read_metrics(train(tmp_path / "train.yaml", tmp_path / "run", workers=1))) >= 3


@pytest.mark.parametrize("name", LORA)
def test_the_published_settings_of_sarlang(name):
    (stage,) = load_recipe(PUBLISHED / f"{name}.yaml", TrainRecipe).stages
    assert (stage.lora.rank, stage.lora.towers, stage.sampling) == (8, ("decoder",), "texts")
    assert (stage.epochs, stage.batch_size, stage.learning_rate, stage.warmup_share) == (3, 1, 1e-4, 0.1)
    assert (stage.options.caption_prompt, stage.options.question_prompt) == (CAPTION_PROMPT, QUESTION_PROMPT)


def test_sar_gpt_goes_through_optical_images_first():
    for name in ("sar-gpt", "sar-gpt-mini"):
        stages = load_recipe(PUBLISHED / f"{name}.yaml", TrainRecipe).stages
        assert [stage.name for stage in stages] == ["optical", "sar"]


def test_a_twin_that_answers_trains(tmp_path):
    """That of SARLANG's LoRA, on a sarvl-gpt in the place of sar-gpt-mini."""
    pytest.importorskip("peft", reason="needs the extra sarvl[lora]")
    save_model(micro_gpt(tmp_path), tmp_path / "gpt", {}, "none")
    corpus = question_corpus(tmp_path / "corpus").folder
    recipe = yaml.safe_load((PUBLISHED / "sarlang-lora-llava-mini.yaml").read_text())
    recipe["model"]["start"] = str(tmp_path / "gpt")
    recipe["stages"] = [stage | {"corpus": str(corpus), "batch_size": 8, "epochs": 1} for stage in recipe["stages"]]
    (tmp_path / "train.yaml").write_text(yaml.safe_dump(recipe))
    assert len(read_metrics(train(tmp_path / "train.yaml", tmp_path / "run", workers=1))) >= 3

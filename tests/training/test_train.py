"""Training: what a run leaves behind, what stays frozen, and which runs are refused."""

import json
import math
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from micro import make_model, make_train_recipe

from sarvl.corpus import Corpus
from sarvl.documents import read_document
from sarvl.errors import ModelError, RecipeError, SarvlError
from sarvl.evaluation.evaluator import evaluate
from sarvl.models import load_model
from sarvl.recipes import load_recipe
from sarvl.training import TrainRecipe, read_metrics, train
from sarvl.training.hooks import VALIDATION_LOSS, VALIDATION_RECALL
from sarvl.training.run.metrics import EpochMetrics, StepMetrics
from sarvl.training.run.stopped_batch import StoppedBatch
from sarvl.training.stage_loss import StageLoss


@pytest.fixture(scope="module")
def corpus(recipe_path):
    return Corpus.open(recipe_path.parent / "corpus")


@pytest.fixture(scope="module")
def model(recipe_path) -> Path:
    return recipe_path.parent / "model"


@pytest.fixture(scope="module")
def load(recipe_path):
    return lambda *overrides: load_recipe(recipe_path, TrainRecipe, overrides)


@pytest.fixture(scope="module")
def run(unbroken) -> Path:
    return unbroken


def one_stage(load, *overrides: str) -> TrainRecipe:
    recipe = load("stages.0.epochs=1", *overrides)
    return recipe.model_copy(update={"stages": recipe.stages[:1]})


def validation(run: Path, stage: str, figure: str = VALIDATION_LOSS) -> list[float]:
    rows = [row for row in read_metrics(run) if isinstance(row, EpochMetrics) and row.stage == stage]
    return [row.figures[figure] for row in rows]


def test_each_step_and_each_epoch_is_logged(run):
    rows = read_metrics(run)
    steps = [row for row in rows if isinstance(row, StepMetrics)]
    assert [row.global_step for row in steps] == list(range(10))
    assert [row.stage for row in steps] == ["chips"] * 4 + ["all"] * 6
    epochs = [row for row in rows if isinstance(row, EpochMetrics)]
    assert [row.global_step for row in epochs] == [1, 3, 6, 9]
    assert all(set(row.figures) == {VALIDATION_LOSS, VALIDATION_RECALL} for row in epochs)
    assert steps[0].rate == pytest.approx(1e-3 / 3)
    assert any((run / "tensorboard").iterdir())


def test_the_checkpoints_load_and_say_where_they_come_from(run, corpus, load):
    last, stage_one = load_model(str(run / "last")), load_model(str(run / "stages" / "chips"))
    assert [entry.stage for entry in last.history] == ["chips", "all"]
    assert [entry.steps for entry in last.history] == [4, 6]
    assert [entry.images for entry in last.history] == [18, 28]
    assert {entry.corpus_digest for entry in last.history} == {corpus.digest}
    assert stage_one.history == last.history[:1]
    assert [entry.began_from for entry in last.history] == ["model", ""]
    assert last.weights_hash == load_model(str(run / "stages" / "all")).weights_hash
    assert len({load_model(load().model.start).weights_hash, stage_one.weights_hash, last.weights_hash}) == 3


def test_a_run_that_starts_from_another_keeps_its_history(load, run, tmp_path):
    recipe = one_stage(load, f"model.start={run}")
    again = train(recipe, tmp_path / "run", workers=1)
    assert [entry.stage for entry in load_model(str(again)).history] == ["chips", "all", "chips"]
    assert load_model(str(again)).history[:2] == load_model(str(run)).history
    assert [entry.began_from for entry in load_model(str(again)).history] == ["model", "", ""]


@pytest.mark.parametrize("start", ["model", "local-dir:model"])
def test_a_folder_to_start_from_is_relative_to_the_recipe(corpus, tmp_path, start):
    recipe = make_train_recipe(tmp_path, corpus.folder, make_model(tmp_path))
    found = load_recipe(recipe, TrainRecipe, [f"model.start={start}"]).model.start
    assert found == f"local-dir:{tmp_path / 'model'}"
    assert load_recipe(recipe, TrainRecipe, ["model.start=ViT-B-32:openai"]).model.start == "ViT-B-32:openai"


def test_best_is_the_epoch_of_the_highest_recall_of_the_last_stage_and_then_of_the_lowest_loss(run):
    epochs = zip(validation(run, "all", VALIDATION_RECALL), validation(run, "all"), strict=True)
    recall, loss = max(epochs, key=lambda epoch: (epoch[0], -epoch[1]))
    best = json.loads((run / "best" / "sarvl.json").read_text())
    assert (best["metrics"][VALIDATION_RECALL], best["metrics"][VALIDATION_LOSS]) == (recall, loss)
    assert load_model(str(run)).weights_hash == best["weights_hash"]


def test_the_recall_that_picks_the_best_is_that_of_sarvl_evaluate(run, corpus, tmp_path):
    rows = evaluate(run / "last", corpus.folder, "val", ["retrieval"], tmp_path / "rows.jsonl", workers=1)
    measured = next(row.value for row in rows if row.metric == "grouped_mean_recall")
    assert validation(run, "all", VALIDATION_RECALL)[-1] == measured


def test_without_a_validation_split_the_last_epoch_is_the_best_and_that_is_said(load, tmp_path, capfd):
    run = train(one_stage(load, "stages.0.validation=null"), tmp_path / "run", workers=1)
    assert (run / "best" / "sarvl.json").read_text() == (run / "last" / "sarvl.json").read_text()
    assert "1 epoch, 2 steps of 8 pairs; no validation split: the best checkpoint is the last" in capfd.readouterr().err


def test_the_loss_is_what_picks_the_best_where_nothing_can_be_retrieved(load, tmp_path, capfd, monkeypatch):
    monkeypatch.setattr("sarvl.training.hooks.all_have_captions", lambda held_out: False)
    run = train(one_stage(load, "stages.0.epochs=3"), tmp_path / "run", workers=1)
    assert "is that of the lowest validation loss: grouped mean recall cannot be measured" in capfd.readouterr().err
    best = json.loads((run / "best" / "sarvl.json").read_text())["metrics"]
    assert best.keys() == {"training_loss", VALIDATION_LOSS}
    assert best[VALIDATION_LOSS] == min(validation(run, "chips"))


def test_training_learns_what_the_chips_show(load, corpus, tmp_path):
    recipe = one_stage(load, "stages.0.epochs=20", "stages.0.learning_rate=0.01")
    losses = validation(train(recipe, tmp_path / "run", workers=1), "chips")
    chance = math.log(len(corpus.rows_of("val", ["chips"])))
    assert losses[-1] < 0.6 * chance


@pytest.mark.parametrize("tower", ["image", "text"])
def test_a_frozen_tower_stays_as_it_is(load, model, tmp_path, tower):
    recipe = one_stage(load, f"stages.0.freeze=[{tower}]")
    before = load_model(str(model)).network.state_dict()
    after = load_model(str(train(recipe, tmp_path / "run", workers=1) / "last")).network.state_dict()
    for name, tensor in before.items():
        owner = "image" if name.startswith("visual.") else "scale" if name == "logit_scale" else "text"
        if owner == tower:  # running statistics of batch normalisation included
            assert torch.equal(after[name], tensor), name
    changed = {name for name, tensor in before.items() if not torch.equal(after[name], tensor)}
    assert any(name.startswith("visual.") for name in changed) == (tower == "text")
    assert ("token_embedding.weight" in changed) == (tower == "image")
    assert "visual.bn1.running_mean" in before


def test_freezing_both_towers_is_refused(load, tmp_path):
    with pytest.raises(ModelError, match="both towers are frozen"):
        train(one_stage(load, "stages.0.freeze=[image, text]"), tmp_path / "run", workers=1)


def test_the_same_recipe_gives_the_same_run_and_another_seed_another(load, tmp_path):
    runs = [
        train(one_stage(load, f"seed={seed}"), tmp_path / name, workers=1)
        for name, seed in (("a", 1), ("b", 1), ("c", 2))
    ]
    texts = [(run / "metrics.jsonl").read_text() for run in runs]
    assert texts[0] == texts[1] != texts[2]


def test_a_folder_that_is_not_empty_is_refused_without_resume(load, run, tmp_path):
    before = (run / "metrics.jsonl").read_bytes()
    with pytest.raises(ModelError, match="not empty"):
        train(load(), run, workers=1)
    assert (run / "metrics.jsonl").read_bytes() == before
    (tmp_path / "file").write_text("")
    with pytest.raises(ModelError, match="a file"):
        train(load(), tmp_path / "file", workers=1)


def test_another_recipe_cannot_resume(load, run):
    with pytest.raises(ModelError, match=r"recipe\.json differs"):
        train(load("stages.1.epochs=3"), run, resume=True, workers=1)


def test_a_foreign_folder_cannot_be_resumed(load, tmp_path):
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(ModelError, match=r"recipe\.json: cannot be read"):
        train(load(), tmp_path, resume=True, workers=1)


def test_a_torn_state_is_refused(load, tmp_path):
    run = train(one_stage(load), tmp_path / "run", workers=1)
    (run / "state.safetensors").write_bytes((run / "state.safetensors").read_bytes()[:99])
    with pytest.raises(ModelError, match="no state to resume from"):
        train(one_stage(load), run, resume=True, workers=1)


def test_a_loss_that_is_no_number_stops_the_run(load, tmp_path):
    recipe = load("stages.0.learning_rate=1e30", "stages.0.warmup_steps=0", "stages.0.clip_gradient=1e30")
    with pytest.raises(ModelError, match=r"(loss|gradient) is (nan|inf) at step .*stopped_batch\.json.*learning_rate"):
        train(recipe, tmp_path / "run", workers=1)
    json.loads((tmp_path / "run" / "metrics.jsonl").read_text().splitlines()[0])
    assert "NaN" not in (tmp_path / "run" / "metrics.jsonl").read_text()


def test_a_step_that_ruins_the_weights_is_found_at_validation(load, tmp_path):
    recipe = one_stage(
        load,
        "stages.0.learning_rate=1e30",
        "stages.0.warmup_steps=0",
        "stages.0.batch_size=18",
        "stages.0.clip_gradient=1e30",
    )
    with pytest.raises(ModelError, match="validation_loss is"):
        train(recipe, tmp_path / "run", workers=1)
    assert not (tmp_path / "run" / "best").exists()


@pytest.mark.parametrize("where", ["loss", "gradient"])
def test_the_batch_that_stops_a_run_is_kept(load, corpus, tmp_path, monkeypatch, where):
    """The second step has no finite loss, or no finite gradient: its pairs are told."""
    original, run, calls = StageLoss.of, tmp_path / "run", []

    def broken(self, batch):
        loss, parts = original(self, batch)
        calls.append(batch)
        factor = torch.tensor(float("nan")) if where == "loss" else 1.0
        if len(calls) == 2:
            loss = loss * factor if where == "loss" else loss + (loss - loss.detach()).abs().sqrt()
        return loss, {name: part * factor for name, part in parts.items()} if len(calls) == 2 else parts

    monkeypatch.setattr(StageLoss, "of", broken)
    with pytest.raises(ModelError, match=rf"{where} is nan at step 1; its batch is kept in {run}/stopped_batch.json"):
        train(one_stage(load), run, workers=1)
    kept = read_document(run / "stopped_batch.json", StoppedBatch, ModelError, "")
    assert (kept.step, kept.global_step, kept.gradient_norm) == (1, 1, None if where == "loss" else "nan")
    assert (kept.loss == "nan") == (where == "loss")
    assert [pair.text_row for pair in kept.pairs] == calls[1].texts.tolist()
    for pair, tokens in zip(kept.pairs, calls[1].tokens.tolist(), strict=True):
        assert corpus.sentences[pair.text_row] == pair.text
        assert corpus.image(pair.image_row).image_id == pair.image_id
        assert Path(pair.file) == corpus.paths[pair.image_row]
        assert list(pair.tokens) == tokens


@pytest.mark.parametrize(
    ("override", "field"),
    [
        ("stages=[]", "stages"),
        ("stages.0.epochs=0", "stages.0.epochs"),
        ("stages.0.name=all", "distinct names"),
        ("stages.0.name=../x", "stages.0.name"),
        ("stages.0.freeze=both", "stages.0.freeze"),
        ("model.architecture=RN50", "either architecture"),
        ("stages.0.learning_rat=1", "stages.0.learning_rat"),
        ("stages.0.learning_rate=.nan", "stages.0.learning_rate"),
    ],
)
def test_a_faulty_recipe_names_its_field(load, override, field):
    with pytest.raises(RecipeError, match=field):
        load(override)


@pytest.mark.parametrize(
    ("wrong", "problem"),
    [
        ("stages.1.corpus=absent", "absent: no corpus.json"),
        ("stages.1.split=traim", "no image in split 'traim'"),
        ("stages.1.validation=vat", "no image in split 'vat'"),
        ("model={architecture: sarvl-huge}", "sarvl-huge"),
    ],
)
def test_what_a_later_stage_lacks_is_told_before_the_run_begins(load, tmp_path, wrong, problem):
    with pytest.raises(SarvlError, match=problem):
        train(load(wrong), tmp_path / "run", workers=1)
    assert not (tmp_path / "run").exists()


def test_a_typo_in_a_recipe_does_not_wait_for_pytorch(corpus, model, tmp_path):
    """It cost two seconds of processor time."""
    recipe = make_train_recipe(tmp_path, corpus.folder, model, sede=3)
    code = "import sys; from sarvl.cli import main\n"
    code += "try: main()\nfinally: print([name for name in ('torch', 'open_clip', 'timm') if name in sys.modules])"
    command = [sys.executable, "-c", code, "train", recipe, "--out", tmp_path / "run"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (1, "[]\n")
    assert done.stderr == f"error: {recipe}: sede: no such field; did you mean seed?\n"


def test_a_wrong_option_of_an_objective_keeps_its_place(load):
    with pytest.raises(
        RecipeError, match=r"stages\.1\.options\.bias: no such field; correct its name: there are positives"
    ):
        load("stages.1.options={bias: 3}")

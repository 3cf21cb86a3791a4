"""A run that was stopped anywhere goes on to the losses and weights of an unbroken one, to the last bit."""

import json
import os
import shutil
import signal
import time
from pathlib import Path

import pytest
import torch
from forked import start_sarvl
from micro import make_corpus, make_model, make_train_recipe
from safetensors import safe_open

from sarvl.errors import ModelError, Stopped
from sarvl.models import load_model
from sarvl.recipes import load_recipe
from sarvl.training import TrainRecipe, read_metrics, train
from sarvl.training.run.checked_tensors import write_checked
from sarvl.training.run.log import TrainingLog
from sarvl.training.run.metrics import Metrics, StepMetrics
from sarvl.training.run.state import STATE
from sarvl.training.stage import StageRun

# The run has 4 steps in its first stage and 6 in its second; a state is kept after 3 steps of a stage, and at its end.


class Killed(BaseException):
    """Ends a run as a kill does: nothing more is written."""


def assert_same(run: Path, unbroken: Path) -> None:
    assert (run / "metrics.jsonl").read_text() == (unbroken / "metrics.jsonl").read_text()
    for name in ("last", "best", "stages/chips", "stages/all"):
        assert (run / name / "sarvl.json").read_text() == (unbroken / name / "sarvl.json").read_text(), name
    assert load_model(str(run / "last")).weights_hash == load_model(str(unbroken / "last")).weights_hash


def kill_when_logging(monkeypatch: pytest.MonkeyPatch, global_step: int, torn: bool) -> None:
    """Make the run die while it logs a step, having written half of the line where ``torn``."""
    write = TrainingLog.write

    def dying(log: TrainingLog, metrics: Metrics) -> None:
        if metrics.global_step == global_step and isinstance(metrics, StepMetrics):
            if torn:
                log._stream.write('{"stage": "chips", "glo')
            raise Killed
        write(log, metrics)

    monkeypatch.setattr(TrainingLog, "write", dying)


@pytest.mark.parametrize("global_step", [1, 3, 4, 8])
def test_killed_at_a_step(recipe, unbroken, tmp_path, monkeypatch, global_step):
    """Before the first state, behind one, at the first step of a stage, and a step beyond a state."""
    with monkeypatch.context() as patched, pytest.raises(Killed):
        kill_when_logging(patched, global_step, torn=global_step % 2 == 0)
        train(recipe, tmp_path / "run", workers=1)
    assert len([row for row in read_metrics(tmp_path / "run") if isinstance(row, StepMetrics)]) == global_step
    assert_same(train(recipe, tmp_path / "run", resume=True, workers=1), unbroken)


@pytest.mark.parametrize("place", ["_end_epoch", "_end_stage"])
def test_killed_while_keeping_what_was_reached(recipe, unbroken, tmp_path, monkeypatch, place):
    calls = []

    def dying(stage_run: StageRun, *arguments: object) -> object:
        calls.append(place)
        if len(calls) == 2:
            raise Killed
        return original(stage_run, *arguments)

    original = getattr(StageRun, place)
    with monkeypatch.context() as patched, pytest.raises(Killed):
        patched.setattr(StageRun, place, dying)
        train(recipe, tmp_path / "run", workers=1)
    assert_same(train(recipe, tmp_path / "run", resume=True, workers=1), unbroken)


@pytest.mark.parametrize("global_step", [0, 3])
def test_asked_to_stop(recipe, unbroken, tmp_path, monkeypatch, global_step):
    """At the first step, and at the last one of a stage."""
    write = TrainingLog.write

    def asking(log: TrainingLog, metrics: Metrics) -> None:
        write(log, metrics)
        if metrics.global_step == global_step and isinstance(metrics, StepMetrics):
            os.kill(os.getpid(), signal.SIGTERM)

    before = signal.getsignal(signal.SIGTERM)
    with monkeypatch.context() as patched, pytest.raises(Stopped, match="--resume"):
        patched.setattr(TrainingLog, "write", asking)
        train(recipe, tmp_path / "run", workers=1)
    assert signal.getsignal(signal.SIGTERM) == before
    assert read_metrics(tmp_path / "run")[-1].global_step == global_step
    assert_same(train(recipe, tmp_path / "run", resume=True, workers=1), unbroken)


def test_stopped_in_a_stage_that_freezes_a_tower(recipe_path, tmp_path, monkeypatch):
    """Gradients that an earlier stage has left are gone in the resumed run, and must not count in the unbroken one."""
    changes = ["stages.1.freeze=[image]", "stages.0.clip_gradient=0.01", "stages.1.clip_gradient=0.01"]
    recipe = load_recipe(recipe_path, TrainRecipe, changes)
    unbroken = train(recipe, tmp_path / "unbroken", workers=1)
    with monkeypatch.context() as patched, pytest.raises(Killed):
        kill_when_logging(patched, 8, torn=False)
        train(recipe, tmp_path / "run", workers=1)
    assert_same(train(recipe, tmp_path / "run", resume=True, workers=1), unbroken)


def test_stopped_again_and_again(recipe, unbroken, tmp_path, monkeypatch):
    for global_step in (2, 8):
        with monkeypatch.context() as patched, pytest.raises(Killed):
            kill_when_logging(patched, global_step, torn=True)
            train(recipe, tmp_path / "run", resume=True, workers=1)
    assert_same(train(recipe, tmp_path / "run", resume=True, workers=1), unbroken)


def test_a_corpus_that_was_built_anew_within_a_stage_is_refused(tmp_path, monkeypatch):
    """Regression: the run went on with other images and texts, and its history named the new corpus alone."""
    folder = tmp_path / "data"
    path = make_train_recipe(tmp_path, make_corpus(folder).folder, make_model(tmp_path))
    recipe = load_recipe(path, TrainRecipe)
    with monkeypatch.context() as patched, pytest.raises(Killed):
        kill_when_logging(patched, 3, torn=False)
        train(recipe, tmp_path / "run", workers=1)
    shutil.rmtree(folder)
    make_corpus(folder, seed=1)
    with pytest.raises(ModelError, match=r"stage chips began on another state of .*data/corpus, which has been built"):
        train(recipe, tmp_path / "run", resume=True, workers=1)


def test_a_finished_run_resumes_to_itself(recipe, unbroken):
    weights = (unbroken / "last" / "open_clip_model.safetensors").stat().st_mtime_ns
    metrics = (unbroken / "metrics.jsonl").read_text()
    train(recipe, unbroken, resume=True, workers=1)
    assert (unbroken / "metrics.jsonl").read_text() == metrics
    assert (unbroken / "last" / "open_clip_model.safetensors").stat().st_mtime_ns == weights


@pytest.mark.parametrize(("stop", "code"), [("terminate", 130), ("kill", -signal.SIGKILL)])
def test_a_real_process_stopped_by_a_signal(recipe_path, recipe, unbroken, tmp_path, stop, code):
    """The command line in a process of its own, signalled as soon as its first losses are seen."""
    run = tmp_path / "run"
    options = ["--workers", 1, "--threads", 1]
    process = start_sarvl("train", recipe_path, "--out", run, *options, errors=tmp_path / "errors")
    deadline = time.monotonic() + 120
    while len(read_metrics(run)) < 2 and process.is_alive() and time.monotonic() < deadline:
        time.sleep(0.01)
    getattr(process, stop)()
    process.join(60)
    assert process.exitcode in (code, 0)  # 0 where a busy machine let it finish first
    assert "Traceback" not in (tmp_path / "errors").read_text()
    assert_same(train(recipe, run, resume=True, workers=1), unbroken)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda position: position.pop("best"), "best: missing; give it"),
        (lambda position: position.update(epoch=1), "epoch: no such field"),
        (lambda position: position["history"][0].pop("steps"), r"history\.0\.steps: missing; give it"),
        (lambda position: position.update(format_version=3), "of format 3, where this version reads 5"),
        (lambda position: position.update(best=[float("nan")]), "best.0: "),
        (lambda position: position.update(stage=-1), "stage: "),
        (lambda position: position.update(stage=99), "stage 99, step 0, global step 10, where no run of this recipe"),
        (lambda position: position.update(stage=1), "stage 1, step 0, global step 10, where no run of this recipe"),
        (lambda position: position.update(step=3, global_step=17), "stage 2, step 3, global step 17, where no run"),
        (lambda position: position["history"][1].update(stage="other"), "stage 2, step 0, .* where no run"),
        (lambda position: position["history"].clear(), "stage 2, step 0, .* where no run"),
        (lambda position: position.update(stage=0, step=99, global_step=99, history=[]), "stage 0, step 99, .* no run"),
    ],
)
def test_a_state_with_a_wrong_key_is_one_line(recipe, unbroken, tmp_path, change, reason):
    """``Position(**...)`` raised a TypeError of Python; a stage of 99 was taken for a finished run."""
    run = Path(shutil.copytree(unbroken, tmp_path / "run"))
    with safe_open(run / STATE, "pt") as state:
        tensors = {name: state.get_tensor(name) for name in state.keys()}  # noqa: SIM118 - not a mapping
        position = json.loads(state.metadata()["position"])
    change(position)
    write_checked(run / STATE, tensors, {"position": json.dumps(position)})
    with pytest.raises(ModelError, match=rf"state\.safetensors: {reason}.*; start again") as caught:
        train(recipe, run, resume=True, workers=1)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "change",
    [
        lambda tensors: tensors.pop("network.logit_scale"),
        lambda tensors: tensors.update({"network.logit_scale": torch.zeros(3)}),
        lambda tensors: tensors.update({"network.other": torch.zeros(3)}),
    ],
)
def test_a_state_with_tensors_of_another_network_is_one_line(recipe, unbroken, tmp_path, change):
    """PyTorch's own error is a traceback of many lines."""
    run = Path(shutil.copytree(unbroken, tmp_path / "run"))
    with safe_open(run / STATE, "pt") as state:
        tensors = {name: state.get_tensor(name) for name in state.keys()}  # noqa: SIM118 - not a mapping
        position = state.metadata()["position"]
    change(tensors)
    write_checked(run / STATE, tensors, {"position": position})
    with pytest.raises(ModelError, match=r"state\.safetensors: cannot be read \(.*\); start again") as caught:
        train(recipe, run, resume=True, workers=1)
    assert "\n" not in str(caught.value)

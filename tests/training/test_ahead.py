"""Batches one step ahead: the same ones, never two ahead, and what goes wrong in the thread is told to who asks."""

import json
import threading
import time

import pytest

from sarvl.errors import CorpusError
from sarvl.progress import Loudness, tell
from sarvl.recipes import load_recipe
from sarvl.training import TrainRecipe, train
from sarvl.training.data.ahead import BatchesAhead


class Made:
    """Makes a batch of its number, and keeps which were asked for, and in which thread."""

    def __init__(self):
        self.steps, self.threads, self.go = [], set(), threading.Event()

    def __call__(self, step):
        self.steps.append(step)
        self.threads.add(threading.current_thread())
        self.go.wait(10)
        return step


def test_one_is_made_ahead_and_never_two():
    made = Made()
    made.go.set()
    with BatchesAhead(made, 4) as batches:
        for step in range(4):
            assert batches.of(step) == step
            until = time.monotonic() + 10
            while made.steps != list(range(min(step + 2, 4))) and time.monotonic() < until:
                time.sleep(0.001)
            time.sleep(0.02)  # for a second one ahead, which must not come
            assert made.steps == list(range(min(step + 2, 4)))  # none behind the last
    assert threading.current_thread() not in made.threads


def test_what_goes_wrong_in_the_thread_reaches_who_asks_for_that_step():
    def make(step):
        if step == 1:
            raise CorpusError("pixels: torn")
        return step

    with BatchesAhead(make, 3) as batches:
        assert batches.of(0) == 0
        with pytest.raises(CorpusError, match="pixels: torn"):
            batches.of(1)


def test_waiting_is_counted_and_work_is_not():
    made = Made()
    with BatchesAhead(made, 2) as batches:
        threading.Timer(0.1, made.go.set).start()
        batches.of(0)
        waited = batches.waited_seconds
        assert waited >= 0.09
        time.sleep(0.1)
        batches.of(1)
        assert batches.waited_seconds < waited + 0.05


def test_a_run_learns_from_what_is_made_in_order(recipe_path, tmp_path, monkeypatch):
    """The losses are those of batches made when they are needed, and the share of waiting is told."""
    recipe = load_recipe(recipe_path, TrainRecipe, ["stages.0.epochs=1", "stages.1.epochs=1"])
    tell(Loudness.QUIET, tmp_path / "log.jsonl")
    ahead = train(recipe, tmp_path / "ahead", workers=1, log_every=1)
    tell()
    with monkeypatch.context() as patched:
        patched.setattr(BatchesAhead, "of", lambda self, step: self._make(step))
        direct = train(recipe, tmp_path / "direct", workers=1)
    assert (ahead / "metrics.jsonl").read_text() == (direct / "metrics.jsonl").read_text()
    entries = map(json.loads, (tmp_path / "log.jsonl").read_text().splitlines())
    shares = [
        entry["figures"]["% of time waiting for data"]
        for entry in entries
        if entry["event"] == "progress" and entry["work"].startswith("train")
    ]
    assert shares
    assert all(0 < share < 100 for share in shares)

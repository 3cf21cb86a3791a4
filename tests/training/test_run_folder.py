"""The folder of a run: a full disk, a second process, and what others are told of a run that is not finished."""

import json
import shutil
import time
from pathlib import Path

import pytest
from forked import CONTEXT, start, start_sarvl
from small_files import train_with_small_files

from sarvl.errors import ModelError
from sarvl.evaluation.evaluator import evaluate
from sarvl.evaluation.rows import append_rows, read_rows
from sarvl.files import lock_file
from sarvl.models import load_model
from sarvl.recipes import load_recipe
from sarvl.reporting.composition import report
from sarvl.training import TrainRecipe, read_metrics, train
from sarvl.training.run.run_folder import unfinished
from sarvl.training.stage import StageRun


def test_a_full_disk_is_one_line_with_the_last_good_checkpoint_and_the_run_goes_on(recipe_path, unbroken, tmp_path):
    """A checkpoint has 3.3 MB, a state 10 MB: SafetensorError is no OSError, and was a traceback."""
    run = tmp_path / "run"
    sizes = [10, 2_000, 2_500, 100_000, 5_000_000, 1_000_000_000]
    ours, theirs = CONTEXT.Pipe()
    process = start(train_with_small_files, recipe_path, run, sizes, theirs, errors=tmp_path / "errors")
    theirs.close()
    *told, last = [ours.recv() for _ in sizes]
    process.join()
    assert "Traceback" not in (tmp_path / "errors").read_text()
    assert last == "trained"
    none = "File too large; there is no checkpoint yet; free some space and begin again"
    assert [line.partition(": ")[2].removeprefix("cannot be written ") for line in told[:4]] == [none] * 4
    assert f"File too large; the last good checkpoint is {run / 'last'}; free some space and go on with" in told[4]
    assert (run / "metrics.jsonl").read_text() == (unbroken / "metrics.jsonl").read_text()
    assert load_model(run).weights_hash == load_model(unbroken).weights_hash
    assert not [path for path in run.rglob(".*") if path.name.startswith(".")]


def test_a_kill_while_a_checkpoint_is_written_leaves_the_earlier_one_whole(recipe, tmp_path, monkeypatch):
    """Weights and sarvl.json were two files, replaced one after the other."""

    class Killed(BaseException):
        pass

    def dying(path: Path, document: object) -> None:
        if (tmp_path / "run" / "last" / "sarvl.json").is_file():
            raise Killed
        original(path, document)

    from sarvl.models import checkpoint

    original = checkpoint.write_document
    monkeypatch.setattr(checkpoint, "write_document", dying)
    with pytest.raises(Killed):
        train(recipe, tmp_path / "run", workers=1)
    assert load_model(tmp_path / "run" / "last").history[-1].steps == 2


def test_a_second_process_is_refused(recipe, unbroken):
    with (
        lock_file(unbroken / ".lock"),
        pytest.raises(ModelError, match="run: another sarvl train is at work in it; wait for its end, or stop it"),
    ):
        train(recipe, unbroken, resume=True, workers=1)


def test_two_real_processes_resume_one_run(recipe_path, unbroken, tmp_path):
    run = tmp_path / "run"
    longer = "stages.0.epochs=500"
    first = start_sarvl("train", recipe_path, "--out", run, "--workers", 1, "--threads", 1, "--set", longer)
    deadline = time.monotonic() + 120
    while len(read_metrics(run)) < 2 and first.is_alive() and time.monotonic() < deadline:
        time.sleep(0.01)
    with pytest.raises(ModelError, match="another sarvl train is at work in it"):
        train(load_recipe(recipe_path, TrainRecipe, [longer]), run, resume=True, workers=1)
    assert unfinished(run) == "still trains: its checkpoints will be replaced"
    first.kill()
    first.join(60)
    assert str(unfinished(run)).startswith("is not finished: it stopped at or after step ")


def test_an_evaluation_and_a_report_say_that_a_run_still_trains(unbroken, recipe, tmp_path, capfd):
    corpus = recipe.stages[0].corpus
    for name in ("run", "run/best"):
        model = unbroken.parent / name
        with lock_file(unbroken / ".lock"):
            evaluate(model, corpus, "val", ["retrieval"], tmp_path / "rows.jsonl", workers=1)
            assert f"{model} still trains: its checkpoints will be replaced" in capfd.readouterr().err
            report(tmp_path / "rows.jsonl", tmp_path / "page.html", model=model, corpus=corpus, split="val", workers=1)
        assert "still trains: its checkpoints will be replaced" in (tmp_path / "page.html").read_text()
    capfd.readouterr()
    evaluate(unbroken, corpus, "val", ["retrieval"], tmp_path / "rows.jsonl", workers=1)
    assert "trains" not in capfd.readouterr().err


def test_a_run_that_stopped_is_said_to_be_unfinished(recipe, unbroken, tmp_path, monkeypatch):
    class Killed(BaseException):
        pass

    def dying(stage_run: StageRun) -> object:
        raise Killed

    with monkeypatch.context() as patched, pytest.raises(Killed):
        patched.setattr(StageRun, "_end_stage", dying)
        train(recipe, tmp_path / "run", workers=1)
    told = "is not finished: it stopped at or after step 3; go on with sarvl train --resume"
    assert unfinished(tmp_path / "run") == unfinished(tmp_path / "run" / "last") == told
    assert unfinished(unbroken) is None
    assert unfinished(tmp_path) is None
    damaged = Path(shutil.copytree(unbroken, tmp_path / "damaged"))
    for content in ("[]", "{}", "{"):
        (damaged / "recipe.json").write_text(content)
        assert unfinished(damaged) is None


def test_two_evaluations_into_one_file_write_no_row_twice(unbroken, recipe, tmp_path, monkeypatch):
    """The second one read the file before the first one wrote, and measured and wrote all of it again."""
    out, corpus = tmp_path / "rows.jsonl", recipe.stages[0].corpus
    first = evaluate(unbroken, corpus, "val", ["retrieval"], tmp_path / "apart.jsonl", workers=1)
    asked = ["--model", unbroken, "--corpus", corpus, "--split", "val", "--task", "retrieval", "--workers", 1]
    processes = [start_sarvl("evaluate", *asked, "--out", out, errors=tmp_path / f"errors{n}") for n in range(2)]
    for process in processes:
        process.join(120)
    assert [process.exitcode for process in processes] == [0, 0], (tmp_path / "errors0").read_text()
    assert read_rows(out) == first
    append_rows(out, first)
    assert read_rows(out) == first
    outcomes = {path.stem for path in (tmp_path / "rows.outcomes").iterdir()}
    assert outcomes == {row.outcome for row in first}
    lines = out.read_text().splitlines()
    assert len(lines) == len({json.dumps(json.loads(line), sort_keys=True) for line in lines})

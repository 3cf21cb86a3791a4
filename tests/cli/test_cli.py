"""The command line: help, errors in one line, and the whole way on a micro corpus."""

import json
import subprocess
import sys
from dataclasses import fields
from pathlib import Path

import pytest
import typer
import yaml
from micro import make_build_recipe, make_model, make_train_recipe
from typer.testing import CliRunner

from sarvl import __version__, cli
from sarvl.corpus.export.form import EXPORTS
from sarvl.evaluation.rows import read_rows
from sarvl.evaluation.task import TASKS
from sarvl.reporting.comparison import Comparison

pytestmark = pytest.mark.draws_cards
COMMANDS = [
    "ask",
    "calibrate",
    "classify",
    "compose",
    "embed",
    "init",
    "show",
    "build",
    "recipe",
    "inspect",
    "export",
    "merge",
    "train",
    "convert",
    "narrate",
    "pack",
    "evaluate",
    "report",
    "score",
    "audit",
    "compare",
    "simulate",
    "quickstart",
]


def sarvl(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, *arguments: object
) -> tuple[int, str, str]:
    """Run the command line as its entry point does; returns exit code, standard output and standard error."""
    monkeypatch.setattr(sys, "argv", ["sarvl", *map(str, arguments)])
    with pytest.raises(SystemExit) as caught:
        cli.main()
    captured = capsys.readouterr()
    return int(caught.value.code or 0), captured.out, captured.err


@pytest.fixture
def run(capsys, monkeypatch):
    return lambda *arguments: sarvl(capsys, monkeypatch, *arguments)


def test_the_commands_are_those_tested_here():
    assert sorted(command.callback.__name__ for command in cli.app.registered_commands) == sorted(COMMANDS)


@pytest.mark.parametrize("option", ["-h", "--help"])
@pytest.mark.parametrize("command", COMMANDS)
def test_help_shows_an_example(command, option):
    result = CliRunner().invoke(cli.app, [command, option])
    assert result.exit_code == 0
    assert f"Example: sarvl {command}" in " ".join(result.output.split())


def test_no_arguments_show_the_help():
    result = CliRunner().invoke(cli.app, [])
    assert "sarvl quickstart" in result.output
    assert all(command in result.output for command in COMMANDS)


def test_the_module_runs_and_does_not_import_torch_for_help():
    code = "import sys; sys.argv = ['sarvl', 'train', '--help']; import atexit\n"
    code += "atexit.register(lambda: print('loaded', 'torch' in sys.modules)); from sarvl.cli import main; main()"
    shown = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert shown.stdout.endswith("loaded False\n")
    version = subprocess.run([sys.executable, "-m", "sarvl", "--version"], check=True, capture_output=True, text=True)
    assert version.stdout == f"sarvl {__version__}\n"


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["build", "absent.yaml", "--out", "out"], "absent.yaml: cannot be read"),
        (["train", "absent.yaml", "--out", "out"], "absent.yaml: cannot be read"),
        (["train", "wrong.yaml", "--out", "out"], "wrong.yaml: model: missing; give it"),
        (["train", "wrong.yaml", "--out", "out", "--set", "seed"], "--set seed: write FIELD=VALUE"),
        (
            ["evaluate", "--model", "m", "--corpus", "c", "--task", "t", "--out", "o"],
            f"no task 't'; there are {', '.join(TASKS.names())}",
        ),
        (["evaluate", "--model", "m", "--corpus", "c", "--task", "retrieval", "--out", "o"], "c: no corpus.json"),
        (["report", "absent.jsonl"], "absent.jsonl: cannot be read"),
        (["compare", "absent.jsonl", "b.jsonl"], "absent.jsonl: cannot be read"),
        (["simulate", "--out", "s", "--chips", "0"], "ask for 1 to"),
    ],
)
def test_an_error_is_one_line(run, tmp_path, monkeypatch, arguments, reason):
    monkeypatch.chdir(tmp_path)
    Path("wrong.yaml").write_text("seed: 1\nstages: []\n")
    code, out, err = run(*arguments)
    lines = [line for line in err.splitlines() if not line.startswith("simulate")]
    assert (code, out, len(lines)) == (1, "", 1)
    assert lines[0].startswith("error: ")
    assert reason in lines[0]
    assert list(tmp_path.iterdir()) == [tmp_path / "wrong.yaml"]


@pytest.mark.parametrize(
    ("problem", "line"),
    [
        (OSError(28, "No space left on device", "big.bin"), "error: big.bin: No space left on device; check the path"),
        (OSError("Error writing\nbytes"), "error: Error writing bytes; check the path"),
    ],
)
def test_what_the_system_refuses_is_one_line(run, monkeypatch, problem, line):
    def refusing(*_: object) -> None:
        raise problem

    monkeypatch.setattr("sarvl.recipes.load_recipe", refusing)
    code, out, err = run("build", "recipe.yaml", "--out", "out")
    assert (code, out, len(err.splitlines())) == (1, "", 1)
    assert err.startswith(line)


def test_a_build_tells_the_commonest_reason_of_what_it_refused_and_where_the_others_are(run, tmp_path):
    data, corpus = tmp_path / "data", tmp_path / "corpus"
    recipe = make_build_recipe(data)
    (data / "chips" / "ship" / "00.png").write_bytes(b"no picture")
    coco = json.loads((data / "coco.json").read_text())
    for number in (1, 3):  # of images that have others
        coco["annotations"][number]["bbox"] = [3 + number, 4, 0, 0]
    (data / "coco.json").write_text(json.dumps(coco))
    code, out, _ = run("build", recipe, "--out", corpus, "--workers", 1)
    lines = out.splitlines()
    assert code == 0
    assert lines[2].startswith("refused: 2 boxes, 1 image (rejects.parquet)")
    assert lines[3].startswith("commonest reason (2 of 3): box scenes/01.png: ")
    assert lines[4] == f"all reasons: sarvl inspect {corpus}; each item, on a page: sarvl show {corpus}"
    (data / "chips" / "ship" / "00.png").unlink()
    for number in (1, 3):
        coco["annotations"][number]["bbox"] = [3, 4, 8, 6]
    (data / "coco.json").write_text(json.dumps(coco))
    code, out, _ = run("build", recipe, "--out", tmp_path / "whole", "--workers", 1)
    assert "refused: nothing" in out and "reason" not in out


@pytest.mark.parametrize("kind", ["build", "train"])
def test_a_recipe_to_begin_with_and_its_schema_are_printed(run, kind):
    code, text, _ = run("recipe", "--new", kind)
    assert (code, set(yaml.safe_load(text))) == (0, {"sources"} if kind == "build" else {"model", "stages"})
    code, text, _ = run("recipe", "--schema", kind)
    assert (code, json.loads(text)["title"]) == (0, f"{kind.title()}Recipe")


@pytest.mark.parametrize("arguments", [(), ("--new", "build", "--schema", "build")])
def test_a_recipe_is_asked_for_in_one_way(run, arguments):
    assert run("recipe", *arguments) == (1, "", "error: give one of --new and --schema, with build, train or compose\n")


def test_debug_shows_the_traceback(run, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    code, _, err = run("--debug", "build", "absent.yaml", "--out", "out")
    assert code == 1
    assert "Traceback" in err
    assert err.splitlines()[-1].startswith("error: absent.yaml")


def test_a_wrong_option_is_a_usage_error(run):
    code, _, err = run("train", "recipe.yaml", "--oout", "x")
    assert code == 2
    assert "No such option" in err


def test_build_train_evaluate_report(run, tmp_path, monkeypatch):
    """The whole way; the table that evaluate prints keeps every figure, however narrow the terminal."""
    monkeypatch.setenv("COLUMNS", "80")
    recipe = make_build_recipe(tmp_path / "data")
    corpus, trained, rows = tmp_path / "corpus", tmp_path / "run", tmp_path / "rows.jsonl"
    code, out, _ = run("build", recipe, "--out", corpus, "--workers", 1)
    assert code == 0
    assert out.startswith(f"56 of 56 images in {corpus}\ntexts: 280 captions, 0 questions\n")
    assert all((corpus / name).stat().st_size > 1000 for name in ("samples.png", "figures.png"))

    training = make_train_recipe(tmp_path, corpus, make_model(tmp_path), save_every=100)
    overrides = ["--set", "stages.0.epochs=1", "--set", "stages.1.epochs=1", "--set", f"stages.1.corpus={corpus}"]
    code, out, _ = run("train", training, "--out", trained, "--workers", 1, *overrides)
    assert code == 0
    assert "tensorboard --logdir" in " ".join(out.split())

    tasks = ["--task", "retrieval", "--task", "zeroshot"]
    code, out, _ = run("evaluate", "--model", trained, "--corpus", corpus, *tasks, "--out", rows, "--workers", 1)
    assert code == 0
    found = read_rows(rows)
    assert out.endswith(f"rows: {rows} ({len(found)} written, 0 that it held already)\n")
    assert all(f"{row.value:.3f}" in out and row.metric in out for row in found)

    page = tmp_path / "report.html"
    code, out, _ = run("report", rows, "--out", page, "--model", trained, "--corpus", corpus, "--query", "A bridge.")
    assert code == 0
    assert "A bridge." in page.read_text()

    leaks = tmp_path / "leaks.json"
    code, out, _ = run("audit", corpus, "--model", trained, "--out", leaks, "--workers", 1)
    assert code == 0
    assert out.endswith(f"leaks: 0 of 18 images; written to {leaks}\n")
    code, _, err = run("audit", corpus, "--learnt", "val", "--model", trained, "--out", leaks, "--workers", 1)
    assert code == 1
    assert "stage chips learnt from split train of corpus" in err
    code, _, _ = run("report", rows, "--out", page, "--audit", leaks)
    assert code == 0
    assert "leaks: none of" in page.read_text()
    code, _, err = run("report", rows, "--out", page, "--without", rows)
    assert code == 2
    assert "give SOURCE=ROWS" in " ".join(err.split())

    first_stage = trained / "stages" / "chips"
    code, _, _ = run("evaluate", "--model", first_stage, "--corpus", corpus, *tasks, "--out", rows, "--workers", 1)
    assert code == 0
    code, out, err = run("compare", rows, rows)
    assert code == 0
    assert f"second: {first_stage}" in out
    assert "warning: intervals over 2 to 6 scenes say little; compare on ten or more" in err
    code, out, _ = run("compare", rows, rows, "--json")
    assert {found["metric"] for found in json.loads(out)} >= {"top1", "grouped_mean_recall"}
    assert set(json.loads(out)[0]) == {field.name for field in fields(Comparison)}


def test_the_tasks_are_listed_without_any_other_option(run):
    code, out, err = run("evaluate", "--tasks", "list")
    assert (code, out.split(), err) == (0, TASKS.names(), "")


def test_simulate_writes_chips(run, tmp_path):
    code, out, _ = run(
        "simulate", "--out", tmp_path / "chips", "--chips", 2, "--class-chips", 2, "--size", 64, "--workers", 1
    )
    assert code == 0
    assert "4 chips" in out
    assert len(list((tmp_path / "chips" / "images").iterdir())) == 2
    assert len(list((tmp_path / "chips" / "classes").rglob("*.png"))) == 2


def test_the_forms_of_export_are_named_once_in_the_help_from_their_registry():
    options = typer.main.get_command(cli.app).commands["export"].params
    told = [option.help for option in options]
    assert f"The form: {', '.join(EXPORTS.names())}." in told
    assert [" ".join(told).count(name) for name in ("webdataset", "llava", "sharegpt")] == [1, 1, 1]


def test_options_of_all_commands_may_stand_behind_the_command(run, tmp_path):
    """As users write them; what is told goes to the log, whether or not it is printed."""
    log = tmp_path / "log.jsonl"
    for number, arguments in enumerate((["--quiet", "--log-json", log], [f"--log-json={log}", "--quiet"])):
        command = ["simulate", "--out", tmp_path / f"chips{number}", "--chips", 1, "--size", 64]
        assert run(*arguments[:number], *command, *arguments[number:])[::2] == (0, "")
    events = [json.loads(line)["event"] for line in log.read_text().splitlines()]
    assert events == ["command", "begin", "end"] * 2
    assert run("simulate", "--log-json") == (1, "", "error: --log-json: give a file behind it\n")
    assert run("--quiet", "simulate", "--verbose", "--out", "x") == (
        1,
        "",
        "error: give one of --quiet and --verbose\n",
    )
    run("recipe", "--new", "build")  # the log is closed

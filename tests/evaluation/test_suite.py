"""Suites: what is held is measured, what is not is told, and published figures stand beside ours."""

import json

import pytest
from micro import make_corpus, make_model
from typer.testing import CliRunner

from sarvl.cli.application import app
from sarvl.errors import EvaluationError
from sarvl.evaluation.results import results_of
from sarvl.evaluation.rows import append_rows, read_rows
from sarvl.evaluation.scorer import score
from sarvl.evaluation.suite import evaluate_suite, load_suite, suite_lines, suite_names
from sarvl.evaluation.task import TASKS
from sarvl.reporting.suite_table import suite_section

SUITE = """
title: Ours
source: A test.
tests:
  - {name: chips, corpus: corpus, task: zeroshot, sources: [chips], metric: top1,
     published: [{system: theirs, value: 0.5, source: a paper}]}
  - {name: pairs, corpus: corpus, task: retrieval, metric: grouped_mean_recall}
  - {name: absent, corpus: large, made_by: large.yaml, task: retrieval, metric: grouped_mean_recall}
  - {name: unmeasured, corpus: corpus, task: retrieval, metric: guessed}
"""


@pytest.fixture(scope="module")
def measured(tmp_path_factory):
    folder = tmp_path_factory.mktemp("suite")
    make_corpus(folder / "data")
    (folder / "ours.yaml").write_text(SUITE)
    suite = load_suite(folder / "ours.yaml")
    lines = evaluate_suite(suite, make_model(folder), folder / "data", folder / "rows.jsonl", workers=1)
    return folder, suite, lines


def test_what_is_held_is_measured_and_the_rest_says_why_not(measured):
    folder, _, lines = measured
    assert [(line.test.name, line.row is not None) for line in lines] == [
        ("chips", True),
        ("pairs", True),
        ("absent", False),
        ("unmeasured", False),
    ]
    assert (lines[0].row.metric, lines[0].row.source) == ("top1", "chips")
    large = folder / "data" / "large"
    assert lines[2].reason == f"not held: there is no {large}; sarvl build large.yaml --out {large}"
    assert lines[3].reason == "no guessed was measured"


def test_rows_that_are_there_give_the_same_lines_without_a_model(measured):
    folder, suite, lines = measured
    rows = read_rows(folder / "rows.jsonl")
    assert suite_lines(suite, folder / "data", rows) == lines
    assert [line.row for line in suite_lines(suite, folder / "data", [])] == [None] * 4


def test_the_page_has_a_column_a_model_and_one_a_published_system(measured):
    folder, suite, lines = measured
    section = suite_section(suite, folder / "data", results_of([folder / "rows.jsonl"])[0])
    (table,) = section.cards[0].blocks
    assert [column.over for column in table.columns] == ["", "", "", "measured here", "published"]
    chips, pairs, absent, _ = table.lines
    assert (chips.cells[3].text, chips.cells[4]) == (f"{100 * lines[0].row.value:.1f}", "50.00")
    assert (pairs.cells[4], absent.cells[3].text) == ("–", "–")
    assert "absent: not held" in section.cards[0].remark


def test_a_test_that_cannot_be_done_does_not_stop_the_others(measured):
    folder, suite, _ = measured
    wrong = suite.model_copy(update={"tests": (suite.tests[0].model_copy(update={"task": "guess"}), suite.tests[1])})
    lines = evaluate_suite(wrong, folder / "model", folder / "data", folder / "rows.jsonl", workers=1)
    assert "no task 'guess'" in lines[0].reason
    assert lines[1].row is not None


@pytest.mark.parametrize("name", suite_names())
def test_each_ready_suite_asks_for_what_there_is(name):
    """A metric that a task does not give is found where a suite is run; its task and settings are here."""
    suite = load_suite(name)
    assert len({(test.name, test.metric) for test in suite.tests}) == len(suite.tests)
    for test in suite.tests:
        task = TASKS.get(test.task)
        if task.settings:
            task.settings.model_validate(test.settings)


def test_an_unknown_suite_is_one_line_with_the_names():
    with pytest.raises(
        EvaluationError, match="no suite 'sarvlms'; there are sar-text, sarclip-5, sareval, sarlang, sarvlm"
    ):
        load_suite("sarvlms")


@pytest.mark.parametrize("given", [["--set", "zeroshot.classes=[a]"], ["--split", "val"], ["--task", "zeroshot"]])
def test_what_a_suite_says_itself_is_refused_beside_it(tmp_path, given):
    """Regression: such options were passed over without a word."""
    arguments = ["evaluate", "--model", "m", "--out", str(tmp_path / "r.jsonl"), "--suite", "sarvlm", *given]
    answer = CliRunner().invoke(app, arguments)
    assert answer.exit_code == 2
    assert "a suite says this itself" in answer.output


def test_all_rows_that_a_suite_appends_are_counted(measured, tmp_path):
    """Regression: one row was told to be written where the file had got all figures of each task."""
    folder, out = measured[0], tmp_path / "rows.jsonl"
    given = ["--model", folder / "model", "--corpora", folder / "data", "--out", out, "--limit", "5", "--workers", "1"]
    command = ["evaluate", "--suite", str(folder / "ours.yaml"), *map(str, given)]
    first = CliRunner().invoke(app, command).output
    count = len(read_rows(out))
    assert count > 4
    assert f"({count} written, 0 that it held already)" in first
    assert f"(0 written, {count} that it held already)" in CliRunner().invoke(app, command).output


def test_rows_of_fewer_images_are_shown_and_said_to_be(measured, tmp_path):
    """Regression: the page said of rows that were measured with a limit that nothing was measured."""
    folder, suite, _ = measured
    evaluate_suite(suite, folder / "model", folder / "data", tmp_path / "rows.jsonl", workers=1, limit=5)
    lines = suite_lines(suite, folder / "data", read_rows(tmp_path / "rows.jsonl"))
    assert lines[1].reason.endswith("of 5 images alone")


def test_predictions_of_others_are_shown_where_no_corpus_is_held(tmp_path):
    """Regression: the table of SAREval stayed empty whatever was scored, since its images are not to be had."""
    suite = load_suite("sareval")
    entry = {"image_path": "a.jpg", "ground_truth": "2", "question": "How many ships are there?", "prediction": "2"}
    (tmp_path / "said.json").write_text(json.dumps([entry]))
    rows = score("vqa", tmp_path / "said.json", tmp_path / "rows.jsonl", format="sareval-json")
    questions, boxes = suite_lines(suite, tmp_path, rows)
    assert (questions.row.value, boxes.row) == (1.0, None)
    assert "of a file of sareval-json" in questions.reason
    assert "sarvl score vqa FILE --format sareval-json" in suite_lines(suite, tmp_path, [])[0].reason


def cells_of(suite, corpora, rows) -> list[tuple[str, ...]]:
    """Return the source of each line of a suite's table, and the figures behind it."""
    (table,) = suite_section(suite, corpora, results_of([rows])[0]).cards[0].blocks
    return [(line.cells[1], *(getattr(cell, "text", cell) for cell in line.cells[3:])) for line in table.lines]


def score_files(folder, files) -> None:
    """Score predictions of one model, each a file of one part of SAREval with its answer; "2" is right."""
    for name, (part, said) in files.items():
        entry = {"image_path": name, "ground_truth": "2", "question": "How many?", "prediction": said, "task": part}
        (folder / f"{name}.json").write_text(json.dumps([entry]))
        score("vqa", folder / f"{name}.json", folder / "rows.jsonl", format="sareval-json", model="qwen")


def test_all_files_of_predictions_of_a_model_are_shown(tmp_path):
    """Regression: of several files the table showed the last one alone."""
    score_files(tmp_path, {"a": ("Ship Counting", "2"), "b": ("Vehicle Counting", "3")})
    sareval = load_suite("sareval")
    first, second, boxes = cells_of(sareval, tmp_path, tmp_path / "rows.jsonl")
    assert (first, second) == (("all, Ship Counting", "100.0"), ("all, Vehicle Counting", "0.0"))
    assert boxes == ("–", "–")
    score_files(tmp_path, {"c": ("Ship Counting", "5")})
    lines = cells_of(sareval, tmp_path, tmp_path / "rows.jsonl")[:-1]
    digests = {row.metric: row.corpus_digest for row in read_rows(tmp_path / "rows.jsonl")}
    assert [value for _, value in lines] == ["100.0", "0.0", "0.0"]
    assert lines[-1][0] == f"all, Ship Counting, corpus {digests['strict'][:12]}"


def test_a_trial_of_fewer_images_replaces_no_larger_one(measured, tmp_path):
    """Regression: the page showed what was measured last, though it was of fewer images."""
    folder, suite, _ = measured
    for limit in (9, 5):
        evaluate_suite(suite, folder / "model", folder / "data", tmp_path / "rows.jsonl", workers=1, limit=limit)
    told = [place for place, *_ in cells_of(suite, folder / "data", tmp_path / "rows.jsonl")]
    assert told[:4] == ["chips, 9 images", "chips, 5 images", "all, 9 images", "all, 5 images"]
    rows = read_rows(tmp_path / "rows.jsonl")
    whole = [row.model_copy(update={"source": "chips", "settings": {}}) for row in rows if row.task == "retrieval"]
    append_rows(tmp_path / "rows.jsonl", whole)  # of all images of one source
    told = [place for place, *_ in cells_of(suite, folder / "data", tmp_path / "rows.jsonl")]
    assert told[2:5] == ["all, 9 images", "all, 5 images", "chips"]


def test_predictions_of_others_hide_no_model_that_was_measured(measured):
    """Regression: where a file of predictions fitted a test, what models reached on its corpus was not shown."""
    folder, suite, lines = measured
    test = suite.tests[0].model_copy(update={"formats": ("vlmeval",), "sources": ()})
    ours = lines[0].row
    settings = {**ours.settings, "format": "vlmeval"}
    changes = {"split": "given", "source": "all", "settings": settings, "weights_hash": "w", "model": "other"}
    theirs = ours.model_copy(update=changes)
    told = suite_lines(suite.model_copy(update={"tests": (test,)}), folder / "data", [ours, theirs])
    assert [line.row for line in told] == [theirs, ours]


def test_a_file_that_a_test_needs_is_named_where_it_is_not_there(measured):
    folder, suite, _ = measured
    needing = suite.tests[1].model_copy(update={"task": "localisation", "files": {"annotations": "anno.json"}})
    (line,) = suite_lines(suite.model_copy(update={"tests": (needing,)}), folder / "data", [])
    assert line.reason == f"not held: there is no {folder / 'data' / 'anno.json'}"

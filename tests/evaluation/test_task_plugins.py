"""Tasks of other packages: the example of the documentation, installed and used by the command line."""

from pathlib import Path

import pytest
from micro import make_corpus, make_model
from plugins import install_documented, run_sarvl

from sarvl.evaluation.rows import read_rows


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """Two models, a corpus, and the package that the documentation shows."""
    folder = tmp_path_factory.mktemp("plugin")
    install_documented(folder / "site", "evaluation.md", "A task of your own", "neighbours")
    make_corpus(folder)
    make_model(folder)
    return folder


def test_the_documented_task_is_used_by_the_command_line(folder):
    rows, page = folder / "rows.jsonl", folder / "page.html"
    options = ["--model", str(folder / "model"), "--corpus", str(folder / "corpus"), "--workers", "1"]
    printed = run_sarvl(folder / "site", "evaluate", *options, "--task", "neighbours", "--out", str(rows))
    found = {row.source: row for row in read_rows(rows)}
    assert set(found) == {"chips", "scenes"}
    assert all(f"{row.value:.3f}" in printed for row in found.values())
    assert found["chips"].protocol == "neighbours-1"
    assert found["chips"].value > 1 / 3  # classes differ in brightness
    run_sarvl(folder / "site", "report", str(rows), "--out", str(page))
    assert "neighbours, accuracy" in page.read_text()
    assert "no two models" in run_sarvl(folder / "site", "compare", str(rows), str(rows))


def test_it_is_named_in_help_and_errors(folder):
    assert "neighbours" in run_sarvl(folder / "site", "evaluate", "--help")
    options = ["--model", "m", "--corpus", "c", "--out", "o"]
    printed = run_sarvl(folder / "site", "evaluate", *options, "--task", "neighbour")
    assert printed == "error: no task 'neighbour'; did you mean neighbours? there are neighbours, retrieval, zeroshot\n"

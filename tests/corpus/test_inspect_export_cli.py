"""``sarvl inspect`` and ``sarvl export`` as typed."""

import json
import sys
from pathlib import Path

import pytest
from made_corpus import image_of, made_corpus, speckle, text_of

from sarvl import cli


@pytest.fixture
def run(capsys, monkeypatch):
    def sarvl(*arguments: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["sarvl", *map(str, arguments)])
        with pytest.raises(SystemExit) as caught:
            cli.main()
        captured = capsys.readouterr()
        return int(caught.value.code or 0), captured.out, captured.err

    return sarvl


@pytest.fixture
def corpus(tmp_path) -> Path:
    folder = tmp_path / "corpus"
    image = image_of(folder, "made", "a.png", speckle())
    made_corpus(folder, [image], [text_of(image, "[bold]One[/bold] ship.")])
    return folder


def test_inspect_prints_tables_and_json(run, corpus):
    code, printed, _ = run("inspect", corpus)
    assert code == 0
    assert "not measured: no embedder" in printed
    assert "none to verify: people wrote all texts" in printed
    code, printed, _ = run("inspect", corpus, "--json", "--workers", 1)
    assert json.loads(printed)["captions"]["count"] == 1
    assert not (corpus / "README.md").exists()


def test_inspect_writes_the_card_where_it_is_asked_to(run, corpus):
    assert run("inspect", corpus, "--card")[0] == 0
    assert "1 images, 1 captions" in (corpus / "README.md").read_text()


def test_text_is_printed_as_it_is(run, corpus, tmp_path):
    image = image_of(corpus, "made", "b.png", speckle())
    texts = [text_of(image, "A [red]ship[/red].", producer="model:some", evidence=[])]
    made_corpus(corpus, [image], texts)
    assert "A [red]ship[/red]." in run("inspect", corpus)[1]


def test_brackets_that_close_nothing_are_printed_too(run, corpus):
    image = image_of(corpus, "made", "c.png", speckle())
    made_corpus(corpus, [image], [text_of(image, "A ship. [/INST]", producer="model:some", evidence=[])])
    code, printed, _ = run("inspect", corpus)
    assert (code, "A ship. [/INST]" in printed) == (0, True)


def test_export_prints_counts(run, corpus, tmp_path):
    code, printed, _ = run("export", corpus, "--to", "llava", "--out", tmp_path / "out", "--per-image", "all")
    assert code == 0
    assert "train: 1 images, 1 captions, 0 questions, 0 repeats left out, 1 conversations\n" in printed
    assert (tmp_path / "out" / "llava_train.json").is_file()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--to", "llava", "--per-image", "two"], "error: --per-image two: give a number, or all\n"),
        (["--to", "tfrecord"], "error: no export 'tfrecord'; there are coco-captions"),
        (["--to", "llava", "--split", "val"], "no image in split 'val'"),
    ],
)
def test_wrong_exports_are_one_line(run, corpus, tmp_path, arguments, message):
    code, _, error = run("export", corpus, "--out", tmp_path / "out", *arguments)
    assert code == 1
    assert message in error
    assert error.count("\n") == 1

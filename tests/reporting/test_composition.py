"""The page of a model: from rows alone, and with the pictures of a corpus."""

import html
import re
import shutil
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pytest
from micro import make_corpus, make_model, make_train_recipe

from sarvl import __version__
from sarvl.errors import EvaluationError
from sarvl.evaluation.evaluated import EvaluatedModel, SplitImages
from sarvl.evaluation.evaluator import evaluate
from sarvl.evaluation.rows import read_rows
from sarvl.models import load_model
from sarvl.recipes import load_recipe
from sarvl.reporting.composition import report
from sarvl.reporting.page_facts import parameters_told
from sarvl.reporting.searching import search_block
from sarvl.reporting.training_history import seen
from sarvl.training import TrainRecipe, train

QUERY = "Is there <anything> to see?"


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """A corpus, a trained run and its rows."""
    folder = tmp_path_factory.mktemp("page")
    corpus = make_corpus(folder / "data")
    recipe = make_train_recipe(folder, corpus.folder, make_model(folder), save_every=100)
    train(load_recipe(recipe, TrainRecipe, ["stages.0.epochs=1", "stages.1.epochs=1"]), folder / "run", workers=1)
    evaluate(str(folder / "run"), corpus.folder, "test", ["retrieval", "zeroshot"], folder / "rows.jsonl", workers=1)
    return folder


@pytest.fixture(scope="module")
def full_page(folder) -> str:
    run, corpus = str(folder / "run"), folder / "data" / "corpus"
    page = report([folder / "rows.jsonl"], folder / "full.html", model=run, corpus=corpus, queries=[QUERY], workers=1)
    return page.read_text()


def assert_self_contained(page: str) -> None:
    sources = re.findall(r"""(?:src|href|action|xlink:href)\s*=\s*["']([^"']*)""", page)
    assert [source for source in sources if not source.startswith(("data:", "#"))] == []
    assert re.findall(r"url\((?!['\"]?(?:data:|#))", page) == []
    assert "@import" not in page


def test_rows_alone_make_a_page(folder):
    page = report([folder / "rows.jsonl"], folder / "plain" / "rows.html").read_text()
    assert_self_contained(page)
    assert "grouped" in page
    assert "Zero-shot classification, top-1" in page
    assert "<img" not in page


def test_a_corpus_alone_gives_the_errors_their_pictures(folder):
    corpus = folder / "data" / "corpus"
    without = report([folder / "rows.jsonl"], folder / "plain.html").read_text()
    page = report([folder / "rows.jsonl"], folder / "corpus.html", corpus=corpus).read_text()
    assert_self_contained(page)
    for part in ("Confusion", "Calibration", "Captions that were found last", "Surest errors"):
        assert f"<h4>{part}" in page or f"<figcaption>{part}" in page
        assert part in without
    assert "give the corpus that was measured" in without
    assert "give the corpus that was measured" not in page
    assert page.count("<img") > 12
    assert "Nearest images" not in page


def test_pictures_of_another_corpus_are_not_shown(folder, tmp_path):
    other = make_corpus(tmp_path / "other", seed=1).folder
    page = report([folder / "rows.jsonl"], tmp_path / "page.html", corpus=other).read_text()
    assert "give the corpus that was measured" in page


def test_rows_without_an_outcome_make_a_page(folder, tmp_path):
    shutil.copy(folder / "rows.jsonl", tmp_path / "rows.jsonl")
    page = report([tmp_path / "rows.jsonl"], tmp_path / "page.html").read_text()
    assert "The outcome of retrieval and zeroshot is not kept beside its rows" in page
    assert "Confusion" not in page


def test_rows_of_a_task_that_is_not_installed_are_a_plain_table(folder, tmp_path):
    lines = (folder / "rows.jsonl").read_text().replace('"task":"zeroshot"', '"task":"counting"')
    (tmp_path / "rows.jsonl").write_text(lines)
    page = report([tmp_path / "rows.jsonl"], tmp_path / "page.html").read_text()
    assert "counting, top1" in page


def test_two_files_of_rows_make_one_page(folder):
    rows = folder / "rows.jsonl"
    once = report([rows], folder / "once.html").read_text()
    assert_self_contained(once)
    assert report([rows, rows], folder / "twice.html").read_text().count("<tr") >= once.count("<tr")


def test_the_full_page_is_self_contained(full_page):
    assert_self_contained(full_page)
    assert full_page.count("data:image/") > 12


def test_the_full_page_shows_captions_curves_and_searches(full_page, folder):
    from sarvl.corpus import Corpus

    corpus = Corpus.open(folder / "data" / "corpus")
    text = html.unescape(full_page)
    shown = [row for row in corpus.rows_of("test") if corpus.column("image_id")[row] in text]
    captioned = [
        row for row in shown if all(corpus.sentences[caption] in text for caption in corpus.texts_of_image[row])
    ]
    assert len(captioned) >= 12
    assert {corpus.column("source")[row] for row in captioned} == {"scenes", "chips"}
    assert html.escape(QUERY) in full_page
    assert QUERY not in full_page
    assert full_page.count("<svg") >= 2
    assert "stage chips" in text
    assert corpus.digest[:12] in text


def test_a_model_that_is_no_run_has_no_curves(folder):
    model, corpus = str(folder / "model"), folder / "data" / "corpus"
    page = report([folder / "rows.jsonl"], folder / "other.html", model=model, corpus=corpus, workers=1).read_text()
    assert_self_contained(page)
    assert "stage chips" not in page


def test_faulty_rows_are_an_error_and_leave_the_old_page(folder, tmp_path):
    page = tmp_path / "page.html"
    page.write_text("old")
    (tmp_path / "rows.jsonl").write_text('{"task": 1}\n')
    with pytest.raises(EvaluationError, match="line 1"):
        report([tmp_path / "rows.jsonl"], page)
    with pytest.raises(EvaluationError, match="cannot be read"):
        report([tmp_path / "absent.jsonl"], page)
    (tmp_path / "empty.jsonl").touch()
    with pytest.raises(EvaluationError, match=r"empty\.jsonl: no result rows; run sarvl evaluate"):
        report([tmp_path / "empty.jsonl"], page)
    assert page.read_text() == "old"


@pytest.mark.parametrize(
    "asked",
    [{"queries": [QUERY]}, {"model": "run", "queries": [QUERY]}],
)
def test_queries_that_nothing_can_be_shown_of_are_an_error(folder, tmp_path, asked):
    with pytest.raises(EvaluationError, match="queries need a corpus; give --corpus"):
        report([folder / "rows.jsonl"], tmp_path / "page.html", **asked)


@pytest.mark.parametrize(
    ("split", "said"),
    [
        ("test", "was trained on split train of the same corpus; scenes unknown: split image by image."),
        ("train", "was trained on this split"),
    ],
)
def test_the_page_says_what_the_model_has_seen(folder, tmp_path, split, said):
    corpus = folder / "data" / "corpus"
    page = report([], tmp_path / "page.html", model=str(folder / "run"), corpus=corpus, split=split, workers=1)
    assert said in page.read_text()


def test_scenes_that_training_and_the_page_share_are_counted(folder):
    images = SplitImages.open(folder / "data" / "corpus", "test")
    groups = pa.array(["quay"] * len(images.corpus.images))
    place = images.corpus.images.schema.get_field_index("group")
    corpus = replace(images.corpus, images=images.corpus.images.set_column(place, "group", groups))
    shown = EvaluatedModel.named(str(folder / "run"), replace(images, corpus=corpus))
    assert "2 scenes are in both" in seen(shown)


@pytest.mark.parametrize(
    ("group_of", "said"),
    [
        (lambda row, split: None, "; scenes unknown: split image by image."),
        (lambda row, split: f"{split} quay", "; no scene is in both."),
        (
            lambda row, split: split if row else None,
            "; no scene that it knows is in both, and of 1 images the scenes are",
        ),
    ],
)
def test_the_page_says_what_is_not_known_of_scenes(folder, group_of, said):
    images = SplitImages.open(folder / "data" / "corpus", "test")
    table = images.corpus.images
    groups = pa.array([group_of(row, split) for row, split in enumerate(table["split"].to_pylist())], pa.string())
    corpus = replace(images.corpus, images=table.set_column(table.schema.get_field_index("group"), "group", groups))
    assert said in seen(EvaluatedModel.named(str(folder / "run"), replace(images, corpus=corpus)))


def test_a_split_of_questions_alone_makes_a_page_without_search(folder):
    images = SplitImages.open(folder / "data" / "corpus", "test")
    place = images.corpus.texts.schema.get_field_index("kind")
    asked = images.corpus.texts.set_column(place, "kind", pa.array(["question"] * len(images.corpus.texts)))
    questions = replace(images, corpus=replace(images.corpus, texts=asked))
    shown = EvaluatedModel.named(str(folder / "run"), questions)
    assert search_block(shown, []) is None


def test_the_page_says_model_size_date_and_version_at_the_top(folder, tmp_path, monkeypatch):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1795000000")
    rows = read_rows(folder / "rows.jsonl")
    page = report([folder / "rows.jsonl"], tmp_path / "page.html").read_text()
    top = html.unescape(page[: page.index("<section>")])
    count = sum(value.numel() for value in load_model(str(folder / "run")).network.parameters())
    assert {row.parameters for row in rows} == {count}
    assert f"<dd>{folder / 'run'} · {parameters_told(count)} · weights {rows[0].weights_hash[:12]}</dd>" in top
    assert "<dt>date</dt><dd>2026-11-18</dd>" in top
    assert f"<dt>written by</dt><dd>sarvl {__version__}</dd>" in top


@pytest.mark.parametrize(
    ("count", "told"),
    [
        (None, "number of parameters not kept in the rows"),
        (0, "0 parameters"),
        (999, "999 parameters"),
        (151_277_313, "151 million parameters"),
        (1_300_000_000, "1.3 billion parameters"),
        (999_999, "1 million parameters"),
    ],
)
def test_numbers_of_parameters_are_told_in_three_digits(count, told):
    assert parameters_told(count) == told


def test_the_page_counts_the_samples_that_it_shows(folder, tmp_path):
    corpus = folder / "data" / "corpus"
    page = report([folder / "rows.jsonl"], tmp_path / "page.html", corpus=corpus).read_text()
    images, samples = re.search(r"Split test has (\d+) images; (\d+) of them stand here as samples", page).groups()
    section = page[page.index("<h2>Samples</h2>") : page.index("<h2>Provenance</h2>")]
    assert section.count("<img") == int(samples) == min(12, int(images))


def test_runs_of_one_task_with_other_settings_are_told_apart(folder, tmp_path):
    """Regression: their headlines were alike, and the page told the settings of the last run alone."""
    corpus, settings = folder / "data" / "corpus", {"zeroshot": {"templates": "sarclip"}}
    arguments = (str(folder / "run"), corpus, "test", ["zeroshot"], tmp_path / "rows.jsonl")
    for given in (settings, {}):
        evaluate(*arguments, sources=["chips"], settings=given, workers=1)
    page = html.unescape(report([tmp_path / "rows.jsonl"], tmp_path / "page.html").read_text())
    named = re.findall(r"Zero-shot classification, top-1, of .* split test, (templates .*?): [0-9.]+ %", page)
    assert len(named) == len(set(named)) == 2
    assert named[0].startswith('templates ["this is an SAR image')
    provenance = page[page.index("<h2>Provenance</h2>") :]
    assert [f"{count} templates" in provenance for count in (3, 9)] == [True, True]

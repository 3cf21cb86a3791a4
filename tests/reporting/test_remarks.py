"""The page of several models: what is known of a figure stands beside it or once where all share it."""

import re
import shutil

import pytest
from micro import make_corpus, make_model

from sarvl.blocks import Bar, Bars, Cell, Column, Line, Table
from sarvl.evaluation.evaluator import evaluate
from sarvl.evaluation.leak_audit import audit
from sarvl.models import load_model, save_model
from sarvl.reporting.composition import report
from sarvl.reporting.drawing import drawn

NOT_RUN = "leaks, left out: not run"


@pytest.fixture(scope="module")
def rows(tmp_path_factory):
    """The rows of two models on one corpus."""
    folder = tmp_path_factory.mktemp("several")
    corpus = make_corpus(folder / "data")
    first = make_model(folder)
    second = load_model(str(first))
    for parameter in second.network.parameters():
        parameter.data *= 1.1
    save_model(second, folder / "second", {}, "none")
    for model in (first, folder / "second"):
        evaluate(str(model), corpus.folder, "test", ["zeroshot"], folder / f"{model.name}.jsonl", workers=1)
    return folder


def page_of(folder, tmp_path, **options) -> str:
    return report([folder / "model.jsonl", folder / "second.jsonl"], tmp_path / "page.html", **options).read_text()


def test_a_page_says_of_every_figure_what_was_not_run(rows, tmp_path):
    page = page_of(rows, tmp_path)
    parts = re.split(r"<h4>|<div class=\"tile\">", page)
    lacking = [part[:40] for part in parts[1:] if re.search(r"\d\.\d", part) and NOT_RUN not in part]
    assert [part for part in lacking if not part.startswith(("Confusion", "Surest", "Prompts"))] == []


def test_several_models_stand_side_by_side_instead_of_in_sentences_and_their_cards_are_listed(rows, tmp_path):
    page = page_of(rows, tmp_path)
    assert "<h1>What these models know of SAR images</h1>" in page
    (listed,) = re.findall(r"<nav.*?</nav>", page)
    targets = re.findall(r'href="#(.*?)"', listed)
    assert len(targets) == 4
    assert all(f'id="{target}"' in page for target in targets)
    sentence = r"Zero-shot classification, top-1, of .* on chips, split test: "
    assert not re.search(sentence, page)
    one = report([rows / "model.jsonl"], tmp_path / "one.html").read_text()
    assert "<h1>What this model knows of SAR images</h1>" in one
    assert re.search(sentence + rf".*\({NOT_RUN}\)\.</p>", one)


def test_audits_and_left_out_sources_stand_beside_the_figures_of_their_models_alone(rows, tmp_path):
    corpus = rows / "data" / "corpus"
    audit(corpus, tmp_path / "leaks.json", learnt=["test"], models=[rows / "second"], workers=1)
    shutil.copy(rows / "second.jsonl", tmp_path / "left.jsonl")
    page = page_of(rows, tmp_path, audits=[tmp_path / "leaks.json"], without={"chips": tmp_path / "left.jsonl"})
    (board,) = re.findall(r"Models side by side</h2>(.*?)</section>", page, re.S)
    by_model = dict(re.findall(r"<tr><td>.*?([\w]+)</span></td>(.*?)</tr>", board, re.S))
    told = {model: re.findall(r'class="remark">(.*?)<', line) for model, line in by_model.items()}
    assert [remark.split(" of ")[0] for remark in told["second"]] == ["leaks: 2", "leaks: 12"]
    assert told["model"][0] == NOT_RUN
    assert told["model"][1].startswith("leaks: not run; left out: ")
    assert page.count("leaks: 12 of 12 images; left out: not run") > 3


def test_a_remark_that_all_share_is_said_once():
    def table(*remarks):
        lines = [Line(("a", Cell("1", remark=remark))) for remark in remarks]
        return str(
            drawn(
                [
                    Table("", [Column(""), Column("value")], lines),
                    Bars("", [Bar("a", 0.5, "", remark=remark) for remark in remarks]),
                ],
                {},
            )
        )

    assert table("same", "same").count("same") == 2
    assert 'class="remark"' not in table("same", "same")
    assert table("one", "other").count('class="remark"') == 4

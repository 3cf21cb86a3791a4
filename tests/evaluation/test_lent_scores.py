"""SPICE and BERTScore in the task of captioning: made where their means are there, else left out with a line."""

import json

import numpy as np
import pytest

from sarvl.errors import EvaluationError
from sarvl.evaluation import lent_scores
from sarvl.evaluation.scorer import score
from sarvl.evaluation.tasks.captions import CaptioningSettings
from sarvl.models.texts import token_encoder

PAIRS = [("two ships at a pier", "two ships at a pier"), ("a bridge", "an empty sea")]


class Words:
    """A model whose vector of a word is all its own."""

    longest = 4

    def __init__(self) -> None:
        self.known: dict[str, int] = {}

    def is_cut(self, text):
        return len(text.split()) > self.longest

    def encode(self, texts):
        places = [[self.known.setdefault(word, len(self.known)) for word in text.split()] for text in texts]
        return [(np.eye(32, dtype=np.float32)[own], np.ones(len(own), bool)) for own in places]


@pytest.fixture
def said(tmp_path, monkeypatch):
    """Return what scores the two captions with settings: rows by metric, and the lines that were told."""
    path, told = tmp_path / "Caption_result.jsonl", []
    path.write_text("".join(json.dumps({"predict": one, "label": other}) + "\n" for one, other in PAIRS))
    monkeypatch.setattr(lent_scores, "note", told.append)

    def scored(**settings):
        rows = score("captions", path, tmp_path / "rows.jsonl", format="sarlang-captions", settings=settings)
        return {row.metric: row for row in rows}, told

    return scored


@pytest.fixture
def folder(tmp_path):
    path = tmp_path / "bert"
    path.mkdir()
    (path / "model.safetensors").write_bytes(b"weights")
    return path


def test_bert_score_is_made_where_a_model_is_given(said, folder, monkeypatch):
    monkeypatch.setattr(token_encoder, "load_token_encoder", lambda path, layer: Words())
    rows, told = said(bert_model=str(folder), bert_layer=2)
    assert {rows[name].value for name in ("BERTScore", "BERTScore_precision", "BERTScore_recall")} == {0.5}
    settings = rows["BERTScore"].settings
    assert settings["bert_layer"] == 2 and len(settings["bert_model_sha256"]) == 64
    assert "bert_model" not in settings
    assert "captions: BERTScore reads 1 texts only up to their first 4 tokens" in told


def test_spice_is_the_mean_of_its_captions(said, monkeypatch):
    monkeypatch.setattr(lent_scores, "what_spice_lacks", lambda: None)
    monkeypatch.setattr(lent_scores, "spice", lambda scored: np.array([0.25, 0.75]))
    rows, _ = said()
    assert (rows["SPICE"].value, rows["SPICE"].n) == (0.5, 2)


def test_what_is_absent_is_told_and_the_other_figures_stand(said, monkeypatch):
    monkeypatch.setattr(lent_scores, "what_spice_lacks", lambda: "there is no java")
    rows, told = said()
    assert not {"SPICE", "BERTScore"} & set(rows)
    assert rows["ROUGE-L"].value == pytest.approx(0.5)
    assert "captions: no SPICE, since there is no java" in told
    assert any("no BERTScore" in line and "captions.bert_model" in line for line in told)


def test_a_java_program_that_fails_leaves_the_other_figures(said, monkeypatch):
    def failing(scored):
        raise EvaluationError("SPICE: the Java program failed")

    monkeypatch.setattr(lent_scores, "what_spice_lacks", lambda: None)
    monkeypatch.setattr(lent_scores, "spice", failing)
    rows, told = said()
    assert "SPICE" not in rows and "CIDEr" in rows
    assert "captions: no SPICE: SPICE: the Java program failed" in told


def test_rows_without_bert_score_keep_their_settings():
    assert set(CaptioningSettings().model_dump(mode="json")) == {"decoding"}


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"bert_layer": 2}, "bert_layer is a layer of bert_model"),
        ({"bert_model": "nowhere"}, "bert_model"),
        ({"bert_model": "."}, "no safetensors file"),
    ],
)
def test_a_model_that_cannot_be_is_refused(said, tmp_path, monkeypatch, settings, message):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(EvaluationError, match=message):
        said(**settings)


def test_other_weights_are_other_settings(folder):
    first = CaptioningSettings(bert_model=folder).model_dump()
    (folder / "model.safetensors").write_bytes(b"others")
    assert CaptioningSettings(bert_model=folder).model_dump() != first

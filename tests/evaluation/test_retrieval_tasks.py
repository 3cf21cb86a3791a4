"""Retrieval: one a source, graded by claims, of pairs as published, and as qrels for MTEB."""

import csv
import json

import numpy as np
import pytest
from micro import make_corpus, make_model

from sarvl.corpus.export import export
from sarvl.evaluation.evaluated import EvaluatedModel, SplitImages
from sarvl.evaluation.evaluator import evaluate
from sarvl.evaluation.outcomes import read_outcome
from sarvl.evaluation.task import TASKS
from sarvl.evaluation.tasks.retrieval import claims_of_texts
from sarvl.evaluation.tasks.retrieval_pairs import drawn_pairs


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    return make_corpus(tmp_path_factory.mktemp("corpus"))


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return make_model(tmp_path_factory.mktemp("model"))


@pytest.fixture(scope="module")
def rows_path(corpus, model, tmp_path_factory):
    out = tmp_path_factory.mktemp("rows") / "rows.jsonl"
    settings = {"retrieval_pairs": {"pairs": 20}}
    names = ["retrieval", "retrieval_pairs"]
    evaluate(str(model), corpus.folder, "test", names, out, settings=settings, workers=1)
    return out


def rows_of(rows_path, task, source="all"):
    lines = [json.loads(line) for line in rows_path.read_text().splitlines()]
    return {line["metric"]: line for line in lines if (line["task"], line["source"]) == (task, source)}


def test_a_source_alone_is_ranked_among_its_own_images(rows_path, corpus):
    """The mean over all sources hid that one of them was at chance: every source is told."""
    for source in ("chips", "scenes"):
        rows = rows_of(rows_path, "retrieval", source)
        images = len(corpus.rows_of("test", [source]))
        assert rows["grouped_image_to_text_R@1"]["n"] == images
        outcome = read_outcome(rows_path, rows["grouped_mean_recall"]["outcome"])
        assert len(set(outcome.column("image"))) == images
        families = {name.partition("/")[2] for name in rows if name.startswith("grouped_text_to_image_recall/")}
        assert families == set(outcome.column("family")) - {""}


def test_graded_figures_stand_beside_the_others(rows_path):
    rows = rows_of(rows_path, "retrieval")
    for direction in ("text_to_image", "image_to_text"):
        row = rows[f"graded_{direction}_nDCG@10"]
        assert 0 < row["chance"] < 1
        assert row["chance"] / 2 < row["value"] <= 1  # the model is not trained


def test_claims_of_equal_meaning_are_equal(corpus):
    captions = [row for rows in corpus.captions_of_image for row in rows]
    claims = claims_of_texts(corpus, captions)
    assert all(claims)
    of_tanks = {
        own for row, own in zip(captions, claims, strict=True) if corpus.texts["text"][row].as_py().endswith(" a tank.")
    }
    assert len(of_tanks) == 1


def test_pairs_are_drawn_once_and_measured_both_ways(rows_path, corpus):
    rows = rows_of(rows_path, "retrieval_pairs")
    assert rows["mean_recall"]["settings"] == {"pairs": 20}
    assert rows["mean_recall"]["protocol"] == "sarvlm-pairs-1"
    six = [rows[f"{side}_R@{k}"]["value"] for side in ("text_to_image", "image_to_text") for k in (1, 5, 10)]
    assert rows["mean_recall"]["value"] == pytest.approx(np.mean(six))
    assert rows["mean_recall"]["n"] == 20
    images = SplitImages.open(corpus.folder, "test")
    pairs = drawn_pairs(images, 20)
    assert len(set(pairs)) == 20
    assert pairs == sorted(pairs) == drawn_pairs(images, 20)
    assert len(drawn_pairs(images, 10**6)) == sum(len(corpus.captions_of_image[row]) for row in images.rows)


def test_captions_are_embedded_once_for_all_tasks_and_sources(corpus, model, monkeypatch):
    evaluated = EvaluatedModel.named(str(model), SplitImages.open(corpus.folder, "test"), workers=1)
    encode, asked = type(evaluated.model).encode_texts, []
    monkeypatch.setattr(
        type(evaluated.model), "encode_texts", lambda self, texts: asked.append(len(texts)) or encode(self, texts)
    )
    for name in ("retrieval", "retrieval_pairs"):
        task = TASKS.get(name)
        for run in task.runs(evaluated, task.settings and task.settings()):
            run.outcome()
    assert len(asked) == 1


def test_qrels_are_the_grouped_task(corpus, model, rows_path, tmp_path):
    info = export(corpus, tmp_path / "qrels", "qrels", splits=["test"], workers=1)
    folder = tmp_path / "qrels" / "test"
    documents = [json.loads(line) for line in (folder / "corpus.jsonl").read_text().splitlines()]
    queries = [json.loads(line) for line in (folder / "queries.jsonl").read_text().splitlines()]
    with (folder / "qrels" / "test.tsv").open() as stream:
        links = list(csv.DictReader(stream, delimiter="\t"))
    images = SplitImages.open(corpus.folder, "test")
    assert [document["_id"] for document in documents] == images.ids
    assert all((folder / document["image"]).is_file() for document in documents)
    assert info.splits["test"].more == {"queries": len(queries), "relevant": len(links)}

    # Scored by these files alone, the features give the recall that the task gives.
    evaluated = EvaluatedModel.named(str(model), images, workers=1)
    scores = evaluated.text_features([query["text"] for query in queries]) @ evaluated.image_features.T
    right = np.zeros(scores.shape, bool)
    places = {document["_id"]: place for place, document in enumerate(documents)}
    numbers = {query["_id"]: number for number, query in enumerate(queries)}
    for link in links:
        right[numbers[link["query-id"]], places[link["corpus-id"]]] = True
        assert link["score"] == "1"
    found = (right & (scores >= np.sort(scores, axis=1)[:, -5:-4])).any(axis=1)
    outcome = read_outcome(rows_path, rows_of(rows_path, "retrieval")["grouped_mean_recall"]["outcome"])
    texts = outcome.where("direction", "text_to_image")
    grouped = dict(zip(texts.column("text"), texts.column("grouped_rank") <= 5, strict=True))
    assert [bool(hit) for hit in found] == [bool(grouped[query["text"]]) for query in queries]

"""Tasks that learn from labelled embeddings: few-shot, linear probe, k-nearest neighbours."""

import numpy as np
import pytest
from micro import make_corpus, make_model

from sarvl.blocks import Curve, Facts, Table
from sarvl.errors import CorpusError, EvaluationError
from sarvl.evaluation.evaluated import EvaluatedModel, SplitImages
from sarvl.evaluation.evaluator import evaluate, settings_of
from sarvl.evaluation.labelled_features import (
    TrainedSettings,
    drawn_shots,
    measurable,
    measured_and_learnt,
)
from sarvl.evaluation.outcomes import read_outcome
from sarvl.evaluation.task import TASKS

NAMES = ("knn", "linear_probe", "few_shot")
SETTINGS = {
    "knn": {"classes": ["tank", "truck", "ship"]},
    "linear_probe": {"classes": ["tank", "truck", "ship"], "validation": "train"},
    "few_shot": {"classes": ["tank", "truck", "ship"], "shots": [1, 4, 40], "seeds": 2},
}


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    return make_corpus(tmp_path_factory.mktemp("corpus"))


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return make_model(tmp_path_factory.mktemp("model"))


@pytest.fixture(scope="module")
def measured(corpus, model, tmp_path_factory):
    out = tmp_path_factory.mktemp("rows") / "rows.jsonl"
    kept = {"sources": ["chips"], "settings": SETTINGS, "workers": 1}
    rows = evaluate(str(model), corpus.folder, "test", NAMES, out, **kept)
    return {name: ([row for row in rows if row.task == name], out) for name in NAMES}


def parts_of(measured, name):
    rows, out = measured[name]
    return rows, read_outcome(out, rows[0].outcome)


def images_of(corpus, model):
    return EvaluatedModel.named(str(model), SplitImages.open(corpus.folder, "test", ["chips"]), workers=1)


@pytest.mark.parametrize("name", NAMES)
def test_chips_of_another_brightness_are_told_apart(measured, name):
    rows, outcome = parts_of(measured, name)
    values = {row.metric: row.value for row in rows}
    assert values.get("top1", values.get("4_shot_top1")) > 0.6  # chance is 1/3
    assert {row.protocol for row in rows} == {TASKS.get(name).protocol}
    assert set(outcome.column("truth")) == {"tank", "truck", "ship"}


def test_few_shots_are_drawn_by_seed_and_tell_what_could_not_be_drawn(measured):
    rows, outcome = parts_of(measured, "few_shot")
    assert outcome.facts["not_run"] == [40]
    assert {row.metric for row in rows} == {
        *("1_shot_top1", "1_shot_deviation", "4_shot_top1", "4_shot_deviation"),
    }
    right = outcome.column("rank") == 1
    for row in rows:
        shots = int(row.metric.split("_")[0])
        drawn = [
            right[(outcome.column("shots") == shots) & (outcome.column("seed") == seed)].mean() for seed in range(2)
        ]
        expected = np.mean(drawn) if row.metric.endswith("top1") else np.std(drawn, ddof=1)
        assert row.value == pytest.approx(expected)
    table, curve = TASKS.get("few_shot").views(rows, outcome)
    assert isinstance(table, Table)
    assert "Not run: 40, since a class has only 6 images" in table.remark
    assert isinstance(curve, Curve)
    assert list(curve.courses[0].x) == [1, 4]


def test_more_shots_hold_those_of_fewer_and_every_class_has_as_many(corpus, model):
    ((_, learnt),) = measured_and_learnt(images_of(corpus, model), TrainedSettings())
    few, many = drawn_shots(learnt, 2, 1), drawn_shots(learnt, 4, 1)
    assert set(few) < set(many)
    assert np.bincount(learnt.labels[many]).tolist() == [4, 4, 4]
    assert set(many) != set(drawn_shots(learnt, 4, 2))


def test_validation_from_the_training_split_takes_whole_scenes(corpus, model):
    ((_, learnt),) = measured_and_learnt(images_of(corpus, model), TrainedSettings())
    kept, taken = learnt.parted(0.2)
    assert len(kept) + len(taken) == len(learnt)
    assert 0 < len(taken) < len(kept)
    assert set(kept.ids).isdisjoint(taken.ids)


def test_one_scene_gives_no_validation(corpus, model, monkeypatch):
    """Regression: nothing was left to learn from, which was told as an optimum that is not reached."""
    monkeypatch.setattr(SplitImages, "groups", property(lambda images: ["one"] * len(images.rows)))
    task = TASKS.get("linear_probe")
    with pytest.raises(EvaluationError, match="split train is of one scene"):
        task.runs(images_of(corpus, model), task.settings(validation="train"))


def test_the_probe_says_how_its_penalty_was_chosen(measured):
    rows, outcome = parts_of(measured, "linear_probe")
    assert list(outcome.facts["validation_accuracy"]) == ["0.01", "0.1", "1", "10", "100", "1000", "10000"]
    assert outcome.facts["validation_images"] > 0
    *_, table, facts = TASKS.get("linear_probe").views(rows, outcome)
    assert isinstance(facts, Facts)
    assert [line.cells[0] for line in table.lines if line.cells[2]] == [f"{outcome.facts['c']:g}"]


def test_embeddings_of_a_split_are_made_once_for_all_tasks(corpus, model, monkeypatch):
    evaluated = images_of(corpus, model)
    calls = []
    encode = type(evaluated.model).encode_images
    monkeypatch.setattr(
        type(evaluated.model), "encode_images", lambda self, images: calls.append(len(images)) or encode(self, images)
    )
    for name in NAMES:
        task = TASKS.get(name)
        for run in task.runs(evaluated, task.settings.model_validate({**SETTINGS[name], "training": "train"})):
            run.outcome()
    assert sorted(calls) == sorted([len(evaluated.images.rows), len(evaluated.on("train").images.rows)])


@pytest.mark.parametrize(
    ("settings", "error", "reason"),
    [
        ({"training": "test"}, EvaluationError, "split test is learnt from; measure on another one"),
        ({"training": "fit"}, CorpusError, "no image in split 'fit'"),
        ({"classes": ["tank"]}, EvaluationError, "two image classes of those chosen"),
    ],
)
def test_what_cannot_be_learnt_from_is_told_before_anything_is_measured(corpus, model, settings, error, reason):
    with pytest.raises(error, match=reason):
        measured_and_learnt(images_of(corpus, model), TrainedSettings.model_validate(settings))


@pytest.mark.parametrize(
    ("task", "settings"),
    [
        ("few_shot", {"shots": [0, 1]}),
        ("few_shot", {"shots": [-1]}),
        ("few_shot", {"shots": [1, 1]}),
        ("linear_probe", {"c_values": [0]}),
        ("linear_probe", {"c_values": [-1]}),
    ],
)
def test_numbers_that_mean_nothing_are_refused_before_anything_is_learnt(task, settings):
    """Regression: no shots and a penalty of nought ended in a traceback, and -1 learnt from all images but one."""
    with pytest.raises(EvaluationError, match=f"{task}.*(shots|c_values)"):
        settings_of(TASKS.get(task), settings)


def test_more_shots_than_there_are_images_are_refused(corpus, model, tmp_path):
    settings = {"few_shot": {"shots": [100]}}
    with pytest.raises(EvaluationError, match="a class has 6 images in split train, fewer than 100"):
        evaluate(
            str(model), corpus.folder, "test", ["few_shot"], tmp_path / "r.jsonl", sources=["chips"], settings=settings
        )


def test_a_source_without_images_to_learn_from_does_not_stop_the_others(capsys):
    """A corpus of every set of ../shared/data was refused whole, for the chips of a set that is all test."""
    sources = {"chips": None, "scenes": "source scenes has no image with a class in split train; name another split"}
    assert measurable(list(sources), sources.get) == ["chips"]
    assert capsys.readouterr().err == f"left out: {sources['scenes']}\n"
    with pytest.raises(EvaluationError, match="scenes has no image"):
        measurable(["scenes"], sources.get)

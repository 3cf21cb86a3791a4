"""Robustness: figures of another task, level by level, from images that are degraded by seeded draws."""

import numpy as np
import pytest
from micro import make_corpus, make_model

from sarvl.errors import EvaluationError
from sarvl.evaluation.evaluated import EvaluatedModel, SplitImages
from sarvl.evaluation.tasks.robustness import TASK, RobustnessSettings, measures, runs, views
from sarvl.imagery.degradation import Degradation

IMAGE_READ = EvaluatedModel.read
FEW = {"speckle": (4, 1), "resolution": (), "gain": (3,), "quantisation": (1,)}


@pytest.fixture(scope="module")
def evaluated(tmp_path_factory) -> EvaluatedModel:
    folder = tmp_path_factory.mktemp("robust")
    corpus = make_corpus(folder, chips=6)
    return EvaluatedModel.named(str(make_model(folder)), SplitImages.open(corpus.folder, "test", ["chips"]), 1)


@pytest.fixture(scope="module")
def outcome(evaluated):
    (run,) = runs(evaluated, RobustnessSettings(**FEW))
    return run.outcome()


def test_each_level_has_the_figure_of_the_followed_task(evaluated, outcome):
    made = {measure.metric: measure for measure in measures(outcome)}
    names = ["clean", "speckle=4", "speckle=1", "gain=3", "quantisation=1"]
    assert list(made) == [f"top1@{name}" for name in names]
    images = len(evaluated.images.rows)
    assert [made[f"top1@{name}"].n for name in names] == [images] * 5
    assert len(outcome) == 5 * images


def test_clean_is_the_task_by_itself(evaluated, outcome):
    from sarvl.evaluation.tasks.zeroshot import TASK as ZEROSHOT

    (run,) = ZEROSHOT.runs(evaluated, ZEROSHOT.settings())
    alone = run.outcome()
    clean = outcome.where("degradation", "clean")
    assert clean.column("prediction").tolist() == alone.column("prediction").tolist()
    by_metric = {measure.metric: measure.value for measure in ZEROSHOT.measures(alone)}
    assert measures(outcome)[0].value == by_metric["top1"]


def test_images_of_a_level_go_through_the_tower_once_for_all_runs(evaluated, monkeypatch):
    """Each source encoded the images of all sources once a level: with five sources five times."""
    read = []
    monkeypatch.setattr(EvaluatedModel, "read", lambda self, place: read.append(place) or IMAGE_READ(self, place))
    shown = runs(evaluated, RobustnessSettings(speckle=(4,), resolution=(), gain=(), quantisation=()))
    for run in [*shown, *shown]:
        run.outcome()
    assert sorted(read) == list(range(len(evaluated.images.rows)))


def test_the_figures_of_every_level_know_the_images_that_leak(evaluated, outcome):
    """Items are named by image and level, so that no audit knew them: it told that nothing leaked."""
    leaking = evaluated.images.ids[0]
    assert outcome.images.tolist() == evaluated.images.ids * 5
    kept = outcome.at(np.flatnonzero(outcome.images != leaking))
    assert {measure.n for measure in measures(kept)} == {len(evaluated.images.ids) - 1}


def test_images_are_degraded_by_draws_from_the_seed_and_the_image(evaluated):
    first, again, other = (evaluated.degraded(Degradation("speckle", level)) for level in (4, 4, 1))
    assert np.array_equal(first.read(0).pixels, again.read(0).pixels)
    assert not np.array_equal(first.read(0).pixels, other.read(0).pixels)
    assert not np.array_equal(first.read(0).pixels, evaluated.read(0).pixels)
    assert first.model is evaluated.model
    assert not np.allclose(first.image_features, evaluated.image_features)


def test_the_page_has_a_curve_a_degradation(outcome):
    class Row:
        def __init__(self, measure) -> None:
            self.metric, self.value, self.n = measure.metric, measure.value, measure.n
            self.low = self.high = self.n_groups = None

    blocks = views([Row(measure) for measure in measures(outcome)], outcome)
    curves = {block.title: block for block in blocks if type(block).__name__ == "Curve"}
    assert list(curves) == [f"Robustness against {kind}" for kind in ("speckle", "gain", "quantisation")]
    (course, flat) = curves["Robustness against speckle"].courses
    assert (list(course.x), flat.label) == ([1.0, 4.0], "top1, as it is")


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        ({"speckle": (0,)}, "speckle of 0 looks"),
        ({"of": "robustness"}, "cannot follow itself"),
        ({"of": "detection"}, "would train another detector at each level"),
        ({"of": "nothing"}, "no task 'nothing'"),
        ({"of": "retrieval", "of_settings": {"a": 1}}, "has nothing to set"),
        ({"of_settings": {"a": 1}}, "task zeroshot: a"),
    ],
)
def test_what_cannot_be_followed_is_refused_before_anything_is_measured(evaluated, settings, reason):
    with pytest.raises(EvaluationError, match=reason):
        runs(evaluated, RobustnessSettings(**settings))


def test_a_figure_that_the_task_lacks_is_named_before_images_are_degraded(evaluated, monkeypatch):
    """Regression: an unknown figure was found once every image had been shown at every level."""
    monkeypatch.setattr(type(evaluated), "degraded", lambda self, degradation: None)
    (run,) = runs(evaluated, RobustnessSettings(**{**FEW, "gain": (), "metrics": ("top9",)}))
    with pytest.raises(EvaluationError, match="no figure top9; there are top1"):
        run.outcome()
    settings = RobustnessSettings(of="vqa").model_dump(mode="json")
    assert settings["followed"]["protocol"] == "vqa-1"
    assert TASK.settings is RobustnessSettings

"""SigLIP: a CLIP with a bias on its cosines, trained by recipe, opened by open_clip, and asked for probabilities."""

import json

import numpy as np
import open_clip
import pytest
import torch
from micro import make_corpus, make_model, make_train_recipe, micro_model
from scipy.special import expit, softmax

from sarvl.errors import ModelError
from sarvl.evaluation.evaluator import evaluate
from sarvl.evaluation.outcomes import read_outcome
from sarvl.inference import classify
from sarvl.inference.classification import Classified
from sarvl.measures.classification import probabilities
from sarvl.models import Clip, load_model, save_model
from sarvl.models.clips.siglip import SigLip, with_bias
from sarvl.models.protocols import SigmoidTowers
from sarvl.recipes import load_recipe
from sarvl.training import TrainRecipe, read_metrics, train
from sarvl.training.run.metrics import StepMetrics


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A corpus, a CLIP, and a run that gave it a bias and trained it by sigmoid."""
    folder = tmp_path_factory.mktemp("siglip")
    recipe = make_train_recipe(folder, make_corpus(folder).folder, make_model(folder))
    chosen = [
        "model.logit_bias=-2",
        "stages.0.objective=siglip",
        "stages.1.objective=siglip",
        "stages.1.options={positives: masked}",
    ]
    train(load_recipe(recipe, TrainRecipe, chosen), folder / "run", workers=1)
    return folder


def test_a_trained_siglip_is_a_folder_that_open_clip_opens(run):
    ours = load_model(run / "run")
    assert type(ours) is SigLip
    assert ours.logit_bias != -2.0  # it was learnt
    config = json.loads((run / "run" / "best" / "open_clip_config.json").read_text())
    assert config["model_cfg"]["init_logit_bias"] == -2.0
    theirs, _ = open_clip.create_model_from_pretrained(f"local-dir:{run / 'run' / 'best'}")
    pixels = torch.rand(2, 3, 32, 32)
    tokens = ours.tokenize(["a ship", "two bridges"])
    with torch.inference_mode():
        torch.testing.assert_close(theirs.eval()(pixels, tokens), ours.network(pixels, tokens))
    assert float(theirs.logit_bias) == ours.logit_bias


def test_the_loss_of_a_siglip_is_logged_and_falls(run):
    losses = [line.loss for line in read_metrics(run / "run") if isinstance(line, StepMetrics)]
    assert losses[-1] < losses[0]


def test_probabilities_of_a_siglip_are_sigmoids(run):
    model = load_model(run / "run")
    found = list(classify(run / "chips" / "tank", run / "run", ["tank", "ship"], workers=1))
    assert len(found) == 12
    assert all(isinstance(item, Classified) for item in found)
    sums = [sum(item.probabilities.values()) for item in found]
    assert max(abs(total - 1) for total in sums) > 1e-3
    rows = evaluate(run / "run", run / "corpus", "test", ["zeroshot"], run / "rows.jsonl", workers=1)
    row = next(row for row in rows if row.metric == "top1" and row.source == "chips")
    scores = read_outcome(run / "rows.jsonl", row.outcome).column("score")
    most = expit(model.logit_scale + model.logit_bias)
    least = expit(-model.logit_scale + model.logit_bias)
    assert ((least <= scores) & (scores <= most)).all()


def test_probabilities_by_definition():
    cosines = np.array([[0.1, 0.3], [-0.2, 0.0]])
    np.testing.assert_allclose(probabilities(cosines, 10, None), softmax(10 * cosines, axis=1))
    np.testing.assert_allclose(probabilities(cosines, 10, -1.0), 1 / (1 + np.exp(1 - 10 * cosines)))


def test_a_clip_without_a_bias_is_refused_in_one_line(recipe_path, tmp_path):
    told = "is a Clip, but objective siglip of stage chips needs a SigmoidTowers"
    with pytest.raises(ModelError, match=told):
        train(load_recipe(recipe_path, TrainRecipe, ["stages.0.objective=siglip"]), tmp_path / "run", workers=1)


def test_a_bias_is_given_once(tmp_path):
    given = with_bias(micro_model(tmp_path), -10.0)
    assert given.logit_bias == -10.0
    assert isinstance(given, SigmoidTowers)
    with pytest.raises(ModelError, match="is a SigLip, but only a Clip can be given a bias"):
        with_bias(given, 1.0)


def test_the_factor_of_published_weights_is_not_cut(recipe_path, tmp_path):
    """Bounding the factor at 100, as CLIP does, would change SigLIP's own (117) at the first step."""
    model = with_bias(micro_model(tmp_path), -16.5)
    with torch.no_grad():
        model.network.logit_scale.fill_(float(np.log(117.3)))
    save_model(model, tmp_path / "model", {}, "none")
    recipe = make_train_recipe(tmp_path, recipe_path.parent / "corpus", tmp_path / "model")
    chosen = ["stages.0.objective=siglip", "stages.1.objective=siglip", "stages.0.learning_rate=1.0e-6"]
    train(load_recipe(recipe, TrainRecipe, chosen), tmp_path / "run", workers=1)
    assert load_model(tmp_path / "run" / "stages" / "chips").logit_scale == pytest.approx(117.3, abs=0.1)


def test_a_clip_is_no_siglip(recipe_path):
    model = load_model(recipe_path.parent / "model")
    assert type(model) is Clip
    assert model.logit_bias is None

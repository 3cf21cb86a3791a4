"""Objectives of other packages: one whose loss has two parts, and what is refused."""

import sys
from importlib.metadata import EntryPoint
from types import ModuleType

import pytest
import torch

from sarvl.errors import ModelError, RecipeError
from sarvl.recipes import NoOptions, load_recipe
from sarvl.training import TrainRecipe, read_metrics, train
from sarvl.training.objective import OBJECTIVES
from sarvl.training.objectives.infonce import InfoNCE
from sarvl.training.run.metrics import StepMetrics


def test_an_objective_that_is_not_installed_is_refused(recipe_path):
    with pytest.raises(
        RecipeError,
        match=r"stages\.0\.objective: no objective 'sigmoid'; (did you mean \w+\? )?"
        "there are answers, coca, infonce, siglip",
    ):
        load_recipe(recipe_path, TrainRecipe, ["stages.0.objective=sigmoid"])
    with pytest.raises(RecipeError, match=r"stages\.0\.options\.bias: no such field"):
        load_recipe(recipe_path, TrainRecipe, ["stages.0.options={bias: 1}"])


class TwoParts(InfoNCE):
    """The contrastive loss, and half of the mean square of all features."""

    def loss(self, outputs, inputs, gather, options):
        parts = super().loss(outputs, inputs, gather, options)
        return parts | {"size": 0.5 * torch.cat([outputs["images"], outputs["texts"]]).square().mean()}


class NeedsMore(InfoNCE):
    needs = ModuleType


@pytest.fixture
def installed(monkeypatch):
    """Register the objectives of this module."""
    module = ModuleType("objectives_of_a_test")
    module.two_parts, module.needs_more, module.half = TwoParts(), NeedsMore(), NoOptions()
    monkeypatch.setitem(sys.modules, module.__name__, module)
    names = ("two_parts", "needs_more", "half")
    points = {name: EntryPoint(name, f"{module.__name__}:{name}", "sarvl.objectives") for name in names}
    monkeypatch.setattr(type(OBJECTIVES), "_plugins", lambda _: points)


@pytest.mark.usefixtures("installed")
def test_the_parts_of_a_loss_are_logged_and_add_up(recipe_path, tmp_path):
    run = train(load_recipe(recipe_path, TrainRecipe, ["stages.0.objective=two_parts"]), tmp_path / "run", workers=1)
    rows = [row for row in read_metrics(run) if isinstance(row, StepMetrics)]
    for row in rows[:4]:
        assert row.parts["contrastive"] + row.parts["size"] == pytest.approx(row.loss, rel=1e-6)
        assert row.parts["size"] > 0
    assert not any(row.parts for row in rows[4:])  # one part is the loss


@pytest.mark.usefixtures("installed")
def test_a_model_that_cannot_do_what_an_objective_needs_is_refused_before_the_first_step(recipe_path, tmp_path):
    recipe = load_recipe(recipe_path, TrainRecipe, ["stages.1.objective=needs_more"])
    with pytest.raises(ModelError, match="is a Clip, but objective needs_more of stage all needs a module"):
        train(recipe, tmp_path / "run", workers=1)
    assert not (tmp_path / "run" / "metrics.jsonl").exists()


@pytest.mark.usefixtures("installed")
def test_a_value_that_is_no_objective_is_refused(recipe_path):
    with pytest.raises(RecipeError, match=r"'half' of sarvl\.objectives is no sarvl\.training\.objective\.Objective"):
        load_recipe(recipe_path, TrainRecipe, ["stages.0.objective=half"])

"""torch.compile where a stage asks for it: refused in one line before training begins where it cannot be."""

import pytest
import torch

from sarvl.errors import ModelError, RecipeError
from sarvl.recipes import load_recipe
from sarvl.training import TrainRecipe, train
from sarvl.training.weights.compiling import compiled


def test_a_missing_compiler_is_one_line(recipe_path, tmp_path, monkeypatch):
    def failing(_):
        raise RuntimeError("no compiler\nat all")

    monkeypatch.setattr(torch, "compile", failing)
    reason = r"stage all: torch\.compile does not work here \(no compiler at all\); install a C\+\+ compiler"
    recipe = load_recipe(recipe_path, TrainRecipe, ["stages.1.compile=true"])
    with pytest.raises(ModelError, match=reason) as caught:
        train(recipe, tmp_path / "run", workers=1)
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "run").exists()


def test_an_addition_by_peft_is_not_compiled_which_the_recipe_says(recipe_path):
    with pytest.raises(RecipeError, match=r"stages\.1: what peft adds cannot be compiled; leave out lora or compile$"):
        load_recipe(recipe_path, TrainRecipe, ["stages.1.compile=true", "stages.1.lora={}"])


def test_what_is_compiled_gives_the_same(recipe_path):
    """The compiler of PyTorch's own tests, which makes no machine code: that takes minutes."""
    stage = load_recipe(recipe_path, TrainRecipe, ["stages.0.compile=true"]).stages[0]
    calls = []

    class Doubling(torch.nn.Module):
        def forward(self, values):
            calls.append(torch.compiler.is_compiling())
            return 2 * values

    module = Doubling()
    with torch.compiler.set_stance("default"):
        original = torch.nn.Module.compile
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(torch.nn.Module, "compile", lambda self, **_: original(self, backend="eager"))
            assert compiled(module, stage) is module
        assert torch.equal(module(torch.ones(3)), torch.full((3,), 2.0))
    assert calls[0] is True
    assert compiled(Doubling(), stage.model_copy(update={"compile": False}))._compiled_call_impl is None

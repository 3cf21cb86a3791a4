"""torch.compile where a stage asks for it: refused in one line before training begins where it cannot be."""

import pytest
import torch

from sarvl.errors import ModelError
from sarvl.recipes import load_recipe
from sarvl.training import TrainRecipe, train
from sarvl.training.compiling import compiled


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ([], r"stage all: torch\.compile does not work here \(no compiler at all\); install a C\+\+ compiler"),
        (["stages.1.lora={}"], "stage all: what peft adds cannot be compiled"),
    ],
)
def test_what_cannot_be_compiled_is_one_line(recipe_path, tmp_path, monkeypatch, changes, reason):
    def failing(_):
        raise RuntimeError("no compiler\nat all")

    monkeypatch.setattr(torch, "compile", failing)
    recipe = load_recipe(recipe_path, TrainRecipe, ["stages.1.compile=true", *changes])
    with pytest.raises(ModelError, match=reason) as caught:
        train(recipe, tmp_path / "run", workers=1)
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "run").exists()


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

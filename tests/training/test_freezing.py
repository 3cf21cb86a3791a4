"""Freezing: what is frozen computes as it does when nothing is trained."""

import numpy as np
import pytest
import torch
from gpts import tiny_llama
from micro import micro_model, squares
from torch import nn

from sarvl.models.gpt.construction import with_language
from sarvl.models.gpt.language_options import TransformersLanguage
from sarvl.training.weights.freezing import apply_freeze, train_mode


class Towers(nn.Module):
    """An image tower, and a text tower of two layers, each with dropout."""

    def __init__(self) -> None:
        super().__init__()
        self.visual = nn.Sequential(nn.Linear(4, 4), nn.Dropout(0.5))
        self.text = nn.ModuleList(nn.Sequential(nn.Linear(4, 4), nn.Dropout(0.5), nn.BatchNorm1d(4)) for _ in range(2))


@pytest.mark.parametrize(
    ("freeze", "trained"),
    [((), {"visual", "text.0", "text.1"}), (("text",), {"visual"}), (("image", "text.0.*"), {"text.1"})],
)
def test_nothing_is_dropped_out_of_what_is_frozen(freeze, trained):
    network = Towers()
    apply_freeze(network, freeze)
    train_mode(network)
    assert network.training
    parts = {name: network.get_submodule(name) for name in ("visual", "text.0", "text.1")}
    assert {name for name, part in parts.items() if part[1].training} == trained
    apply_freeze(network, ())
    train_mode(network)
    assert all(part.training for part in network.modules())


@pytest.mark.parametrize("checkpointing", [False, True])
def test_a_frozen_decoder_of_transformers_drops_nothing_out_and_recomputes_if_asked(checkpointing, tmp_path):
    pytest.importorskip("transformers", reason="needs the extra sarvl[transformers]")
    model = with_language(micro_model(tmp_path), TransformersLanguage(model=tiny_llama(tmp_path / "llama")))
    layers = model.gpt.text_decoder.model.model.layers
    for layer in layers:
        layer.self_attn.attention_dropout = 0.9
    model.network.set_grad_checkpointing(checkpointing)
    images = squares(np.random.default_rng(0).integers(0, 255, (1, 1, 32, 32), np.uint8))
    inputs = model.answer_inputs(images, torch.from_numpy(images.tiles), [[("how many ships ?", "no no")]])

    def logits(freeze: tuple[str, ...]) -> torch.Tensor:
        apply_freeze(model.network, freeze)
        train_mode(model.network)
        return model.answer_logits(inputs)

    assert not logits(("image",)).equal(logits(("image",))), "what is trained has its dropout"
    first = logits(("image", "decoder"))
    torch.testing.assert_close(first, logits(("image", "decoder")), rtol=0, atol=0)
    first.sum().backward()
    assert model.gpt.projector.narrow.weight.grad.abs().sum() > 0
    assert {layer.training for layer in layers} == {checkpointing}
    assert not any(part.training for layer in layers for part in layer.children())

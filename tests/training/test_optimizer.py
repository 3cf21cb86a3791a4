"""Learning rates, parameter groups, and towers that stay as they are."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from micro import micro_model

from sarvl.errors import ModelError
from sarvl.training.recipe import Stage
from sarvl.training.weights.freezing import apply_freeze
from sarvl.training.weights.optimizer import (
    cosine_rate,
    load_optimizer_tensors,
    make_optimizer,
    optimizer_tensors,
    set_rate,
)


def stage(**fields: object) -> Stage:
    return Stage.model_validate({"name": "one", "corpus": "none", "epochs": 1, "learning_rate": 0.1} | fields)


@pytest.fixture(scope="module")
def network(tmp_path_factory):
    return micro_model(tmp_path_factory.mktemp("config")).network


@given(st.floats(1e-6, 1), st.integers(0, 20), st.integers(1, 200))
def test_the_rate_rises_to_its_peak_and_falls_to_zero(peak, warmup, total):
    rates = [cosine_rate(peak, step, warmup, total) for step in range(total)]
    rise, fall = rates[:warmup], rates[warmup:]
    assert rise == sorted(rise)
    assert fall == sorted(fall, reverse=True)
    assert 0 < max(rates) <= peak * (1 + 1e-12)
    assert not fall or fall[0] == peak
    assert cosine_rate(peak, max(total, warmup + 1), warmup, total) == pytest.approx(0, abs=1e-12)


def test_the_rate_at_known_steps():
    assert cosine_rate(1.0, 0, 4, 12) == 0.25
    assert cosine_rate(1.0, 3, 4, 12) == 1.0
    assert cosine_rate(1.0, 8, 4, 12) == pytest.approx(0.5)


def test_every_trained_parameter_is_in_one_group(network):
    apply_freeze(network, ())
    optimizer = make_optimizer(network, stage(image_rate=0.5, weight_decay=0.2))
    set_rate(optimizer, 0.01)
    group_of = {id(parameter): group for group in optimizer.param_groups for parameter in group["params"]}
    assert sum(len(group["params"]) for group in optimizer.param_groups) == len(list(network.parameters()))
    for name, parameter in network.named_parameters():
        group = group_of[id(parameter)]
        assert group["lr"] == (0.005 if name.startswith("visual.") else 0.01), name
        assert group["weight_decay"] == (0.2 if parameter.ndim >= 2 else 0.0), name


@pytest.mark.parametrize("tower", ["image", "text"])
def test_a_frozen_tower_is_in_no_group(network, tower):
    apply_freeze(network, (tower,))
    trained = {id(p) for group in make_optimizer(network, stage(freeze=[tower])).param_groups for p in group["params"]}
    for name, parameter in network.named_parameters():
        owner = "image" if name.startswith("visual.") else "scale" if name == "logit_scale" else "text"
        assert (id(parameter) in trained) == (owner != tower), name
    apply_freeze(network, ())
    assert all(parameter.requires_grad for parameter in network.parameters())


def test_freezing_both_towers_is_refused(network):
    for freeze in [("image", "text"), ("*",), ("visual.*", "text")]:
        with pytest.raises(ModelError, match="both towers are frozen"):
            apply_freeze(network, freeze)


def test_moments_are_put_back_in_the_layout_of_their_parameters(network):
    network.to(memory_format=torch.channels_last)
    apply_freeze(network, ())
    first, second = (make_optimizer(network, stage()) for _ in range(2))
    for parameter in network.parameters():
        parameter.grad = torch.randn_like(parameter)
    first.step()
    tensors = {name: value.contiguous() for name, value in optimizer_tensors(first, network).items()}
    load_optimizer_tensors(second, network, tensors, lambda whole, _: whole)
    for parameter in network.parameters():
        for name, value in first.state[parameter].items():
            copied = second.state[parameter][name]
            assert torch.equal(copied, value)
            assert copied.stride() == value.stride()
            assert copied.data_ptr() != value.data_ptr()

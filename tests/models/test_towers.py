"""Towers: every parameter belongs to one, and the module of a tower holds exactly its parameters."""

import open_clip
import pytest
from micro import MICRO_CONFIG

from sarvl.models.networks.towers import tower_module, tower_of


def network_of(kind: str):
    config = MICRO_CONFIG
    if kind == "clip":
        return open_clip.CLIP(**config)
    if kind == "custom text":
        return open_clip.CustomTextCLIP(**config, init_logit_bias=-10)
    raise AssertionError(kind)


@pytest.mark.parametrize("kind", ["clip", "custom text"])
def test_the_module_of_a_tower_holds_its_parameters(kind):
    network = network_of(kind)
    towers = {name: tower_of(name) for name, _ in network.named_parameters()}
    images = {id(parameter) for parameter in tower_module(network, "image").parameters()}
    for name, parameter in network.named_parameters():
        assert (towers[name] == "image") == (id(parameter) in images), name
    scales = {"logit_scale"} | ({"logit_bias"} if kind == "custom text" else set())
    assert {name for name, tower in towers.items() if tower == "scale"} == scales
    texts = {id(parameter) for parameter in tower_module(network, "text").parameters()}
    of_text = {id(parameter) for name, parameter in network.named_parameters() if towers[name] == "text"}
    assert of_text <= texts
    if kind == "custom text":
        assert of_text == texts


def test_a_name_that_only_begins_like_a_tower_is_of_the_text():
    assert (tower_of("visual.conv1.weight"), tower_of("visually.weight")) == ("image", "text")

"""Model: its hash is computed once for weights that stand still; its class says what it can do."""

from dataclasses import replace

import pytest
import torch
from micro import micro_model, squares

from sarvl.models import model as module
from sarvl.models.protocols import Answerer, Captioner, Embedder, ImageEmbedder, TextEmbedder, TileEmbedder


@pytest.fixture
def model(tmp_path):
    return micro_model(tmp_path)


@pytest.fixture
def hashings(monkeypatch):
    """How often weights were hashed so far."""
    counted = []
    hash_of_weights = module.hash_of_weights
    monkeypatch.setattr(module, "hash_of_weights", lambda state: counted.append(1) or hash_of_weights(state))
    return counted


def test_weights_that_stand_still_are_hashed_once(model, hashings):
    first = model.weights_hash
    model.encode_texts(["A ship."])
    model.encode_images(squares(torch.zeros(2, 1, 32, 32, dtype=torch.uint8).numpy()))
    assert (model.weights_hash, len(hashings)) == (first, 1)


@pytest.mark.parametrize("change", ["step", "load", "statistics"])
def test_changed_weights_are_hashed_anew(model, hashings, change):
    before = model.weights_hash
    state = {name: tensor.clone() for name, tensor in model.network.state_dict().items()}
    if change == "step":
        optimizer = torch.optim.AdamW(model.network.parameters(), lr=1e-3)
        model.network.encode_text(model.tokenize(["A ship."])).sum().backward()
        optimizer.step()
    elif change == "statistics":
        model.network.train().encode_image(torch.rand(4, 3, 32, 32))
    else:
        model.network.load_state_dict({name: tensor + 1 for name, tensor in state.items()})
    assert model.weights_hash != before
    model.network.load_state_dict(state)
    assert (model.weights_hash, len(hashings)) == (before, 3)


def test_a_copy_with_another_history_has_the_same_hash(model):
    assert replace(model, history=[]).weights_hash == model.weights_hash


def test_a_clip_embeds_images_and_texts_and_does_nothing_else(model):
    assert isinstance(model, Embedder)
    assert isinstance(model, ImageEmbedder)
    assert isinstance(model, TextEmbedder)
    assert not any(isinstance(model, ability) for ability in (TileEmbedder, Captioner, Answerer))

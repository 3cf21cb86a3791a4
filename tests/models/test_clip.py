"""Clip: normalisation and features."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from micro import micro_model, squares

from sarvl.errors import ModelError
from sarvl.imagery import InputContract, Tiled
from sarvl.models import create_model


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return micro_model(tmp_path_factory.mktemp("model"))


def random_pixels(count: int, channels: int = 1, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (count, channels, 32, 32), np.uint8)


@pytest.mark.parametrize("channels", [1, 3])
def test_normalise_equals_the_formula_of_each_byte(model, channels):
    model.contract = model.contract.with_statistics((0.1, 0.2, 0.3), (0.5, 0.25, 0.125))
    pixels = random_pixels(2, channels)
    values = model.normalise(torch.from_numpy(pixels)).numpy()
    assert values.shape == (2, 3, 32, 32)
    for place in np.ndindex(2, 3, 4, 4):
        image, channel, row, column = place
        byte = pixels[image, channel if channels == 3 else 0, row, column]
        expected = (byte / 255 - model.contract.mean[channel]) / model.contract.std[channel]
        assert values[place] == pytest.approx(expected, abs=1e-6)


def test_image_features_do_not_depend_on_the_batch_size(model):
    pixels = random_pixels(7)
    whole = model.encode_images(squares(pixels))
    assert whole.shape == (7, 16)
    np.testing.assert_allclose(np.linalg.norm(whole, axis=1), 1, rtol=1e-6)
    for batch_size in (1, 3, 7):
        np.testing.assert_allclose(model.encode_images(squares(pixels), batch_size), whole, atol=1e-6)


def test_text_features_do_not_depend_on_the_batch(model):
    texts = ["A ship.", "Three tanks and a long bridge in the lower right of the image.", "A bridge."]
    whole = model.encode_texts(texts)
    alone = np.concatenate([model.encode_texts([text]) for text in texts])
    np.testing.assert_allclose(alone, whole, atol=1e-6)
    np.testing.assert_allclose(model.encode_texts(texts, 2), whole, atol=1e-6)


def test_one_weight_changes_the_hash(model):
    before = model.weights_hash
    with torch.no_grad():
        model.network.logit_scale += 1e-6
    assert model.weights_hash != before


def test_own_architectures_map_the_middle_of_the_range_to_zero():
    contract = create_model("sarvl-tiny").contract
    assert contract == InputContract.of_pictures(128, (0.5,) * 3, (0.5,) * 3)


def test_a_clip_does_not_take_tiles(model):
    tiled = model.contract.model_copy(update={"frame": Tiled(tile=32, most_tiles=4)})
    with pytest.raises(ModelError, match="its contract is of tiles, but a CLIP takes squares"):
        replace(model, contract=tiled)

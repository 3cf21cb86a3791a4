"""The first layer of one band, two or three: the answer on grey pictures stays, and open_clip opens what is saved."""

import json
from typing import Any

import numpy as np
import open_clip
import pytest
import torch
from micro import micro_model
from PIL import Image

from sarvl.errors import ModelError
from sarvl.imagery import InputContract, PreparedImages, Quantity, SarImage, Square
from sarvl.imagery.bands import BandContract, Difference, Grey, Named, Source
from sarvl.models import Clip, load_model, save_model, with_fresh_decoder
from sarvl.models.clips.model_input import with_bands, with_frame
from sarvl.models.networks.planes import first_layer, spread_planes, state_of_three_planes, take_planes
from sarvl.models.open_clip.networks import tokenizer_of, untrained_network

TEXT = {"context_length": 77, "vocab_size": 49408, "width": 16, "heads": 2, "layers": 1}
TOWERS = {
    "ResNet of open_clip": {"image_size": 32, "layers": [1, 1, 1, 1], "width": 8, "patch_size": None},
    "ViT of open_clip": {"image_size": 32, "layers": 1, "width": 16, "head_width": 8, "patch_size": 8},
    "MobileNet of timm": {"image_size": 32, "timm_model_name": "mobilenetv2_100", "timm_pool": ""},
    "ViT of timm": {"image_size": 224, "timm_model_name": "test_vit", "timm_pool": "token", "timm_proj": "linear"},
}


def band(name: str, source: Source, low: float = -25.0, high: float = 0.0) -> BandContract:
    return BandContract(name=name, source=source, range_db=(low, high), curve="decibel", mean=0.4, std=0.3)


GREY = (band("grey", Grey()),)
VV, VH = band("VV", Named(band="VV")), band("VH", Named(band="VH"), -32.5, -7.5)
RATIO = band("VV less VH", Difference(band="VV", less="VH"), 0.0, 15.0)


@pytest.fixture
def model(tmp_path):
    return micro_model(tmp_path)


@pytest.mark.parametrize("tower", TOWERS)
@pytest.mark.parametrize("count", [1, 2, 3])
def test_equal_planes_get_the_answer_that_the_tower_of_colours_gave(tower, count):
    torch.manual_seed(0)
    network = untrained_network({"embed_dim": 16, "vision_cfg": TOWERS[tower], "text_cfg": TEXT}).eval()
    side = TOWERS[tower]["image_size"] if tower != "ViT of timm" else network.visual.trunk.default_cfg["input_size"][1]
    grey = torch.randn(2, 1, side, side)
    with torch.inference_mode():
        expected = network.encode_image(grey.expand(-1, 3, -1, -1))
    spread_planes(network, count)
    assert first_layer(network)[1].weight.shape[1] == count
    with torch.inference_mode():
        torch.testing.assert_close(network.encode_image(grey.expand(-1, count, -1, -1)), expected, atol=1e-5, rtol=1e-4)


def test_three_bands_take_the_weights_as_they_are(model):
    before = model.weights_hash
    assert with_bands(model, (VV, VH, RATIO)).weights_hash == before


def test_more_bands_than_three_are_refused(model):
    with pytest.raises(ModelError, match="its contract has 4 bands, but open_clip's towers take 3 at most"):
        with_bands(model, (VV, VH, RATIO, RATIO))


@pytest.mark.parametrize("count", [1, 2, 3])
def test_planes_on_the_disk_are_those_in_memory(model, count):
    spread_planes(model.network, count)
    weight = first_layer(model.network)[1].weight.detach().clone()
    state = state_of_three_planes(model.network)
    name = f"{first_layer(model.network)[0]}.weight"
    assert state[name].shape[1] == 3
    assert not state[name][:, count:].any()
    spread_planes(model.network, 3)
    model.network.load_state_dict(state)
    take_planes(model.network, count)
    assert torch.equal(first_layer(model.network)[1].weight, weight)


def image(*bands: str, quantity: Quantity = Quantity.DECIBEL) -> SarImage:
    rng = np.random.default_rng(0)
    return SarImage(rng.uniform(-30, -2, (len(bands), 40, 36)).astype(np.float32), quantity, bands)


@pytest.mark.parametrize("bands", [GREY, (VV, VH), (VV, VH, RATIO)], ids=lambda bands: str(len(bands)))
def test_a_model_of_few_bands_is_saved_whole_and_opens_in_open_clip(model, bands, tmp_path):
    saved = with_bands(model, bands)
    save_model(saved, tmp_path / "model", {}, "CC0")
    loaded = load_model(tmp_path / "model")
    assert (loaded.weights_hash, loaded.contract) == (saved.weights_hash, saved.contract)
    of_image = image("VV") if bands == GREY else image("VV", "VH")
    prepared = PreparedImages.of([loaded.contract.prepare(of_image)])
    assert prepared.tiles.shape == (1, len(bands), 32, 32)
    np.testing.assert_array_equal(loaded.encode_images(prepared), saved.encode_images(prepared))
    network, _ = open_clip.create_model_from_pretrained(f"local-dir:{tmp_path / 'model'}")
    filled = loaded.normalise(torch.from_numpy(prepared.tiles))
    filled = torch.cat([filled, torch.ones(1, 3 - len(bands), 32, 32)], dim=1)
    with torch.inference_mode():
        expected = network.eval().encode_image(filled)
        torch.testing.assert_close(loaded.image_features(torch.from_numpy(prepared.tiles)), expected)


def test_open_clip_sees_a_grey_picture_as_the_model_of_one_band_does(model, tmp_path):
    save_model(with_bands(model, GREY), tmp_path / "model", {}, "CC0")
    loaded = load_model(tmp_path / "model")
    network, preprocess = open_clip.create_model_from_pretrained(f"local-dir:{tmp_path / 'model'}")
    picture = np.random.default_rng(1).integers(0, 256, (50, 70)).astype(np.uint8)
    ours = PreparedImages.of([loaded.contract.prepare(SarImage(picture[None], Quantity.DISPLAY, ("gray",)))])
    with torch.inference_mode():
        theirs = network.eval().encode_image(preprocess(Image.fromarray(picture))[None])
        torch.testing.assert_close(loaded.image_features(torch.from_numpy(ours.tiles)), theirs, atol=1e-5, rtol=1e-4)


def test_each_band_has_its_own_range(model):
    flat = SarImage(
        np.array([[[-12.5]], [[-20.0]]], np.float32).repeat(32, 1).repeat(32, 2), Quantity.DECIBEL, ("VV", "VH")
    )
    tiles = with_bands(model, (VV, VH, RATIO)).contract.prepare(flat).tiles
    assert tiles[0, :, 5, 5].tolist() == [128, 127, 128]  # the middles of -25 to 0, of -32.5 to -7.5, and of 0 to 15


def test_a_contract_of_too_many_bands_on_the_disk_is_one_line(model, tmp_path):
    save_model(with_bands(model, (VV, VH, RATIO)), tmp_path / "model", {}, "CC0")
    path = tmp_path / "model" / "sarvl.json"
    sidecar = json.loads(path.read_text())
    sidecar["contract"]["bands"] *= 2
    path.write_text(json.dumps(sidecar))
    with pytest.raises(ModelError, match=r"sarvl\.json: its contract has 6 bands") as caught:
        load_model(tmp_path / "model")
    assert "\n" not in str(caught.value)


VISION = {"image_size": 32, "layers": 1, "width": 16, "head_width": 8, "patch_size": 8}


def model_of(vision: dict[str, Any]) -> Clip:
    torch.manual_seed(0)
    config = {"embed_dim": 16, "vision_cfg": vision, "text_cfg": TEXT}
    contract = InputContract.of_pictures(vision["image_size"], (0.5,) * 3, (0.5,) * 3)
    return Clip("small", untrained_network(config).eval(), contract, config, tokenizer_of(config))


def test_positions_are_interpolated_as_open_clip_does(tmp_path):
    model = model_of(VISION)
    larger = with_frame(model, Square(size=64))
    state = model.network.state_dict()
    expected = open_clip.CLIP(embed_dim=16, vision_cfg={**VISION, "image_size": 64}, text_cfg=TEXT)
    open_clip.model.resize_pos_embed(state, expected)
    expected.load_state_dict(state)
    pixels = torch.randn(2, 3, 64, 64)
    with torch.inference_mode():
        torch.testing.assert_close(larger.network.encode_image(pixels), expected.eval().encode_image(pixels))
    save_model(larger, tmp_path / "model", {}, "CC0")
    loaded = load_model(tmp_path / "model")
    assert (loaded.square.size, loaded.weights_hash) == (64, larger.weights_hash)


def test_the_pooling_of_a_resnet_is_interpolated_too(model):
    larger = with_frame(model, Square(size=64))
    before, after = (part.network.visual.attnpool.positional_embedding for part in (model, larger))
    assert (len(before), len(after)) == (2, 5)
    torch.testing.assert_close(after[1:], before[1:].expand(4, -1))  # one place became four
    back = with_frame(larger, Square(size=32))
    torch.testing.assert_close(back.network.state_dict(), model.network.state_dict())


def test_a_decoder_of_captions_goes_along_with_bands_and_size(model, tmp_path):
    writer = with_bands(with_fresh_decoder(model), GREY)
    positions = writer.decoder.image_positions.detach().clone()
    larger = with_frame(writer, Square(size=64))
    assert (len(positions), len(larger.decoder.image_positions)) == (1, 4)
    torch.testing.assert_close(larger.decoder.image_positions.detach(), positions.expand(4, -1))
    save_model(larger, tmp_path / "model", {}, "CC0")
    loaded = load_model(tmp_path / "model")
    assert (loaded.weights_hash, loaded.contract) == (larger.weights_hash, larger.contract)
    images = PreparedImages.of([loaded.contract.prepare(image("VV"))])
    assert [text.text for text in loaded.caption(images)] == [text.text for text in larger.caption(images)]
    assert with_frame(larger, Square(size=64)).decoder is larger.decoder


def test_the_size_changes_beside_the_bands(model):
    small = with_bands(model, GREY)
    larger = with_frame(small, Square(size=64))
    assert first_layer(larger.network)[1].in_channels == 1
    assert torch.equal(first_layer(larger.network)[1].weight, first_layer(small.network)[1].weight)


def test_a_tower_of_one_size_alone_is_refused_in_one_line():
    vision = {**TOWERS["ViT of timm"], "timm_model_name": "vit_tiny_patch16_224"}
    with pytest.raises(ModelError, match="small at 96 pixels: cannot be opened") as caught:
        with_frame(model_of(vision), Square(size=96))
    assert "\n" not in str(caught.value)

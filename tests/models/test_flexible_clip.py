"""FlexibleClip: NaFlex towers of timm give what the CLIP gives at its own size, and read images in their own shape."""

import numpy as np
import open_clip
import pytest
import torch
from micro import MICRO_CONFIG, micro_model

from sarvl.errors import ModelError
from sarvl.imagery import InputContract, Patches, PreparedImages, Quantity, SarImage, Square, Tiled
from sarvl.imagery.bands import BandContract, Grey
from sarvl.models import Clip, load_model, save_model, with_fresh_decoder
from sarvl.models.clips.any_reader import AnyReader
from sarvl.models.clips.flexible_clip import FlexibleClip
from sarvl.models.clips.model_input import with_bands, with_frame
from sarvl.models.clips.reader_options import MeanReader
from sarvl.models.clips.siglip import SigLip
from sarvl.models.open_clip.networks import tokenizer_of, untrained_network
from sarvl.models.protocols import SigmoidTowers, Trainable, TwoTowers

FRAME = Patches(patch=16, most_patches=100)
TOWERS = {  # with a token and with a mean, whose norm stands elsewhere
    "token": {"timm_model_name": "test_vit", "timm_pool": "token", "timm_proj": "linear"},
    "mean": {"timm_model_name": "test_vit2", "timm_pool": "avg", "timm_proj": "none"},
    "head": {"timm_model_name": "test_vit", "timm_pool": "token", "timm_proj": ""},
}
SIZES = [(160, 160), (40, 200), (16, 16), (90, 33), (1, 1)]  # height, width


def clip_of(tower: str, **more: object) -> Clip:
    torch.manual_seed(0)
    vision = {"image_size": 160, **TOWERS[tower]}
    width = 64 if TOWERS[tower]["timm_proj"] == "none" else 16
    text = MICRO_CONFIG["text_cfg"]
    config = {"embed_dim": width, "vision_cfg": vision, "text_cfg": text, **more}
    network = untrained_network(config).eval()
    contract = InputContract.of_pictures(160, (0.5,) * 3, (0.5,) * 3)
    kind = SigLip if "init_logit_bias" in more else Clip
    return kind("vit", network, contract, config, tokenizer_of(config))


def prepared(contract: InputContract, sizes=SIZES) -> PreparedImages:
    rng = np.random.default_rng(0)
    images = [rng.integers(0, 256, (1, *size)).astype(np.uint8) for size in sizes]
    return PreparedImages.of([contract.prepare(SarImage(image, Quantity.DISPLAY, ("gray",))) for image in images])


@pytest.mark.parametrize("tower", TOWERS)
def test_an_image_of_the_towers_own_size_gets_what_the_clip_gives(tower):
    clip = clip_of(tower)
    expected = clip.encode_images(prepared(clip.contract, [(160, 160)] * 2))
    flexible = with_frame(clip, FRAME)
    assert isinstance(flexible, FlexibleClip) and isinstance(flexible, Trainable) and isinstance(flexible, TwoTowers)
    images = prepared(flexible.contract, [(160, 160)] * 2)
    assert images.grids.tolist() == [[10, 10]] * 2
    np.testing.assert_allclose(flexible.encode_images(images), expected, atol=1e-5)


def test_the_patches_go_where_timm_puts_those_of_a_whole_image():
    """timm parts an image of any shape itself where the tower may be given one; both are to be the same."""
    flexible = with_frame(clip_of("token"), FRAME)
    for height, width in ((160, 160), (48, 80), (16, 32)):
        images = prepared(flexible.contract, [(height, width)])
        rows, columns = images.grids[0].tolist()
        tiles = torch.from_numpy(images.tiles).reshape(rows, columns, 1, 16, 16)
        whole = tiles.permute(2, 0, 3, 1, 4).reshape(1, 1, 16 * rows, 16 * columns)
        with torch.inference_mode():
            tower = flexible.network.visual
            expected = tower.head(tower.trunk(flexible.normalise(whole)))
            given = flexible.image_features(**flexible.image_inputs(images))
        torch.testing.assert_close(given, expected, atol=1e-5, rtol=1e-4)


def test_features_and_gradients_do_not_depend_on_what_else_is_in_the_batch():
    flexible = with_frame(clip_of("token"), FRAME)
    images = prepared(flexible.contract)
    assert images.tiles_of_image.tolist() == [100, 39, 1, 18, 1]
    whole = flexible.encode_images(images)
    alone = np.concatenate([flexible.encode_images(images.batch([row])) for row in range(len(images))])
    np.testing.assert_allclose(alone, whole, atol=1e-5)
    flexible.image_features(**flexible.image_inputs(images)).square().sum().backward()
    gradients = [parameter.grad for parameter in flexible.network.visual.parameters()]
    assert all(gradient is not None and gradient.isfinite().all() for gradient in gradients)


@pytest.mark.parametrize("tower", TOWERS)
def test_a_saved_model_loads_as_it_was_and_open_clip_opens_the_clip_in_it(tower, tmp_path):
    flexible = with_frame(clip_of(tower), FRAME)
    with torch.no_grad():
        for parameter in flexible.network.visual.parameters():
            parameter.add_(0.01 * torch.randn_like(parameter))
    save_model(flexible, tmp_path / "model", {}, "CC0")
    loaded = load_model(tmp_path / "model")
    assert isinstance(loaded, FlexibleClip)
    assert (loaded.contract, loaded.weights_hash) == (flexible.contract, flexible.weights_hash)
    images = prepared(loaded.contract)
    np.testing.assert_array_equal(loaded.encode_images(images), flexible.encode_images(images))
    network, _ = open_clip.create_model_from_pretrained(f"local-dir:{tmp_path / 'model'}")
    square = prepared(loaded.contract.model_copy(update={"frame": loaded.square}), [(160, 160)])
    with torch.inference_mode():
        expected = network.eval().encode_image(loaded.normalise(torch.from_numpy(square.tiles)))
    own = loaded.encode_images(prepared(loaded.contract, [(160, 160)]))
    np.testing.assert_allclose(own, torch.nn.functional.normalize(expected, dim=1), atol=1e-5)


def test_one_band_goes_along(tmp_path):
    grey = BandContract(name="grey", source=Grey(), mean=0.4, std=0.3)
    first = with_frame(with_bands(clip_of("token"), (grey,)), FRAME)
    second = with_bands(with_frame(clip_of("token"), FRAME), (grey,))
    assert first.weights_hash == second.weights_hash
    save_model(first, tmp_path / "model", {}, "CC0")
    loaded = load_model(tmp_path / "model")
    assert loaded.weights_hash == first.weights_hash
    images = prepared(loaded.contract)
    np.testing.assert_array_equal(loaded.encode_images(images), first.encode_images(images))
    open_clip.create_model_from_pretrained(f"local-dir:{tmp_path / 'model'}")


def test_a_siglip_keeps_its_bias_and_other_frames_get_the_clip_back():
    clip = clip_of("token", init_logit_bias=-10.0)
    images = prepared(clip.contract)
    expected = clip.encode_images(images)
    flexible = with_frame(clip, FRAME)
    assert isinstance(flexible, SigmoidTowers)
    again = with_frame(flexible, Square(size=160))
    assert type(again) is SigLip
    np.testing.assert_allclose(again.encode_images(images), expected, atol=1e-6)
    reader = with_frame(with_frame(again, FRAME), Tiled(tile=160, most_tiles=4), MeanReader())
    assert isinstance(reader, AnyReader) and isinstance(with_frame(reader, FRAME), FlexibleClip)


def test_what_cannot_be_made_flexible_is_one_line(tmp_path):
    micro = micro_model(tmp_path)
    for model, frame, reason in (
        (micro, FRAME, "its image tower is not of timm, so that it reads no patches"),
        (clip_of("token"), Patches(patch=8, most_patches=9), "patches of 16 pixels, not of 8; correct `patch`"),
        (with_fresh_decoder(micro), FRAME, "what writes captions reads no patches"),
    ):
        with pytest.raises(ModelError, match=reason) as caught:
            with_frame(model, frame)
        assert "\n" not in str(caught.value)
    with pytest.raises(ModelError, match="a reader reads tiles, not patches"):
        with_frame(clip_of("token"), FRAME, MeanReader())

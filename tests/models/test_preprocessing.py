"""Preprocessing of other people's models: what their network sees of a picture is what open_clip gives it."""

import json

import numpy as np
import open_clip
import pytest
import torch
from open_clip.transform import PreprocessCfg, image_transform_v2
from PIL import Image

from sarvl.imagery import InputContract, PreparedImages, Quantity, SarImage, Square
from sarvl.models import create_model, load_model, save_model
from sarvl.models.clips.clip import Clip
from sarvl.models.open_clip.preprocessing import contract_of, preprocess_of

# Width and height: odd, not square, tiny, huge, long.
SIZES = ((301, 173), (173, 301), (224, 224), (225, 223), (1, 1), (3, 2), (5, 97), (640, 11), (1999, 1333), (64, 224))
CLIP_STYLE = open_clip.get_pretrained_cfg("ViT-B-32", "openai")
STYLES = {
    "CLIP": CLIP_STYLE,
    "CoCa": open_clip.get_pretrained_cfg("coca_ViT-B-32", "laion2b_s13b_b90k"),
    "SigLIP": open_clip.get_pretrained_cfg("ViT-B-16-SigLIP", "webli"),
    "CLIPA": open_clip.get_pretrained_cfg("ViT-L-14-CLIPA", "datacomp1b"),
    "MobileCLIP": open_clip.get_pretrained_cfg("MobileCLIP-S1", "datacompdr"),
    "longest": {**CLIP_STYLE, "resize_mode": "longest", "fill_color": 77},
    "longest bilinear": {**CLIP_STYLE, "resize_mode": "longest", "interpolation": "bilinear"},
    "random": {**CLIP_STYLE, "interpolation": "random"},
}


def whole(style: dict, size: int) -> PreprocessCfg:
    """Return a ``preprocess_cfg`` with open_clip's defaults."""
    return PreprocessCfg(**open_clip.transform.merge_preprocess_dict(PreprocessCfg(), {**style, "size": size}))


def picture(width: int, height: int, bands: int) -> SarImage:
    pixels = np.random.default_rng(width).integers(0, 256, (bands, height, width), np.uint8)
    return SarImage(pixels, Quantity.DISPLAY, ("red", "green", "blue")[:bands] if bands > 1 else ("gray",))


def as_open_clip_sees(image: SarImage, transform) -> torch.Tensor:
    pixels = image.pixels[0] if len(image.pixels) == 1 else image.pixels.transpose(1, 2, 0)
    return transform(Image.fromarray(np.ascontiguousarray(pixels)))


def as_we_see(model: Clip, image: SarImage) -> torch.Tensor:
    return model.normalise(torch.from_numpy(model.contract.prepare(image).tiles))[0]


@pytest.fixture(scope="module")
def tiny() -> Clip:
    return create_model("sarvl-tiny")


@pytest.mark.parametrize("bands", [1, 3])
@pytest.mark.parametrize("size", [224, 31])
@pytest.mark.parametrize("style", STYLES)
def test_pixels_equal_those_of_open_clips_transforms(tiny, style, size, bands):
    """The resize mode, interpolation and fill of ``preprocess_cfg`` were dropped."""
    declared = whole(STYLES[style], size)
    tiny.contract = contract_of(vars(declared), size)
    transform = image_transform_v2(declared, is_train=False)
    for width, height in SIZES:
        image = picture(width, height, bands)
        ours, theirs = as_we_see(tiny, image), as_open_clip_sees(image, transform)
        torch.testing.assert_close(ours, theirs, rtol=0, atol=1e-6, msg=f"{style} {width} x {height}")


@pytest.mark.parametrize("architecture", ["ViT-B-32", "RN50", "coca_ViT-B-32"])
@torch.inference_mode()
def test_features_equal_those_of_open_clip(architecture, tmp_path):
    """With one layer of each kind."""
    config, name = open_clip.get_model_config(architecture), f"one-layer-{architecture}"
    for part in ("vision_cfg", "text_cfg", "multimodal_cfg"):
        if part in config:
            config[part]["layers"] = [1] * 4 if architecture == "RN50" and part == "vision_cfg" else 1
    (tmp_path / f"{name}.json").write_text(json.dumps(config))
    open_clip.add_model_config(tmp_path / f"{name}.json")
    network, _, transform = open_clip.create_model_and_transforms(name)
    model = create_model(name)
    model.network.load_state_dict(network.state_dict())
    images = [picture(301, 173, 3), picture(90, 333, 1)]
    seen = torch.stack([as_open_clip_sees(image, transform) for image in images])
    expected = network.eval().encode_image(seen, normalize=True).numpy()
    prepared = [PreparedImages.of([model.contract.prepare(image)]) for image in images]
    np.testing.assert_allclose(np.concatenate([model.encode_images(each) for each in prepared]), expected, atol=1e-5)


@pytest.mark.parametrize("resize", ["squash", "pad", "crop"])
@pytest.mark.parametrize("interpolation", ["linear", "cubic"])
def test_what_is_written_is_what_is_done(tiny, resize, interpolation, tmp_path):
    frame = Square(size=128, resize=resize, interpolation=interpolation, fill=9)
    tiny.contract = InputContract.of_pictures(128, (0.1, 0.2, 0.3), (0.5,) * 3).model_copy(update={"frame": frame})
    save_model(tiny, tmp_path, {}, "none")
    _, _, transform = open_clip.create_model_and_transforms(f"local-dir:{tmp_path}")
    image = picture(301, 173, 3)
    torch.testing.assert_close(as_we_see(tiny, image), as_open_clip_sees(image, transform), rtol=0, atol=1e-6)
    assert "remark" not in json.loads((tmp_path / "open_clip_config.json").read_text())["preprocess_cfg"]
    (tmp_path / "sarvl.json").unlink()
    assert load_model(tmp_path).contract == tiny.contract


@pytest.mark.parametrize("change", [{"interpolation": "nearest"}, {"antialias": False}, {"resize": "shrink"}])
def test_what_open_clip_cannot_do_is_said(tiny, change, tmp_path):
    """``nearest`` was written as it is, and open_clip's transforms could not be made."""
    tiny.contract = InputContract.of_pictures(128, (0.5,) * 3, (0.5,) * 3)
    tiny.contract = tiny.contract.model_copy(update={"frame": Square(size=128, **change)})
    assert "no such resize" in preprocess_of(tiny.contract, tiny.square)["remark"]
    save_model(tiny, tmp_path, {}, "none")
    open_clip.create_model_and_transforms(f"local-dir:{tmp_path}")
    assert load_model(tmp_path).contract == tiny.contract

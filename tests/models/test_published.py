"""Weights of other projects: what each project's own code loads them into, and that such files load.

The weights themselves could not be had. The code of a project names an architecture of open_clip and puts the file into
it, so the names and shapes of a file are those of the architecture; some of them stand below. GeoRSCLIP and SARVLM load
with ``strict=False``: where theirs had other names, ours says so in one line.
"""

import re

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from sarvl.errors import ModelError
from sarvl.imagery import Quantity, SarImage
from sarvl.models import load_model
from sarvl.models.clips.published import architecture_of, shapes_of
from sarvl.models.loaders import georsclip, remoteclip, sar_text, sarclip, sarclip_vv_vh, sarvlm

# Where the architectures are named, and how the file is wrapped.
SOURCES = {
    # ChenDelong1999/RemoteCLIP, README.md "Load RemoteCLIP": bare, strict
    "remoteclip": ("RN50", "ViT-B-32", "ViT-L-14"),
    # om-ai-lab/RS5M, inference/inference.py: bare; saved by inference/convert_weight.py from the network's state_dict
    "georsclip": ("ViT-B-32-quickgelu", "ViT-H-14"),
    # CAESAR-Radi/SARCLIP, example.py: vit_b_32_model.safetensors, and the list of models. The package sar_clip is read
    # from a copy in Jordan-Liao/IRAOD-New: factory.py (bare or `state_dict`, `module.`, strict) and data.py (readtif)
    "sarclip": ("RN50", "RN101", "ViT-B-16", "ViT-B-32", "ViT-L-14"),
    # KlayMa527/SARVLM, eval/RET/eval_retrieval.py: bare, `state_dict` or `model`, `module.`; script/train_*.sh
    "sarvlm": ("ViT-B-32", "ViT-L-14", "coca_ViT-L-14"),
    # YiguoHe/SAR-TEXT, README.md (ViT-L-14) and SAR-CoCa-generate-caption.py (coca_ViT-L-14, epoch_3.pt)
    "sar-text": ("ViT-L-14", "coca_ViT-L-14"),
}
PUBLISHED = {
    "remoteclip": remoteclip.REMOTECLIP,
    "georsclip": georsclip.GEORSCLIP,
    "sarclip": sarclip.SARCLIP,
    "sarvlm": sarvlm.SARVLM,
    "sar-text": sar_text.SAR_TEXT,
}
# The number of weights, and the shapes of some (open_clip_torch 3.3.0).
SHAPES = {
    "RN50": (489, {"visual.conv1.weight": (32, 3, 3, 3), "visual.layer3.5.conv2.weight": (256, 256, 3, 3),
                   "visual.attnpool.positional_embedding": (50, 2048), "text_projection": (512, 1024)}),
    "RN101": (795, {"visual.layer3.22.conv2.weight": (256, 256, 3, 3), "text_projection": (512, 512)}),
    "ViT-B-16": (302, {"visual.conv1.weight": (768, 3, 16, 16), "visual.positional_embedding": (197, 768)}),
    "ViT-B-32": (302, {"visual.conv1.weight": (768, 3, 32, 32), "visual.positional_embedding": (50, 768),
                       "visual.proj": (768, 512), "transformer.resblocks.11.mlp.c_fc.weight": (2048, 512),
                       "token_embedding.weight": (49408, 512), "logit_scale": ()}),
    "ViT-L-14": (446, {"visual.conv1.weight": (1024, 3, 14, 14), "visual.proj": (1024, 768),
                       "visual.transformer.resblocks.23.attn.in_proj_weight": (3072, 1024)}),
    "ViT-H-14": (686, {"visual.conv1.weight": (1280, 3, 14, 14), "text_projection": (1024, 1024),
                       "visual.transformer.resblocks.31.attn.in_proj_weight": (3840, 1280)}),
    "coca_ViT-L-14": (773, {"visual.attn_pool.query": (256, 768), "text.cls_emb": (768,),
                            "text_decoder.cross_attn.11.attn.in_proj_weight": (2304, 768)}),
}  # fmt: skip
SHAPES["ViT-B-32-quickgelu"] = SHAPES["ViT-B-32"]


def flat(architecture: str) -> dict[str, torch.Tensor]:
    """Return weights of an architecture that take no memory: one number each, seen as a whole tensor."""
    return {name: torch.zeros(()).expand(shape) for name, shape in shapes_of(architecture)}


@pytest.mark.parametrize("architecture", SHAPES)
def test_the_table_is_that_of_the_architecture(architecture):
    count, some = SHAPES[architecture]
    found = dict(shapes_of(architecture))
    assert len(found) == count
    assert {name: found[name] for name in some} == some


@pytest.mark.parametrize("prefix", SOURCES)
def test_a_file_is_taken_for_its_architecture(prefix):
    assert PUBLISHED[prefix].architectures == SOURCES[prefix]
    for architecture in SOURCES[prefix]:
        assert architecture_of(flat(architecture), SOURCES[prefix]) == architecture


@pytest.fixture(scope="module")
def state():
    """Weights of ViT-B-32: a random number each, seen as a whole tensor, so that files stay small."""
    generator = torch.Generator().manual_seed(0)
    shapes = sorted(shapes_of("ViT-B-32"))
    return {name: torch.rand((), generator=generator).half().expand(shape) for name, shape in shapes}


def as_published(prefix: str, state, folder):
    """Save weights as a project publishes them."""
    if prefix == "sarclip":
        path = folder / "vit_b_32_model.safetensors"
        save_file({name: value.contiguous() for name, value in state.items()}, path)
        return path
    wrapped = {
        "remoteclip": dict(state),
        "georsclip": dict(state),
        "sarclip-vv-vh": {"state_dict": dict(state)},
        "sarvlm": {"epoch": 10, "name": "SARCLIP", "state_dict": {f"module.{name}": state[name] for name in state}},
    }[prefix]
    path = folder / f"{prefix}.pt"
    torch.save(wrapped, path)
    return path


@pytest.mark.parametrize("prefix", ["remoteclip", "georsclip", "sarvlm", "sarclip", "sarclip-vv-vh"])
def test_a_random_network_in_the_published_wrapping_loads(prefix, state, tmp_path):
    path = as_published(prefix, state, tmp_path)
    model = load_model(f"{prefix}:{path}")
    assert model.name == f"{prefix}:{path}"
    assert bool(model.config.get("quick_gelu")) == (prefix == "georsclip")
    loaded = model.network.state_dict()
    assert loaded.keys() == state.keys()
    for name in ("visual.conv1.weight", "text_projection", "logit_scale"):
        assert torch.equal(loaded[name], state[name].float()), name
    path.unlink()


@pytest.mark.parametrize("prefix", SOURCES)
@pytest.mark.parametrize("wrap", ["bare", "state_dict", "model"])
def test_a_weight_too_many_or_too_few_is_one_line_that_names_it(prefix, wrap, tmp_path):
    weights = flat(SOURCES[prefix][-1])
    for changed, told in (
        (weights | {"visual.extra": torch.zeros(1)}, "visual.extra is not of this architecture"),
        ({name: value for name, value in weights.items() if name != "logit_scale"}, "logit_scale is missing"),
        (weights | {"visual.proj": torch.zeros(3, 5)}, re.escape("visual.proj is (3, 5) instead of")),
    ):
        torch.save(changed if wrap == "bare" else {wrap: changed}, tmp_path / "w.pt")
        with pytest.raises(ModelError, match=rf"{prefix}:.*1 weights do not fit: {told}") as raised:
            load_model(f"{prefix}:{tmp_path / 'w.pt'}")
        assert "\n" not in str(raised.value)


def test_a_file_that_is_not_there_is_one_line(tmp_path):
    with pytest.raises(ModelError, match=r"remoteclip:.*: no such file; give the weights of RN50, ViT-B-32, ViT-L-14"):
        load_model(f"remoteclip:{tmp_path / 'none.pt'}")


def test_sarclip_scales_decibels_as_its_reader_does():
    decibels = np.linspace(-24.9, 7, 16, dtype=np.float32).reshape(1, 4, 4)
    seen = seen_by(sarclip.contract(4), SarImage(decibels, Quantity.DECIBEL, ("VV",)))
    expected = (np.minimum((decibels + 25) / 30, 1) - 0.5) * 2
    np.testing.assert_allclose(seen, np.tile(expected, (3, 1, 1)), atol=0.5 / 255 * 2 + 1e-6)


def test_sarclip_scales_vv_and_vh_as_its_reader_does():
    vv = np.linspace(-24.9, -0.1, 16, dtype=np.float32).reshape(4, 4)
    vh = np.linspace(-8, -32, 16, dtype=np.float32).reshape(4, 4)
    image = SarImage(np.stack([vv, vh]), Quantity.DECIBEL, ("VV", "VH"))
    first, second = (vv + 25) / 25, (vh + 32.5) / 25
    expected = (np.stack([first, second, (first + second) / 2]) - 0.5) * 2
    np.testing.assert_allclose(seen_by(sarclip_vv_vh.contract(4), image), expected, atol=0.5 / 255 * 2 + 1e-6)


def seen_by(contract, image) -> np.ndarray:
    """Return what the network takes: (3, S, S)."""
    (tile,) = contract.prepare(image).tiles
    values = np.broadcast_to(tile, (3, *tile.shape[1:])) / 255
    return (values - np.reshape(contract.mean, (3, 1, 1))) / np.reshape(contract.std, (3, 1, 1))

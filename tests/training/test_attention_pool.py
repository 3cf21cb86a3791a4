"""Attention pooling of a recipe's model: it begins as the mean that was, trains, and opens again, in open_clip too."""

import json
from pathlib import Path

import open_clip
import pytest
import torch
import yaml
from micro import MICRO_CONFIG, make_corpus, micro_model

from sarvl.errors import ModelError
from sarvl.models import Clip, create_model, load_model, save_model, with_fresh_decoder
from sarvl.models.clips.attention_pool import with_attention_pool
from sarvl.recipes import load_recipe
from sarvl.training import TrainRecipe, train

VISION = {"image_size": 64, "timm_model_name": "mobilenetv2_035", "timm_pool": "", "timm_proj": "linear"}


@pytest.fixture(scope="module")
def model(tmp_path_factory) -> Clip:
    path = tmp_path_factory.mktemp("config") / "sarvl-micro-mobile.json"
    path.write_text(json.dumps(MICRO_CONFIG | {"vision_cfg": VISION}))
    open_clip.add_model_config(path)
    torch.manual_seed(0)
    made = create_model("sarvl-micro-mobile")
    made.network.eval()
    return made


def pixels(count: int) -> torch.Tensor:
    return torch.randint(256, (count, 3, 64, 64), generator=torch.Generator().manual_seed(1), dtype=torch.uint8)


@torch.no_grad()
def test_begins_as_the_mean_that_was(model):
    made = with_attention_pool(model)
    before, after = model.image_features(pixels(3)), made.image_features(pixels(3))
    torch.testing.assert_close(after, before, rtol=0, atol=1e-3 * float(before.norm(dim=1).mean()))
    tokens = model.tokenize(["a ship"])
    assert torch.equal(made.text_features(tokens), model.text_features(tokens))
    assert made.config["vision_cfg"]["timm_pool"] == "abs_attn"


def test_trains_and_opens_again_as_what_was_trained(model, tmp_path):
    save_model(model, tmp_path / "model", {}, "none")
    stage = {"name": "one", "corpus": str(make_corpus(tmp_path).folder), "batch_size": 8, "epochs": 1}
    start = {"start": f"local-dir:{tmp_path / 'model'}", "pool": "attention", "decoder": True}
    recipe = tmp_path / "train.yaml"
    recipe.write_text(yaml.safe_dump({"model": start, "stages": [stage | {"learning_rate": 1e-2}]}))
    run = train(load_recipe(recipe, TrainRecipe), tmp_path / "run", workers=1)
    ours = load_model(run)
    query = ours.network.visual.head.pool.qkv.weight[: ours.network.visual.head.pool.embed_dim]
    assert bool(query.any())  # it was 0
    theirs = open_clip.create_model(f"local-dir:{run / 'best'}").eval()
    with torch.no_grad():
        expected = theirs.encode_image(ours.normalise(pixels(2)))
        torch.testing.assert_close(ours.image_features(pixels(2)), expected)


def test_a_tower_without_such_a_mean_is_refused(model, tmp_path: Path):
    twice = r"attention pooling replaces the mean that a CLIP with an image tower of timm takes"
    for refused in (micro_model(tmp_path), with_attention_pool(model), with_fresh_decoder(with_attention_pool(model))):
        with pytest.raises(ModelError, match=twice):
            with_attention_pool(refused)

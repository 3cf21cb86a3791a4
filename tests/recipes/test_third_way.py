"""SAR-TEXT's third way: the optical twin is captioned by a model, and what it wrote becomes a SAR caption."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from chat_server import chat_server, says

from sarvl.corpus import BuildRecipe, build
from sarvl.endpoint.endpoint_settings import EndpointSettings
from sarvl.inference import narrate
from sarvl.recipes import load_recipe
from sarvl.training import TrainRecipe

RECIPES = Path(__file__).resolve().parents[2] / "recipes" / "third_way"


@pytest.fixture
def pairs(tmp_path):
    for folder in ("opt", "sar"):
        (tmp_path / folder).mkdir()
        for number in range(3):
            seed = [len(folder), ord(folder[0]), number]
            pixels = np.random.default_rng(seed).integers(0, 255, (40, 40, 3 if folder == "opt" else 1), np.uint8)
            cv2.imwrite(str(tmp_path / folder / f"{number}.png"), pixels)
    return tmp_path


def test_twins_are_captioned_rewritten_and_said_of_the_sar_images(pairs):
    told = iter(["Green trees are around a blue lake.", "The water is green.", "Two white tanks near a road."])
    with chat_server(lambda _: says(next(told))) as (_, url):
        endpoint = EndpointSettings(base_url=url, model="m", concurrency=1, max_requests_per_minute=1e6)
        done = narrate(pairs / "opt", None, pairs / "twins.jsonl", endpoint=endpoint, domain="optical")
    assert done.written == 3
    changes = [f"sources.0.images={pairs / 'sar'}", f"sources.0.annotations={pairs / 'twins.jsonl'}"]
    corpus = build(load_recipe(RECIPES / "pairs.yaml", BuildRecipe, changes), pairs / "corpus", workers=1)
    assert {(text["image_id"], text["text"], text["family"]) for text in corpus.texts.to_pylist()} == {
        ("s1s2/0.png", "Trees are around a lake.", "rewritten"),
        ("s1s2/2.png", "Two tanks near a road.", "rewritten"),
    }


def test_its_training_recipes_are_read():
    captioner, narrator = (load_recipe(RECIPES / f"{name}.yaml", TrainRecipe) for name in ("captioner", "narrator"))
    assert captioner.stages[0].objective == narrator.stages[0].objective == "coca"
    assert str(narrator.model.start).endswith("runs/third_way/captioner")
    assert load_recipe(RECIPES / "optical.yaml", BuildRecipe).sources[0].domain == "optical"

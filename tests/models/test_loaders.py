"""Loaders: which name goes to which, what others bring, and how each command refuses what it cannot use."""

import sys
from dataclasses import dataclass
from importlib.metadata import EntryPoint
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from micro import make_corpus, make_model, make_train_recipe, micro_model
from torch import nn

from sarvl.errors import EvaluationError, ModelError, SarvlError
from sarvl.evaluation.evaluator import evaluate
from sarvl.imagery import InputContract
from sarvl.models import LOADERS, Model, load_model, load_text_embedder
from sarvl.models.loader import Loader, names_told
from sarvl.models.protocols import Embedder, ImageEmbedder, TextEmbedder, Trainable, TwoTowers
from sarvl.recipes import load_recipe, recipe_schema
from sarvl.reporting.composition import report
from sarvl.training import TrainRecipe, train


@dataclass
class Shrunk(Model):
    """The image itself, shrunk: makes vectors of images, and knows no text."""

    def encode_images(self, images):
        tiles = images.batch(range(len(images))).tiles.reshape(len(images), -1).astype(np.float32) + 1
        return tiles / np.linalg.norm(tiles, axis=1, keepdims=True)


class Words:
    """Makes vectors of texts, and knows no image."""

    def encode_texts(self, texts):
        return np.ones((len(texts), 2), np.float32)


def shrunk(side: str) -> Shrunk:
    return Shrunk(f"shrunk-{side}", nn.Linear(1, 1), InputContract.of_pictures(int(side), (0.5,), (0.5,)), {})


@pytest.fixture
def installed(monkeypatch):
    """Register the loaders ``shrunk``, ``all-words``, ``broken`` and ``nothing`` of another package."""
    module = ModuleType("loaders_of_a_test")
    module.shrunk = Loader("SIDE", "shrunk images", shrunk)
    module.all_words = Loader("NAME", "words", lambda _: Words())
    module.nothing = Loader("NAME", "nothing", lambda _: None)
    monkeypatch.setitem(sys.modules, module.__name__, module)
    points = {
        name.replace("_", "-"): EntryPoint(name, f"{module.__name__}:{name}", LOADERS.entry_points)
        for name in ("shrunk", "all_words", "broken", "nothing")
    }
    original = type(LOADERS)._plugins
    monkeypatch.setattr(type(LOADERS), "_plugins", lambda self: points if self is LOADERS else original(self))


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """A corpus, and a model."""
    folder = tmp_path_factory.mktemp("loaders")
    make_corpus(folder)
    make_model(folder)
    return folder


def one_line(error: type[SarvlError], reason: str, function, *arguments, **options) -> None:
    with pytest.raises(error, match=reason) as caught:
        function(*arguments, **options)
    assert "\n" not in str(caught.value)


def test_a_clip_can_do_what_tasks_and_training_ask_for(tmp_path):
    model = micro_model(tmp_path)
    for ability in (ImageEmbedder, TextEmbedder, Embedder, Trainable, TwoTowers):
        assert isinstance(model, ability)
        assert not isinstance(Words(), ability) or ability is TextEmbedder
    assert isinstance(shrunk("8"), ImageEmbedder)
    assert not isinstance(shrunk("8"), Embedder | Trainable)


def test_a_path_is_a_name(folder):
    assert load_model(folder / "model").weights_hash == load_model(f"local-dir:{folder / 'model'}").weights_hash


@pytest.mark.usefixtures("installed")
def test_a_loader_of_another_package_is_found_by_its_prefix():
    assert load_model("shrunk:8").name == "shrunk-8"
    assert isinstance(load_text_embedder("all-words:x"), Words)
    one_line(ModelError, "entry point 'broken' of sarvl.model_loaders cannot be loaded", load_model, "broken:x")


@pytest.mark.usefixtures("installed")
def test_a_name_of_no_loader_is_told_those_that_there_are():
    own = "georsclip:, hf:, hf-hub:, local-dir:, packaged:, remoteclip:, sar-text:, sarclip:, sarclip-vv-vh:, sarvlm:"
    told = f"{own}, sentence-transformers:, all-words:, broken:, nothing:, shrunk:"
    assert told in names_told()
    one_line(
        ModelError, f"schrunk:8: no such architecture of open_clip, and no such prefix.*{told}", load_model, "schrunk:8"
    )
    one_line(ModelError, f"nowhere: no such folder.*{told}", load_model, "nowhere")
    assert told in str(recipe_schema(TrainRecipe))


@pytest.mark.usefixtures("installed")
def test_a_model_of_texts_alone_is_no_model_of_images(folder):
    one_line(ModelError, "all-words:x: is a Words, no model of images", load_model, "all-words:x")
    one_line(ModelError, "nothing:x: is a NoneType, no model of images", load_model, "nothing:x")
    one_line(ModelError, "shrunk:8: is a Shrunk, but .* needs a TextEmbedder", load_text_embedder, "shrunk:8")


@pytest.mark.usefixtures("installed")
@pytest.mark.parametrize("task", ["retrieval", "zeroshot"])
def test_a_model_of_images_alone_is_refused_by_tasks_of_texts(folder, tmp_path, task):
    reason = f"shrunk:8: is a Shrunk, but task {task} needs an Embedder; choose another model"
    rows = tmp_path / "rows.jsonl"
    one_line(EvaluationError, reason, evaluate, "shrunk:8", folder / "corpus", "test", [task], rows, workers=1)


@pytest.mark.usefixtures("installed")
def test_a_page_of_a_model_of_images_alone_has_no_search(folder, tmp_path):
    rows = tmp_path / "rows.jsonl"
    evaluate(folder / "model", folder / "corpus", "test", ["zeroshot"], rows, workers=1)
    shown = {"model": "shrunk:8", "corpus": folder / "corpus", "workers": 1}
    page = report(rows, tmp_path / "page.html", **shown).read_text(encoding="utf-8")
    assert "Nearest images" not in page
    reason = "shrunk:8: is a Shrunk, but a search for images needs an Embedder"
    one_line(EvaluationError, reason, report, rows, tmp_path / "page.html", queries=["A ship."], **shown)


@pytest.mark.usefixtures("installed")
def test_a_model_that_cannot_be_trained_is_refused_before_the_first_step(folder, tmp_path):
    path = make_train_recipe(tmp_path, folder / "corpus", folder / "model")
    recipe = load_recipe(path, TrainRecipe, ["model.start=shrunk:8"])
    one_line(ModelError, "shrunk:8: is a Shrunk, but sarvl train needs a Trainable", train, recipe, tmp_path / "run")
    assert not (tmp_path / "run").exists()

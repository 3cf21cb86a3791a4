"""A corpus and a model small enough to train in a test."""

import json
import shutil
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import cv2
import numpy as np
import open_clip
import torch
import yaml

from sarvl.corpus import BuildRecipe, Corpus, build
from sarvl.imagery import Prepared, PreparedImages
from sarvl.models import Clip, create_model, save_model
from sarvl.recipes import load_recipe

MICRO_CONFIG = {
    "embed_dim": 16,
    "vision_cfg": {"image_size": 32, "layers": [1, 1, 1, 1], "width": 8, "patch_size": None},
    "text_cfg": {"context_length": 77, "vocab_size": 49408, "width": 16, "heads": 2, "layers": 1},
}
CLASSES = ("tank", "truck", "ship")


def make_corpus(folder: Path, seed: int = 0, chips: int = 12) -> Corpus:
    """Return a corpus of 20 scenes with boxes and of three classes of chips, all of random bytes.

    It is built once a process, and copied: a build takes a second.
    """
    shutil.copytree(_built(seed, chips).name, folder, dirs_exist_ok=True)
    return Corpus.open(folder / "corpus")


@cache
def _built(seed: int, chips: int) -> TemporaryDirectory:
    """Return the folder of the images, the recipe and the corpus; it is removed when the process ends."""
    place = TemporaryDirectory()
    folder = Path(place.name)
    build(load_recipe(make_build_recipe(folder, seed, chips), BuildRecipe), folder / "corpus", workers=1)
    return place


def make_build_recipe(folder: Path, seed: int = 0, chips: int = 12) -> Path:
    rng = np.random.default_rng(seed)
    for number, name in enumerate(CLASSES):
        (folder / "chips" / name).mkdir(parents=True)
        for index in range(chips):
            chip = rng.integers(60 * number, 60 * number + 100, (24, 24)).astype(np.uint8)
            cv2.imwrite(str(folder / "chips" / name / f"{index:02d}.png"), chip)
    (folder / "scenes").mkdir()
    images, annotations = [], []
    for index in range(20):
        cv2.imwrite(str(folder / "scenes" / f"{index:02d}.png"), rng.integers(0, 255, (40, 48), np.uint8))
        images.append({"id": index, "file_name": f"{index:02d}.png", "width": 48, "height": 40})
        for number in range(1 + index % 3):
            box = [*rng.integers(0, 30, 2).tolist(), 8, 6]
            annotations.append({"image_id": index, "category_id": (index + number) % 2, "bbox": box})
    categories = [{"id": 0, "name": "ship"}, {"id": 1, "name": "bridge"}]
    (folder / "coco.json").write_text(
        json.dumps({"images": images, "annotations": annotations, "categories": categories})
    )
    splits = {"train": 0.5, "val": 0.2, "test": 0.3}
    sources = [
        {"name": "scenes", "format": "coco", "images": "scenes", "annotations": "coco.json", "splits": splits},
        {"name": "chips", "format": "folders", "images": "chips", "quantity": "display", "splits": splits},
    ]
    recipe = folder / "corpus.yaml"
    recipe.write_text(yaml.safe_dump({"seed": seed, "sources": sources}))
    return recipe


def micro_model(folder: Path) -> Clip:
    """Return an untrained model of 32 px; ``folder`` takes its configuration."""
    path = folder / "sarvl-micro.json"
    path.write_text(json.dumps(MICRO_CONFIG))
    open_clip.add_model_config(path)
    torch.manual_seed(0)
    return create_model("sarvl-micro")


def squares(pixels: np.ndarray) -> PreparedImages:
    """Return bytes (N, C, S, S) as N prepared images of one tile."""
    whole = np.array([[0, 0, *pixels.shape[:1:-1]]], np.int32)
    return PreparedImages.of([Prepared(tile[None], whole, (1, 1)) for tile in pixels])


def make_model(folder: Path) -> Path:
    """Save an untrained micro model as the checkpoint ``folder / model``."""
    save_model(micro_model(folder), folder / "model", {}, "none")
    return folder / "model"


def make_train_recipe(folder: Path, corpus: Path, model: Path, **changes: object) -> Path:
    """Write a recipe of two stages, of 4 steps and 6 in 2 epochs each, over the micro corpus."""
    stage = {"corpus": str(corpus), "batch_size": 8, "learning_rate": 1e-3, "warmup_steps": 3}
    augmentation = {"mirror": ["horizontal"], "shift": 0.1, "contrast": 0.1, "speckle": 0.1}
    stages = [
        {**stage, "name": "chips", "texts": {"sources": ["chips"]}, "epochs": 2, "validation": "val"},
        {**stage, "name": "all", "epochs": 2, "validation": "val", "augmentation": augmentation},
    ]
    recipe = {"seed": 5, "model": {"start": f"local-dir:{model}"}, "stages": stages, "save_every": 3} | changes
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "train.yaml"
    path.write_text(yaml.safe_dump(recipe))
    return path

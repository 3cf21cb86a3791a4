"""Scenes that the recipe of SSDD composes of some of its real images; skipped where these are absent."""

import json
from collections import Counter
from pathlib import Path

import cv2
import numpy as np
import pytest
from pycocotools import mask as coco_mask

import sarvl
from sarvl.recipes import load_recipe
from sarvl.simulation.composing import ComposeRecipe, compose

RECIPE = Path(__file__).parents[2] / "recipes" / "compose" / "ssdd.yaml"
SCENES = {"train": 4, "val": 1, "test": 2}
IMAGES = 60


@pytest.fixture(scope="module")
def ships(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The annotations of a part of SSDD, so that few images have to be looked at."""
    document = json.loads((shared_data / "ssdd" / "coco.json").read_text())
    images = document["images"][:: len(document["images"]) // IMAGES]
    ids = {entry["id"] for entry in images}
    objects = [entry for entry in document["annotations"] if entry["image_id"] in ids]
    path = tmp_path_factory.mktemp("ssdd") / "some.json"
    path.write_text(json.dumps(document | {"images": images, "annotations": objects}))
    return path


@pytest.fixture(scope="module")
def composed(ships: Path) -> Path:
    changes = [f"{part}.source.annotations={ships}" for part in ("targets", "clutter")]
    changes += [f"{part}.source.splits={{train: 0.5, val: 0.25, test: 0.25}}" for part in ("targets", "clutter")]
    changes += [f"scenes={json.dumps(SCENES)}", "objects.most=16"]
    return compose(load_recipe(RECIPE, ComposeRecipe, changes), ships.parent / "composed", workers=1)


@pytest.fixture(scope="module")
def document(composed: Path) -> dict:
    return json.loads((composed / "annotations.json").read_text())


def mask_of(entry: dict) -> np.ndarray:
    height, width = entry["segmentation"]["size"]
    return coco_mask.decode(coco_mask.frPyObjects(entry["segmentation"], height, width)).astype(bool)


def test_ships_enter_scenes_of_their_split_alone(document: dict):
    splits = {entry["id"]: entry["split"] for entry in document["images"]}
    assert Counter(splits.values()) == SCENES
    split_of_file: dict[str, set[str]] = {}
    for entry in document["annotations"]:
        origin = entry.get("cut_from") or entry["of_the_clutter"]
        assert origin["split"] == splits[entry["image_id"]]
        split_of_file.setdefault(origin["file"], set()).add(origin["split"])
    for entry in document["images"]:
        split_of_file.setdefault(entry["clutter"]["file"], set()).add(entry["split"])
    assert all(len(of_one_file) == 1 for of_one_file in split_of_file.values())


def test_every_object_is_a_ship_with_a_mask_that_fills_its_box_and_stands_apart(document: dict):
    assert [category["name"] for category in document["categories"]] == ["ship"]
    assert sum("cut_from" in entry for entry in document["annotations"]) > len(document["images"])
    masks: dict[int, list[np.ndarray]] = {}
    for entry in document["annotations"]:
        mask = mask_of(entry)
        assert cv2.boundingRect(mask.astype(np.uint8)) == tuple(entry["bbox"])
        assert entry["area"] == mask.sum() > 0
        if "cut_from" in entry:
            masks.setdefault(entry["image_id"], []).append(mask)
    assert all(np.sum(those, axis=0).max() == 1 for those in masks.values())


def test_a_ship_shows_its_own_pixels(composed: Path, document: dict, shared_data: Path):
    names = {entry["id"]: entry["file_name"] for entry in document["images"]}
    likeness = []
    for entry in (entry for entry in document["annotations"] if "cut_from" in entry):
        mask, (left, top, width, height) = mask_of(entry), entry["bbox"]
        scene = cv2.imread(str(composed / "images" / names[entry["image_id"]]), cv2.IMREAD_GRAYSCALE)
        origin = cv2.imread(str(shared_data / "ssdd" / "images" / entry["cut_from"]["file"]), cv2.IMREAD_GRAYSCALE)
        x, y = entry["cut_from"]["bbox"][:2]
        shown, inside = scene[top : top + height, left : left + width], mask[top : top + height, left : left + width]
        likeness.append(np.corrcoef(shown[inside], origin[y : y + height, x : x + width][inside])[0, 1])
    assert np.min(likeness) > 0.9


def test_build_reads_the_same_splits_and_boxes(composed: Path, document: dict):
    corpus = sarvl.build(composed / "build.yaml", composed.parent / "corpus", workers=1)
    rows = corpus.images.select(["file", "split", "objects"]).to_pylist()
    assert {row["file"]: row["split"] for row in rows} == {
        entry["file_name"]: entry["split"] for entry in document["images"]
    }
    assert sum(len(row["objects"]) for row in rows) == len(document["annotations"])

"""Composed scenes: whose targets enter which scenes, where they stand, how they fit; same seed, same bytes."""

import json
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from types import SimpleNamespace

import cv2
import numpy as np
import pytest
import rasterio
import yaml
from pycocotools import mask as coco_mask
from typer.testing import CliRunner

import sarvl
from sarvl.annotations import AnnotatedImage
from sarvl.cli import app
from sarvl.errors import ImageError, RecipeError
from sarvl.imagery import read_image
from sarvl.recipes import load_recipe
from sarvl.simulation.coco import run_lengths
from sarvl.simulation.composing import ComposeRecipe, compose
from sarvl.simulation.composing.blending import alpha_of, blended, resampled_patch_of
from sarvl.simulation.composing.bright_parts import BrightParts
from sarvl.simulation.composing.cut_target import reach_px
from sarvl.simulation.composing.field_fitting import _of_usual_spacing
from sarvl.simulation.composing.fitted_field import draw_field, fit_field
from sarvl.simulation.composing.jpeg_tables import as_if_stored, tables_of
from sarvl.simulation.composing.local_statistics import level_of, statistics_of
from sarvl.simulation.composing.object_masks import grown
from sarvl.simulation.composing.scene import _classes_of

SIDE, LEVEL = 160, 40.0
CLASSES = ("cargo ship", "tanker", "tug")


def sea(rng: np.random.Generator, side: int = SIDE, level: float = LEVEL) -> np.ndarray:
    """Return Rayleigh amplitude of a mean level, a little correlated, as a sensor's is."""
    parts = [cv2.GaussianBlur(rng.standard_normal((side, side)), (0, 0), 0.7) for _ in range(2)]
    amplitude = np.hypot(*parts)
    return amplitude * level / amplitude.mean()


def write_set(folder: Path, images: int = 12, ending: str = ".png") -> None:
    """Write images of sea at several levels, each with two ships: one in the middle, and every third at the edge."""
    (folder / "images").mkdir(parents=True)
    rng = np.random.default_rng(0)
    entries, annotations = [], []
    for number in range(images):
        amplitude = sea(rng, level=LEVEL * rng.uniform(0.85, 1.2))
        for place in ((80, 50), (8, 110) if number % 3 == 0 else (60, 110)):
            mask = np.zeros((SIDE, SIDE), np.uint8)
            cv2.ellipse(mask, place, (12, 5), float(rng.uniform(0, 180)), 0, 360, 1, -1)
            amplitude[mask > 0] = 180 + 40 * rng.random(int(mask.sum()))
            x, y, width, height = cv2.boundingRect(mask)
            annotations.append(
                {"id": len(annotations), "image_id": number, "category_id": int(rng.integers(3)), "iscrowd": 0}
                | {"bbox": [x, y, width, height], "segmentation": run_lengths(mask > 0)}
            )
        name = f"{number // 2:02d}_{number:03d}{ending}"
        cv2.imwrite(str(folder / "images" / name), np.clip(amplitude, 0, 255).astype(np.uint8))
        entries.append({"id": number, "file_name": name, "width": SIDE, "height": SIDE})
    categories = [{"id": number, "name": name} for number, name in enumerate(CLASSES)]
    document = {"images": entries, "annotations": annotations, "categories": categories}
    (folder / "annotations.json").write_text(json.dumps(document))


RECIPE = """
seed: 3
targets:
  source: &ships
    name: ships
    format: coco
    images: images
    annotations: annotations.json
    quantity: display
    spacing_m: 10
    labelled_classes: [cargo ship, tanker, tug]
    group: {pattern: '^(?P<scene>[0-9]+)_'}
    splits: {train: 0.7, test: 0.3}
    licence: CC0
  cut: {kind: polygons}
  margin_px: 4
clutter: CLUTTER
scenes: {train: 5, test: 3}
objects: {least: 3, most: 9}
match: {variation: 2, correlation: 0.5, evenness: 3}
"""
IMAGES = "{kind: images, source: *ships, cut: {kind: polygons}}"
FITTED = "{kind: fitted, size: 256, fields: 1, chips_a_field: 3, reach_px: 6}"


def recipe_in(folder: Path, clutter: str, *changes: str) -> ComposeRecipe:
    path = folder / "compose.yaml"
    path.write_text(json.dumps(yaml.safe_load(RECIPE.replace("CLUTTER", clutter))))  # without the alias: two sources
    return load_recipe(path, ComposeRecipe, changes)


@pytest.fixture(scope="module")
def ships(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("ships")
    write_set(folder)
    return folder


@pytest.fixture(scope="module", params=[IMAGES, FITTED], ids=["images", "fitted"])
def composed(ships: Path, request: pytest.FixtureRequest) -> Path:
    out = ships / ("on_images" if request.param == IMAGES else "on_fields")
    return compose(recipe_in(ships, request.param), out, workers=1)


def document_of(folder: Path) -> dict:
    return json.loads((folder / "annotations.json").read_text())


def masks_of(document: dict) -> dict[int, list[np.ndarray]]:
    masks: dict[int, list[np.ndarray]] = {entry["id"]: [] for entry in document["images"]}
    for entry in document["annotations"]:
        height, width = entry["segmentation"]["size"]
        runs = coco_mask.frPyObjects(entry["segmentation"], height, width)
        masks[entry["image_id"]].append(coco_mask.decode(runs).astype(bool))
    return masks


def test_all_that_is_in_a_scene_is_of_its_split(composed: Path, ships: Path):
    document = document_of(composed)
    splits = {entry["id"]: entry["split"] for entry in document["images"]}
    assert Counter(splits.values()) == {"train": 5, "test": 3}
    corpus = sarvl.build(build_recipe(ships), composed.parent / f"{composed.name}_of", workers=1)
    of_build = dict(zip(corpus.images["file"].to_pylist(), corpus.images["split"].to_pylist(), strict=True))
    for entry in document["annotations"]:
        origin = entry.get("cut_from") or entry["of_the_clutter"]
        assert origin["split"] == splits[entry["image_id"]] == of_build[origin["file"]]
    for entry in document["images"]:
        chips = entry["clutter"].get("chips") or [entry["clutter"]["file"]]
        assert {of_build[chip] for chip in chips} == {entry["split"]}
        assert entry["file_name"].startswith(f"{entry['split']}/{entry['group']}-")


def build_recipe(ships: Path) -> Path:
    text = RECIPE.partition("targets:\n")[2].partition("  cut:")[0].partition("source: &ships\n")[2]
    lines = [line.removeprefix("    ") for line in text.splitlines()]
    path = ships / "build.yaml"
    path.write_text("seed: 3\nsources:\n  - " + "\n    ".join(lines) + "\n")
    return path


def test_boxes_are_tight_and_targets_are_apart(composed: Path):
    document = document_of(composed)
    masks = masks_of(document)
    assert sum(map(len, masks.values())) > 25
    for entry, mask in zip(document["annotations"], (m for those in masks.values() for m in those), strict=True):
        left, top, width, height = entry["bbox"]
        assert cv2.boundingRect(mask.astype(np.uint8)) == (left, top, width, height)
        assert entry["area"] == mask.sum()
    for those in masks.values():
        assert np.sum(those, axis=0).max() <= 1
        wide = [cv2.dilate(mask.astype(np.uint8), np.ones((5, 5), np.uint8)) for mask in those]
        assert np.sum(wide, axis=0).max() <= 1


def test_targets_are_where_the_masks_say_and_as_bright_as_they_were(composed: Path, ships: Path):
    document = document_of(composed)
    files = {entry["id"]: entry["file_name"] for entry in document["images"]}
    pairs = zip(document["annotations"], (m for those in masks_of(document).values() for m in those), strict=True)
    cut = [(entry, mask) for entry, mask in pairs if "cut_from" in entry]
    assert len(cut) > 15
    for entry, mask in cut:
        pixels = read_image(composed / "images" / files[entry["image_id"]]).pixels[0].astype(float)
        left, top, width, height = entry["bbox"]
        here = np.s_[top : top + height, left : left + width]
        origin = read_image(ships / "images" / entry["cut_from"]["file"]).pixels[0].astype(float)
        x0, y0, wide, high = entry["cut_from"]["bbox"]
        gain = 10 ** (entry["gain_db"][0] / 20)
        expected = np.minimum(origin[y0 : y0 + high, x0 : x0 + wide] * gain, 255)
        np.testing.assert_allclose(pixels[here][mask[here]], expected[mask[here]], atol=1.3 * max(1, gain))


def test_the_level_around_a_target_is_that_of_the_clutter(composed: Path):
    document = document_of(composed)
    masks, ratios = masks_of(document), []
    for entry in document["images"]:
        pixels = read_image(composed / "images" / entry["file_name"]).pixels[0].astype(np.float32)
        every = np.any(masks[entry["id"]], axis=0).astype(np.uint8)
        distance = cv2.distanceTransform(1 - every, cv2.DIST_L2, 5)
        own = pixels[(distance > 1) & (distance < 4)].mean()
        ratios.append(own / pixels[(distance > 8) & (distance < 24)].mean())
    assert np.mean(ratios) == pytest.approx(1, abs=0.03)
    assert all(abs(gain) <= 3 for entry in document["annotations"] for gain in entry.get("gain_db", ()))


SQUARES = ("clutter.size=64", "clutter.largest_size=96", "objects={most: 4, empty_share: 0.4}")


@pytest.mark.parametrize(("clutter", "changes"), [(FITTED, ()), (IMAGES, SQUARES)], ids=["fitted", "squares"])
def test_a_seed_gives_the_bytes_whatever_the_workers(ships: Path, tmp_path: Path, clutter: str, changes: tuple):
    changes = ("scenes={train: 6}", *changes)
    recipe = recipe_in(ships, clutter, *changes)
    one, two = (compose(recipe, tmp_path / str(workers), workers) for workers in (1, 2))
    assert contents(one) == contents(two)
    other = compose(recipe_in(ships, clutter, *changes, "seed=4"), tmp_path / "other", 1)
    assert contents(one) != contents(other)


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_refusals_are_counted_with_their_reasons(composed: Path):
    info = document_of(composed)["info"]
    refused = json.loads((composed / "refused.json").read_text())
    assert info["refused"] == {"touches the edge of its image, or its margin does": 4}
    assert [entry["reason"] for entry in refused] == ["touches the edge of its image, or its margin does"] * 4
    assert all(entry["class_name"] in CLASSES and entry["file"] for entry in refused)


def test_what_has_no_room_is_not_set_in_and_counted(ships: Path, tmp_path: Path):
    crowded = recipe_in(ships, FITTED, "scenes={train: 1}", "objects={least: 30, most: 30}", "clutter.size=64")
    document = document_of(compose(crowded, tmp_path / "out", 1))
    assert len(document["annotations"]) < 6
    assert document["info"]["not_set"]["no free place with clutter like its own"] >= 1


def test_scenes_with_fewer_objects_than_asked_for_are_told_with_the_reason(ships: Path, tmp_path: Path):
    recipe_in(ships, FITTED)
    arguments = ["compose", str(ships / "compose.yaml"), "--out", str(tmp_path / "out"), "--workers", "1"]
    changes = ["scenes={train: 2}", "objects={least: 40, most: 40}"]
    told = CliRunner().invoke(app, [*arguments, *(f"--set={change}" for change in changes)], catch_exceptions=False)
    assert "2 of 2 scenes have fewer objects than `objects.least` asks for" in told.output
    document = document_of(tmp_path / "out")
    short = 2 * 40 - len(document["annotations"])
    assert 0 < document["info"]["not_set"]["no target of its class is left"] <= short


def test_objects_of_the_clutter_count_towards_most_and_classes(ships: Path, tmp_path: Path):
    changes = ("scenes={train: 8, test: 4}", "objects={least: 4, most: 4, classes: 2}")
    document = document_of(compose(recipe_in(ships, IMAGES, *changes), tmp_path / "out", 1))
    for entry in document["images"]:
        those = [each["category_id"] for each in document["annotations"] if each["image_id"] == entry["id"]]
        assert len(those) <= 4 and len(set(those)) <= 2
    with pytest.raises(ImageError, match=r"\(\d+ refused, .* than a scene may have\); raise `objects.most` or"):
        compose(recipe_in(ships, IMAGES, "objects={most: 1}"), tmp_path / "none", 1)


def test_classes_of_the_clutter_leave_room_for_fewer_new_ones():
    suited = {"tanker": [], "tug": [], "cargo ship": []}
    for seed in range(20):
        rng = np.random.default_rng(seed)
        assert len({"barge", *_classes_of(suited, {"barge"}, 30, 2, rng)}) == 2
        assert set(_classes_of(suited, {"barge", "tug"}, 30, 2, rng)) == {"tug"}
        assert _classes_of(suited, {"barge", "quay"}, 30, 2, rng) == []


def test_the_part_of_an_image_that_is_shown_has_no_more_objects_than_asked_for(ships: Path, tmp_path: Path):
    changes = ("clutter.size=96", "objects={least: 1, most: 1}", "scenes={train: 12}")
    document = document_of(compose(recipe_in(ships, IMAGES, *changes), tmp_path / "out", 1))
    counts = Counter(entry["image_id"] for entry in document["annotations"])
    assert set(counts.values()) == {1}
    corners = {tuple(entry["clutter"]["corner"]) for entry in document["images"]}
    assert len(corners) > 3


def test_a_share_of_the_scenes_shows_no_object(ships: Path, tmp_path: Path):
    changes = ("clutter.size=64", "objects={least: 2, most: 3, empty_share: 0.5}", "scenes={train: 24}")
    for name, clutter in (("images", IMAGES), ("fields", FITTED)):
        document = document_of(compose(recipe_in(ships, clutter, *changes), tmp_path / name, 1))
        counts = Counter(entry["image_id"] for entry in document["annotations"])
        empty = [entry for entry in document["images"] if not counts[entry["id"]]]
        assert 6 <= len(empty) <= 18
        assert document["info"]["below_least"] <= 24 - len(empty)  # none was asked of these


def test_squares_of_several_sizes_are_cut_from_images(ships: Path, tmp_path: Path):
    changes = ("clutter.size=64", "clutter.largest_size=96", "objects={most: 4, empty_share: 0.3}", "scenes={train: 9}")
    out = compose(recipe_in(ships, IMAGES, *changes), tmp_path / "out", 1)
    document = document_of(out)
    sides = {(entry["width"], entry["height"]) for entry in document["images"]}
    assert len(sides) > 3
    assert all(width == height and 64 <= width <= 96 for width, height in sides)
    for entry in document["images"]:
        assert cv2.imread(str(out / "images" / entry["file_name"])).shape[:2] == (entry["height"], entry["width"])
    for wrong, told in (("96", "size is 96, where largest_size is 64"), ("null", "no size, where")):
        with pytest.raises(RecipeError, match=told):
            recipe_in(ships, IMAGES, f"clutter.size={wrong}", "clutter.largest_size=64")


def boxes_by_file(folder: Path) -> dict[str, list[tuple[int, ...]]]:
    """Return the boxes (left, top, right, bottom) of the objects of each image of a set."""
    document = json.loads((folder / "annotations.json").read_text())
    names = {entry["id"]: entry["file_name"] for entry in document["images"]}
    boxes: dict[str, list[tuple[int, ...]]] = {}
    for entry in document["annotations"]:
        left, top, width, height = entry["bbox"]
        boxes.setdefault(names[entry["image_id"]], []).append((left, top, left + width, top + height))
    return boxes


def overlap(one: tuple[int, ...], other: tuple[int, ...]) -> int:
    """Return the pixels that two boxes share."""
    width, height = (min(one[2 + axis], other[2 + axis]) - max(one[axis], other[axis]) for axis in range(2))
    return max(0, width) * max(0, height)


def test_a_part_without_objects_is_as_far_from_those_of_its_image_as_targets_reach(ships: Path, tmp_path: Path):
    recipe = recipe_in(ships, IMAGES, "clutter.size=64", "objects={most: 3, empty_share: 0.9}", "scenes={train: 24}")
    document = document_of(compose(recipe, tmp_path / "out", 1))
    occupied = {entry["image_id"] for entry in document["annotations"]}
    empty = [entry["clutter"] for entry in document["images"] if entry["id"] not in occupied]
    boxes, reach = boxes_by_file(ships), recipe.targets.margin_px
    assert len(empty) > 12
    for clutter in empty:
        left, top = clutter["corner"]
        around = left - reach, top - reach, left + 64 + reach, top + 64 + reach
        assert not any(overlap(around, box) for box in boxes[clutter["file"]])


def test_of_each_object_of_the_clutter_a_quarter_of_the_pixels_is_shown_or_nothing(ships: Path, tmp_path: Path):
    changes = ("clutter.size=64", "objects={least: 1, most: 2}", "scenes={train: 40}")
    document = document_of(compose(recipe_in(ships, IMAGES, *changes), tmp_path / "out", 1))
    source, shares = document_of(ships), []
    masks, ids = masks_of(source), {entry["file_name"]: entry["id"] for entry in source["images"]}
    for clutter in (entry["clutter"] for entry in document["images"]):
        left, top = clutter["corner"]
        shares += [m[top : top + 64, left : left + 64].sum() / m.sum() for m in masks[ids[clutter["file"]]]]
    assert any(0 < share < 1 for share in shares)
    assert all(share == 0 or share >= 0.25 for share in shares)


def test_scenes_that_show_objects_though_none_was_asked_for_are_told(ships: Path, tmp_path: Path):
    """Regression: whole images with ships each took no heed of `empty_share`, without a word."""
    recipe_in(ships, IMAGES)
    changes = ["scenes={train: 4}", "objects={most: 3, empty_share: 0.95}"]
    arguments = ["compose", str(ships / "compose.yaml"), "--out", str(tmp_path / "out"), "--workers", "1"]
    told = CliRunner().invoke(app, [*arguments, *(f"--set={change}" for change in changes)], catch_exceptions=False)
    assert "scenes show objects where `objects.empty_share` asks for none" in told.output
    assert document_of(tmp_path / "out")["info"]["not_empty"] > 1


def test_an_image_of_which_no_square_shows_enough_of_an_object_is_refused_with_the_reason(ships: Path, tmp_path: Path):
    document = json.loads((ships / "annotations.json").read_text())
    boxes = [
        {"id": entry["id"], "image_id": entry["id"], "category_id": 0, "iscrowd": 0, "bbox": [2, 2, 150, 150]}
        for entry in document["images"]
    ]
    (tmp_path / "large.json").write_text(json.dumps(document | {"annotations": boxes}))
    changes = ("clutter.size=64", "clutter.cut=null", f"clutter.source.annotations={tmp_path / 'large.json'}")
    with pytest.raises(ImageError, match=r"shows a quarter of each.*`clutter.size`"):
        compose(recipe_in(ships, IMAGES, *changes), tmp_path / "out", 1)


def test_a_set_without_objects_says_what_is_labelled(ships: Path, tmp_path: Path):
    changes = ("clutter.size=64", "objects={most: 3, empty_share: 0.99}", "scenes={train: 3}")
    changes = (*changes, "clutter.source.labelled_classes=[tug, tanker]")
    out = compose(recipe_in(ships, IMAGES, *changes), tmp_path / "out", 1)
    document = document_of(out)
    assert not document["annotations"]
    assert [entry["name"] for entry in document["categories"]] == ["tanker", "tug"]
    corpus = sarvl.build(out / "build.yaml", tmp_path / "corpus", workers=1)
    assert corpus


def test_targets_cover_each_other_only_where_that_is_asked_for(ships: Path, tmp_path: Path):
    changes = ("scenes={train: 2}", "objects={least: 12, most: 12}", "clutter.size=64", "overlap=true")
    document = document_of(compose(recipe_in(ships, FITTED, *changes), tmp_path / "out", 1))
    assert len(document["annotations"]) > 6
    for those in masks_of(document).values():
        assert np.sum(those, axis=0).max() == 1  # what is covered is no part of a mask


def test_a_quarter_is_seen_of_each_target_that_others_cover(ships: Path, tmp_path: Path):
    changes = ("scenes={train: 6}", "objects={least: 12, most: 12}", "clutter.size=64", "overlap=true")
    document = document_of(compose(recipe_in(ships, FITTED, *changes), tmp_path / "out", 1))
    given = document_of(ships)
    files = {entry["id"]: entry["file_name"] for entry in given["images"]}
    whole = {(files[e["image_id"]], *e["bbox"]): sum(e["segmentation"]["counts"][1::2]) for e in given["annotations"]}
    cut = [(entry["area"], entry["cut_from"]) for entry in document["annotations"]]
    seen = [area / whole[entry["file"], *entry["bbox"]] for area, entry in cut]
    assert min(seen) >= 0.25 and sorted(seen)[len(seen) // 4] < 0.9


def test_boxes_of_what_was_cut_out_or_refused_have_the_form_of_coco(composed: Path, ships: Path):
    given = document_of(ships)
    files = {entry["id"]: entry["file_name"] for entry in given["images"]}
    boxes = {(files[entry["image_id"]], *entry["bbox"]) for entry in given["annotations"]}
    cut = [entry["cut_from"] for entry in document_of(composed)["annotations"] if "cut_from" in entry]
    refused = json.loads((composed / "refused.json").read_text())
    assert {(entry["file"], *entry["bbox"]) for entry in [*cut, *refused]} <= boxes


def test_build_reads_what_compose_writes(composed: Path, tmp_path: Path):
    corpus = sarvl.build(composed / "build.yaml", tmp_path / "corpus", workers=1)
    document = document_of(composed)
    assert Counter(corpus.images["split"].to_pylist()) == {"train": 5, "test": 3}
    assert sum(len(objects) for objects in corpus.images["objects"].to_pylist()) == len(document["annotations"])
    groups = dict(zip(corpus.images["file"].to_pylist(), corpus.images["group"].to_pylist(), strict=True))
    assert groups == {entry["file_name"]: entry["group"] for entry in document["images"]}
    assert corpus.info.counts.rejects == {}


def test_what_stands_there_is_not_overwritten(ships: Path, tmp_path: Path):
    (tmp_path / "kept").write_text("mine")
    with pytest.raises(ImageError, match="exists and is not an empty folder"):
        compose(recipe_in(ships, FITTED), tmp_path, 1)
    assert [path.name for path in tmp_path.iterdir()] == ["kept"]


def test_spacings_that_differ_or_are_unknown_are_refused(ships: Path, tmp_path: Path):
    far = recipe_in(ships, IMAGES, "clutter.source.spacing_m=16", "scenes={train: 1}")
    with pytest.raises(
        ImageError, match=r"split train: no target fits any clutter .*: of another spacing\); set `match"
    ):
        compose(far, tmp_path / "out", 1)
    unknown = recipe_in(ships, IMAGES, "clutter.source.spacing_m=null", "scenes={train: 1}")
    with pytest.raises(
        ImageError, match=r"no file says the spacing of both.*; give each source its `spacing_m`, or set"
    ):
        compose(unknown, tmp_path / "out", 1)
    unlike = recipe_in(ships, IMAGES, "match={variation: 1, most_gain_db: 0}", "scenes={train: 1}")
    with pytest.raises(ImageError, match=r"clutter of another level or grain.*; raise `match.most_gain_db`"):
        compose(unlike, tmp_path / "out", 1)
    assert not (tmp_path / "out").exists()


def test_a_target_of_another_spacing_is_resampled_where_that_is_asked_for(ships: Path, tmp_path: Path):
    changes = (
        "clutter.source.spacing_m=16",
        "match.beyond_spacing=resample",
        "match.correlation=2",
        "scenes={train: 3}",
    )
    document = document_of(compose(recipe_in(ships, IMAGES, *changes), tmp_path / "out", 1))
    cut = [entry for entry in document["annotations"] if "cut_from" in entry]
    assert cut
    for entry in cut:
        assert entry["resampled"] == [0.625, 0.625]
        assert entry["bbox"][2] == pytest.approx(0.625 * entry["cut_from"]["bbox"][2], abs=1.5)


@pytest.mark.parametrize("factors", [(1 / 3, 1 / 3), (0.4, 0.7), (0.2, 1.8), (2.5, 2.5), (0.9, 0.85)])
def test_a_resampled_target_brings_nothing_along_that_was_not_looked_at(ships: Path, factors: tuple[float, float]):
    recipe = recipe_in(ships, IMAGES)
    mask = np.zeros((90, 90), bool)
    mask[35:55, 30:60] = True
    reach = reach_px(recipe)
    ring = grown(mask, reach + 8) & ~grown(mask, reach)
    ring[:, 70:] = False  # since another object is near
    looked_at = grown(mask, reach) | grown(ring, 3)
    amplitude = np.where(looked_at, 1.0, 1000.0).astype(np.float32)
    patch = resampled_patch_of(amplitude[None], (mask, mask, ring), recipe, factors)
    assert patch.mask.sum() == pytest.approx(mask.sum() * np.prod(factors), rel=0.2)
    assert patch.alpha[patch.mask].min() == 1
    assert patch.ring.sum() > 0.4 * ring.sum() * np.prod(factors)
    assert patch.amplitude[0][(patch.alpha > 0) | patch.ring].max() < 1.1


def test_a_resampled_target_is_matched_by_the_grain_that_it_then_has(ships: Path, tmp_path: Path):
    changes = [
        "clutter.source.spacing_m=30",
        "match.beyond_spacing=resample",
        "match.correlation=2",
        "scenes={train: 2}",
    ]
    changes += ["match.variation=1.3"]  # a third of the size has about a third of the variation
    with pytest.raises(ImageError, match=r"no target fits any clutter .* clutter of another level or grain"):
        compose(recipe_in(ships, IMAGES, *changes), tmp_path / "out", 1)


def test_targets_and_clutter_of_two_quantities_are_an_error(ships: Path, tmp_path: Path):
    recipe = recipe_in(ships, IMAGES, "clutter.source.quantity=amplitude")
    with pytest.raises(ImageError, match=r"pixels differ: targets are display .* one quantity"):
        compose(recipe, tmp_path / "out", 1)


def test_clutter_with_a_crowd_is_refused_since_nobody_knows_how_many_are_there(ships: Path, tmp_path: Path):
    document = document_of(ships)
    document["annotations"][0]["iscrowd"] = 1
    (tmp_path / "annotations.json").write_text(json.dumps(document))
    (tmp_path / "images").symlink_to(ships / "images")
    out = compose(recipe_in(tmp_path, IMAGES, "scenes={train: 9}"), tmp_path / "out", 1)
    told = document_of(out)
    crowded = document["images"][0]["file_name"]
    assert crowded not in {entry["clutter"]["file"] for entry in told["images"]}
    assert told["info"]["refused"]["clutter of whose objects some are refused, or a crowd"] == 1


@pytest.mark.parametrize(
    ("quantity", "kind"), [("intensity", "uint16"), ("amplitude", "int16"), ("amplitude", "uint8")]
)
def test_digital_numbers_are_written_as_the_type_that_they_were_read_from(
    ships: Path, tmp_path: Path, quantity: str, kind: str
):
    write_tiffs(ships, tmp_path, lambda grey: grey.astype(kind) // (2 if kind == "uint8" else 1))
    changes = (f"targets.source.quantity={quantity}", f"clutter.source.quantity={quantity}", "scenes={train: 2}")
    out = compose(recipe_in(tmp_path, IMAGES, *changes), tmp_path / "out", 1)
    scenes = [read_image(path) for path in sorted(out.rglob("*.tif"))]
    assert {scene.full_scale for scene in scenes} == {float(np.iinfo(kind).max)}
    first = read_image(next((tmp_path / "images").glob("*.tif")), quantity)
    assert scenes[0].pixels.mean() == pytest.approx(first.pixels.mean(), rel=0.5)


def test_bands_keep_their_number_and_their_names(ships: Path, tmp_path: Path):
    names = ("VV", "VH")
    write_tiffs(ships, tmp_path, lambda grey: np.stack([grey, grey[::-1] + 1.0]).astype(np.float32), names)
    changes = ("targets.source.quantity=amplitude", "clutter.source.quantity=amplitude", "scenes={train: 1}")
    (scene,) = compose(recipe_in(tmp_path, IMAGES, *changes), tmp_path / "two", 1).rglob("*.tif")
    assert read_image(scene).bands == names
    (tmp_path / "colours").mkdir()
    write_tiffs(ships, tmp_path / "colours", lambda grey: np.stack([grey, grey // 2, grey // 3]))
    (scene,) = compose(recipe_in(tmp_path / "colours", IMAGES, "scenes={train: 1}"), tmp_path / "three", 1).rglob(
        "*.tif"
    )
    assert read_image(scene).bands == ("red", "green", "blue")


@pytest.mark.parametrize("bands", [("2",), ("2", "1"), ("1", "2")])
def test_bands_without_a_name_keep_their_number(ships: Path, tmp_path: Path, bands: tuple[str, ...]):
    write_tiffs(ships, tmp_path, lambda grey: np.stack([grey, grey[::-1] + 1.0]).astype(np.float32))
    changes = [f"{part}.source.quantity=amplitude" for part in ("targets", "clutter")]
    changes += [f"{part}.source.bands={json.dumps(bands)}" for part in ("targets", "clutter")]
    out = compose(
        recipe_in(tmp_path, IMAGES, *changes, "scenes={train: 1}", "match.correlation=2"), tmp_path / "out", 1
    )
    (scene,) = out.rglob("*.tif")
    assert read_image(scene).bands == bands
    assert sarvl.build(out / "build.yaml", tmp_path / "corpus", 1).images["bands"].to_pylist() == [list(bands)]


def test_all_bands_of_a_place_are_like_those_around_the_target(ships: Path, tmp_path: Path):
    rough, smooth = tmp_path / "rough", tmp_path / "smooth"
    for folder in (rough, smooth):
        folder.mkdir()
    write_tiffs(ships, rough, lambda grey: np.stack([grey, grey[::-1]]).astype(np.float32))
    write_tiffs(ships, smooth, lambda grey: np.stack([grey, cv2.blur(grey, (9, 9))]).astype(np.float32))
    changes = [f"{part}.source.quantity=amplitude" for part in ("targets", "clutter")]
    changes += [f"clutter.source.images={smooth / 'images'}", "clutter.cut=null", "scenes={train: 2}"]
    changes += ["match={variation: 2, correlation: 2, evenness: 3}"]
    with pytest.raises(ImageError, match=r"no target fits any clutter .* clutter of another level or grain"):
        compose(recipe_in(rough, IMAGES, *changes), tmp_path / "out", 1)


def write_tiffs(
    ships: Path, folder: Path, change: Callable[[np.ndarray], np.ndarray], names: Sequence[str] = ()
) -> None:
    """Write the set once more as TIFF files of other pixels."""
    document = document_of(ships)
    (folder / "images").mkdir()
    for entry in document["images"]:
        pixels = np.atleast_3d(change(cv2.imread(str(ships / "images" / entry["file_name"]), 0)).T).T
        entry["file_name"] = f"{Path(entry['file_name']).stem}.tif"
        shape = {"count": len(pixels), "height": SIDE, "width": SIDE, "dtype": pixels.dtype.name}
        with rasterio.open(folder / "images" / entry["file_name"], "w", driver="GTiff", **shape) as target:
            target.write(pixels)
            if names:
                target.descriptions = names
    (folder / "annotations.json").write_text(json.dumps(document))


def test_fields_are_fitted_to_chips_of_the_kind_that_most_are(ships: Path, tmp_path: Path):
    write_tiffs(ships, tmp_path, lambda grey: grey)
    for path in sorted((tmp_path / "images").iterdir())[::6]:
        grey = cv2.imread(str(path), 0)
        cv2.imwrite(str(path), np.dstack([grey, grey // 2, grey // 3]))
    changes = ("targets.source.splits={train: 1}", "clutter.size=64", "clutter.reach_px=2", "scenes={train: 1}")
    told = document_of(compose(recipe_in(tmp_path, FITTED, *changes), tmp_path / "out", 1))
    assert "is display (red, green, blue); most are display (gray)" in told["info"]["refused"]


def test_chips_of_two_spacings_give_fields_of_the_commoner_one():
    spaced = SimpleNamespace(spacing_m=(1.0, 1.0)), SimpleNamespace(spacing_m=(10.0, 10.0))
    assert _of_usual_spacing([*spaced], 1.5) == [spaced[1]]
    assert _of_usual_spacing([spaced[0], *spaced], 1.5) == [spaced[0]] * 2


def test_a_target_that_resampling_leaves_too_small_is_refused(ships: Path, tmp_path: Path):
    changes = ("clutter.source.spacing_m=200", "match.beyond_spacing=resample", "match.correlation=2")
    with pytest.raises(ImageError, match=r"too few pixels once it is resampled\); give clutter of finer spacing"):
        compose(recipe_in(ships, IMAGES, *changes, "scenes={train: 2}"), tmp_path / "out", 1)


def test_targets_without_a_measurement_around_them_are_refused(ships: Path, tmp_path: Path):
    write_tiffs(ships, tmp_path, lambda grey: np.where(grey > 150, grey, 0).astype(np.uint8))
    told = r"split train has no target \(\d+ refused, \d+ of them: its surroundings are all of one value"
    with pytest.raises(ImageError, match=told):
        compose(recipe_in(tmp_path, FITTED), tmp_path / "out", 1)


def test_a_reason_that_is_the_only_one_keeps_its_advice(ships: Path, tmp_path: Path):
    write_tiffs(ships, tmp_path, lambda grey: grey.astype(np.complex64))
    quantity = "targets.source.quantity=complex"
    with pytest.raises(ImageError, match=r"of them: complex pixels .* no seam can match\); detect them first$"):
        compose(recipe_in(tmp_path, FITTED, quantity), tmp_path / "out", 1)


def test_entries_that_are_no_objects_are_refused_in_one_line(ships: Path, tmp_path: Path):
    document = document_of(ships)
    document["images"].append(5)
    (tmp_path / "annotations.json").write_text(json.dumps(document))
    (tmp_path / "images").symlink_to(ships / "images")
    told = document_of(compose(recipe_in(tmp_path, IMAGES, "scenes={train: 1}"), tmp_path / "out", 1))
    assert told["info"]["refused"]["entry has no id or no file_name"] == 2  # of the targets, and of the clutter
    document["annotations"].append(7)  # which may be an object of any image
    (tmp_path / "annotations.json").write_text(json.dumps(document))
    with pytest.raises(ImageError, match=r"no clutter \(\d+ refused, .* clutter of whose objects some are refused"):
        compose(recipe_in(tmp_path, IMAGES, "scenes={train: 1}"), tmp_path / "none", 1)


def test_a_split_without_targets_is_an_error(ships: Path, tmp_path: Path):
    with pytest.raises(ImageError, match="split val has no target"):
        compose(recipe_in(ships, FITTED, "scenes={val: 1}"), tmp_path / "out", 1)
    with pytest.raises(RecipeError, match="objects: least is 9, more than most, 3"):
        recipe_in(ships, FITTED, "objects={least: 9, most: 3}")


@pytest.mark.parametrize("clutter", [FITTED, IMAGES], ids=["fitted", "images"])
def test_copies_of_an_image_are_of_one_split(tmp_path: Path, clutter: str):
    write_set(tmp_path, images=6)
    for number in range(0, 6, 2):
        copied = (tmp_path / "images" / f"{number // 2:02d}_{number:03d}.png").read_bytes()
        (tmp_path / "images" / f"{(number // 2 + 1) % 3:02d}_{(number + 3) % 6:03d}.png").write_bytes(copied)
    halves = "splits={train: 0.5, test: 0.5}"
    changes = [f"targets.source.{halves}", *([f"clutter.source.{halves}"] if clutter == IMAGES else [])]
    document = document_of(compose(recipe_in(tmp_path, clutter, *changes, "scenes={test: 2}"), tmp_path / "out", 1))
    refused = document["info"]["refused"]
    assert refused["the same bytes as an image of another split"] >= 2
    assert ("clutter of the same bytes as an image of another split" in refused) == (clutter == IMAGES)


def test_targets_of_jpeg_files_keep_their_place_within_the_blocks(tmp_path: Path):
    write_set(tmp_path, ending=".jpg")
    out = compose(recipe_in(tmp_path, IMAGES, "scenes={train: 4}"), tmp_path / "out", 1)
    cut = [entry for entry in document_of(out)["annotations"] if "cut_from" in entry]
    assert len(cut) > 5
    for entry in cut:
        left, top, *_ = entry["bbox"]
        x0, y0, *_ = entry["cut_from"]["bbox"]
        assert ((left - x0) % 8, (top - y0) % 8) == (0, 0)
    scene = read_image(out / "images" / document_of(out)["images"][0]["file_name"]).pixels[0]
    tables = tables_of(next((tmp_path / "images").glob("*.jpg")))
    again = as_if_stored(scene, tables)
    assert np.mean(again != scene) < 0.02  # it is as such a file keeps it already


def test_mixing_two_grains_keeps_level_and_variance():
    rng = np.random.default_rng(0)
    clutter, target = (sea(rng, 256).astype(np.float32)[None] for _ in range(2))
    joined = blended(clutter, target, np.full((256, 256), 0.5, np.float32), np.array([LEVEL], np.float32))
    assert joined.mean() == pytest.approx(LEVEL, rel=0.02)
    assert joined.std() == pytest.approx(clutter.std(), rel=0.04)


def test_the_seam_runs_at_the_margin():
    mask = np.zeros((40, 40), bool)
    mask[18:22, 18:22] = True
    alpha = alpha_of(mask, 5, 2)
    row = alpha[20]
    assert row[22 + 3] == 1  # 4 px from the outline
    assert row[22 + 4] == pytest.approx(0.75)
    assert row[22 + 5] == pytest.approx(0.25)
    assert row[22 + 6] == 0


def test_a_fitted_field_has_the_distribution_and_the_correlation_of_the_margins():
    rng = np.random.default_rng(1)
    where = np.ones((SIDE, SIDE), bool)
    where[60:100, 60:100] = False
    chips = [np.stack([sea(rng), 3 * sea(rng)]).astype(np.float32) for _ in range(4)]
    for chip in chips:
        chip[:, ~where] = 255  # what is in the middle must not matter
    drawn = draw_field(fit_field([(chip, where) for chip in chips], 8), 256, np.random.default_rng(2))
    for band, scale in zip(drawn, (1, 3), strict=True):
        expected = statistics_of(sea(rng, 256).astype(np.float32) * scale, np.ones((256, 256), bool))
        np.testing.assert_allclose(statistics_of(band, np.ones((256, 256), bool)), expected, rtol=0.06, atol=0.02)
    assert abs(np.corrcoef(drawn[0].ravel(), drawn[1].ravel())[0, 1]) < 0.1


def test_the_level_of_a_ring_does_not_heed_its_brightest_pixels():
    amplitude = np.full((1, 20, 20), 10, np.float32)
    amplitude[0, :2, :5] = 200
    assert level_of(amplitude, np.ones((20, 20), bool)) == pytest.approx([10])


def test_the_bright_part_in_the_middle_is_the_target_and_others_have_no_name():
    rng = np.random.default_rng(0)
    amplitude = sea(rng, 90).astype(np.float32)
    amplitude[40:50, 35:60] = 900
    amplitude[10:16, 70:80] = 900
    image = AnnotatedImage("chip.tif", Path("chip.tif"), 90, 90, label="ship", label_names=("ship",))
    target, other = BrightParts(kind="bright").masks(image, None, amplitude[None])
    assert target.class_name == "ship"
    assert target.mask[40:50, 35:60].all()
    assert target.mask.sum() < 2 * 250
    assert (other.class_name, bool(other.mask[12, 75])) == ("", True)
    with pytest.raises(ImageError, match="nothing bright in its middle"):
        BrightParts(kind="bright", deviations=8).masks(image, None, sea(rng, 90).astype(np.float32)[None])

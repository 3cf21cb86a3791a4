"""The dry run: its numbers against a count by hand, and nothing of a run left behind."""

from pathlib import Path

import cv2
import numpy as np
import pytest
import yaml
from micro import make_corpus, make_model, micro_model
from typer.testing import CliRunner

from sarvl import cli
from sarvl.errors import CorpusError, ModelError
from sarvl.imagery import InputContract, Patches, PreparedImages, Quantity, SarImage
from sarvl.models import load_model, save_model
from sarvl.models.clips.clip import Clip
from sarvl.models.open_clip.networks import untrained_network
from sarvl.training import dry_run
from sarvl.training.planning import StagePlan, byte_shares, parts_shown, write_picture

VIT = {"image_size": 32, "layers": 2, "width": 16, "head_width": 8, "patch_size": 8}
TILED = {"kind": "tiled", "tile": 32, "most_tiles": 6}


@pytest.fixture(scope="module")
def corpus(tmp_path_factory) -> Path:
    return make_corpus(tmp_path_factory.mktemp("data"), chips=4).folder


def vit(folder: Path) -> Path:
    """Save a small transformer as a checkpoint."""
    micro = micro_model(folder)
    config = {**micro.config, "vision_cfg": VIT}
    model = Clip("vit", untrained_network(config), micro.contract, config, micro.tokenizer)
    save_model(model, folder / "vit", {}, "none")
    return folder / "vit"


def recipe_of(folder: Path, corpus: Path, model: dict, **stage: object) -> Path:
    fields = {"name": "one", "corpus": str(corpus), "batch_size": 8, "learning_rate": 1e-2, "epochs": 3, **stage}
    path = folder / "train.yaml"
    path.write_text(yaml.safe_dump({"seed": 5, "model": model, "stages": [fields]}))
    return path


def planned(folder: Path, corpus: Path, model: dict, **stage: object) -> StagePlan:
    (plan,) = dry_run(recipe_of(folder, corpus, model, **stage), str(folder / "train"), workers=1)
    return plan


def flops_of_vit(side: int) -> int:
    """Count a transformer of two layers, a multiplication and its addition as two."""
    patches, width = (side // 8) ** 2, 16
    tokens = patches + 1
    patching = 2 * patches * width * 3 * 8 * 8
    layer = 2 * tokens * width * (3 * width + width + 2 * 4 * width) + 2 * 2 * tokens * tokens * width
    return patching + 2 * layer + 2 * width * 16  # the last: the projection


@pytest.mark.parametrize("freeze", [(), ("image",)])
def test_operations_of_an_image_are_those_counted_by_hand(corpus, tmp_path, freeze):
    start = {"start": str(vit(tmp_path))}
    plan = planned(tmp_path, corpus, start, freeze=list(freeze))
    assert plan.cost.image_flops == flops_of_vit(32)
    larger = planned(tmp_path, corpus, {**start, "frame": {"kind": "square", "size": 64}})
    assert larger.cost.image_flops == flops_of_vit(64)


def test_tiles_cost_as_many_times_as_there_are_and_a_reader_little(corpus, tmp_path):
    start = {"start": str(vit(tmp_path)), "frame": TILED}
    mean = planned(tmp_path, corpus, {**start, "reader": {"kind": "mean"}})
    assert 1 < mean.tiles_an_image < 5
    assert mean.cost.image_flops == pytest.approx(flops_of_vit(32) * mean.tiles_an_image)
    attention = planned(tmp_path, corpus, {**start, "reader": {"kind": "attention", "heads": 2}})
    assert 1 < attention.cost.image_flops / mean.cost.image_flops < 1.1


def test_a_step_of_a_frozen_tower_costs_less_and_keeps_less(corpus, tmp_path):
    start = {"start": str(make_model(tmp_path))}
    whole, frozen = (planned(tmp_path, corpus, start, freeze=freeze) for freeze in ([], ["image"]))
    assert frozen.cost.image_flops == whole.cost.image_flops
    assert whole.cost.step_flops > frozen.cost.step_flops > 8 * frozen.cost.image_flops
    assert frozen.cost.batch_bytes < whole.cost.batch_bytes
    network = load_model(tmp_path / "model").network
    weights = sum(tensor.nbytes for tensor in network.state_dict().values())
    trained = sum(parameter.nbytes for parameter in network.parameters())
    assert whole.cost.state_bytes == weights + 3 * trained


def test_the_cost_of_a_batch_is_that_of_its_pairs(corpus, tmp_path):
    start = {"start": str(make_model(tmp_path))}
    few, many = (planned(tmp_path, corpus, start, batch_size=size) for size in (2, 8))
    assert many.cost.batch_bytes == pytest.approx(4 * few.cost.batch_bytes, rel=0.2)
    assert (few.steps * 2, many.steps * 8) == (2 * few.steps, 8 * many.steps)
    assert (few.steps, many.steps) == (3 * (few.images // 2), 3 * (many.images // 8))


def test_bytes_are_counted_by_band():
    tiles = np.zeros((2, 2, 4, 4), np.uint8)
    tiles[:, 1] = 255
    tiles[0, 0, 0] = 16
    shares = byte_shares(tiles, ["VV", "VH"])
    assert shares["VV"] == (7 / 8, 1 / 8, *[0.0] * 14)
    assert shares["VH"] == (*[0.0] * 15, 1.0)
    assert list(byte_shares(tiles[:, :1], ["red", "green", "blue"])) == ["red, green, blue"]


@pytest.mark.parametrize("bands", [1, 2, 3])
def test_the_picture_shows_the_tiles_in_rows(tmp_path, bands):
    tiles = np.random.default_rng(0).integers(0, 256, (5, bands, 8, 8), np.uint8)
    write_picture(list(tiles), tmp_path / "a.png")
    shown = cv2.imread(str(tmp_path / "a.png"))[..., ::-1]
    assert shown.shape == (20, 30, 3)
    for place, tile in enumerate(tiles):
        y, x = divmod(place, 3)
        expected = tile if bands != 2 else np.pad(tile, ((0, 1), (0, 0), (0, 0)))
        seen = shown[10 * y : 10 * y + 8, 10 * x : 10 * x + 8].transpose(2, 0, 1)
        np.testing.assert_array_equal(seen, np.broadcast_to(expected, (3, 8, 8)))


def test_of_patches_the_picture_shows_whole_images(tmp_path):
    frame = Patches(patch=8, most_patches=20)
    contract = InputContract.of_pictures(8, (0.5,), (0.5,)).model_copy(update={"frame": frame})
    pixels = [np.random.default_rng(0).integers(0, 256, (1, *size), np.uint8) for size in ((16, 24), (8, 8))]
    images = PreparedImages.of([contract.prepare(SarImage(part, Quantity.DISPLAY, ("gray",))) for part in pixels])
    parts = parts_shown(images, frame)
    for part, expected in zip(parts, pixels, strict=True):
        np.testing.assert_array_equal(part, expected)
    write_picture(parts, tmp_path / "a.png")
    assert cv2.imread(str(tmp_path / "a.png")).shape == (18, 52, 3)


def test_the_command_prints_the_plan_and_leaves_no_run(corpus, tmp_path):
    recipe = recipe_of(
        tmp_path, corpus, {"start": str(make_model(tmp_path)), "frame": TILED, "reader": {"kind": "mean"}}
    )
    before = {path.name for path in tmp_path.iterdir()}
    result = CliRunner().invoke(cli.app, ["train", str(recipe), "--dry-run", "--workers", "1"])
    assert result.exit_code == 0, result.output
    for told in ("stage one: ", " steps of 8 pairs: ", "tiles of 32 pixels an image", "FLOPs an image", "FLOPs a step"):
        assert told in result.output
    assert "memory, estimated: " in result.output
    assert "bytes of red, green, blue, % in 16ths" in result.output
    assert {path.name for path in tmp_path.iterdir()} - before == {"train-one.png"}
    assert str(tmp_path / "train-one.png") in result.output


def test_without_a_folder_a_run_is_refused(corpus, tmp_path):
    recipe = recipe_of(tmp_path, corpus, {"architecture": "sarvl-tiny"})
    result = CliRunner().invoke(cli.app, ["train", str(recipe)])
    assert result.exit_code == 2
    assert "give a folder for the run, or --dry-run" in result.output


def test_a_picture_that_cannot_be_written_is_one_line(corpus, tmp_path):
    """Regression: it was the system's own error, of a hidden file."""
    recipe = recipe_of(tmp_path, corpus, {"start": f"local-dir:{make_model(tmp_path)}"})
    (tmp_path / "a file").touch()
    with pytest.raises(ModelError, match=r"a file/train-one\.png: cannot be written \(.*\); the picture goes beside"):
        dry_run(recipe, tmp_path / "a file" / "train", workers=1)


def test_what_train_refuses_before_its_first_step_a_dry_run_refuses_too(corpus, tmp_path):
    """Regression: it did not look at the validation split."""
    recipe = recipe_of(tmp_path, corpus, {"start": f"local-dir:{make_model(tmp_path)}"}, validation="vall")
    with pytest.raises(CorpusError, match="'vall'"):
        dry_run(recipe, tmp_path / "train", workers=1)

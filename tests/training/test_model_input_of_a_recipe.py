"""Another input for a recipe's model: tiles, another size, other bands; all train, resume and load again."""

from pathlib import Path

import numpy as np
import open_clip
import pytest
import rasterio
import torch
import yaml
from micro import make_corpus, make_model, micro_model

from sarvl.corpus import build
from sarvl.errors import ModelError
from sarvl.imagery import InputContract
from sarvl.models import Clip, load_model, save_model
from sarvl.models.clips.any_reader import AnyReader
from sarvl.models.networks.planes import first_layer
from sarvl.models.open_clip.networks import untrained_network
from sarvl.recipes import load_recipe
from sarvl.training import TrainRecipe, read_metrics, train
from sarvl.training.run.log import TrainingLog

TILED = {"kind": "tiled", "tile": 32, "most_tiles": 6}


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    return make_corpus(tmp_path_factory.mktemp("data"), chips=4).folder


@pytest.fixture(scope="module")
def polarised(tmp_path_factory) -> Path:
    """Build chips of two bands in decibels; a class is told by their difference alone."""
    folder, rng = tmp_path_factory.mktemp("polarised"), np.random.default_rng(0)
    for number in range(24):
        path = folder / "chips" / ("low", "high")[number % 2] / f"{number}.tif"
        path.parent.mkdir(parents=True, exist_ok=True)
        vv = rng.normal(-12, 3, (24, 24)).astype(np.float32)
        bands = np.stack([vv, vv - (3 if number % 2 else 12)])
        with rasterio.open(path, "w", driver="GTiff", count=2, height=24, width=24, dtype="float32") as file:
            file.write(bands)
            file.descriptions = ("VV", "VH")
    splits = {"train": 0.6, "val": 0.4}
    source = {"name": "chips", "format": "folders", "images": "chips", "quantity": "decibel", "splits": splits}
    recipe = folder / "corpus.yaml"
    recipe.write_text(yaml.safe_dump({"seed": 0, "sources": [source]}))
    return build(recipe, folder / "corpus", 1).folder


def recipe_of(folder: Path, corpus: Path, stage: dict | None = None, **model: object) -> Path:
    folder.mkdir(exist_ok=True)
    start = {"start": f"local-dir:{make_model(folder)}", **model}
    common = {"name": "one", "corpus": str(corpus), "batch_size": 8, "learning_rate": 1e-2, "warmup_steps": 1}
    stages = [{**common, "epochs": 3, "validation": "val", **(stage or {})}]
    path = folder / "train.yaml"
    path.write_text(yaml.safe_dump({"seed": 5, "model": start, "stages": stages}))
    return path


def losses(run: Path) -> list[float]:
    return [line.loss for line in read_metrics(run) if line.kind == "step"]


@pytest.mark.parametrize("freeze", [[], ["image"], ["image", "text"]])
def test_an_any_reader_trains_with_the_tower_frozen_or_not(corpus, tmp_path, freeze):
    recipe = recipe_of(
        tmp_path, corpus, {"freeze": freeze, "epochs": 1}, frame=TILED, reader={"kind": "attention", "heads": 2}
    )
    before = load_model(tmp_path / "model").network.state_dict()
    run = train(recipe, tmp_path / "run", workers=1)
    model = load_model(run / "last")
    assert isinstance(model, AnyReader)
    assert model.reader_module.gate.abs().max() > 0
    weights = {name for name, _ in model.network.visual.named_parameters()}
    moved = {
        name for name in weights if not torch.equal(before[f"visual.{name}"], model.network.visual.get_parameter(name))
    }
    assert bool(moved) == ("image" not in freeze)


def test_a_reader_without_weights_cannot_train_alone(corpus, tmp_path):
    recipe = recipe_of(tmp_path, corpus, {"freeze": ["image", "text"]}, frame=TILED, reader={"kind": "mean"})
    with pytest.raises(ModelError, match="both towers are frozen"):
        train(recipe, tmp_path / "run", workers=1)


def test_averaged_tiles_and_another_size_train(corpus, tmp_path):
    reader = {"kind": "mean", "thumbnail_weight": 0}
    for name, model in (
        ("mean", {"frame": TILED, "reader": reader}),
        ("size", {"frame": {"kind": "square", "size": 64}}),
    ):
        run = train(recipe_of(tmp_path / name, corpus, {"epochs": 1}, **model), tmp_path / name / "run", workers=1)
        assert load_model(run).contract.frame.model_dump(include=model["frame"].keys()) == model["frame"]


def test_a_trained_any_reader_goes_on_in_another_run(corpus, tmp_path):
    first = train(
        recipe_of(tmp_path / "a", corpus, {"epochs": 1}, frame=TILED, reader={"heads": 2, "kind": "attention"}),
        tmp_path / "a/run",
        workers=1,
    )
    second = recipe_of(tmp_path / "b", corpus, {"epochs": 1})
    recipe = yaml.safe_load(second.read_text()) | {"model": {"start": str(first / "last")}}
    second.write_text(yaml.safe_dump(recipe))
    model = load_model(train(second, tmp_path / "b/run", workers=1) / "last")
    assert isinstance(model, AnyReader)
    assert [entry.stage for entry in model.history] == ["one", "one"]


PATCHES = {"kind": "patches", "patch": 16, "most_patches": 9}


@pytest.fixture(scope="module")
def vit(tmp_path_factory) -> Path:
    """Save a CLIP whose image tower is a small transformer of timm."""
    folder = tmp_path_factory.mktemp("vit")
    micro = micro_model(folder)
    vision = {"image_size": 160, "timm_model_name": "test_vit", "timm_pool": "token", "timm_proj": "linear"}
    config = {**micro.config, "vision_cfg": vision}
    contract = InputContract.of_pictures(160, (0.5,) * 3, (0.5,) * 3)
    torch.manual_seed(0)
    save_model(Clip("vit", untrained_network(config), contract, config, micro.tokenizer), folder / "vit", {}, "none")
    return folder / "vit"


@pytest.mark.parametrize("kind", ["reader", "patches"])
def test_tiles_and_patches_go_on_in_the_middle_of_a_stage(corpus, vit, tmp_path, kind):
    model = {"start": str(vit), "frame": PATCHES}
    if kind == "reader":
        model = {"frame": TILED, "reader": {"kind": "attention", "heads": 2}}
    stage = {"augmentation": {"contrast": 0.2, "speckle": 0.2}, "ema": 0.9}
    path = recipe_of(tmp_path, corpus, stage, **model)
    recipe = load_recipe(path, TrainRecipe, ["save_every=2"])
    whole = train(recipe, tmp_path / "whole", workers=1)
    with pytest.MonkeyPatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(TrainingLog, "write", dying_at(3))
        train(recipe, tmp_path / "run", workers=1)
    resumed = train(recipe, tmp_path / "run", resume=True, workers=1)
    assert losses(resumed) == losses(whole)
    assert len(losses(whole)) > 4
    assert load_model(resumed / "last").weights_hash == load_model(whole / "last").weights_hash
    assert load_model(whole).kind == {"reader": "any_reader", "patches": "flexible"}[kind]


def dying_at(step: int):
    write = TrainingLog.write

    def dying(log, metrics):
        if metrics.global_step == step:
            raise KeyboardInterrupt
        write(log, metrics)

    return dying


def test_patches_in_chunks_train_as_whole_batches(corpus, vit, tmp_path):
    recipe = recipe_of(tmp_path, corpus, {"epochs": 1, "learning_rate": 1e-3}, start=str(vit), frame=PATCHES)
    whole = train(recipe, tmp_path / "whole", workers=1)
    chunks = train(load_recipe(recipe, TrainRecipe, ["stages.0.chunk=3"]), tmp_path / "chunks", workers=1)
    assert losses(chunks) == pytest.approx(losses(whole), abs=1e-4)


BAND = {"range_db": [-30, 0], "curve": "decibel", "mean": 0.5, "std": 0.25}
VV = {**BAND, "name": "VV", "source": {"kind": "named", "band": "VV"}}
VH = {**BAND, "name": "VH", "source": {"kind": "named", "band": "VH"}}
RATIO = {**BAND, "name": "ratio", "source": {"kind": "difference", "band": "VV", "less": "VH"}, "range_db": [0, 15]}
GREY = {**BAND, "name": "grey", "source": {"kind": "grey"}}


@pytest.mark.parametrize("bands", [[VV], [VV, VH], [VV, VH, RATIO]], ids=lambda bands: str(len(bands)))
def test_bands_in_decibels_train_and_open_in_open_clip(polarised, tmp_path, bands):
    stage = {"epochs": 10, "validation": None, "learning_rate": 3e-3}
    run = train(recipe_of(tmp_path, polarised, stage, bands=bands), tmp_path / "run", workers=1)
    model = load_model(run)
    assert [band.name for band in model.contract.bands] == [band["name"] for band in bands]
    assert [list(band.range_db) for band in model.contract.bands] == [band["range_db"] for band in bands]
    assert first_layer(model.network)[1].in_channels == len(bands)
    open_clip.create_model_from_pretrained(f"local-dir:{run / 'best'}")
    assert losses(run)[-1] < losses(run)[0]


def test_bands_without_a_range_are_fitted_beside_those_that_have_one(polarised, tmp_path):
    """The difference, of about 3 or 12 dB, was cut at 0 dB, the upper end that holds by default: all of it was 255."""
    ratio = {name: value for name, value in RATIO.items() if name not in ("range_db", "curve")}
    run = train(recipe_of(tmp_path, polarised, {"epochs": 1}, bands=[VV, ratio]), tmp_path / "run", workers=1)
    first, second = load_model(run).contract.bands
    assert list(first.range_db) == VV["range_db"]
    assert 2 < second.range_db[0] < second.range_db[1] < 13


def test_one_band_of_grey_pictures_trains_as_tiles_too(corpus, tmp_path):
    run = train(
        recipe_of(tmp_path, corpus, {"epochs": 1}, bands=[GREY], frame=TILED, reader={"kind": "mean"}),
        tmp_path / "run",
        workers=1,
    )
    model = load_model(run)
    assert isinstance(model, AnyReader)
    assert first_layer(model.network)[1].in_channels == 1

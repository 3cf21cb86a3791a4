"""Another input for a recipe's model: tiles, another size, other bands; all train, resume and load again."""

from pathlib import Path

import numpy as np
import open_clip
import pytest
import rasterio
import torch
import yaml
from micro import make_corpus, make_model

from sarvl.corpus import build
from sarvl.errors import ModelError
from sarvl.models import load_model
from sarvl.models.any_reader import AnyReader
from sarvl.models.planes import first_layer
from sarvl.training import read_metrics, train

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
    recipe = recipe_of(tmp_path, corpus, {"freeze": freeze}, frame=TILED, reader={"kind": "attention", "heads": 2})
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
        recipe_of(tmp_path / "a", corpus, frame=TILED, reader={"heads": 2, "kind": "attention"}),
        tmp_path / "a/run",
        workers=1,
    )
    second = recipe_of(tmp_path / "b", corpus, {"epochs": 1})
    recipe = yaml.safe_load(second.read_text()) | {"model": {"start": str(first / "last")}}
    second.write_text(yaml.safe_dump(recipe))
    model = load_model(train(second, tmp_path / "b/run", workers=1) / "last")
    assert isinstance(model, AnyReader)
    assert [entry.stage for entry in model.history] == ["one", "one"]


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


def test_one_band_of_grey_pictures_trains_as_tiles_too(corpus, tmp_path):
    run = train(
        recipe_of(tmp_path, corpus, {"epochs": 1}, bands=[GREY], frame=TILED, reader={"kind": "mean"}),
        tmp_path / "run",
        workers=1,
    )
    model = load_model(run)
    assert isinstance(model, AnyReader)
    assert first_layer(model.network)[1].in_channels == 1

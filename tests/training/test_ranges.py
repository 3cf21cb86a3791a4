"""Ranges of the contract: fitted to what is learnt from before the first stage, kept, inherited, or fixed."""

import json
from pathlib import Path

import numpy as np
import pytest
import rasterio
import yaml
from micro import make_corpus, make_model, micro_model

from sarvl.corpus import Corpus, build
from sarvl.corpus.levels import fitted_contract
from sarvl.errors import ModelError, RecipeError
from sarvl.imagery import InputContract
from sarvl.models import load_model, save_model
from sarvl.models.history import StageEntry
from sarvl.recipes import load_recipe
from sarvl.training import TrainRecipe, train
from sarvl.training.run.state import STATE

ENTRY = StageEntry(
    stage="a", corpus_digest="0", split="train", images=1, steps=1, epochs=1, batch_size=2, learning_rate=1, seed=0
)


def write(path: Path, pixels: np.ndarray) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    count, height, width = pixels.shape
    with rasterio.open(
        path, "w", driver="GTiff", count=count, height=height, width=width, dtype=pixels.dtype.name
    ) as file:
        file.write(pixels)


def physical_corpus(folder: Path) -> Corpus:
    """Build chips of dark uint16 amplitude and of float decibels; those of the test split are much brighter."""
    rng = np.random.default_rng(0)
    for number in range(24):
        bright = 100 if number >= 18 else 1
        name = f"{'test' if number >= 18 else 'train'}/{('low', 'high')[number % 2]}/{number}.tif"
        dark = rng.rayleigh(120 * (1 + number % 2), (1, 24, 24)) * bright
        write(folder / "dark" / name, dark.clip(0, 65535).astype(np.uint16))
        decibels = rng.normal(-12 + 3 * (number % 2), 3, (1, 24, 24)) + bright - 1
        write(folder / "decibel" / name, decibels.astype(np.float32))
    sources = [
        {
            "name": f"{name}_{split}",
            "format": "folders",
            "images": str(folder / name / split),
            "quantity": quantity,
            "split": split,
            "licence": "none",
        }
        for name, quantity in (("dark", "amplitude"), ("decibel", "decibel"))
        for split in ("train", "test")
    ]
    recipe = folder / "corpus.yaml"
    recipe.write_text(yaml.safe_dump({"seed": 0, "sources": sources}))
    return build(recipe, folder / "corpus", 1)


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    return physical_corpus(tmp_path_factory.mktemp("physical"))


def recipe_of(folder: Path, corpora: list[Corpus], model: dict, *overrides: str) -> TrainRecipe:
    stages = [
        {"name": f"s{number}", "corpus": str(one.folder), "epochs": 1, "batch_size": 8, "learning_rate": 1e-4}
        for number, one in enumerate(corpora)
    ]
    path = folder / "train.yaml"
    path.write_text(yaml.safe_dump({"seed": 0, "model": model, "stages": stages}))
    return load_recipe(path, TrainRecipe, list(overrides))


def trained_contract(folder: Path, corpora: list[Corpus], model: dict, *overrides: str) -> InputContract:
    run = train(recipe_of(folder, corpora, model, *overrides), folder / "run", workers=1)
    contracts = [load_model(str(path)).contract for path in sorted((run / "stages").iterdir())]
    assert all(contract == contracts[0] for contract in contracts)
    assert json.loads((run / "contract.json").read_text())["contract"] == contracts[0].model_dump(mode="json")
    return contracts[0]


def test_ranges_are_percentiles_of_all_training_splits_and_fixed_before_the_first_stage(tmp_path, corpus, capsys):
    pictures = make_corpus(tmp_path / "pictures")
    contract = trained_contract(tmp_path, [pictures, corpus], {"start": str(make_model(tmp_path))})
    band = contract.bands[0]
    rows = corpus.rows_of("train")
    images = [corpus.read(int(row)) for row in rows]
    dark = [20 * np.log10(image.pixels[image.pixels > 0] / 65535) for image in images if image.full_scale]
    decibels = [image.pixels.ravel() for image in images if not image.full_scale]
    for found, values in ((band.range_db_full_scale, dark), (band.range_db, decibels)):
        # The frame of the micro model enlarges: values stay as they are.
        expected = np.percentile(np.concatenate(values), [1, 99.5])
        np.testing.assert_allclose(found, expected, atol=0.1)
    assert "dB of full scale" in capsys.readouterr().err


def test_a_fit_is_the_same_whatever_the_workers(corpus):
    contract = InputContract.of_pictures(16, (0.5,), (0.5,))
    alone, together = (fitted_contract([(corpus, "train")], contract, workers) for workers in (1, 2))
    assert alone == together
    assert alone != contract
    assert fitted_contract([(corpus, "train"), (corpus, "train")], contract, 1) == alone


@pytest.mark.parametrize("history", [[ENTRY], []], ids=["trained", "chosen"])
def test_an_inherited_contract_is_not_refitted(tmp_path, corpus, history):
    model = micro_model(tmp_path)
    if history:
        model.history = history
    else:
        bands = tuple(band.model_copy(update={"range_db": (-31.0, 2.0)}) for band in model.contract.bands)
        model.contract = model.contract.model_copy(update={"bands": bands})
    save_model(model, tmp_path / "start", {}, "none")
    assert trained_contract(tmp_path, [corpus], {"start": str(tmp_path / "start")}) == model.contract


@pytest.mark.parametrize("history", [[ENTRY], []], ids=["trained", "new"])
def test_what_the_recipe_fixes_wins(tmp_path, corpus, history):
    model = micro_model(tmp_path)
    model.history = history
    save_model(model, tmp_path / "start", {}, "none")
    fixed = "model.ranges={all: {range_db_full_scale: [-70, -41], curve: decibel}}"
    contract = trained_contract(tmp_path, [corpus], {"start": str(tmp_path / "start")}, fixed)
    band = contract.bands[0]
    assert (band.range_db_full_scale, band.curve) == ((-70.0, -41.0), "decibel")
    assert band.curve_full_scale == "amplitude"
    assert (band.range_db == model.contract.bands[0].range_db) == bool(history)


def test_a_resumed_run_keeps_the_contract_that_it_began_with(tmp_path, corpus):
    recipe = recipe_of(tmp_path, [corpus], {"start": str(make_model(tmp_path))})
    run = train(recipe, tmp_path / "run", workers=1)
    kept = json.loads((run / "contract.json").read_text())
    kept["contract"]["bands"][0]["range_db_full_scale"] = [-66.0, -33.0]
    (run / "contract.json").write_text(json.dumps(kept))
    (run / STATE).unlink()
    train(recipe, run, resume=True, workers=1)
    assert load_model(str(run / "last")).contract.bands[0].range_db_full_scale == (-66.0, -33.0)


@pytest.mark.parametrize(
    ("ranges", "told"),
    [
        ("{VV: {range_db: [-20, 0]}}", "model.ranges: no band VV; the model has"),
        ("{all: {range_db: [0, -20]}}", "lower end first"),
        ("{all: {range: [0, 1]}}", "model.ranges.all.range"),
    ],
)
def test_wrong_ranges_are_one_line(tmp_path, corpus, ranges, told):
    with pytest.raises((ModelError, RecipeError), match=told):
        trained_contract(tmp_path, [corpus], {"start": str(make_model(tmp_path))}, f"model.ranges={ranges}")


def test_a_damaged_contract_of_a_run_is_one_line(tmp_path, corpus):
    recipe = recipe_of(tmp_path, [corpus], {"start": str(make_model(tmp_path))})
    run = train(recipe, tmp_path / "run", workers=1)
    (run / "contract.json").write_text('{"format_version": 1, "contract": {"bands": []}}')
    with pytest.raises(ModelError, match=r"contract\.json: .*remove the run's folder"):
        train(recipe, run, resume=True, workers=1)

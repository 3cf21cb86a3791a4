"""What the first pass of a build finds out about a file."""

from pathlib import Path

import numpy as np
import pytest
import rasterio
import yaml
from rasterio.transform import from_origin

from sarvl.corpus import BuildRecipe, Corpus, build
from sarvl.corpus.building.facts import ImageFile, Unusable, Usable, find_facts
from sarvl.files import sha256_of_file
from sarvl.recipes import load_recipe

NOWHERE = 'LOCAL_CS["somewhere",UNIT["metre",1]]'


def write_geotiff(path: Path, crs: str) -> None:
    """Write a scene of 40 x 30 pixels of 10 m by 20 m, its upper left corner 500 km east, 5000 km north."""
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = np.random.default_rng(0).gamma(2.0, 1.0, (1, 30, 40)).astype(np.float32)
    profile = {"driver": "GTiff", "count": 1, "height": 30, "width": 40, "dtype": "float32"}
    with rasterio.open(path, "w", crs=crs, transform=from_origin(500_000, 5_000_000, 10, 20), **profile) as file:
        file.write(pixels)


def recipe(folder: Path, **fields: object) -> BuildRecipe:
    source = {"name": "scenes", "format": "folders", "images": "images", "split": "train", "quantity": "intensity"}
    (folder / "r.yaml").write_text(yaml.safe_dump({"sources": [source | fields]}))
    return load_recipe(folder / "r.yaml", BuildRecipe)


def built(folder: Path, **fields: object) -> Corpus:
    return build(recipe(folder, **fields), folder / "corpus")


def test_spacing_and_position_come_from_the_georeference(tmp_path):
    write_geotiff(tmp_path / "images" / "water" / "a.tif", "EPSG:32632")
    found = built(tmp_path)
    assert found.column("spacing_m") == [[20.0, 10.0]]
    # 500 km east is the central meridian of zone 32, 9 degrees; the centre lies 200 m east and 300 m south.
    ((longitude, latitude),) = found.column("position")
    assert longitude == pytest.approx(9 + 200 / (111_320 * np.cos(np.radians(45.15))), abs=1e-4)
    assert latitude == pytest.approx(45.1535 - 300 / 111_140, abs=1e-3)
    assert (longitude, latitude) == (round(longitude, 7), round(latitude, 7))


def test_what_the_source_says_goes_before_what_the_file_says(tmp_path):
    write_geotiff(tmp_path / "images" / "water" / "a.tif", "EPSG:32632")
    assert built(tmp_path, spacing_m=3.0).column("spacing_m") == [[3.0, 3.0]]


def test_a_georeference_that_leads_nowhere_is_noted(tmp_path):
    write_geotiff(tmp_path / "images" / "water" / "a.tif", NOWHERE)
    found = built(tmp_path)
    assert found.column("position") == [None]
    assert found.column("notes") == [["georeference gives no position on the ground"]]


@pytest.mark.parametrize("read_at_once_bytes", [0, 2**26])
def test_large_files_are_hashed_in_pieces_to_the_same_facts(tmp_path, monkeypatch, read_at_once_bytes):
    monkeypatch.setattr("sarvl.corpus.building.facts._READ_AT_ONCE_BYTES", read_at_once_bytes)
    path = tmp_path / "images" / "water" / "a.tif"
    write_geotiff(path, "EPSG:32632")
    (usable,) = find_facts([ImageFile(str(path), (40, 30), 0)], recipe(tmp_path).sources)
    assert isinstance(usable, Usable)
    assert usable.facts.sha256 == sha256_of_file(path)
    assert usable.facts.quantity == "intensity"
    assert usable.thumbnail.shape == (32, 32)


@pytest.mark.parametrize(
    ("name", "size", "reason"),
    [
        ("gone.tif", (40, 30), "gone.tif: cannot be read (No such file or directory)"),
        ("water", (40, 30), "water: cannot be read (Is a directory)"),
        ("water/a.tif", (30, 40), "the annotation says 30 x 40, the file has 40 x 30"),
    ],
)
def test_files_that_cannot_be_used_are_told(tmp_path, name, size, reason):
    write_geotiff(tmp_path / "images" / "water" / "a.tif", "EPSG:32632")
    files = [ImageFile(str(tmp_path / "images" / name), size, 0)]
    (unusable,) = find_facts(files, recipe(tmp_path).sources)
    assert isinstance(unusable, Unusable)
    assert unusable.reason.endswith(reason)

"""Features and classes of image files that are in no corpus: single files, folders, globs, with their place."""

import json
import warnings
from pathlib import Path

import cv2
import numpy as np
import pyarrow.parquet as pq
import pytest
import rasterio
from micro import make_corpus, make_model
from rasterio.control import GroundControlPoint
from rasterio.errors import NotGeoreferencedWarning
from rasterio.transform import from_origin

from sarvl.errors import EvaluationError, ImageError, ModelError
from sarvl.evaluation.evaluated import EvaluatedModel, SplitImages
from sarvl.evaluation.evaluator import evaluate
from sarvl.evaluation.outcomes import outcome_path, read_outcome
from sarvl.inference import classify, embed, narrate
from sarvl.inference.classification import Classified
from sarvl.inference.image_list import image_list
from sarvl.models import load_model

CRS, LEFT, TOP, SPACING_M = "EPSG:32630", 500_000.0, 4_649_776.22, 10.0  # the meridian of 3 degrees west, 42 north


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A corpus, a model, and a folder with pictures, a GeoTIFF, a file that is none and an unknown quantity."""
    folder = tmp_path_factory.mktemp("made")
    make_corpus(folder / "data")
    make_model(folder)
    mixed = folder / "mixed"
    (mixed / "deep").mkdir(parents=True)
    rng = np.random.default_rng(0)
    cv2.imwrite(str(mixed / "a.png"), rng.integers(0, 255, (40, 30), np.uint8))
    cv2.imwrite(str(mixed / "deep" / "b.png"), rng.integers(0, 255, (20, 60), np.uint8))
    (mixed / "broken.png").write_bytes(b"no picture")
    (mixed / "notes.txt").write_text("passed over")
    write_tiff(mixed / "placed.tif", rng.normal(-10, 3, (1, 50, 40)).astype("float32"), unit="dB")
    write_tiff(mixed / "unknown.tif", rng.random((1, 8, 8)).astype("float32"))
    return folder


def write_tiff(path: Path, pixels: np.ndarray, unit: str | None = None) -> None:
    bands, height, width = pixels.shape
    shape = {"driver": "GTiff", "count": bands, "height": height, "width": width, "dtype": pixels.dtype}
    place = {"crs": CRS, "transform": from_origin(LEFT, TOP, SPACING_M, SPACING_M)} if unit else {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", NotGeoreferencedWarning)
        with rasterio.open(path, "w", **shape, **place) as target:
            target.write(pixels)
            if unit:
                target.units = [unit] * bands


def test_every_image_is_a_row_or_a_refusal_and_no_vector_is_made_up(made):
    result = embed(made / "mixed", made / "model", made / "f.parquet", batch_size=2, workers=1)
    table = pq.read_table(result.out)
    assert table["file"].to_pylist() == [str(made / "mixed" / name) for name in ("a.png", "placed.tif", "deep/b.png")]
    assert [refusal.path.name for refusal in result.refusals] == ["broken.png", "unknown.tif"]
    assert "set --quantity to one of amplitude, intensity, decibel" in result.refusals[1].reason
    features = np.stack(table["embedding"].to_numpy())
    np.testing.assert_allclose(np.linalg.norm(features, axis=1), 1, atol=1e-6)
    assert (result.images, features.shape) == (3, (3, 16))


def test_an_option_that_there_is_not_is_refused_before_the_model_is_loaded(made):
    with pytest.raises(TypeError, match="no option 'batches'; there are quantity, bands, nodata, device, batch_size"):
        embed(made / "mixed", "absent", made / "f.parquet", batches=2)


def test_a_geotiff_keeps_its_place(made):
    table = pq.read_table(embed(made / "mixed" / "placed.tif", made / "model", made / "g.parquet").out)
    row = table.drop(["embedding", "file"]).to_pylist()[0]
    assert (row["width"], row["height"], row["quantity"], row["crs"]) == (40, 50, "decibel", CRS)
    assert (row["left"], row["top"]) == (LEFT, TOP)
    assert (row["right"], row["bottom"]) == (LEFT + 40 * SPACING_M, TOP - 50 * SPACING_M)
    assert (row["longitude"], row["latitude"]) == pytest.approx((-2.9976, 41.9977), abs=1e-3)


def test_ground_control_points_give_the_centre_alone(made):
    path = made / "points.tif"
    write_tiff(path, np.random.default_rng(0).normal(-10, 3, (1, 8, 8)).astype("float32"))
    with rasterio.open(path, "r+") as target:
        target.units = ["dB"]
        corners = [(row, column) for row in (0, 8) for column in (0, 8)]
        points = [GroundControlPoint(row, column, 10 + column, 50 - row) for row, column in corners]
        target.gcps = points, rasterio.CRS.from_epsg(4326)
    row = pq.read_table(embed(path, made / "model", made / "points.parquet").out).to_pylist()[0]
    assert (row["longitude"], row["latitude"]) == pytest.approx((14, 46))
    assert {row[name] for name in ("crs", "left", "bottom", "right", "top")} == {None}


def test_a_picture_has_no_place(made):
    row = pq.read_table(embed(made / "mixed" / "a.png", made / "model", made / "p.parquet").out).to_pylist()[0]
    assert {row[name] for name in ("longitude", "latitude", "crs", "left", "bottom", "right", "top")} == {None}


def test_the_table_names_model_weights_and_contract_and_is_the_same_again(made):
    model = load_model(made / "model")
    first = embed(made / "mixed", made / "model", made / "1.parquet", workers=1).out
    second = embed([made / "mixed"], made / "model", made / "2.parquet", workers=2).out
    metadata = pq.read_schema(first).metadata
    assert metadata[b"sarvl.model"] == str(made / "model").encode()
    assert metadata[b"sarvl.weights_hash"] == model.weights_hash.encode()
    assert metadata[b"sarvl.contract_hash"] == model.contract.digest().encode()
    assert first.read_bytes() == second.read_bytes()


def test_features_and_probabilities_are_those_of_an_evaluation(made):
    images = SplitImages.open(made / "data" / "corpus", "test", ["chips"])
    expected = EvaluatedModel.named(made / "model", images).image_features
    files = [images.corpus.paths[row] for row in images.rows]
    table = pq.read_table(embed(files, made / "model", made / "c.parquet", batch_size=5).out)
    np.testing.assert_allclose(np.stack(table["embedding"].to_numpy()), expected, atol=1e-6)

    rows = evaluate(made / "model", made / "data" / "corpus", "test", ["zeroshot"], made / "rows.jsonl")
    of_chips = next(row for row in rows if row.source == "chips")
    outcome = read_outcome(made / "rows.jsonl", of_chips.outcome)
    assert outcome_path(made / "rows.jsonl", of_chips.outcome).exists()
    found = list(classify(files, made / "model", ["ship", "tank", "truck"]))
    assert [item.likeliest for item in found] == outcome.column("prediction").tolist()
    np.testing.assert_allclose([max(item.probabilities.values()) for item in found], outcome.column("score"), atol=1e-6)


def test_probabilities_add_up_and_refusals_stand_between_them(made):
    found = list(classify(made / "mixed", made / "model", ["ship", "forest"], templates=["{}!"], batch_size=1))
    assert [isinstance(item, Classified) for item in found] == [True, False, True, False, True]
    for item in found:
        if isinstance(item, Classified):
            assert sum(item.probabilities.values()) == pytest.approx(1)
            assert item.as_json()["class"] == max(item.probabilities, key=item.probabilities.get)


def test_prompts_may_be_a_set_by_its_name(made):
    from sarvl.evaluation.templates import prompt_set

    given = (made / "mixed" / "unknown.tif", made / "model", ["ship", "forest"])
    (named,) = classify(*given, templates="sarclip", quantity="amplitude")
    (written,) = classify(*given, templates=prompt_set("sarclip").templates, quantity="amplitude")
    assert named.probabilities == written.probabilities
    with pytest.raises(EvaluationError, match="no prompt set 'sarclap'; there are"):
        list(classify(*given, templates="sarclap"))


def test_quantity_and_bands_are_heeded(made):
    result = embed(made / "mixed" / "unknown.tif", made / "model", made / "q.parquet", quantity="amplitude")
    assert pq.read_table(result.out)["quantity"].to_pylist() == ["amplitude"]
    with pytest.raises(ImageError, match="no band VV"):
        embed(made / "mixed" / "placed.tif", made / "model", made / "q.parquet", bands=["VV"])


@pytest.mark.parametrize(
    ("images", "reason"),
    [
        (["absent.png"], "absent.png: no such file or folder"),
        (["mixed/*.bmp"], r"mixed/\*.bmp: no image fits"),
        (["empty"], "empty: no image below it"),
        (["mixed/unknown.tif"], "unknown.tif: float32 pixels of unknown quantity; set --quantity to one of amplitude"),
        (["mixed/unknown.tif", "mixed/broken.png"], "none of 2 images can be used, such as mixed/unknown.tif"),
    ],
)
def test_nothing_to_embed_is_an_error_and_leaves_no_file(made, tmp_path, monkeypatch, images, reason):
    monkeypatch.chdir(made)
    Path("empty").mkdir(exist_ok=True)
    with pytest.raises(ImageError, match=reason):
        embed(images, "model", tmp_path / "out.parquet")
    assert list(tmp_path.iterdir()) == []


def test_a_file_named_twice_is_taken_once_and_globs_pass_over_what_is_no_image(made):
    named = image_list([made / "mixed" / "a.png", made / "mixed", str(made / "mixed" / "**" / "*")])
    assert sorted(path.name for path in named) == ["a.png", "b.png", "broken.png", "placed.tif", "unknown.tif"]


@pytest.mark.parametrize("classes", [["ship"], ["ship", "ship"], ["ship", ""], []])
def test_classes_must_be_several_and_different(made, classes):
    with pytest.raises(EvaluationError, match="give two or more, each once"):
        classify(made / "mixed", made / "model", classes)


def test_a_device_that_is_not_there_is_one_line(made):
    with pytest.raises(ModelError, match=r"device nowhere: cannot be used .*; give such as cpu, cuda or cuda:1"):
        embed(made / "mixed", made / "model", made / "d.parquet", device="nowhere")


def test_a_place_that_cannot_be_written_is_one_line(made):
    with pytest.raises(ModelError, match="cannot be written"):
        embed(made / "mixed" / "a.png", made / "model", made / "mixed" / "a.png" / "out.parquet")


def test_lines_of_json_hold_the_place(made):
    (found,) = classify(made / "mixed" / "placed.tif", made / "model", ["ship", "forest"])
    told = json.loads(json.dumps(found.as_json()))
    assert (told["crs"], told["left"], set(told["probabilities"])) == (CRS, LEFT, {"ship", "forest"})


def test_no_image_at_all_is_an_error_and_writes_nothing(made, tmp_path):
    """Regression: an empty list wrote an empty file that is no Parquet."""
    with pytest.raises(ImageError, match="no image is named"):
        embed([], made / "model", tmp_path / "f.parquet")
    with pytest.raises(ImageError, match="no image is named"):
        narrate([], made / "model", tmp_path / "c.jsonl")
    assert not list(tmp_path.iterdir())

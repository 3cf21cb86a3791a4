"""The data set on disk: complete, readable, the same whatever the workers."""

import hashlib
import json

import cv2
import numpy as np
import pytest
import rasterio
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from killed import kill_at_seeded_moments

from sarvl.errors import ImageError
from sarvl.files import replaced_folder
from sarvl.simulation import LAND_COVERS, OBJECT_CLASSES, SEEN_FROM, SENSORS, simulate_dataset
from sarvl.simulation.coco import run_lengths


def digests(folder):
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def decoded(segmentation):
    values = np.repeat(np.arange(len(segmentation["counts"])) % 2, segmentation["counts"])
    return values.reshape(segmentation["size"], order="F").astype(bool)


@given(hnp.arrays(bool, st.tuples(st.integers(1, 9), st.integers(1, 9))))
def test_run_lengths_decode_to_the_mask_and_equal_a_plain_count(mask):
    segmentation = run_lengths(mask)
    counts, value, run = [], False, 0
    for pixel in mask.ravel(order="F"):
        if pixel != value:
            counts.append(run)
            value, run = pixel, 0
        run += 1
    assert segmentation["counts"] == [*counts, run]
    np.testing.assert_array_equal(decoded(segmentation), mask)


def test_same_bytes_on_any_number_of_workers(tmp_path):
    one = simulate_dataset(tmp_path / "one", chips=6, size=64, seed=3, class_chips=5)
    two = simulate_dataset(tmp_path / "two", chips=6, size=64, seed=3, class_chips=5, workers=2)
    other = simulate_dataset(tmp_path / "other", chips=6, size=64, seed=4, class_chips=5)
    assert digests(one) == digests(two)
    changed = {name for name, digest in digests(one).items() if digests(other)[name] != digest}
    assert changed == set(digests(one))


def test_annotations_are_coco_and_agree_with_the_files(tmp_path):
    out = simulate_dataset(tmp_path / "set", chips=12, size=96)
    document = json.loads((out / "annotations.json").read_text())
    names = {category["id"]: category["name"] for category in document["categories"]}
    images = {image["id"]: image for image in document["images"]}
    assert set(names.values()) == set(OBJECT_CLASSES)
    assert sorted(path.name for path in (out / "images").iterdir()) == [each["file_name"] for each in images.values()]
    for image in images.values():
        pixels = cv2.imread(str(out / "images" / image["file_name"]), cv2.IMREAD_UNCHANGED)
        assert pixels.shape == (image["height"], image["width"]) == (96, 96)
        assert image["land_cover"] in LAND_COVERS
        assert image["sensor"] in SENSORS
        assert image["seen_from"] in SEEN_FROM
    assert [each["id"] for each in document["annotations"]] == list(range(1, len(document["annotations"]) + 1))
    for annotation in document["annotations"]:
        mask = decoded(annotation["segmentation"])
        left, top, width, height = annotation["bbox"]
        rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
        assert (columns[0], rows[0]) == (left, top)
        assert (columns[-1] + 1 - left, rows[-1] + 1 - top) == (width, height)
        assert annotation["area"] == mask.sum()
        assert annotation["image_id"] in images
        assert annotation["category_id"] in names


def test_pycocotools_reads_the_masks(tmp_path):
    coco = pytest.importorskip("pycocotools.coco")
    out = simulate_dataset(tmp_path / "set", chips=8, size=96)
    data = coco.COCO(str(out / "annotations.json"))
    assert data.anns
    for annotation in data.anns.values():
        np.testing.assert_array_equal(data.annToMask(annotation), decoded(annotation["segmentation"]))


def test_class_chips_are_balanced_class_folders(tmp_path):
    out = simulate_dataset(tmp_path / "set", chips=0, size=64, class_chips=22)
    counts = {folder.name: len(list(folder.glob("*.png"))) for folder in (out / "classes").iterdir()}
    assert counts == dict.fromkeys([*LAND_COVERS, *OBJECT_CLASSES], 2)


@pytest.mark.parametrize(
    ("quantity", "dtype"),
    [("amplitude", "float32"), ("intensity", "float32"), ("decibel", "float32"), ("complex", "complex64")],
)
def test_physical_quantities_are_tagged_tiffs(tmp_path, quantity, dtype):
    out = simulate_dataset(tmp_path / "set", chips=1, size=64, quantity=quantity)
    with rasterio.open(out / "images" / "000000.tif") as source:
        assert source.tags()["SARVL_QUANTITY"] == quantity
        assert source.dtypes == (dtype,)
        assert np.isfinite(source.read()).all()


def test_a_run_that_fails_leaves_nothing_behind(tmp_path, monkeypatch):
    def stop(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("sarvl.simulation.dataset.coco_document", stop)  # when all chips are made
    with pytest.raises(KeyboardInterrupt):
        simulate_dataset(tmp_path / "set", chips=3, size=64)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("arguments", [{"chips": 0}, {"chips": -1}, {"chips": 1, "seed": -1}])
def test_wrong_arguments_are_refused(tmp_path, arguments):
    with pytest.raises(ImageError):
        simulate_dataset(tmp_path / "set", **arguments)


def test_a_full_folder_is_not_overwritten(tmp_path):
    (tmp_path / "kept.txt").write_text("kept")
    with pytest.raises(ImageError, match="not an empty folder"):
        simulate_dataset(tmp_path, chips=1)
    assert (tmp_path / "kept.txt").read_text() == "kept"


SIMULATING = """
import sys
from pathlib import Path
from sarvl.simulation import simulate_dataset

begun()
simulate_dataset(Path(sys.argv[1]), chips=100_000, size=64, workers=1)
"""


def test_a_killed_simulation_leaves_no_folder_and_nothing_that_stays(tmp_path):
    out = tmp_path / "sets" / "chips"

    def is_absent() -> None:
        assert not out.exists()

    kill_at_seeded_moments(SIMULATING, out, seed=3, kills=2, meanwhile=is_absent)
    assert [path.name for path in out.parent.iterdir() if path.is_dir()] == [".chips.sarvl-new"]
    simulate_dataset(out, chips=1, size=64)
    assert list(out.parent.iterdir()) == [out]
    assert digests(out) == digests(simulate_dataset(tmp_path / "again", chips=1, size=64))


def test_a_second_simulation_into_one_folder_is_refused(tmp_path):
    with (
        replaced_folder(tmp_path / "set"),
        pytest.raises(ImageError, match="set: another process is writing it; wait for its end"),
    ):
        simulate_dataset(tmp_path / "set", chips=1, size=64)

"""SAR images with optical twins: matching, captions of both forms, positions, and images whose twin cannot be told."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
from outcomes import fuzz, reasons
from pydantic import ValidationError

from sarvl.annotations import Source, read_source
from sarvl.annotations.parsing.corner_positions import read_corner_positions
from sarvl.annotations.source import Grouping
from sarvl.errors import AnnotationError

PATTERNS = {
    "sar_pattern": r"(?P<season>\w+)_s1/(?P<pair>\d+)",
    "optical_pattern": r"(?P<season>\w+)_s2_(?P<pair>\d+)",
}


def images(folder: Path, *names: str) -> Path:
    for name in names:
        path = folder / "sar" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        cv2.imwrite(str(path), np.arange(24, dtype=np.uint8).reshape(4, 6))
    return folder


def source(folder: Path, captions: object, ending: str = "json", **options: object) -> Source:
    path = folder / f"captions.{ending}"
    path.write_text(captions if isinstance(captions, str) else json.dumps(captions))
    return Source(name="s", format="pairs", images=folder / "sar", annotations=path, split="train", options=options)


def flat(**captions: list[str]) -> list[dict]:
    return [{"filename": f"opt/{name}.jpg", "captions": texts} for name, texts in captions.items()]


def test_equal_stems_are_pairs(tmp_path):
    found = read_source(
        source(images(tmp_path, "x/1.png", "2.tif"), flat(**{"1": ["A green field."], "2": ["b", "b"]}))
    )
    assert [(image.file, image.captions, image.twin_captions) for image in found.images] == [
        ("2.tif", (), ("b",)),
        ("x/1.png", (), ("A green field.",)),
    ]
    assert found.images[0].notes == ("1 captions left out that repeat others",)
    assert found.rejects == ()


def test_labels_and_splits_of_the_twin_hold_too(tmp_path):
    entry = {"filename": "1.jpg", "captions": ["x"], "theme": "port", "split": "test"}
    (image,) = read_source(source(images(tmp_path, "1.png"), [entry])).images
    assert (image.label, image.official_split) == ("port", "test")


@pytest.mark.parametrize(("ending", "mark"), [("csv", ","), ("tsv", "\t"), ("txt", ";")])
def test_captions_from_a_table(tmp_path, ending, mark):
    table = f"bild{mark}caption\nopt/1.jpg{mark}A green field.\n"
    wanted = source(images(tmp_path, "1.png"), table, ending, csv={"file_column": "bild"})
    assert read_source(wanted).images[0].twin_captions == ("A green field.",)


def test_pairs_by_the_named_parts_of_two_patterns(tmp_path):
    names = ("spring_s1/1_vv.png", "spring_s1/1_vh.png", "autumn_s1/1_vv.png")
    captions = flat(spring_s2_1=["In bloom."], autumn_s2_1=["Bare."])
    found = read_source(source(images(tmp_path, *names), captions, **PATTERNS))
    assert {image.file: image.twin_captions for image in found.images} == {
        "autumn_s1/1_vv.png": ("Bare.",),
        "spring_s1/1_vv.png": ("In bloom.",),
        "spring_s1/1_vh.png": ("In bloom.",),
    }
    assert found.rejects == ()


def test_unpaired_images_and_captions_are_told(tmp_path):
    captions = [*flat(**{"1": ["x"], "3": ["y"], "2": [""]}), {"captions": ["z"]}]
    wanted = source(images(tmp_path, "1.png", "2.png"), captions)
    assert [image.file for image in read_source(wanted).images] == ["1.png"]
    assert reasons(wanted) == [
        ("caption", "opt/2.jpg", "caption is empty or not text"),
        ("caption", "captions.json: entry 3", "no file name"),
        ("caption", "opt/2.jpg", "no caption"),
        ("image", "2.png", "no optical twin with captions"),
        ("caption", "opt/3.jpg", "no SAR image is its twin"),
    ]
    assert read_source(wanted).images_in == 2


def test_twins_that_cannot_be_told_are_refused(tmp_path):
    both = source(images(tmp_path, "spring/1.png", "autumn/1.png"), flat(**{"1": ["x"]}))
    assert {reason for _, _, reason in reasons(both)} == {
        "2 SAR images have the stem 1: their twins cannot be told apart"
    }
    captions = [{"filename": f"{folder}/1.jpg", "captions": ["x"]} for folder in ("spring", "autumn")]
    several = source(images(tmp_path / "b", "1.png"), captions)
    assert reasons(several) == [("image", "1.png", "2 captioned optical images could be its twin")]


def test_files_that_no_pattern_fits_are_no_pair(tmp_path):
    wanted = source(images(tmp_path, "odd.png"), flat(odd=["x"]), **PATTERNS)
    assert reasons(wanted) == [
        ("image", "odd.png", "no optical twin with captions"),
        ("caption", "opt/odd.jpg", "no SAR image is its twin"),
    ]


@pytest.mark.parametrize(
    "options",
    [
        {"sar_pattern": "(?P<pair>x)"},
        {"sar_pattern": "(?P<pair>x)", "optical_pattern": "(?P<other>x)"},
        {"sar_pattern": "x", "optical_pattern": "x"},
        {"sar_pattern": "(", "optical_pattern": "x"},
        {"csv": {"colour": 1}},
    ],
)
def test_options_that_cannot_work_are_refused(tmp_path, options):
    with pytest.raises(ValidationError, match=r"pattern|csv"):
        Source(name="s", format="pairs", images=tmp_path, annotations=tmp_path, split="a", options=options)


CORNERS = [[0.0, 0.0], [10.0, 0.0], [10.0, 20.0], [0.0, 20.0]]


def metadata(folder: Path, entries: object) -> Path:
    path = folder / "metadata.json"
    path.write_text(json.dumps(entries))
    return path


def test_positions_are_the_centres_of_the_corners(tmp_path):
    path = metadata(tmp_path, [{"filename": "1.png", "corners_EPSG:4326": CORNERS}])
    (image,) = read_source(source(images(tmp_path, "1.png"), flat(**{"1": ["x"]}), metadata=path)).images
    assert image.position == pytest.approx((5.0, 10.0))


@pytest.mark.parametrize(
    "entries",
    [
        {},
        [3],
        [{"filename": "1.png"}],
        [{"filename": "1.png", "corners_EPSG:4326": []}],
        [{"filename": "1.png", "corners_EPSG:4326": [[1, float("nan")]]}],
        [{"filename": "1.png", "corners_EPSG:4326": [[1, 1e300]]}],
        [{"filename": "1.png", "corners_EPSG:4326": ["ab"]}],
        [{"filename": "1.png", "corners_EPSG:999999": CORNERS}],
        [{"filename": "1.png", "corners_EPSG:32633": [[9e8, 9e8]]}],
        [{"filename": f"{folder}/1.png", "corners_EPSG:4326": CORNERS} for folder in "ab"],
    ],
)
def test_metadata_that_cannot_be_read_is_an_error(tmp_path, entries):
    with pytest.raises(AnnotationError, match=r"metadata\.json"):
        read_corner_positions(metadata(tmp_path, entries))


def test_damaged_captions_and_metadata_are_read_or_refused(tmp_path):
    path = metadata(tmp_path, [{"filename": "1.png", "corners_EPSG:32633": [[500000.0, 4649776.0]] * 4}])
    wanted = source(images(tmp_path, "1.png", "2.png"), flat(**{"1": ["x"], "2": ["y"]}), metadata=path)
    for damaged in (path, wanted.annotations):
        counts = fuzz(damaged, 200, wanted)
        assert counts["error"] > 50
        assert counts["read"] > 5


def test_real_pairs_get_positions_and_captions(shared_data, tmp_path):
    sar = shared_data / "s1s2_pairs_512" / "sar"
    names = sorted(path.name for path in sar.iterdir())
    captions = tmp_path / "captions.csv"
    captions.write_text("filename,caption\n" + "".join(f"opt/{name},A place seen from above.\n" for name in names[1:]))
    wanted = Source(
        name="pairs",
        format="pairs",
        images=sar,
        annotations=captions,
        split="train",
        options={"metadata": shared_data / "s1s2_pairs" / "metadata.json"},
        group=Grouping(distance_m=15_000),
    )
    wanted_images = wanted.model_copy(update={"include": "0*"})
    found = read_source(wanted_images)
    assert [(reject.file, reject.reason) for reject in found.rejects] == [(names[0], "no optical twin with captions")]
    assert all(image.twin_captions == ("A place seen from above.",) for image in found.images)
    for image in read_source(wanted).images:
        assert image.position is not None
        assert -119.5 < image.position[0] < -117  # the coast of California
        assert 33 < image.position[1] < 35.5
    assert len({image.group for image in read_source(wanted).images}) < len(names) - 1

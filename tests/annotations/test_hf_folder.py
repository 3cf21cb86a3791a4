"""Folders of Hugging Face: captions, questions and objects in every form of metadata."""

import json
from pathlib import Path

import cv2
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from sarvl.annotations import Source, read_source
from sarvl.errors import AnnotationError

ROW = {
    "file_name": "a.png",
    "text": "A ship.",
    "caption_2": "One ship.",
    "objects": {"bbox": [[1, 2, 10, 5]], "categories": ["ship"]},
    "label": "port",
    "question": "How many ships?",
    "answer": "One.",
}


def given(folder: Path, rows: list[dict], ending: str = "jsonl", place: str = "train", **more: object) -> Source:
    for name in ("a.png", "b.png"):
        (folder / place).mkdir(parents=True, exist_ok=True)
        cv2.imwrite(str(folder / place / name), np.arange(40 * 60, dtype=np.uint8).reshape(40, 60))
    path = folder / place / f"metadata.{ending}"
    if ending == "parquet":
        pq.write_table(pa.Table.from_pylist(rows), path)
    else:
        path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    fields = {"images": folder, "annotations": folder, "split": "train"} | more
    return Source(name="s", format="hf_folder", **fields)


@pytest.mark.parametrize("ending", ["jsonl", "parquet"])
def test_a_row_says_all_of_an_image(tmp_path, ending):
    (image,) = read_source(given(tmp_path, [ROW], ending)).images
    assert (image.file, image.official_split, image.label) == ("train/a.png", "train", "port")
    assert image.captions == ("A ship.", "One ship.")
    assert [tuple(asked) for asked in image.questions] == [("How many ships?", "One.")]
    assert [(item.class_name, tuple(item.box)) for item in image.objects] == [("ship", (1, 2, 11, 7))]


def test_rows_of_one_image_are_joined_and_a_table_may_be_a_csv(tmp_path):
    source = given(tmp_path, [])
    (tmp_path / "train" / "metadata.jsonl").unlink()
    table = "file_name,text\na.png,A ship.\na.png,\"['A ship.', 'One ship.']\"\n"
    (tmp_path / "train" / "metadata.csv").write_text(table)
    (image,) = read_source(source).images
    assert image.captions == ("A ship.", "One ship.")


@pytest.mark.parametrize(
    ("objects", "options", "box"),
    [
        ({"bbox": [[1, 2, 10, 5]], "categories": [0]}, {}, (1, 2, 11, 7)),
        ({"bbox": [[1, 2, 10, 5]], "category": [0]}, {"boxes": "xyxy"}, (1, 2, 10, 5)),
        ([{"bbox": [1, 2, 10, 5], "category_id": 0}], {}, (1, 2, 11, 7)),
    ],
)
def test_numbers_of_classes_are_named_by_the_recipe(tmp_path, objects, options, box):
    rows = [{"file_name": "a.png", "objects": objects, "label": 0}]
    (image,) = read_source(given(tmp_path, rows, class_names={"0": "ship"}, options=options)).images
    assert [(item.class_name, tuple(item.box)) for item in image.objects] == [("ship", box)]
    assert image.label == "ship"
    unnamed = read_source(given(tmp_path, rows, options=options))
    assert [reject.reason for reject in unnamed.rejects] == ["category 0 has no name; name it in `class_names`"]
    assert unnamed.images[0].open_classes == ("*",)
    assert "label 0 left out: `class_names` does not name it" in unnamed.images[0].notes


@pytest.mark.parametrize(
    "objects",
    [
        {"bbox": [[1, 2, 10]], "categories": ["ship"]},
        {"bbox": [], "categories": ["ship"]},
        {"bbox": [[1, 2, 10, None]], "categories": ["ship"]},
    ],
)
def test_objects_that_cannot_be_read_leave_their_class_open(tmp_path, objects):
    found = read_source(given(tmp_path, [{"file_name": "a.png", "objects": objects, "text": "A."}]))
    assert [reject.unit for reject in found.rejects] == ["box"]
    assert found.images[0].open_classes == ("ship",)


def test_what_names_no_file_is_refused(tmp_path):
    rows = [{"text": "A."}, {"image": {"bytes": "x", "path": None}, "text": "A."}, {"file_name": "a.png", "text": "A."}]
    assert [reject.reason for reject in read_source(given(tmp_path, rows)).rejects] == [
        "no file_name",
        "its image is inside the table",
    ]


def test_images_that_no_row_names_are_counted(tmp_path):
    assert read_source(given(tmp_path, [ROW])).not_named == 1


def test_another_folder_is_sent_to_its_format(tmp_path):
    source = given(tmp_path, [ROW])
    (tmp_path / "train" / "metadata.jsonl").rename(tmp_path / "train" / "captions.jsonl")
    with pytest.raises(AnnotationError, match=r"no metadata.jsonl, metadata.csv, metadata.parquet in this folder"):
        read_source(source)
    (tmp_path / "train" / "metadata.parquet").write_bytes(b"PAR1 not whole")
    with pytest.raises(AnnotationError, match="check that the file is complete"):
        read_source(source)

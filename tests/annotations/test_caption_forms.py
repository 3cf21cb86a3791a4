"""Caption files as the field writes them, and the format that a file is sent to where it is given to another."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from sarvl.annotations import Source, read_source
from sarvl.annotations.parsing.text_list import texts_in
from sarvl.errors import AnnotationError

TWO = ("A ship.", "One ship.")
BOXES = {
    "images": [{"id": 1, "file_name": "a.png"}],
    "annotations": [{"image_id": 1, "category_id": 1, "bbox": [1, 2, 3, 4]}],
    "categories": [{"id": 1, "name": "ship"}],
}
TALK = [{"image": "a.png", "conversations": [{"from": "human", "value": "Q"}, {"from": "gpt", "value": "A"}]}]
LABELME = {"version": "5.0.1", "shapes": [], "imagePath": "a.png"}
ANSWERS = [{"image_id": 1, "caption": "A ship."}]


@pytest.fixture
def images(tmp_path: Path) -> Path:
    (tmp_path / "images" / "train").mkdir(parents=True)
    for name in ("a.png", "train/b.png"):
        cv2.imwrite(str(tmp_path / "images" / name), np.arange(40 * 60, dtype=np.uint8).reshape(40, 60))
    return tmp_path / "images"


def source(images: Path, data: object, ending: str = "json", form: str = "captions", **options: object) -> Source:
    path = images.parent / f"given.{ending}"
    path.write_text(data if isinstance(data, str) else json.dumps(data), encoding="utf-8")
    return Source(name="s", format=form, images=images, annotations=path, split="train", options=options)


def lines(*entries: object) -> str:
    return "".join(json.dumps(entry) + "\n" for entry in entries)


@pytest.mark.parametrize(
    "text",
    [
        lines({"file_name": "a.png", "text": "A ship."}, {"file_name": "a.png", "text": "One ship."}),
        lines({"image": "a.png", "captions": TWO}, {"image": "train/b.png", "caption": "A port."}),
        lines({"filename": "a.png", "caption_1": "A ship.", "caption_2": "One ship."}),
        lines({"file_name": "a.png", "text": "A ship.", "captions": TWO}),
        lines({"file_name": "a.png", "caption": "['A ship.', 'One ship.']"}),
        lines({"image": {"path": "a.png", "bytes": None}, "text": '["A ship.", "One ship."]'}),
        json.dumps({"file_name": "a.png", "captions": TWO}, indent=2),
        "\ufeff" + lines({"file_name": "a.png", "captions": TWO}),
        json.dumps({"a.png": TWO, "train/b.png": "A port."}, indent=2),
    ],
)
@pytest.mark.parametrize("ending", ["jsonl", "json"])
def test_json_lines_have_captions_under_any_of_their_names(images, text, ending):
    if ending == "jsonl" and text.startswith("{\n"):
        pytest.skip("an object over several lines is no JSON lines")
    found = read_source(source(images, text, ending))
    assert [reject for reject in found.rejects if reject.unit != "caption"] == []
    assert found.images[0].captions == TWO


def test_coco_captions_are_joined_by_image(images):
    data = {
        "images": [{"id": 1, "file_name": "a.png"}, {"id": 2, "file_name": "train/b.png"}, {"id": 3}],
        "annotations": [
            {"id": 1, "image_id": 1, "caption": " A ship. "},
            {"id": 2, "image_id": "1", "caption": "One ship."},
            {"id": 3, "image_id": 9, "caption": "Whose?"},
        ],
    }
    found = read_source(source(images, data))
    assert [(image.file, image.captions) for image in found.images] == [("a.png", TWO)]
    assert [(reject.unit, reject.file, reject.reason) for reject in found.rejects] == [
        ("image", "given.json: images[2]", "no file name"),
        ("caption", "given.json: annotations[2]", "image_id 9 is not among the images"),
        ("image", "train/b.png", "no caption"),
    ]


def test_karpathy_s_folder_is_part_of_the_name(images):
    cv2.imwrite(str(images / "b.png"), np.arange(40 * 60, dtype=np.uint8).reshape(40, 60))
    entry = {"filepath": "train", "filename": "b.png", "sentences": [{"raw": "A ship."}], "split": "val"}
    (image,) = read_source(source(images, {"images": [entry]})).images
    assert (image.file, image.official_split) == ("train/b.png", "val")


def test_a_prefix_of_another_machine_is_removed(images):
    entry = [{"image": "/home/somebody/data/a.png", "caption": "A ship."}]
    assert read_source(source(images, entry)).images == ()
    assert read_source(source(images, entry, prefix="/home/somebody/data/")).images[0].file == "a.png"


def test_two_classes_of_one_image_are_told(images):
    data = {"port": [{"filename": "a.png", "raw": "A ship."}], "farm": [{"filename": "a.png", "raw": "One ship."}]}
    (reject,) = read_source(source(images, data)).rejects
    assert (reject.file, reject.reason) == ("a.png", "has more than one class: port and farm")


def test_objects_beside_captions_are_noted(images):
    entry = {"file_name": "a.png", "text": "A ship.", "objects": {"bbox": [[1, 2, 3, 4]], "categories": [0]}}
    (image,) = read_source(source(images, lines(entry), "jsonl")).images
    assert image.notes == ("its objects are left out: format hf_folder reads them",)


@pytest.mark.parametrize(
    ("cell", "texts"),
    [
        ("['A ship.', 'One ship.']", ["A ship.", "One ship."]),
        ('["A ship.", "It\'s one."]', ["A ship.", "It's one."]),
        ("('A ship.',)", ["A ship."]),
        (r'["caf\u00e9 \/ port"]', ["café / port"]),
        ("['a\\n', \"b's\",\n 'c']", ["a\n", "b's", "c"]),
        ("[]", []),
        ("[A ship] at sea", ["[A ship] at sea"]),
        ("A ship ['x']", ["A ship ['x']"]),
        ("['A ship.'] is no list.", ["['A ship.'] is no list."]),
        ("(A ship)", ["(A ship)"]),
    ],
)
def test_a_list_written_as_text_is_its_texts(cell, texts):
    assert texts_in(cell) == texts


@pytest.mark.parametrize(
    ("cell", "reason"),
    [
        ("['A ship.', 'One sh", "begins as a list of texts, and is none"),
        ("['A ship.'\n 'One ship.']", "lacks commas between its texts"),
        ("['A ship.', 3]", "is no list of texts"),
        ("['A ship.', __import__('os').getcwd()]", "begins as a list of texts, and is none"),
        ("['" + "[" * 3000, "begins as a list of texts, and is none"),
    ],
)
def test_what_only_begins_as_a_list_is_refused(cell, reason):
    with pytest.raises(ValueError, match=reason):
        texts_in(cell)


def test_a_cell_with_a_list_has_several_captions(images):
    table = "image,captions\na.png,\"['A ship.', 'One ship.']\"\ntrain/b.png,\"['A ship.' 'One ship.']\"\n"
    found = read_source(source(images, table, "csv", "csv_captions"))
    assert [(image.file, image.captions) for image in found.images] == [("a.png", TWO)]
    assert [(reject.unit, reject.file) for reject in found.rejects] == [
        ("caption", "train/b.png"),
        ("image", "train/b.png"),
    ]


@pytest.mark.parametrize(
    ("data", "ending", "form", "told"),
    [
        (BOXES, "json", "captions", "it looks like COCO boxes: set format: coco"),
        (TALK, "json", "captions", "it looks like conversations: set format: conversations"),
        (lines(*TALK), "jsonl", "captions", "set format: conversations"),
        (LABELME, "json", "captions", "it looks like LabelMe JSON: set format: labelme"),
        (ANSWERS, "json", "captions", "it looks like what a model has answered, not annotations: give the annotations"),
        ({"type": "FeatureCollection", "features": []}, "json", "captions", "it looks like GeoJSON: convert it"),
        ([{"image": "a.png", "caption": "A ship."}], "json", "csv_captions", "it looks like captions: set format: cap"),
        ("ImageId,PolygonWKT_Pix\n", "csv", "csv_captions", "it looks like SpaceNet's footprints: set format: footp"),
    ],
)
def test_another_form_is_sent_to_the_format_that_reads_it(images, data, ending, form, told):
    with pytest.raises(AnnotationError, match=told):
        read_source(source(images, data, ending, form))

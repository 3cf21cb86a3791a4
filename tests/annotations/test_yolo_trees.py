"""YOLO as Ultralytics and Roboflow lay it out: trees, data.yaml, lists, stray files, segments; and what it is not."""

from pathlib import Path

import cv2
import numpy as np
import pytest
import yaml

from sarvl.annotations import Source, read_source
from sarvl.errors import AnnotationError

IMAGE = np.arange(40 * 60, dtype=np.uint8).reshape(40, 60)
BOX = "0 0.5 0.5 0.2 0.2\n"


def tree(folder: Path, *images: str) -> None:
    """Write images, each with a label of one box: beside it, or in ``labels`` where it lies in ``images``."""
    for name in images:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        cv2.imwrite(str(path), IMAGE)
        label = folder / name.replace("images/", "labels/", 1) if "images/" in name else path
        write(label.with_suffix(".txt"), BOX)


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def source(folder: Path, annotations: str = "data.yaml", images: str = "", **options: object) -> Source:
    fields = {"images": folder / images, "annotations": folder / annotations, "options": options}
    return Source(name="s", format="yolo", official_splits=True, **fields)


def found(given: Source) -> list[tuple[str, str | None, list[str]]]:
    read = read_source(given)
    assert read.rejects == ()
    return [(image.file, image.official_split, [item.class_name for item in image.objects]) for image in read.images]


@pytest.mark.parametrize("names", [["ship"], {0: "ship"}])
@pytest.mark.parametrize(
    ("layout", "data"),
    [
        ("{}/images/{}.jpg", {"train": "../train/images", "val": "../valid/images", "test": "../test/images"}),
        ("{}/images/{}.jpg", {"train": "train/images", "val": "valid/images"}),
        ("images/{}/{}.jpg", {"path": "../datasets/ships", "train": "images/train", "val": ["images/valid"]}),
        ("images/{}/{}.jpg", {"path": "/home/somebody/ships", "train": "./images/train", "val": "images\\valid"}),
        ("{}/{}.jpg", {"train": "train", "val": "valid"}),
    ],
)
def test_trees_are_read_by_their_data_yaml(tmp_path, names, layout, data):
    tree(tmp_path, layout.format("train", "a"), layout.format("valid", "b"))
    write(tmp_path / "data.yaml", yaml.safe_dump({"nc": 1, "names": names} | data))
    write(tmp_path / "README.roboflow.txt", "Ships. Exported by somebody.\n")
    write(tmp_path / "README.dataset.txt", "# ships\n")
    expected = [(layout.format("train", "a"), "train", ["ship"]), (layout.format("valid", "b"), "val", ["ship"])]
    assert found(source(tmp_path)) == expected
    assert found(source(tmp_path, annotations="", classes=str(tmp_path / "data.yaml"))) == expected


def test_splits_may_be_lists_of_images(tmp_path):
    tree(tmp_path, "images/a.jpg", "images/b.jpg", "images/c.jpg")
    write(tmp_path / "train.txt", "./images/a.jpg\n/home/somebody/ships/images/b.jpg\n")
    write(tmp_path / "val.txt", "c.jpg\nimages/gone.jpg\n")
    write(tmp_path / "data.yaml", "train: train.txt\nval: val.txt\nnames: [ship]\n")
    read = read_source(source(tmp_path))
    assert [image.official_split for image in read.images] == ["train", "train", "val"]
    assert [(reject.file, reject.reason) for reject in read.rejects] == [
        ("images/gone.jpg", "stands in the list of val, and is missing")
    ]
    write(tmp_path / "val.txt", "images/a.jpg\n")
    with pytest.raises(AnnotationError, match=r"images/a\.jpg is in train and in val; keep it in one"):
        read_source(source(tmp_path))


@pytest.mark.parametrize("entry", ["{}/secret.txt", "../secret.txt", "link.txt", "a\0b", "x" * 5000])
def test_no_list_outside_of_the_folders_is_read(tmp_path, entry):
    tree(tmp_path / "set", "images/a.jpg")
    write(tmp_path / "secret.txt", "secret\n")
    (tmp_path / "set" / "link.txt").symlink_to(tmp_path / "secret.txt")
    write(tmp_path / "set" / "data.yaml", yaml.safe_dump({"names": ["ship"], "train": entry.format(tmp_path)}))
    read = read_source(source(tmp_path / "set"))
    assert "secret" not in str([reject.file for reject in read.rejects])
    assert [image.official_split for image in read.images] == [None]


def test_a_label_may_lie_beside_its_image(tmp_path):
    tree(tmp_path, "obj_train_data/a.jpg")
    write(tmp_path / "train.txt", "data/obj_train_data/a.jpg\n")
    write(tmp_path / "obj.names", "ship\n")
    given = source(tmp_path, annotations="", classes=str(tmp_path / "obj.names"))
    assert [(file, classes) for file, _, classes in found(given)] == [("obj_train_data/a.jpg", ["ship"])]


def test_two_labels_of_one_image_are_refused(tmp_path):
    tree(tmp_path, "train/images/a.jpg")
    write(tmp_path / "train/images/a.txt", BOX)
    (reject,) = read_source(source(tmp_path, annotations="", classes=["ship"])).rejects
    assert reject.reason == "has the label files train/images/a.txt and train/labels/a.txt"


@pytest.mark.parametrize("number", ["1", "1.0", "1.0e+00", "1.000000000000000000e+00", "01"])
def test_class_numbers_as_numpy_writes_them(tmp_path, number):
    tree(tmp_path, "images/a.jpg")
    write(tmp_path / "labels/a.txt", f"{number} 5.0e-01 5.0e-01 2.0e-01 2.0e-01\n")
    assert found(source(tmp_path, "labels", "images", classes=["tank", "ship"]))[0][2] == ["ship"]


@pytest.mark.parametrize("number", ["1.5", "-1", "nan", "ship", "2"])
def test_class_numbers_that_are_none_are_refused(tmp_path, number):
    tree(tmp_path, "images/a.jpg")
    write(tmp_path / "labels/a.txt", f"{number} 0.5 0.5 0.2 0.2\n")
    (reject,) = read_source(source(tmp_path, "labels", "images", classes=["tank", "ship"])).rejects
    assert reject.reason == f"class '{number}' has no name in `classes`"


def test_segments_are_read_where_the_option_says_so(tmp_path):
    tree(tmp_path, "images/a.jpg")
    square = "0 0.25 0.25 0.5 0.25 0.5 0.5 0.25 0.5\n"
    write(tmp_path / "labels/a.txt", f"{square}0 0.25 0.25 0.5 0.25 0.5 0.75\n{BOX}")
    (image,) = read_source(source(tmp_path, "labels", "images", classes=["ship"], shapes="polygons")).images
    assert sorted((tuple(item.box), item.corners, item.area_px) for item in image.objects) == [
        ((15, 10, 30, 20), None, 150.0),
        ((15, 10, 30, 30), None, pytest.approx(150, abs=15)),
        ((24, 16, 36, 24), None, None),
    ]
    read = read_source(source(tmp_path, "labels", "images", classes=["ship"]))
    assert [reject.reason for reject in read.rejects] == [
        "7 values: an outline of 3 points; set option shapes: polygons"
    ]
    assert [item.corners is not None for item in read.images[0].objects] == [True, False]


def test_another_number_of_classes_than_nc_is_an_error(tmp_path):
    tree(tmp_path, "train/images/a.jpg")
    write(tmp_path / "data.yaml", "nc: 2\nnames: [ship]\n")
    with pytest.raises(AnnotationError, match="`nc` is 2, but `names` has 1; correct one of them"):
        read_source(source(tmp_path))


@pytest.mark.parametrize(
    ("file", "text", "told"),
    [
        ("a.txt", "1 2 3 4 5 6 7 8 ship 0\n", "it looks like DOTA text: set format: dota"),
        ("a.xml", "<annotation/>", "it looks like VOC XML: set format: voc"),
        ("a.json", '{"shapes": [], "imagePath": "a.jpg"}', "it looks like LabelMe JSON: set format: labelme"),
    ],
)
def test_another_form_is_sent_to_its_format(tmp_path, file, text, told):
    tree(tmp_path, "images/a.jpg")
    (tmp_path / "labels/a.txt").unlink()
    write(tmp_path / "labels" / file, text)
    with pytest.raises(AnnotationError, match=told):
        read_source(source(tmp_path, "labels", "images", classes=["ship"]))


def test_dota_sends_yolo_text_to_its_format(tmp_path):
    tree(tmp_path, "images/a.jpg")
    fields = {"images": tmp_path / "images", "annotations": tmp_path / "labels", "split": "train"}
    with pytest.raises(AnnotationError, match="it looks like YOLO text: set format: yolo"):
        read_source(Source(name="s", format="dota", **fields))

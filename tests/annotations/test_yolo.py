"""YOLO text: upright and oriented boxes, where the files lie, and what is refused."""

import re
from pathlib import Path
from random import Random

import cv2
import numpy as np
import pytest
from damage import check_what_is_read, damaged
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from sarvl.annotations import AnnotatedObject, Box, Source, input_of, read_source
from sarvl.annotations.formats.yolo import YoloOptions, read_yolo
from sarvl.errors import AnnotationError

IMAGE = np.arange(40 * 60, dtype=np.uint8).reshape(40, 60)
CONFIDENCE = "the last is the confidence of a prediction, which labels have not"
SHARES = st.floats(-0.2, 1.2)


def make_source(folder: Path, labels: dict[str, str], images: tuple[str, ...] = ("a.jpg",), **more: object) -> Source:
    for name in images:
        (folder / "images" / name).parent.mkdir(parents=True, exist_ok=True)
        cv2.imwrite(str(folder / "images" / name), IMAGE)
    for name, text in labels.items():
        (folder / "labels" / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / "labels" / name).write_text(text, encoding="utf-8")
    options = {"classes": ["ship", "harbor"]} | more
    return Source(
        name="s", format="yolo", images=folder / "images", annotations=folder / "labels", options=options, split="train"
    )


def refusals(source: Source) -> list[tuple[str, str, str]]:
    return [(reject.unit, reject.file, reject.reason) for reject in read_source(source).rejects]


def test_an_upright_box_is_centre_and_size_in_shares(tmp_path):
    found = read_source(make_source(tmp_path, {"a.txt": "1 0.5 0.25 0.5 0.25\n"}))
    assert found.images[0].objects == (AnnotatedObject("harbor", Box(15, 5, 45, 15)),)
    assert (found.images[0].width, found.images[0].height) == (60, 40)


@given(st.lists(st.tuples(st.sampled_from("01"), *[SHARES] * 8), max_size=4))
def test_oriented_boxes_equal_the_naive_conversion(tmp_path_factory, boxes):
    lines = [f"{number} {' '.join(map(repr, shares))}\n" for number, *shares in boxes]
    source = make_source(tmp_path_factory.mktemp("yolo"), {"a.txt": "".join(lines)})
    _, record = read_yolo(input_of(source))
    assert len(record.objects) == len(boxes)
    for item, (number, *shares) in zip(record.objects, boxes, strict=True):
        naive = [(x * 60, y * 40) for x, y in zip(shares[::2], shares[1::2], strict=True)]
        xs, ys = zip(*naive, strict=True)
        assert item.class_name == ("ship", "harbor")[int(number)]
        assert item.corners == tuple(value for point in naive for value in point)
        assert item.box == (min(xs), min(ys), max(xs), max(ys))


def test_sub_folders_are_mirrored_though_names_repeat(tmp_path):
    labels = {"train/a.txt": "0 0.5 0.5 0.1 0.1", "val/a.txt": "1 0.5 0.5 0.1 0.1"}
    found = read_source(make_source(tmp_path, labels, ("train/a.jpg", "val/a.png")))
    kept = {image.file: [item.class_name for item in image.objects] for image in found.images}
    assert kept == {"train/a.jpg": ["ship"], "val/a.png": ["harbor"]}


def test_an_empty_file_is_an_image_without_objects(tmp_path):
    found = read_source(make_source(tmp_path, {"a.txt": "\n"}))
    assert [image.objects for image in found.images] == [()]
    assert not found.rejects


def test_an_image_without_a_file_is_refused_unless_the_option_says_that_it_is_empty(tmp_path):
    images = ("a.jpg", "b.jpg")
    assert refusals(make_source(tmp_path, {"a.txt": ""}, images)) == [("image", "b.jpg", "no label file b.txt")]
    found = read_source(make_source(tmp_path, {"a.txt": ""}, images, without_txt="no_objects"))
    assert [(image.file, image.objects) for image in found.images] == [("a.jpg", ()), ("b.jpg", ())]
    assert not found.rejects


def test_files_and_images_that_do_not_pair_up_are_refused(tmp_path):
    source = make_source(tmp_path, {"a.txt": "", "gone.txt": ""}, ("a.jpg", "a.png"))
    assert refusals(source) == [
        ("image", "a.jpg", "a.jpg and a.png would share a.txt"),
        ("image", "gone.txt", "image is missing"),
    ]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("0 0.5 0.5 0.1 0.1 0.93", f"6 values: {CONFIDENCE}"),
        ("0 .1 .1 .2 .1 .2 .2 .1 .2 .9", f"10 values: {CONFIDENCE}"),
        ("0 0.5 0.5", "3 values, not 5 (class cx cy w h) or 9 (class x1 y1 x2 y2 x3 y3 x4 y4)"),
        ("0 .1 .1 .2 .1 .2 .2", "7 values: an outline of 3 points; set option shapes: polygons"),
        ("2 0.5 0.5 0.1 0.1", "class '2' has no name in `classes`"),
        ("-1 0.5 0.5 0.1 0.1", "class '-1' has no name in `classes`"),
        ("0 0.5 0.5 wide 0.1", "'wide' is not a number"),
        ("0 0.5 0.5 nan 0.1", "'nan' is not finite, or too large"),
        ("0 30 20 10 10", "'0 30 20 10 10' is not in shares of the image's width and height"),
        ("0 0.5 0.5 0 0.1", "ship: box (30, 18, 30, 22) has no area"),
        ("0 .1 .1 .2 .2 .3 .3 .4 .4", "ship: corners (6, 4, 12, 8, 18, 12, 24, 16) enclose no area"),
    ],
)
def test_bad_lines_are_refused_and_the_others_kept(tmp_path, line, reason):
    found = read_source(make_source(tmp_path, {"a.txt": f"1 0.5 0.5 0.1 0.1\n{line}\n"}))
    assert [item.class_name for item in found.images[0].objects] == ["harbor"]
    assert [(reject.unit, reject.reason) for reject in found.rejects] == [("box", reason)]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("classes.txt", "ship\n\nharbor\n"),
        ("data.yaml", "nc: 3\nnames: [ship, none, harbor]\n"),
        ("data.yaml", "names:\n  0: ship\n  2: harbor\n"),
    ],
)
def test_class_names_may_come_from_a_file(tmp_path, name, text):
    source = make_source(tmp_path, {"a.txt": "2 0.5 0.5 0.1 0.1", name: text}, classes=str(tmp_path / "labels" / name))
    found = read_source(source)
    assert [item.class_name for item in found.images[0].objects] == ["harbor"]
    assert not found.rejects


def test_class_names_may_be_given_by_number(tmp_path):
    found = read_source(make_source(tmp_path, {"a.txt": "7 0.5 0.5 0.1 0.1"}, classes={7: "ship"}))
    assert [item.class_name for item in found.images[0].objects] == ["ship"]


def test_the_path_of_a_class_file_is_taken_from_the_recipe(tmp_path):
    assert YoloOptions.model_validate({"classes": "c.txt"}, context={"folder": tmp_path}).classes == tmp_path / "c.txt"
    with pytest.raises(ValidationError, match="classes"):
        YoloOptions.model_validate({"classes": 7})


def test_classes_that_nobody_names_are_an_error(tmp_path):
    with pytest.raises(AnnotationError, match="nobody names the classes; set option classes, or give a"):
        read_source(make_source(tmp_path, {"a.txt": ""}, classes=None))


@pytest.mark.parametrize(
    ("text", "reason"), [("names: 3", "not a list or mapping"), ("names: [yes]", "not a list"), ("{", "not valid YAML")]
)
def test_a_class_file_that_has_no_names_is_an_error(tmp_path, text, reason):
    source = make_source(tmp_path, {"a.txt": "", "data.yaml": text}, classes=str(tmp_path / "labels" / "data.yaml"))
    with pytest.raises(AnnotationError, match=rf"data\.yaml: .*{reason}"):
        read_source(source)


def test_a_folder_without_label_files_is_an_error(tmp_path):
    with pytest.raises(AnnotationError, match=r"labels: no folder with"):
        read_source(make_source(tmp_path, {}))


def test_a_file_that_is_no_text_is_one_refused_image(tmp_path):
    source = make_source(tmp_path, {"a.txt": ""})
    (tmp_path / "labels" / "a.txt").write_bytes(b"\xff\xfe\x00")
    assert [(reject.unit, reject.file) for reject in read_source(source).rejects] == [("image", "a.jpg")]
    assert read_source(source).rejects[0].reason.startswith("a.txt: not UTF-8 text")


def test_a_class_name_that_no_table_can_hold_is_no_name(tmp_path):
    source = make_source(tmp_path, {"a.txt": "0 0.5 0.5 0.1 0.1"}, classes=["\ud800"])
    assert refusals(source) == [("box", "a.txt: line 1", "class '0' has no name in `classes`")]


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    text = "0 0.5 0.5 0.25 0.125\n1 0.1 0.1 0.4 0.1 0.4 0.3 0.1 0.3\n"
    folder = tmp_path_factory.mktemp("damaged")
    labels = {"a.txt": text, "data.yaml": "nc: 2\nnames: {0: ship, 1: 'harbor'}\n"}
    return make_source(folder, labels, classes=str(folder / "labels" / "data.yaml"))


@settings(max_examples=300, deadline=None)
@given(st.integers(0, 2**32), st.sampled_from(["a.txt", "data.yaml"]))
def test_damaged_files_never_break_the_reader(source, seed, name):
    label = source.annotations / name
    held = label.read_bytes()
    label.write_bytes(damaged(held, Random(seed)))
    try:
        check_what_is_read(source)
    finally:
        label.write_bytes(held)


@pytest.mark.parametrize(
    ("name", "advice"),
    [
        ("labels/data.yaml", "set `annotations` to"),
        ("labels/classes.txt", "set option classes to"),
        ("data.yaml", "set"),
    ],
)
def test_a_file_of_names_that_is_there_is_pointed_to(tmp_path, name, advice):
    for folder in ("images", "labels"):
        (tmp_path / folder).mkdir()
    cv2.imwrite(str(tmp_path / "images" / "a.png"), np.arange(600, dtype=np.uint8).reshape(20, 30))
    (tmp_path / "labels" / "a.txt").write_text("0 .5 .5 .1 .1")
    (tmp_path / name).write_text("names: [ship]")
    given = {"images": tmp_path / "images", "annotations": tmp_path / "labels", "split": "train"}
    with pytest.raises(AnnotationError, match=rf"{advice} .*{re.escape(name)}"):
        read_source(Source(name="s", format="yolo", **given))

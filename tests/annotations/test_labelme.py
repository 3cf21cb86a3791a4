"""LabelMe JSON: every kind of shape, where the image is, and what is refused."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from sarvl.annotations import AnnotatedObject, Box, Source, read_source
from sarvl.errors import AnnotationError

SQUARE = [[10, 5], [20, 5], [20, 15], [10, 15]]


def shape(kind: str | None, points: object, label: object = "ship", **more: object) -> dict:
    return {"label": label, "points": points, **({"shape_type": kind} if kind else {}), **more}


def given(folder: Path, *shapes: dict, file: str = "a.json", image: str = "a.png", **more: object) -> Source:
    size = {"imageHeight": 40, "imageWidth": 60}
    data = {"version": "5.4.1", "flags": {}, "shapes": list(shapes), "imagePath": image, "imageData": None, **size}
    (folder / "images").mkdir(exist_ok=True)
    cv2.imwrite(str(folder / "images" / "a.png"), np.arange(40 * 60, dtype=np.uint8).reshape(40, 60))
    path = folder / "labels" / file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(data | more), encoding="utf-8")
    fields = {"images": folder / "images", "annotations": folder / "labels", "options": {"corners": "polygons"}}
    return Source(name="s", format="labelme", split="train", **fields)


@pytest.mark.parametrize(
    ("item", "box"),
    [
        (shape("rectangle", [[20, 15], [10, 5]]), Box(10, 5, 20, 15)),
        (shape("rectangle", SQUARE), Box(10, 5, 20, 15)),
        (shape("circle", [[30, 20], [33, 24]]), Box(25, 15, 35, 25)),
        (shape("mask", [[10, 5], [19, 14]], mask="iVBORw0KGgo="), Box(10, 5, 20, 15)),
    ],
)
def test_shapes_with_a_box_alone(tmp_path, item, box):
    (image,) = read_source(given(tmp_path, item)).images
    assert image.objects == (AnnotatedObject("ship", box),)


@pytest.mark.parametrize("kind", ["polygon", "rotation", "oriented_rectangle", None])
def test_outlines_give_box_pixels_and_corners(tmp_path, kind):
    (image,) = read_source(given(tmp_path, shape(kind, SQUARE))).images
    assert image.objects == (AnnotatedObject("ship", Box(10, 5, 20, 15), (10, 5, 20, 5, 20, 15, 10, 15), 100.0),)
    plain = given(tmp_path, shape(kind, SQUARE)).model_copy(update={"options": {}})
    plain = Source(**plain.model_dump())
    assert read_source(plain).images[0].objects[0].corners is None


def test_shapes_of_one_group_are_one_object(tmp_path):
    other = [[40, 5], [50, 5], [50, 15], [40, 15]]
    parts = [shape("polygon", SQUARE, group_id=1), shape("polygon", other, group_id=1)]
    found = read_source(given(tmp_path, *parts, shape("polygon", other, "harbor", group_id=1))).images[0]
    assert [(item.class_name, tuple(item.box), item.area_px) for item in found.objects] == [
        ("harbor", (40, 5, 50, 15), 100.0),
        ("ship", (10, 5, 50, 15), 200.0),
    ]
    assert len(read_source(given(tmp_path, shape("polygon", SQUARE), shape("polygon", other))).images[0].objects) == 2


@pytest.mark.parametrize("kind", ["point", "line", "linestrip", "points"])
def test_shapes_without_area_are_refused_and_their_class_is_not_denied(tmp_path, kind):
    source = given(tmp_path, shape(kind, [[1, 2], [3, 4]]), shape("rectangle", SQUARE[::2], "tank"))
    found = read_source(source)
    assert [(reject.unit, reject.reason) for reject in found.rejects] == [("box", f"a {kind} has no area")]
    assert found.images[0].open_classes == ("ship",)
    assert [item.class_name for item in found.images[0].objects] == ["tank"]


@pytest.mark.parametrize(
    "item",
    [
        shape("rectangle", [[1, 2]]),
        shape("polygon", [[1, 2], [3, 4]]),
        shape("polygon", [[1, 2], [3, "4"], [5, 6]]),
        shape("polygon", [[1, 2], [3, 1e400], [5, 6]]),
        shape("spline", SQUARE),
        shape("rectangle", None),
        shape("rectangle", SQUARE, label=7),
        {"points": SQUARE},
    ],
)
def test_shapes_that_cannot_be_read_are_refused(tmp_path, item):
    found = read_source(given(tmp_path, item))
    assert [reject.unit for reject in found.rejects] == ["box"]
    assert found.images[0].open_classes


@pytest.mark.parametrize(
    ("file", "image"),
    [
        ("a.json", "../images/a.png"),
        ("a.json", "..\\images\\a.png"),
        ("deep/a.json", "../../images/a.png"),
        ("a.json", "/home/somebody/a.jpg"),
        ("a.json", "C:\\data\\a.jpg"),
        ("a.json", "other.png"),
    ],
)
def test_the_image_is_found_from_the_file_by_its_name_or_beside_it(tmp_path, file, image):
    found = read_source(given(tmp_path, shape("rectangle", SQUARE[::2]), file=file, image=image))
    assert [image.file for image in found.images] == ["a.png"]
    assert found.rejects == ()


def test_an_embedded_image_that_is_no_file_says_so(tmp_path):
    (reject,) = read_source(given(tmp_path, file="b.json", image="b.png", imageData="iVBORw0KGgo=")).rejects
    assert reject.reason == "image is missing, but embedded as imageData"
    assert read_source(given(tmp_path, imageData="iVBORw0KGgo=")).images


def test_flags_are_noted(tmp_path):
    assert read_source(given(tmp_path, flags={"cloudy": True, "x": False})).images[0].notes == (
        "flags left out: cloudy",
    )


def test_other_json_is_sent_to_its_format(tmp_path):
    source = given(tmp_path)
    coco = {"images": [], "annotations": [{"bbox": [1, 2, 3, 4]}]}
    (tmp_path / "labels" / "c.json").write_text(json.dumps(coco))
    (reject,) = read_source(source).rejects
    assert reject.reason == "c.json: no list `shapes`; it looks like COCO boxes: set format: coco"
    alone = source.model_copy(update={"annotations": tmp_path / "labels" / "c.json"})
    with pytest.raises(AnnotationError, match="set format: coco"):
        read_source(alone)
    (tmp_path / "xml").mkdir()
    (tmp_path / "xml" / "a.xml").write_text("<annotation></annotation>")
    with pytest.raises(AnnotationError, match=r"no folder with \*.json; it looks like VOC XML: set format: voc"):
        read_source(source.model_copy(update={"annotations": tmp_path / "xml"}))

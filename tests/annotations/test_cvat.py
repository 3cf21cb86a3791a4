"""CVAT for images 1.1: every kind of shape, tags and subsets, and what is refused."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from sarvl.annotations import AnnotatedObject, Box, Source, read_source
from sarvl.errors import AnnotationError

META = {
    "task": "<meta><task><id>1</id><labels><label><name>ship</name></label></labels></task></meta>",
    "job": "<meta><job><id>1</id><labels><label><name>ship</name></label></labels></job></meta>",
    "none": "",
}
TURNED = pytest.approx((25, 10, 35, 30))


def given(
    folder: Path, inside: str, attributes: str = "", meta: str = "task", name: str = "a.png", **options
) -> Source:
    (folder / "images").mkdir(exist_ok=True)
    cv2.imwrite(str(folder / "images" / "a.png"), np.arange(40 * 60, dtype=np.uint8).reshape(40, 60))
    head = f'<image id="0" name="{name}" width="60" height="40" {attributes}>'
    text = (
        f'<?xml version="1.0" encoding="utf-8"?><annotations><version>1.1</version>{META[meta]}{head}{inside}</image>'
    )
    (folder / "annotations.xml").write_text(f"{text}</annotations>", encoding="utf-8")
    fields = {"images": folder / "images", "annotations": folder / "annotations.xml", "options": options}
    return Source(name="s", format="cvat", split="train", **fields)


BOX = '<box label="ship" xtl="10.5" ytl="5" xbr="20" ybr="15" z_order="0"><attribute name="a">1</attribute></box>'


@pytest.mark.parametrize("meta", META)
def test_boxes_of_tasks_and_of_jobs(tmp_path, meta):
    assert read_source(given(tmp_path, BOX, meta=meta)).images[0].objects == (
        AnnotatedObject("ship", Box(10.5, 5, 20, 15)),
    )


def test_a_turned_box_is_turned_about_its_centre(tmp_path):
    turned = '<box label="ship" xtl="20" ytl="15" xbr="40" ybr="25" rotation="90.0"/>'
    (item,) = read_source(given(tmp_path, turned, corners="polygons")).images[0].objects
    assert tuple(item.box) == TURNED
    assert item.corners == pytest.approx((35, 10, 35, 30, 25, 30, 25, 10))
    assert read_source(given(tmp_path, turned)).images[0].objects[0].corners is None


def test_polygons_ellipses_and_masks(tmp_path):
    shapes = [
        '<polygon label="a" points="10.00,5.00;20.00,5.00;20.00,15.00;10.00,15.00"/>',
        '<ellipse label="b" cx="30" cy="20" rx="10" ry="5"/>',
        '<ellipse label="c" cx="30" cy="20" rx="10" ry="5" rotation="90"/>',
        '<mask label="d" rle="1, 3, 1, 2, 1" left="4" top="6" width="4" height="2"/>',
    ]
    objects = read_source(given(tmp_path, "".join(shapes), corners="polygons")).images[0].objects
    assert [item.class_name for item in objects] == ["a", "b", "c", "d"]
    assert [item.area_px for item in objects] == [100.0, None, None, 5.0]
    assert tuple(objects[0].box) == (10, 5, 20, 15)
    assert objects[0].corners == (10, 5, 20, 5, 20, 15, 10, 15)
    assert tuple(objects[1].box) == (20, 15, 40, 25)
    assert tuple(objects[2].box) == TURNED
    assert tuple(objects[3].box) == (4, 6, 8, 8)


@pytest.mark.parametrize(
    "shape",
    [
        '<polyline label="ship" points="1,2;3,4"/>',
        '<points label="ship" points="1,2"/>',
        '<cuboid label="ship" xtl1="1"/>',
        '<skeleton label="ship"></skeleton>',
        '<polygon label="ship" points="1,2;3,4"/>',
        '<polygon label="ship" points="1,2;3;4,5"/>',
        '<box label="ship" xtl="a" ytl="5" xbr="20" ybr="15"/>',
        '<mask label="ship" rle="1,2" left="4" top="6" width="4" height="2"/>',
        '<mask label="ship" rle="x" left="4" top="6" width="4" height="2"/>',
    ],
)
def test_other_shapes_are_refused_and_their_class_is_not_denied(tmp_path, shape):
    found = read_source(given(tmp_path, shape))
    assert [reject.unit for reject in found.rejects] == ["box"]
    assert found.images[0].open_classes == ("ship",)


def test_a_tag_is_the_class_and_a_subset_the_split(tmp_path):
    (image,) = read_source(given(tmp_path, '<tag label="port"/>', 'subset="Train"')).images
    assert (image.label, image.official_split) == ("port", "Train")
    (image,) = read_source(given(tmp_path, '<tag label="port"/><tag label="sea"/>')).images
    assert (image.label, image.notes) == (None, ("tags left out, of which an image has one: port, sea",))


def test_a_prefix_of_another_machine_is_removed(tmp_path):
    assert read_source(given(tmp_path, BOX, name="/data/x/a.png")).images == ()
    assert read_source(given(tmp_path, BOX, name="/data/x/a.png", prefix="/data/x/")).images[0].file == "a.png"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("<annotations><track id='0' label='ship'/></annotations>", "CVAT for video: export it as CVAT for images 1.1"),
        ("<annotation><object/></annotation>", "it looks like VOC XML: set format: voc"),
        ("<annotations><annotation/></annotations>", "it looks like VOC XML: set format: voc"),
        ("<!DOCTYPE a [<!ENTITY b 'c'>]><annotations>&b;</annotations>", "not valid XML"),
    ],
)
def test_other_xml_is_sent_to_its_format(tmp_path, text, told):
    source = given(tmp_path, BOX)
    source.annotations.write_text(text)
    with pytest.raises(AnnotationError, match=told):
        read_source(source)

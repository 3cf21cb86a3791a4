"""VOC with oriented boxes: SSDD's, roLabelImg's and polygons; what is refused; and the real files of SSDD."""

from math import radians
from pathlib import Path
from random import Random

import cv2
import numpy as np
import pytest
from damage import check_what_is_read, damaged
from defusedxml.ElementTree import parse
from hypothesis import given, settings
from hypothesis import strategies as st

from sarvl.annotations import Box, Source, input_of, read_source, whole_pixels
from sarvl.annotations.formats.voc import read_voc
from sarvl.annotations.parsing.corners import area_of, hull_of
from sarvl.language import describe

IMAGE = np.arange(40 * 60, dtype=np.uint8).reshape(40, 60)
CORNERS = (10.0, 5.0, 30.0, 10.0, 28.0, 18.0, 8.0, 13.0)
NAMES = ("x1", "y1", "x2", "y2", "x3", "y3", "x4", "y4")
BOX = "<bndbox><xmin>9</xmin><ymin>6</ymin><xmax>29</xmax><ymax>17</ymax></bndbox>"
POINTS = "".join(f"<{name}>{value}</{name}>" for name, value in zip(NAMES, CORNERS, strict=True))
TURNED = "<robndbox><cx>30</cx><cy>20</cy><w>20</w><h>10</h><angle>{}</angle></robndbox>"


def voc(*objects: str) -> str:
    items = "".join(f"<object><name>ship</name>{item}</object>" for item in objects)
    return f"<annotation><size><width>60</width><height>40</height></size>{items}</annotation>"


def make_source(folder: Path, text: str, corners: str = "stated") -> Source:
    for name in ("images", "labels"):
        (folder / name).mkdir(exist_ok=True)
    cv2.imwrite(str(folder / "images" / "a.png"), IMAGE)
    (folder / "labels" / "a.xml").write_text(text, encoding="utf-8")
    fields = {"images": folder / "images", "annotations": folder / "labels"}
    return Source(name="s", format="voc", options={"corners": corners}, split="train", **fields)


@pytest.mark.parametrize("tag", ["rotated_bndbox", "polygon"])
def test_corners_are_read_and_the_stated_box_stays(tmp_path, tag):
    found = read_source(make_source(tmp_path, voc(f"{BOX}<{tag}>{POINTS}</{tag}>")))
    (item,) = found.images[0].objects
    assert (item.box, item.corners) == (Box(9, 6, 29, 17), CORNERS)


def test_without_a_stated_box_it_is_the_hull_of_the_corners(tmp_path):
    text = voc(f"<rotated_bndbox>{POINTS}</rotated_bndbox>")
    (item,) = read_source(make_source(tmp_path, text)).images[0].objects
    assert (item.box, item.corners) == (hull_of(CORNERS), CORNERS)
    (upright,) = read_source(make_source(tmp_path, text, corners="none")).images[0].objects
    assert (upright.box, upright.corners) == (hull_of(CORNERS), None)


@pytest.mark.parametrize("degrees", [0, 30, 90, 170])
def test_angles_of_rolabelimg_turn_clockwise_as_seen(tmp_path, degrees):
    text = voc(f"<type>robndbox</type>{TURNED.format(radians(degrees))}")
    (record,) = read_voc(input_of(make_source(tmp_path, text)))
    corners = np.reshape(record.objects[0].corners, (4, 2))
    reference = cv2.boxPoints(((30, 20), (20, 10), degrees))
    distances = np.linalg.norm(corners[:, None] - reference, axis=2)
    assert distances.min(axis=1).max() < 1e-3
    right, down = corners[1] - corners[0]  # along w
    assert np.arctan2(down, right) % (2 * np.pi) == pytest.approx(radians(degrees))


def test_an_outline_of_more_points_is_no_oriented_box(tmp_path):
    outline = f"<polygon>{POINTS}<x5>8</x5><y5>9</y5></polygon>"
    (item,) = read_source(make_source(tmp_path, voc(BOX + outline))).images[0].objects
    assert (item.box, item.corners) == (Box(9, 6, 29, 17), None)


@pytest.mark.parametrize("flag", ["<difficult>1</difficult>", "<Difficult>0</Difficult>", "<difficult>?</difficult>"])
def test_difficult_does_not_matter(tmp_path, flag):
    found = read_source(make_source(tmp_path, voc(flag + BOX)))
    assert len(found.images[0].objects) == 1
    assert not found.rejects


@pytest.mark.parametrize(
    ("item", "reason"),
    [
        (f"<rotated_bndbox>{POINTS.replace('<y4>13.0</y4>', '')}</rotated_bndbox>", "is not eight numbers"),
        (f"<polygon>{POINTS.replace('30.0', 'nan')}</polygon>", "is not eight numbers"),
        (TURNED.format("left"), "is not five numbers"),
        (TURNED.replace("<h>10</h>", "").format(0), "is not five numbers"),
        (BOX.replace("29", "1e999"), "is not four numbers"),
        ("", "bndbox [None, None, None, None] is not four numbers"),
        (TURNED.replace("<h>10</h>", "<h>0</h>").format(0), "enclose no area"),
        (f"{BOX}{TURNED.replace('>30<', '>300<').format(0)}", "lie outside the image of 60 x 40"),
    ],
)
def test_bad_oriented_boxes_are_refused_and_the_others_kept(tmp_path, item, reason):
    found = read_source(make_source(tmp_path, voc(BOX.replace("29", "28"), item)))
    assert len(found.images[0].objects) == 1
    assert [reject.unit for reject in found.rejects] == ["box"]
    assert found.rejects[0].reason.endswith(reason)


def test_a_box_outlives_a_malformed_oriented_box_which_is_noted_where_it_is_wanted(tmp_path):
    for number, corners in enumerate(("none", "stated")):
        folder = tmp_path / corners
        folder.mkdir()
        image = read_source(make_source(folder, voc(f"{BOX}<rotated_bndbox/>"), corners)).images[0]
        assert [(item.box, item.corners) for item in image.objects] == [(Box(9, 6, 29, 17), None)]
        assert len(image.notes) == number
        assert image.open_classes == ()


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    objects = (f"{BOX}<rotated_bndbox>{POINTS}</rotated_bndbox>", TURNED.format(0.5), f"<polygon>{POINTS}</polygon>")
    return make_source(tmp_path_factory.mktemp("damaged"), voc(*objects))


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 2**32))
def test_damaged_files_never_break_the_reader(source, seed):
    label = source.annotations / "a.xml"
    held = label.read_bytes()
    label.write_bytes(damaged(held, Random(seed)))
    try:
        check_what_is_read(source)
    finally:
        label.write_bytes(held)


def ssdd_source(shared_data: Path, form: str, annotations: str, **options: object) -> Source:
    folder = shared_data / "ssdd"
    fields = {"images": folder / "images", "annotations": folder / annotations, "labelled_classes": ("ship",)}
    return Source(name="ssdd", format=form, split="train", options=options, **fields)


def test_the_oriented_boxes_of_ssdd_agree_with_its_boxes_and_their_own_sides(shared_data):
    source = ssdd_source(shared_data, "voc", "voc", corners="stated")
    overlaps, areas = [], []
    for record, path in zip(read_voc(input_of(source)), sorted(source.annotations.glob("*.xml")), strict=True):
        for item, node in zip(record.objects, parse(path).getroot().findall("object"), strict=True):
            hull = hull_of(item.corners)
            width = min(hull.xmax, item.box.xmax) - max(hull.xmin, item.box.xmin)
            height = min(hull.ymax, item.box.ymax) - max(hull.ymin, item.box.ymin)
            overlaps.append(width * height / ((item.box.xmax - item.box.xmin) * (item.box.ymax - item.box.ymin)))
            sides = [float(node.findtext(f"rotated_bndbox/rotated_bbox_{side}")) for side in "wh"]
            areas.append(area_of(item.corners) / np.prod(sides))
    assert len(overlaps) == 2041
    assert min(overlaps) > 0.8  # of the stated box lies in the hull of the corners
    assert np.median(areas) == pytest.approx(1, abs=0.1)


def test_ssdd_gives_the_same_boxes_and_texts_through_coco_and_voc(shared_data):
    coco = read_source(ssdd_source(shared_data, "coco", "coco.json"))
    turned = read_source(ssdd_source(shared_data, "voc", "voc", corners="stated"))
    upright = read_source(ssdd_source(shared_data, "voc", "voc"))
    assert len(coco.images) == 928
    assert not coco.rejects and not turned.rejects and not upright.rejects
    for image, other, twin in zip(coco.images, turned.images, upright.images, strict=True):
        boxes = [(item.class_name, whole_pixels(item.box)) for item in image.objects]
        assert boxes == [(item.class_name, whole_pixels(item.box)) for item in other.objects]
        assert all(item.corners for item in other.objects)
        assert describe(image) == describe(twin)

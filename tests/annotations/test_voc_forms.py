"""VOC as tools write it: other encodings and wrong ones, ShipRSImageNet, folders of folders, and what it is not."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from pydantic import ValidationError

from sarvl.annotations import Source, read_source
from sarvl.errors import AnnotationError

NAME = "舰船"
BOX = "<bndbox><xmin>9</xmin><ymin>6</ymin><xmax>29</xmax><ymax>17</ymax></bndbox>"


def xml(declared: str | None, name: str = NAME, inside: str = BOX, filename: str = "a.png") -> str:
    head = f'<?xml version="1.0" encoding="{declared}"?>' if declared else ""
    return f"{head}<annotation><filename>{filename}</filename><object><name>{name}</name>{inside}</object></annotation>"


def given(folder: Path, data: bytes, file: str = "a.xml", **options: object) -> Source:
    (folder / "images").mkdir(exist_ok=True)
    cv2.imwrite(str(folder / "images" / "a.png"), np.arange(40 * 60, dtype=np.uint8).reshape(40, 60))
    (folder / "labels" / file).parent.mkdir(parents=True, exist_ok=True)
    (folder / "labels" / file).write_bytes(data)
    fields = {"images": folder / "images", "annotations": folder / "labels", "options": options}
    return Source(name="s", format="voc", split="train", **fields)


@pytest.mark.parametrize(
    ("declared", "written", "options"),
    [
        ("gb2312", "gb2312", {}),
        ("GB2312", "gb18030", {}),
        ("gbk", "gbk", {}),
        ("big5", "big5", {}),
        ("utf-8", "utf-8-sig", {}),
        ("gb2312", "utf-8", {}),
        ("gb2312", "utf-8-sig", {}),
        ("utf-16", "utf-8", {}),
        ("utf-16", "utf-16", {}),
        ("utf-8", "utf-16", {}),
        (None, "utf-8", {}),
        (None, "gb18030", {"encoding": "gb18030"}),
        ("utf-8", "gbk", {"encoding": "GBK"}),
    ],
)
def test_class_names_are_read_whatever_the_file_is_written_in(tmp_path, declared, written, options):
    name = {"big5": "艦船"}.get(written, NAME)
    found = read_source(given(tmp_path, xml(declared, name).encode(written), **options))
    assert found.rejects == ()
    assert [item.class_name for item in found.images[0].objects] == [name]


@pytest.mark.parametrize("declared", ["utf-8", None])
def test_what_is_not_utf_8_names_the_option(tmp_path, declared):
    (reject,) = read_source(given(tmp_path, xml(declared).encode("gbk"))).rejects
    assert reject.reason == "a.xml: not the text in utf-8 that it should be; set option encoding, such as gb18030"


def test_an_encoding_that_is_none_is_refused(tmp_path):
    with pytest.raises(ValidationError, match="'gb9' is no encoding"):
        given(tmp_path, b"", encoding="gb9")
    (reject,) = read_source(given(tmp_path, xml("gb9").encode("gbk"))).rejects
    assert "not valid XML (unknown encoding: gb9)" in reject.reason


def test_an_entity_bomb_in_any_encoding_is_refused(tmp_path):
    bomb = '<?xml version="1.0" encoding="gb2312"?><!DOCTYPE a [<!ENTITY b "舰">]><annotation>&b;</annotation>'
    (reject,) = read_source(given(tmp_path, bomb.encode("gb2312"))).rejects
    assert "not valid XML" in reject.reason


def test_rotated_boxes_of_shiprsimagenet(tmp_path):
    turned = "<rotated_box><cx>30</cx><cy>20</cy><width>20</width><height>10</height><rot>1.5707963</rot></rotated_box>"
    (item,) = read_source(given(tmp_path, xml(None, inside=BOX + turned).encode(), corners="stated")).images[0].objects
    assert tuple(item.box) == (9, 6, 29, 17)
    assert item.corners == pytest.approx((35, 10, 35, 30, 25, 30, 25, 10), abs=1e-5)
    points = "".join(f"<{axis}{n}>{n * 4 if axis == 'x' else n * n}</{axis}{n}>" for n in range(1, 5) for axis in "xy")
    (item,) = (
        read_source(
            given(tmp_path, xml(None, inside=f"{BOX}<rotated_box>{points}</rotated_box>").encode(), corners="stated")
        )
        .images[0]
        .objects
    )
    assert item.corners == (4, 1, 8, 4, 12, 9, 16, 16)


def test_folders_of_folders_find_the_images_of_their_own(tmp_path):
    for split in ("train", "valid"):
        source = given(tmp_path, xml(None).encode(), f"{split}/a.xml")
        (tmp_path / "images" / split).mkdir()
        (tmp_path / "images" / "a.png").rename(tmp_path / "images" / split / "a.png")
    found = read_source(source)
    assert [image.file for image in found.images] == ["train/a.png", "valid/a.png"]
    assert found.rejects == ()


def test_an_absolute_filename_is_found_by_the_name_of_the_xml_file(tmp_path):
    for filename in ("/home/somebody/b.png", "C:\\data\\b.png", "b"):
        found = read_source(given(tmp_path, xml(None, filename=filename).encode()))
        assert [image.file for image in found.images] == ["a.png"]


@pytest.mark.parametrize(
    ("file", "text", "told"),
    [
        ("train/labels/a.txt", "0 0.5 0.5 0.1 0.1\n", "it looks like YOLO text: set format: yolo"),
        ("a.txt", "imagesource:x\n1 2 3 4 5 6 7 8 ship 0\n", "it looks like DOTA text: set format: dota"),
        ("_annotations.coco.json", '{"images": [], "annotations": [{"bbox": []}]}', "COCO boxes: set format: coco"),
        ("a.json", '{"shapes": []}', "LabelMe JSON: set format: labelme"),
        ("a.md", "nothing", "correct `annotations`"),
    ],
)
def test_another_form_is_sent_to_its_format(tmp_path, file, text, told):
    source = given(tmp_path, text.encode(), file)
    with pytest.raises(AnnotationError, match=told):
        read_source(source)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("<annotations><image name='a.png'/></annotations>", "it looks like CVAT for images: set format: cvat"),
        ("<HRSC_Image/>", "it looks like HRSC2016 XML: convert it to VOC"),
        ("<annotation><objects/></annotation>", "set format: fair"),
    ],
)
def test_other_xml_is_sent_to_its_format(tmp_path, text, told):
    (reject,) = read_source(given(tmp_path, text.encode())).rejects
    assert told in f"{reject.reason}; {reject.advice}"

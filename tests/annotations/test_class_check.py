"""Misspelt names of classes in a recipe: an error where the annotations list theirs, else a warning."""

import re
from pathlib import Path

import cv2
import numpy as np
import pytest

from sarvl.annotations import Source, read_source
from sarvl.errors import AnnotationError

BOX = "<bndbox><xmin>1</xmin><ymin>2</ymin><xmax>30</xmax><ymax>20</ymax></bndbox>"
COCO = (
    '{"images": [{"id": 1, "file_name": "a.png", "width": 60, "height": 40}],'
    ' "annotations": [{"image_id": 1, "category_id": 1, "bbox": [1, 2, 9, 9]}],'
    ' "categories": [{"id": 1, "name": "ship"}, {"id": 2, "name": "oil_tank"}]}'
)
NAMELESS = COCO.replace('"categories"', '"others"')
POLYGONS = 'ImageId,PolygonWKT_Pix\na,"POLYGON ((1 1, 9 1, 9 9))"\n'
LISTING = {
    "coco": ("a.json", COCO, {}),
    "yolo": ("", "0 .5 .5 .1 .1", {"classes": ["ship", "oil_tank"]}),
    "footprints": ("a.csv", POLYGONS, {"class_name": "ship"}),
    "cvat": (
        "",
        "<annotations><meta><task><labels><label><name>ship</name></label></labels></task></meta>"
        '<image name="a.png"><box label="ship" xtl="1" ytl="1" xbr="9" ybr="9"/></image></annotations>',
        {},
    ),
    "masks": ("", None, {"classes": {0: "sea", 1: "ship", 2: "oil_tank"}, "objects": ["ship"]}),
}
NOT_LISTING = {
    "labelme": (
        "",
        '{"imagePath": "a.png", "shapes": [{"label": "ship", "shape_type": "rectangle", "points": [[1, 1], [9, 9]]}]}',
        {},
    ),
    "voc": ("", f"<annotation><object><name>ship</name>{BOX}</object></annotation>", {}),
    "dota": ("", "1 1 9 1 9 9 1 9 ship 0", {}),
    "fair": (
        "",
        "<annotation><objects><object><possibleresult><name>ship</name></possibleresult><points>"
        "<point>1,1</point><point>9,1</point><point>9,9</point><point>1,9</point></points></object></objects></annotation>",
        {},
    ),
}
ENDINGS = {"cvat": "xml", "labelme": "json", "yolo": "txt", "dota": "txt", "voc": "xml", "fair": "xml"}


def source_of(folder: Path, form: str, file: str, text: str | None, options: dict, **fields: object) -> Source:
    for name in ("images", "labels"):
        (folder / name).mkdir(exist_ok=True)
    image = np.zeros((40, 60), np.uint8)
    cv2.imwrite(str(folder / "images" / "a.png"), image)
    if text is None:
        image[5:9, 5:9] = 1
        cv2.imwrite(str(folder / "labels" / "a.png"), image)
    else:
        (folder / "labels" / (file or f"a.{ENDINGS[form]}")).write_text(text)
    given = {"images": folder / "images", "annotations": folder / "labels" / file, "options": options, "split": "train"}
    return Source(name="s", format=form, **given, **fields)


MISSPELT = [
    ({"labelled_classes": ["ship", "shps"]}, "`labelled_classes` names 'shps' (nearest: 'ship')"),
    ({"class_names": {"shp": "vessel"}}, "`class_names` names 'shp' (nearest: 'ship')"),
    ({"class_names": {"Ship": "vessel"}}, "`class_names` names 'Ship' (nearest: 'ship')"),
    ({"is_a": {"shp": "craft"}}, "`is_a` names 'shp' (nearest: 'ship')"),
    ({"wider_classes": {"shp": "others"}}, "`wider_classes` names 'shp' (nearest: 'ship')"),
    ({"wider_classes": {"ship": ["cargo shp"]}}, "`wider_classes` names 'cargo shp'"),
    ({"labelled_classes": ["zebra crossing"]}, "`labelled_classes` names 'zebra crossing', which"),
]


@pytest.mark.parametrize(("fields", "message"), MISSPELT)
@pytest.mark.parametrize("form", LISTING)
def test_a_misspelt_class_is_an_error_where_the_annotations_list_theirs(tmp_path, form, fields, message):
    with pytest.raises(AnnotationError, match=re.escape(message)):
        read_source(source_of(tmp_path, form, *LISTING[form], **fields))


@pytest.mark.parametrize(("fields", "message"), MISSPELT)
@pytest.mark.parametrize("form", NOT_LISTING)
def test_else_it_is_a_warning_that_names_the_nearest(tmp_path, form, fields, message):
    (warning,) = read_source(source_of(tmp_path, form, *NOT_LISTING[form], **fields)).warnings
    assert warning.startswith(f"source s: {message}")
    assert warning.endswith("no annotation has; check the spelling")


@pytest.mark.parametrize("form", [*LISTING, *NOT_LISTING])
def test_names_that_are_there_are_not_warned_of(tmp_path, form):
    data = (LISTING | NOT_LISTING)[form]
    fields = {"labelled_classes": ["boat", "craft"], "class_names": {"ship": ["boat", "vessel"]}}
    fields |= {"is_a": {"Boats": "craft", "craft": "thing"}}
    assert read_source(source_of(tmp_path, form, *data, **fields)).warnings == ()


def test_a_category_without_objects_is_one_that_there_is(tmp_path):
    fields = {"labelled_classes": ["ship", "storage tank"], "class_names": {"oil_tank": "storage tank"}}
    assert read_source(source_of(tmp_path, "coco", *LISTING["coco"], **fields)).warnings == ()


def test_ids_name_categories_that_a_file_does_not_list(tmp_path):
    fields = {"class_names": {1: "ship"}, "labelled_classes": ["ship"]}
    assert read_source(source_of(tmp_path, "coco", "a.json", NAMELESS, {}, **fields)).warnings == ()


def test_an_id_names_a_category_that_has_a_name_too(tmp_path):
    read = read_source(source_of(tmp_path, "coco", *LISTING["coco"], class_names={1: "boat", 2: "storage tank"}))
    assert [item.class_name for item in read.images[0].objects] == ["boat"]
    assert read.warnings == ()


def test_a_misspelt_folder_is_a_warning(tmp_path):
    (tmp_path / "T72").mkdir()
    cv2.imwrite(str(tmp_path / "T72" / "a.png"), np.zeros((9, 9), np.uint8))
    read = read_source(Source(name="s", format="folders", images=tmp_path, split="train", class_names={"T73": "tank"}))
    assert read.warnings == (
        "source s: `class_names` names 'T73' (nearest: 'T72'), which no annotation has; check the spelling",
    )

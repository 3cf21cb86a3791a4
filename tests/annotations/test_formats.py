"""Each format: what a well-formed file gives, and how real faults are handled."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
from pydantic import ValidationError

from sarvl.annotations import AnnotatedObject, Box, Source, read_source
from sarvl.errors import AnnotationError

IMAGE = np.arange(40 * 60, dtype=np.uint8).reshape(40, 60)


@pytest.fixture
def images(tmp_path: Path) -> Path:
    folder = tmp_path / "images"
    folder.mkdir()
    for name in ("a.jpg", "b.png", "c.bmp"):
        cv2.imwrite(str(folder / name), IMAGE)
    return folder


def coco_source(images: Path, data: object, **fields: object) -> Source:
    path = images.parent / "coco.json"
    path.write_text(json.dumps(data), encoding="utf-8")
    return Source(name="s", format="coco", images=images, annotations=path, split="train", **fields)


def coco(boxes: list[list[float]], file_name: str = "a.jpg", **annotation: object) -> dict:
    return {
        "images": [{"id": 1, "file_name": file_name, "width": 60, "height": 40}],
        "annotations": [{"image_id": 1, "category_id": 3, "bbox": box, **annotation} for box in boxes],
        "categories": [{"id": 3, "name": "ship"}],
    }


def reasons(source: Source) -> list[tuple[str, str]]:
    return [(reject.unit, reject.reason) for reject in read_source(source).rejects]


def test_coco_box_is_corner_and_size(images):
    found = read_source(coco_source(images, coco([[10, 5, 20, 8]])))
    assert found.images[0].objects[0] == AnnotatedObject("ship", Box(10, 5, 30, 13))
    assert (found.images[0].width, found.images[0].height) == (60, 40)
    assert found.images_in == 1


def test_coco_without_categories_needs_names(images):
    data = coco([[10, 5, 20, 8]])
    del data["categories"]
    with pytest.raises(AnnotationError, match=r"ids 3; add to the source `class_names: \{3: <name>"):
        read_source(coco_source(images, data))
    found = read_source(coco_source(images, data, class_names={3: "ship"}))
    assert found.images[0].objects[0].class_name == "ship"


def test_mixed_image_endings_are_found_by_stem(images):
    found = read_source(coco_source(images, coco([[10, 5, 20, 8]], file_name="b.jpg")))
    assert [image.file for image in found.images] == ["b.png"]


def test_one_stem_with_two_endings_is_ambiguous(images):
    cv2.imwrite(str(images / "b.bmp"), IMAGE)
    assert reasons(coco_source(images, coco([], file_name="b.jpg"))) == [
        ("image", "name fits 2 files, such as b.bmp and b.png")
    ]


@pytest.mark.parametrize("name", ["../a.jpg", "/etc/passwd", "x/../../a.jpg", "a\0.jpg"])
def test_names_cannot_climb_out_of_the_folder(images, name):
    cv2.imwrite(str(images.parent / "a.jpg"), IMAGE)
    assert reasons(coco_source(images, coco([], file_name=name))) == [("image", "name leads out of the image folder")]


def test_missing_image_is_refused_and_said(images):
    assert reasons(coco_source(images, coco([], file_name="gone.jpg"))) == [("image", "image is missing")]


def test_box_reaching_out_is_clipped_and_said(images):
    found = read_source(coco_source(images, coco([[50, 30, 30, 30]])))
    assert found.images[0].objects[0].box == Box(50, 30, 60, 40)
    assert found.images[0].notes == ("ship: box (50, 30, 80, 60) clipped to the image of 60 x 40",)


@pytest.mark.parametrize(
    ("box", "reason"),
    [
        ([10, 5, 0, 8], "box (10, 5, 10, 13) has no area"),
        ([10, 5, -3, 8], "box (10, 5, 7, 13) has no area"),
        ([70, 5, 3, 8], "box (70, 5, 73, 13) lies outside the image of 60 x 40"),
        ([10, 5, 3], "bbox [10, 5, 3] is not four numbers"),
        ([10, 5, "3", 8], "bbox [10, 5, '3', 8] is not four numbers"),
        ([10, 5, float("nan"), 8], "bbox [10, 5, nan, 8] is not four numbers"),
    ],
)
def test_bad_boxes_are_refused_and_said(images, box, reason):
    found = read_source(coco_source(images, coco([box, [1, 1, 5, 5]])))
    assert len(found.images[0].objects) == 1
    assert [reject.reason.removeprefix("ship: ") for reject in found.rejects] == [reason]
    assert found.images_in == 1


def test_crowds_and_orphans_are_refused(images):
    data = coco([[1, 1, 5, 5]], iscrowd=1)
    data["annotations"].append({"image_id": 99, "category_id": 3, "bbox": [1, 1, 2, 2]})
    assert [reason for _, reason in reasons(coco_source(images, data))] == [
        "image_id 99 is not among the images",
        "iscrowd: a crowd has no count",
    ]


def test_include_is_refused_where_the_annotations_name_the_images(images):
    with pytest.raises(ValidationError, match="coco takes its images from the annotations, so that include does noth"):
        coco_source(images, coco([]), include="*.png")


@pytest.mark.parametrize("text", ["", "{", "[]", '{"images": 3}', '{"images": [], "annotations": 3}'])
def test_broken_coco_names_the_file(images, text):
    source = coco_source(images, {})
    source.annotations.write_text(text, encoding="utf-8")
    with pytest.raises(AnnotationError, match=r"coco\.json"):
        read_source(source)


VOC = (
    """<annotation><filename>{name}</filename><size><width>60</width><height>40</height></size>{objects}</annotation>"""
)
VOC_SHIP = (
    """<object><name>ship</name><bndbox><xmin>1</xmin><ymin>2</ymin><xmax>30</xmax><ymax>20</ymax></bndbox></object>"""
)


def voc_source(images: Path, files: dict[str, str]) -> Source:
    folder = images.parent / "voc"
    folder.mkdir()
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    return Source(name="s", format="voc", images=images, annotations=folder, split="train")


@pytest.mark.parametrize("name", ["a.jpg", "a", "some_prefix_lost", ""])
def test_voc_filename_may_lack_its_ending_or_prefix(images, name):
    found = read_source(voc_source(images, {"a.xml": VOC.format(name=name, objects=VOC_SHIP)}))
    assert [image.file for image in found.images] == ["a.jpg"]
    assert found.images[0].objects[0] == AnnotatedObject("ship", Box(1, 2, 30, 20))


def test_voc_file_with_many_annotations(images):
    text = "".join(VOC.format(name=name, objects=VOC_SHIP) for name in ("a.jpg", "gone.jpg", "c"))
    source = voc_source(images, {})
    path = images.parent / "all.xml"
    path.write_text(f"<annotations>{text}</annotations>", encoding="utf-8")
    found = read_source(source.model_copy(update={"annotations": path}))
    assert [image.file for image in found.images] == ["a.jpg", "c.bmp"]
    assert [(reject.unit, reject.file) for reject in found.rejects] == [("image", "gone.jpg")]


def test_one_damaged_voc_file_is_one_reject(images):
    found = read_source(voc_source(images, {"a.xml": VOC.format(name="a", objects=""), "b.xml": "<annotation><obj"}))
    assert [image.file for image in found.images] == ["a.jpg"]
    assert "b.xml: not valid XML" in found.rejects[0].reason


def test_voc_entity_bomb_is_refused(images):
    bomb = (
        '<!DOCTYPE a [<!ENTITY x "xxxxxxxx"><!ENTITY y "&x;&x;&x;">]><annotation><filename>&y;</filename></annotation>'
    )
    assert "not valid XML" in read_source(voc_source(images, {"a.xml": bomb})).rejects[0].reason


def test_voc_box_that_is_no_number(images):
    found = read_source(voc_source(images, {"a.xml": VOC.format(name="a", objects=VOC_SHIP.replace("30", "wide"))}))
    assert found.images[0].objects == ()
    assert "is not four numbers" in found.rejects[0].reason


def test_size_is_read_from_the_file_where_the_annotation_has_none(images):
    data = coco([[10, 5, 20, 8]])
    del data["images"][0]["width"]
    assert read_source(coco_source(images, data)).images[0].width == 60


def test_folders_give_labels(tmp_path):
    for name in ("T72/x.png", "BTR_60/y.png"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        cv2.imwrite(str(tmp_path / name), IMAGE)
    (tmp_path / "T72" / "notes.txt").write_text("not an image")
    names = {"T72": "T72 tank"}
    found = read_source(Source(name="s", format="folders", images=tmp_path, split="train", class_names=names))
    assert [(image.file, image.label) for image in found.images] == [
        ("BTR_60/y.png", "BTR 60"),
        ("T72/x.png", "T72 tank"),
    ]
    assert [(reject.unit, reject.file) for reject in found.rejects] == [("image", "T72/notes.txt")]


@pytest.mark.parametrize(
    ("format_name", "labelled", "message"),
    [
        ("coco", "st", "labelled_classes: 'st' is called 'storage tank' in texts; name that"),
        ("coco", "oil tank", "labelled_classes: 'oil tank' is called 'storage tank' in texts"),
        ("coco", "Boeing_737", "labelled_classes: 'Boeing_737' is called 'Boeing 737' in texts"),
        *(
            (name, "ship", f"{name} tells of no objects")
            for name in ("captions", "conversations", "csv_captions", "pairs")
        ),
    ],
)
def test_no_class_can_be_said_to_be_absent_under_another_name_or_without_labels(format_name, labelled, message):
    fields = {"name": "s", "images": "images", "annotations": "labels", "split": "train"}
    names = {"st": ("storage tank", "oil tank"), "A": "B", "B": "C"}
    with pytest.raises(ValidationError, match=message):
        Source(format=format_name, labelled_classes=(labelled,), class_names=names, **fields)
    Source(format="coco", labelled_classes=("storage tank", "B", "ship"), class_names=names, **fields)


def test_label_pattern_and_include(tmp_path):
    for name in ("p/Visual_Cargo_x1.png", "p/Other.png", "q/skip.png"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        cv2.imwrite(str(tmp_path / name), IMAGE)
    source = Source(
        name="s",
        format="folders",
        images=tmp_path,
        include="p/*",
        split="a",
        label_pattern="Visual_(?P<label>[A-Za-z]+)",
    )
    found = read_source(source)
    assert [(image.file, image.label) for image in found.images] == [("p/Visual_Cargo_x1.png", "Cargo")]
    assert [reject.file for reject in found.rejects] == ["p/Other.png"]


def test_empty_class_folder_is_an_error(tmp_path):
    with pytest.raises(AnnotationError, match="no image matches"):
        read_source(Source(name="s", format="folders", images=tmp_path, split="train"))


@pytest.mark.parametrize(
    "data",
    [
        {"images": [{"filename": "a.jpg", "sentences": [{"raw": " A port . "}, {"raw": "Ships ."}]}]},
        [{"filename": "a.jpg", "captions": ["A port .", "Ships ."]}],
        [{"file_name": "a.jpg", "captions": ["A port .", "A port .", "Ships .", ""]}],
        [{"image": "a.jpg", "caption": "A port ."}, {"image": "a.jpg", "caption": ["Ships ."]}],
        {
            "images": [{"id": "7", "file_name": "a.jpg"}],
            "annotations": [{"image_id": 7, "caption": "A port ."}, {"image_id": 7, "caption": "Ships ."}],
        },
        {"port": [{"filename": "a.jpg", "imgid": 0, "raw": "A port .", "raw_1": "Ships .", "raw_2": "Ships ."}]},
    ],
)
def test_captions_in_all_forms(images, data):
    path = images.parent / "captions.json"
    path.write_text(json.dumps(data), encoding="utf-8")
    source = Source(name="s", format="captions", images=images, annotations=path, split="train")
    found = read_source(source)
    assert found.images[0].captions == ("A port .", "Ships .")
    assert found.images_in == 1
    assert all(reject.unit == "caption" for reject in found.rejects)


def test_lists_by_class_give_class_and_split(images):
    path = images.parent / "dataset_nwpu.json"
    entries = {"port": [{"filename": "a.jpg", "raw": "A port .", "split": "val"}, 7], "farm": [{"filename": "b.png"}]}
    path.write_text(json.dumps(entries), encoding="utf-8")
    found = read_source(Source(name="s", format="captions", images=images, annotations=path, split="train"))
    assert [(image.file, image.label, image.official_split) for image in found.images] == [("a.jpg", "port", "val")]
    assert [(reject.unit, reject.reason) for reject in found.rejects] == [
        ("image", "no file name"),
        ("image", "no caption"),
    ]


def test_every_entry_is_kept_or_refused(images):
    """The promise of the corpus: images in = images kept + rejects of unit image; a.jpg is one image."""
    names = ["a.jpg", "a.jpg", "gone.jpg", "../x.jpg", "b", 7, None, "c.bmp"]
    data = {"images": [{"id": n, "file_name": name, "width": 60, "height": 40} for n, name in enumerate(names)]}
    found = read_source(coco_source(images, data))
    assert [image.file for image in found.images] == ["a.jpg", "b.png", "c.bmp"]
    assert found.images_in == len(names) - 1

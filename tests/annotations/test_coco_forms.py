"""COCO as tools write it: names of another machine, ids as text, Roboflow's folders; and what it is not."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from sarvl.annotations import Source, read_source
from sarvl.errors import AnnotationError


def given(folder: Path, data: object, **options: object) -> Source:
    (folder / "set" / "train").mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(folder / "set" / "train" / "a.jpg"), np.arange(40 * 60, dtype=np.uint8).reshape(40, 60))
    path = folder / "set" / "train" / "_annotations.coco.json"
    path.write_text(json.dumps(data), encoding="utf-8")
    fields = {"images": folder / "set", "annotations": path, "options": options}
    return Source(name="s", format="coco", split="train", **fields)


def coco(name: str = "a.jpg", key: object = 1, category: object = 1, **more: object) -> dict:
    return {
        "images": [{"id": key, "file_name": name, "width": 60, "height": 40}],
        "annotations": [{"id": 1, "image_id": 1, "category_id": category, "bbox": [1, 2, 10, 5]}],
        "categories": [{"id": 0, "name": "ships", "supercategory": "none"}, {"id": 1, "name": "ship"}],
    } | more


@pytest.mark.parametrize(("key", "category"), [(1, 1), ("1", "1"), (1, "1"), ("1", 1)])
def test_ids_may_be_text(tmp_path, key, category):
    (image,) = read_source(given(tmp_path, coco(key=key, category=category))).images
    assert [item.class_name for item in image.objects] == ["ship"]


@pytest.mark.parametrize(
    ("name", "prefix"),
    [
        ("/home/somebody/set/train/a.jpg", "/home/somebody/set/"),
        ("../set/train/a.jpg", "../set/"),
        ("s3://bucket/set/train/a.jpg", "s3://bucket/set/"),
        ("train\\a.jpg", ""),
        ("D:\\data\\set\\train\\a.jpg", ""),
        ("data/other/a.jpg", ""),
    ],
)
def test_names_of_another_machine_are_found(tmp_path, name, prefix):
    found = read_source(given(tmp_path, coco(name), prefix=prefix))
    assert [image.file for image in found.images] == ["train/a.jpg"]


def test_an_absolute_name_is_refused_with_the_option_that_mends_it(tmp_path):
    (reject,) = read_source(given(tmp_path, coco("/home/somebody/set/train/a.jpg"))).rejects
    assert reject.reason == "name leads out of the image folder"
    assert "set option prefix" in reject.advice


CAPTIONS = {"images": [{"id": 1, "file_name": "a.jpg"}], "annotations": [{"image_id": 1, "caption": "A ship."}]}
TALK = [{"image": "a.jpg", "conversations": []}]
DETECTIONS = [{"image_id": 1, "category_id": 1, "bbox": [1, 2, 3, 4], "score": 0.5}]
PANOPTIC = coco(annotations=[{"image_id": 1, "segments_info": [], "file_name": "a.png"}])


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (CAPTIONS, "it looks like COCO captions: set format: captions"),
        ([{"image": "a.jpg", "caption": "A ship."}], "it looks like captions: set format: captions"),
        ({"images": [{"filename": "a.jpg", "sentences": [{"raw": "A ship."}]}]}, "set format: captions"),
        (TALK, "it looks like conversations: set format: conversations"),
        ({"shapes": [], "imagePath": "a.jpg"}, "it looks like LabelMe JSON: set format: labelme"),
        (DETECTIONS, "what a model has answered, not annotations: give the annotations"),
        (PANOPTIC, "it looks like COCO panoptic: give its instances file to format coco"),
        ({"_via_img_metadata": {}}, "VGG Image Annotator: export it as COCO"),
        ({"a": 1}, "give a COCO file, or set another format"),
    ],
)
def test_another_form_is_sent_to_its_format(tmp_path, data, told):
    with pytest.raises(AnnotationError, match=told):
        read_source(given(tmp_path, data))

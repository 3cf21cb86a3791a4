"""What the labels of a wider class stand on: on others than the narrower ones, or on these too."""

import json
import re

import cv2
import numpy as np
import pytest

from sarvl.annotations import AnnotatedImage, Source, read_source
from sarvl.language import ask, describe, verify

CARGO = (5, 6, 20, 10)
SHIPS = [(30, 30, 12, 6), (40, 10, 12, 6)]


def image_of(folder, ships, wider_classes, **fields) -> AnnotatedImage:
    """One cargo ship, and objects of class "ship" in the boxes given."""
    boxes = [("cargo ship", CARGO), *(("ship", box) for box in ships)]
    categories = [{"id": 1, "name": "cargo ship"}, {"id": 2, "name": "ship"}]
    annotations = [
        {"id": number, "image_id": 1, "category_id": 1 + (name == "ship"), "bbox": box}
        for number, (name, box) in enumerate(boxes)
    ]
    images = [{"id": 1, "file_name": "a.png", "width": 64, "height": 64}]
    (folder / "a.json").write_text(json.dumps({"images": images, "annotations": annotations, "categories": categories}))
    cv2.imwrite(str(folder / "a.png"), np.zeros((64, 64), np.uint8))
    given = {"name": "s", "format": "coco", "images": folder, "annotations": folder / "a.json", "split": "train"}
    (image,) = read_source(Source(**given, wider_classes=wider_classes, **fields)).images
    return image


def texts_of(image) -> str:
    return " ".join(said.text for said in (*describe(image, captions=30), *ask(image)))


def test_without_a_word_no_exact_number_of_the_wider_class_is_said(tmp_path):
    image = image_of(tmp_path, SHIPS, {})
    assert verify("There are two ships.", image) and not verify("There are at least two ships.", image)


def test_of_others_the_number_is_exact(tmp_path):
    image = image_of(tmp_path, SHIPS, {"ship": "others"})
    assert [item.class_name for item in image.objects] == ["cargo ship", *["ship of another type"] * 2]
    assert re.search("(2|two) ships of another type", texts_of(image))
    assert verify("One cargo ship and two ships of another type.", image) == []
    assert verify("One cargo ship and three ships of another type.", image) != []


def test_second_labels_on_the_same_objects_are_taken_off(tmp_path):
    image = image_of(tmp_path, [CARGO, *SHIPS], {"ship": ["cargo ship"]})
    assert [item.class_name for item in image.objects] == ["cargo ship", *["ship of another type"] * 2]
    assert image.notes == ("cargo ship: its box has a wider label too, taken as one object",)
    assert verify("One cargo ship and two ships of another type.", image) == []


def test_where_no_second_label_has_the_box_the_wider_class_is_open(tmp_path):
    image = image_of(tmp_path, SHIPS, {"ship": "cargo ship"})
    assert image.open_classes == ("ship of another type",)
    assert verify("One cargo ship.", image) == []
    assert verify("Two ships of another type.", image) != []
    assert "another type" not in texts_of(image)


def test_the_wider_class_is_labelled_by_its_name_in_texts(tmp_path):
    labelled = ["cargo ship", "ship of another type"]
    image = image_of(tmp_path, SHIPS, {"ship": "others"}, labelled_classes=labelled)
    assert image.labelled_classes == tuple(labelled)
    with pytest.raises(ValueError, match="'ship' is called 'ship of another type' in texts"):
        image_of(tmp_path, SHIPS, {"ship": "others"}, labelled_classes=["ship"])


@pytest.mark.parametrize("value", [[], 3, {"cargo ship": "others"}])
def test_what_is_no_such_list_is_refused(tmp_path, value):
    with pytest.raises(ValueError, match="wider_classes"):
        Source(name="s", format="folders", images=tmp_path, split="train", wider_classes={"ship": value})

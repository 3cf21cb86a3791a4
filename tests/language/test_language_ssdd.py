import json
from collections import defaultdict
from pathlib import Path

import pytest
from defusedxml.ElementTree import parse
from language_examples import annotated

from sarvl.annotations import AnnotatedImage
from sarvl.language import describe, verify


@pytest.fixture(scope="module")
def coco_images(shared_data: Path) -> list[AnnotatedImage]:
    held = json.loads((shared_data / "ssdd" / "coco.json").read_text())
    names = {category["id"]: category["name"] for category in held["categories"]}
    objects = defaultdict(list)
    for item in held["annotations"]:
        x, y, width, height = item["bbox"]
        objects[item["image_id"]].append((names[item["category_id"]], (x, y, x + width, y + height)))
    return [
        annotated(
            objects[item["id"]], item["width"], item["height"], file=item["file_name"], labelled_classes=("ship",)
        )
        for item in held["images"]
    ]


def voc_image(path: Path) -> AnnotatedImage:
    root = parse(path).getroot()
    objects = [
        (
            item.findtext("name"),
            tuple(float(item.findtext(f"bndbox/{edge}")) for edge in ("xmin", "ymin", "xmax", "ymax")),
        )
        for item in root.iter("object")
    ]
    width, height = int(root.findtext("size/width")), int(root.findtext("size/height"))
    return annotated(objects, width, height, file=root.findtext("filename"), labelled_classes=("ship",))


def test_every_statement_on_ssdd_verifies(coco_images):
    for image in coco_images:
        statements = describe(image)
        assert len({statement.text for statement in statements}) == 5
        assert [problem for statement in statements for problem in verify(statement, image)] == []


def test_coco_and_voc_give_the_same_texts(coco_images, shared_data):
    for image in coco_images:
        twin = voc_image(shared_data / "ssdd" / "voc" / f"{Path(image.file).stem}.xml")
        assert describe(twin) == describe(image)

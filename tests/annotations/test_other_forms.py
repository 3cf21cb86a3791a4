"""Files of every form given to every other format: each is sent to the format that reads it."""

import json

import cv2
import numpy as np
import pytest

from sarvl.annotations import Source, read_source
from sarvl.errors import AnnotationError

BOX = {
    "images": [{"id": 1, "file_name": "a.png"}],
    "annotations": [{"image_id": 1, "category_id": 1, "bbox": [1, 2, 3, 4]}],
}
CAPTION = {"images": [{"id": 1, "file_name": "a.png"}], "annotations": [{"image_id": 1, "caption": "A ship."}]}
TALK = [{"image": "a.png", "conversations": [{"from": "human", "value": "Q"}, {"from": "gpt", "value": "A"}]}]
VOC = "<annotation><object><name>ship</name><bndbox><xmin>1</xmin></bndbox></object></annotation>"
FAIR = "<annotation><objects><object><possibleresult><name>A</name></possibleresult></object></objects></annotation>"
CVAT = "<annotations><version>1.1</version><image name='a.png'><box label='ship'/></image></annotations>"
FILES = {  # form: the file, its text, and the format that reads it
    "coco": ("x/_annotations.coco.json", json.dumps(BOX), "coco"),
    "coco captions": ("x/captions.json", json.dumps(CAPTION), "captions"),
    "json lines": ("x/captions.jsonl", '{"file_name": "a.png", "text": "A ship."}\n' * 2, "captions"),
    "conversations": ("x/talk.json", json.dumps(TALK), "conversations"),
    "labelme": ("x/a.json", json.dumps({"shapes": [], "imagePath": "a.png"}), "labelme"),
    "voc": ("x/a.xml", VOC, "voc"),
    "fair": ("x/a.xml", FAIR, "fair"),
    "cvat": ("x/annotations.xml", CVAT, "cvat"),
    "yolo": ("x/a.txt", "0 0.5 0.5 0.1 0.1\n", "yolo"),
    "dota": ("x/a.txt", "1 2 3 4 5 6 7 8 ship 0\n", "dota"),
    "table": ("x/a.csv", "filepath,caption\na.png,A ship.\n", "csv_captions"),
    "footprints": ("x/a.csv", 'ImageId,PolygonWKT_Pix\na,"POLYGON EMPTY"\n', "footprints"),
}
OPTIONS = {"yolo": {"classes": ["ship"]}, "masks": {"classes": {0: "ship"}}}
FORMATS = ("captions", "coco", "conversations", "csv_captions", "cvat", "dota", "fair", "footprints", "labelme", "voc")
PAIRS = [(form, name) for form in FILES for name in (*FORMATS, *OPTIONS) if FILES[form][2] != name]


@pytest.mark.parametrize("as_folder", [False, True], ids=["file", "folder"])
@pytest.mark.parametrize(("form", "name"), PAIRS)
def test_a_file_given_to_another_format_is_sent_to_its_own(tmp_path, form, name, as_folder):
    file, text, reads = FILES[form]
    (tmp_path / "images").mkdir()
    cv2.imwrite(str(tmp_path / "images" / "a.png"), np.arange(40 * 60, dtype=np.uint8).reshape(40, 60))
    path = tmp_path / file
    path.parent.mkdir()
    path.write_text(text, encoding="utf-8")
    given = {"images": tmp_path / "images", "annotations": path.parent if as_folder else path, "split": "train"}
    source = Source(name="s", format=name, options=OPTIONS.get(name, {}), **given)
    try:
        found = read_source(source)
    except AnnotationError as problem:
        told = str(problem)
    else:
        assert found.images == (), "it was read as something else"
        told = " ".join(f"{reject.reason}; {reject.advice}" for reject in found.rejects)
    assert f"set format: {reads}" in told


def test_an_entry_with_names_of_images_is_no_coco_file(tmp_path):
    cv2.imwrite(str(tmp_path / "a.png"), np.arange(40 * 60, dtype=np.uint8).reshape(40, 60))
    path = tmp_path / "talk.jsonl"
    path.write_text(json.dumps({"query": "How many?", "response": "2", "images": ["a.png"]}), encoding="utf-8")
    source = Source(name="s", format="conversations", images=tmp_path, annotations=path, split="train")
    assert next(reject.reason for reject in read_source(source).rejects).startswith("no turns under conversations")

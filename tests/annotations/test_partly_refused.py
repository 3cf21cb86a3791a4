"""An object that is refused leaves its class open: in texts of that image nothing is counted or denied of it.

Each case is a file of one format with a faulty object, beside one of a class ``bridge`` that is whole.
"""

import csv
import json
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from sarvl.annotations import EVERY_CLASS, AnnotatedImage, Source, read_source
from sarvl.errors import AnnotationError
from sarvl.language import Survey, ask, describe, verify
from sarvl.language.claims.kinds.absence import Absence
from sarvl.language.claims.kinds.count import Count
from sarvl.language.claims.kinds.presence import Presence
from sarvl.language.group import Group
from sarvl.language.questions.question_settings import QuestionSettings
from sarvl.language.statement import Statement

SIDE = 64
LABELLED = ("bridge", "ship", "tank")
ALL_QUESTIONS = QuestionSettings(per_image=300, shares={"others": 1.0})
HALF = dict.fromkeys(LABELLED, 0.5)
GOOD_SHIP = (5, 6, 20, 30)
Files = dict[str, str]  # below the folder of the annotations


def source_of(folder: Path, form: str, files: Files, annotations: str = "", **fields: object) -> Source:
    (folder / "images").mkdir()
    for name, text in files.items():
        path = folder / "labels" / name
        path.parent.mkdir(exist_ok=True, parents=True)
        path.write_text(text, encoding="utf-8")
    cv2.imwrite(str(folder / "images" / "a.png"), np.arange(SIDE * SIDE, dtype=np.uint8).reshape(SIDE, SIDE))
    fields = {"labelled_classes": LABELLED, "split": "train"} | fields
    return Source(
        name="s", format=form, images=folder / "images", annotations=folder / "labels" / annotations, **fields
    )


def coco(ship: object, folder: Path) -> Source:
    """A faulty annotation: its fields, or a whole entry that is no object."""
    whole = {"image_id": 1, "category_id": 1, "bbox": list(GOOD_SHIP)}
    bridge = {"image_id": 1, "category_id": 2, "bbox": [40, 40, 10, 10]}
    data = {
        "images": [{"id": 1, "file_name": "a.png", "width": SIDE, "height": SIDE}],
        "categories": [{"id": number, "name": name} for number, name in enumerate(("ship", "bridge", "tank"), 1)],
        "annotations": [bridge, whole | ship if isinstance(ship, dict) else ship],
    }
    return source_of(folder, "coco", {"a.json": json.dumps(data)}, "a.json")


def voc(ship: str, folder: Path) -> Source:
    bridge = "<name>bridge</name><bndbox><xmin>40</xmin><ymin>40</ymin><xmax>50</xmax><ymax>50</ymax></bndbox>"
    objects = "".join(f"<object>{item}</object>" for item in (bridge, ship))
    return source_of(folder, "voc", {"a.xml": f"<annotation><filename>a.png</filename>{objects}</annotation>"})


def voc_box(xmin: object, ymin: object, xmax: object, ymax: object, name: str = "<name>ship</name>") -> str:
    edges = zip(("xmin", "ymin", "xmax", "ymax"), (xmin, ymin, xmax, ymax), strict=True)
    return f"{name}<bndbox>{''.join(f'<{edge}>{value}</{edge}>' for edge, value in edges)}</bndbox>"


def yolo(ship: str, folder: Path) -> Source:
    options = {"classes": ["ship", "bridge", "tank"]}
    return source_of(folder, "yolo", {"a.txt": f"1 0.7 0.7 0.1 0.1\n{ship}\n"}, options=options)


def dota(ship: str, folder: Path) -> Source:
    return source_of(folder, "dota", {"a.txt": f"40 40 50 40 50 50 40 50 bridge 0\n{ship}\n"})


def dota_without_difficult(ship: str, folder: Path) -> Source:
    return dota(ship, folder).model_copy(update={"options": dota_options(folder)})


def dota_options(folder: Path) -> object:
    fields = {"images": folder, "annotations": folder, "split": "train"}
    return Source(name="s", format="dota", options={"difficult": "leave_out"}, **fields).options


def fair(ship: str, folder: Path) -> Source:
    bridge = fair_object(["40,40", "50,40", "50,50", "40,50"], "bridge")
    text = f"<annotation><source><filename>a.png</filename></source><objects>{bridge}{ship}</objects></annotation>"
    return source_of(folder, "fair", {"a.xml": text})


def fair_object(points: list[str], *names: str) -> str:
    results = "".join(f"<name>{name}</name>" for name in names)
    corners = "".join(f"<point>{point}</point>" for point in points)
    return f"<object><possibleresult>{results}</possibleresult><points>{corners}</points></object>"


def footprints(row: tuple[str, str], folder: Path) -> Source:
    source = source_of(folder, "footprints", {"b.csv": ""}, "b.csv", labelled_classes=("ship",))
    with source.annotations.open("w", newline="", encoding="utf-8") as stream:
        csv.writer(stream).writerows([("ImageId", "PolygonWKT_Pix"), ("a", "POLYGON EMPTY"), row])
    fields = source.model_dump(exclude={"options"}) | {"options": {"class_name": "ship"}}
    return Source(**fields)


def labelme(ship: object, folder: Path) -> Source:
    bridge = {"label": "bridge", "shape_type": "rectangle", "points": [[40, 40], [50, 50]]}
    return source_of(folder, "labelme", {"a.json": json.dumps({"imagePath": "a.png", "shapes": [bridge, ship]})})


def shape(points: object, **fields: object) -> dict[str, object]:
    return {"label": "ship", "shape_type": "rectangle", "points": points} | fields


def cvat(ship: str, folder: Path) -> Source:
    bridge = '<box label="bridge" xtl="40" ytl="40" xbr="50" ybr="50"/>'
    text = f'<annotations><image name="a.png" width="64" height="64">{bridge}{ship}</image></annotations>'
    return source_of(folder, "cvat", {"a.xml": text})


def hf_folder(ship: tuple[object, object], folder: Path) -> Source:
    box, category = ship
    objects = {"bbox": [[40, 40, 10, 10], box], "categories": ["bridge", category]}
    row = json.dumps({"file_name": "a.png", "objects": objects})
    return source_of(folder, "hf_folder", {"metadata.jsonl": row})


Case = tuple[Callable[..., Source], object, str]
OF_A_SHIP: list[Case] = [
    (coco, {"bbox": [5, 6, 0, 30]}, "no width"),
    (coco, {"bbox": [5, 6, -20, 30]}, "negative width"),
    (coco, {"bbox": ["5", "6", "20", "30"]}, "values as text"),
    (coco, {"bbox": [5, 6, 20]}, "three values"),
    (coco, {"bbox": None}, "no box"),
    (coco, {"bbox": [5, 6, float("nan"), 30]}, "not a number"),
    (coco, {"bbox": [500, 6, 20, 30]}, "outside"),
    (coco, {"bbox": None, "segmentation": [[5, 6, 25, 36]]}, "no box and a malformed mask"),
    (coco, {"iscrowd": 1}, "crowd"),
    (coco, {"iscrowd": "1"}, "crowd as text"),
    (coco, {"ignore": 1}, "ignored"),
    (coco, {"ignore": True}, "ignored by a boolean"),
    (coco, {"image_id": True}, "boolean image"),
    (coco, {"image_id": None}, "no image"),
    (coco, {"image_id": "a.png"}, "image by name"),
    (coco, {"image_id": "01"}, "image as padded text"),
    (coco, {"image_id": [1]}, "image as list"),
    (voc, voc_box(25, 6, 25, 30), "no width"),
    (voc, voc_box(25, 6, 5, 30), "edges exchanged"),
    (voc, voc_box(5, 36, 25, 6), "edges exchanged downwards"),
    (voc, voc_box("left", 6, 25, 30), "values as text"),
    (voc, voc_box("nan", 6, 25, 30), "not a number"),
    (voc, voc_box(500, 6, 525, 30), "outside"),
    (voc, "<name>ship</name>", "no box"),
    (voc, "<name>ship</name><robndbox><cx>9</cx></robndbox>", "part of an oriented box"),
    (yolo, "0 0.2 0.2 0 0.1", "no width"),
    (yolo, "0 0.2 0.2 -0.1 0.1", "negative width"),
    (yolo, "0 0.2 left 0.1 0.1", "values as text"),
    (yolo, "0 12 14 5 5", "pixels"),
    (yolo, "0 0.2 0.2 0.1", "three values"),
    (yolo, "0 0.2 0.2 0.1 0.1 0.9", "a prediction"),
    (yolo, "0 0.1 0.1 0.2 0.1 0.3 0.1 0.4 0.1", "corners on a line"),
    (dota, "5 5 15 5 25 5 35 5 ship 0", "corners on a line"),
    (dota, "5 5 15 5 25 five 35 15 ship 0", "values as text"),
    (dota, "500 5 515 5 525 35 505 35 ship 0", "outside"),
    (dota, "nan 5 15 5 25 35 5 35 ship 0", "not a number"),
    (dota, "5 5 15 5 15 15 5 ship 0", "seven values"),
    (dota, "5 5 15 5 15 15 5 15 ship 9", "difficult in no known way"),
    (dota_without_difficult, "5 5 15 5 15 15 5 15 ship 1", "difficult"),
    (fair, fair_object(["5,5", "15,5", "25,5", "35,5"], "ship"), "corners on a line"),
    (fair, fair_object(["5,5", "15,5", "25,x", "35,5"], "ship"), "values as text"),
    (fair, fair_object(["5,5", "15,5", "25,15"], "ship"), "three corners"),
    (fair, fair_object(["500,5", "515,5", "515,15", "500,15"], "ship"), "outside"),
    (labelme, shape([[5, 6], [5, 36]]), "no width"),
    (labelme, shape([[5, "six"], [25, 36]]), "values as text"),
    (labelme, shape([[5, 6]]), "one point"),
    (labelme, shape([[500, 6], [525, 36]]), "outside"),
    (labelme, shape([[5, 6]], shape_type="point"), "a point"),
    (cvat, '<box label="ship" xtl="5" ytl="6" xbr="5" ybr="36"/>', "no width"),
    (cvat, '<box label="ship" xtl="25" ytl="6" xbr="5" ybr="36"/>', "edges exchanged"),
    (cvat, '<box label="ship" xtl="left" ytl="6" xbr="25" ybr="36"/>', "values as text"),
    (cvat, '<box label="ship" xtl="500" ytl="6" xbr="525" ybr="36"/>', "outside"),
    (cvat, '<polyline label="ship" points="5,6;25,36"/>', "a line"),
    (cvat, '<polygon label="ship" points="5,6;25"/>', "half a point"),
    (hf_folder, ([5, 6, 0, 30], "ship"), "no width"),
    (hf_folder, (["5", 6, 20, 30], "ship"), "values as text"),
    (hf_folder, (None, "ship"), "no box"),
    (hf_folder, ([500, 6, 20, 30], "ship"), "outside"),
    (footprints, ("a", "POLYGON ((5 5, 15 5))"), "two points"),
    (footprints, ("a", "POLYGON ((5 5, 15 five, 15 15))"), "values as text"),
    (footprints, ("a", "a ship"), "no polygon"),
    (footprints, ("a", "POLYGON ((500 500, 515 500, 515 515, 500 500))"), "outside"),
    (footprints, ("", "POLYGON ((5 5, 15 5, 15 15, 5 5))"), "no image"),
]
OF_AN_UNKNOWN_CLASS: list[Case] = [
    (coco, {"category_id": None}, "no category"),
    (coco, {"category_id": True}, "boolean category"),
    (coco, {"category_id": 1.5}, "half a category"),
    (coco, None, "no entry"),
    (coco, [1, 1, 5, 6, 20, 30], "a list"),
    (voc, voc_box(5, 6, 25, 30, name=""), "no name"),
    (voc, voc_box(5, 6, 25, 30, name="<name> </name>"), "blank name"),
    (voc, voc_box(5, 6, 25, 30, name=f"<name>{'ship' * 99}</name>"), "endless name"),
    (yolo, "7 0.2 0.2 0.1 0.1", "number beyond the list"),
    (yolo, "-1 0.2 0.2 0.1 0.1", "negative number"),
    (yolo, "ship 0.2 0.2 0.1 0.1", "name for a number"),
    (dota, "5 5 15 5", "half a line"),
    (dota, "5 5 15 5 15 15 5 15", "no class"),
    (fair, fair_object(["5,5", "15,5", "15,15", "5,15"], "ship", "tank"), "two results"),
    (labelme, shape([[5, 6], [25, 36]], label=""), "no label"),
    (labelme, None, "no shape"),
    (hf_folder, ([5, 6, 20, 30], None), "no category"),
    (hf_folder, ([5, 6, 20, 30], 7), "a number without a name"),
    (hf_folder, ([5, 6, 20, 30], True), "boolean category"),
    (cvat, '<box xtl="5" ytl="6" xbr="25" ybr="36"/>', "no label"),
    (fair, fair_object(["5,5", "15,5", "15,15", "5,15"]), "no result"),
]


def ids_of(case: Case) -> str:
    return f"{case[0].__name__}: {case[2]}"


def texts_of(source: Source) -> list[Statement]:
    (image,) = read_source(source).images
    captions = [text for seed in range(12) for text in describe(image, captions=30, seed=seed)]
    questions = [text for seed in range(12) for text in ask(image, ALL_QUESTIONS, seed, survey=Survey(HALF))]
    assert all(verify(text, image) == [] for text in (*captions, *questions))
    return [*captions, *questions]


def closed_claims(texts: list[Statement], class_name: str) -> list[str]:
    """What is said of a class as if all of its objects were known."""
    claims = [claim for text in texts for claim in text.claims]
    return [
        claim.shown()
        for claim in claims
        if class_name in {group.class_name for group in claim.groups()}
        if not isinstance(claim, Presence) and not (isinstance(claim, Count) and claim.comparison == "at least")
    ]


@pytest.mark.parametrize("case", OF_A_SHIP, ids=ids_of)
def test_of_a_class_with_a_refused_object_nothing_is_counted_or_denied(case, tmp_path):
    make, faulty, _ = case
    source = make(faulty, tmp_path)
    read = read_source(source)
    assert [reject.unit for reject in read.rejects] == ["box"]
    assert read.images[0].open_classes == ("ship",)
    texts = texts_of(source)
    assert not [text.text for text in texts if "ship" in text.text.lower()]
    assert closed_claims(texts, "ship") == []
    if make is not footprints:
        assert closed_claims(texts, "bridge")  # the others are told as ever
        assert closed_claims(texts, "tank")


@pytest.mark.parametrize("case", OF_AN_UNKNOWN_CLASS, ids=ids_of)
def test_where_the_class_of_a_refused_object_is_not_known_none_is_counted_or_denied(case, tmp_path):
    make, faulty, _ = case
    source = make(faulty, tmp_path)
    read = read_source(source)
    assert [reject.unit for reject in read.rejects] == ["box"]
    assert read.images[0].open_classes == (EVERY_CLASS,)
    assert texts_of(source) == []
    said = Statement("No ships are visible in this SAR image.", "absence", (Absence(Group("ship")),), "model:x")
    assert "was refused" in verify(said, read.images[0])[0]


def told(image: AnnotatedImage) -> str:
    return " ".join(text.text for seed in range(8) for text in describe(image, captions=30, seed=seed))


def test_a_wider_name_is_not_denied_or_counted_beside_a_refused_object_that_it_covers(tmp_path):
    data = {
        "images": [{"id": 1, "file_name": "a.png", "width": SIDE, "height": SIDE}],
        "categories": [{"id": number, "name": name} for number, name in enumerate(("vehicle", "truck", "bridge"), 1)],
        "annotations": [
            {"image_id": 1, "category_id": 1, "bbox": [40, 40, 10, 10]},
            {"image_id": 1, "category_id": 2, "bbox": [5, 6, 0, 30]},
        ],
    }
    labelled = ["vehicle", "truck", "bridge"]
    (image,) = read_source(
        source_of(tmp_path, "coco", {"a.json": json.dumps(data)}, "a.json", labelled_classes=labelled)
    ).images
    assert [item.class_name for item in image.objects] == ["vehicle"]  # the box is kept for those who need boxes
    assert "bridges" in told(image)
    assert "vehicle" not in told(image)
    assert "truck" not in told(image)


def test_a_bbox_outlives_a_malformed_segmentation(tmp_path):
    source = coco({"segmentation": [[5, 6, 25, 36]]}, tmp_path)
    (image,) = read_source(source).images
    assert [(item.class_name, item.area_px) for item in image.objects] == [("bridge", None), ("ship", None)]
    (note,) = image.notes
    assert note.startswith("a.json: annotations[1]: left out, its bbox stands: segmentation: a polygon is not x, y")
    assert closed_claims(texts_of(source), "ship")


def changed(source: Source, **lists: list) -> Source:
    data = json.loads(source.annotations.read_text())
    source.annotations.write_text(json.dumps(data | {name: data[name] + more for name, more in lists.items()}))
    return source


def test_objects_under_two_entries_of_one_file_are_joined(tmp_path):
    entry = {"id": 2, "file_name": "./a.png", "width": SIDE, "height": SIDE}
    more = [{"image_id": 2, "category_id": 1, "bbox": box} for box in ([50, 5, 9, 9], list(GOOD_SHIP))]
    read = read_source(changed(coco({}, tmp_path), images=[entry], annotations=more))
    assert [item.class_name for item in read.images[0].objects] == ["bridge", "ship", "ship"]
    assert read.images[0].notes == (
        "several entries of this file are joined",
        "ship: box (5, 6, 25, 36) stands more than once, taken as one object",
    )
    assert (read.rejects, read.images_in) == ((), 1)


def test_entries_of_one_file_that_differ_are_not_joined_and_their_classes_stay_open(tmp_path):
    entry = {"id": 2, "file_name": "a.png", "width": SIDE, "height": 99}
    more = [{"image_id": 2, "category_id": 3, "bbox": [50, 5, 9, 9]}]
    read = read_source(changed(coco({}, tmp_path), images=[entry], annotations=more))
    assert [reject.reason for reject in read.rejects] == ["a.png is annotated twice, and the entries differ in height"]
    assert read.images[0].open_classes == ("tank",)
    assert "tank" not in told(read.images[0])


def test_two_files_of_one_id_are_both_refused(tmp_path):
    cv2.imwrite(str(tmp_path / "b.png"), np.zeros((SIDE, SIDE), np.uint8))
    source = changed(coco({}, tmp_path), images=[{"id": "1", "file_name": "b.png", "width": SIDE, "height": SIDE}])
    read = read_source(source)
    assert read.images == ()
    assert [(reject.unit, reject.reason) for reject in read.rejects] == [
        *[("image", "id 1 stands twice, so that whose its objects are cannot be told")] * 2,
        *[("box", "image_id 1 is not among the images")] * 2,
    ]


@pytest.mark.parametrize("ids", [(1, "1"), ("1", 1), (1, 1.0), ("a", "a")])
def test_an_id_as_text_is_the_number_that_it_writes(tmp_path, ids):
    source = coco({}, tmp_path)
    data = json.loads(source.annotations.read_text())
    data["images"][0]["id"] = ids[0]
    for annotation in data["annotations"]:
        annotation |= {"image_id": ids[1], "category_id": str(annotation["category_id"])}
    source.annotations.write_text(json.dumps(data))
    read = read_source(source)
    assert len(read.images[0].objects) == 2
    assert read.rejects == ()


def test_an_object_of_an_image_that_is_not_listed_opens_nothing(tmp_path):
    read = read_source(
        changed(coco({}, tmp_path), annotations=[{"image_id": 9, "category_id": 1, "bbox": [1, 1, 5, 5]}])
    )
    assert [reject.reason for reject in read.rejects] == ["image_id 9 is not among the images"]
    assert read.images[0].open_classes == ()


def test_where_no_object_is_of_a_listed_image_none_of_their_classes_is_denied(tmp_path):
    source = coco({}, tmp_path)
    source.annotations.write_text(source.annotations.read_text().replace('"image_id": 1', '"image_id": 101'))
    (image,) = read_source(source).images
    assert image.open_classes == ("bridge", "ship")
    assert "ship" not in told(image)
    assert "bridge" not in told(image)


def test_a_category_id_of_two_names_is_refused(tmp_path):
    with pytest.raises(AnnotationError, match="category id 1 is named both 'ship' and 'car'"):
        read_source(changed(coco({}, tmp_path), categories=[{"id": "1", "name": "car"}]))


def test_equal_boxes_of_one_class_are_one_object_with_a_note(tmp_path):
    box = voc_box(5, 6, 25, 36)
    (image,) = read_source(voc(f"{box}</object><object>{box}", tmp_path)).images
    assert [item.class_name for item in image.objects] == ["bridge", "ship"]
    assert image.notes == ("ship: box (5, 6, 25, 36) stands more than once, taken as one object",)


def test_crossed_boxes_with_one_hull_are_two_objects(tmp_path):
    first, second = "5 5 7 5 25 35 23 35", "5 35 7 35 25 5 23 5"
    (image,) = read_source(dota(f"{first} ship 0\n{second} ship 0\n{first} ship 0", tmp_path)).images
    assert len(image.objects) == 3
    assert len(image.notes) == 1

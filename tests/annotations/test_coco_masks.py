"""COCO masks: area, box and oriented box against pycocotools, damaged masks refused, and the real polygons of SSDD."""

import json
from pathlib import Path
from random import Random

import cv2
import numpy as np
import pytest
from damage import check_what_is_read, damaged, damaged_value
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pycocotools import mask as coco_mask
from pycocotools.coco import COCO

from sarvl.annotations import Box, Source, input_of, read_source
from sarvl.annotations.formats.coco import read_coco
from sarvl.annotations.parsing.coco_masks import MAX_OUTLINE_PX, measure_masks, polygon_corners
from sarvl.annotations.parsing.corners import area_of
from sarvl.errors import AnnotationError
from sarvl.imagery import MAX_PIXELS

WIDTH, HEIGHT = 60, 40
SQUARE = [10, 10, 20, 10, 20, 20, 10, 20]
COORDINATES = st.floats(-20, 80, allow_nan=False) | st.integers(-20, 80)
POLYGONS = st.lists(
    st.integers(3, 9).flatmap(lambda points: st.lists(COORDINATES, min_size=2 * points, max_size=2 * points)),
    min_size=1,
    max_size=3,
)


def run_lengths(mask: np.ndarray) -> list[int]:
    """Return the uncompressed run lengths of ``mask`` (H, W), background first."""
    flat = mask.ravel(order="F")
    runs = np.diff([0, *(np.flatnonzero(np.diff(flat)) + 1), flat.size]).tolist()
    return [0, *runs] if flat[0] else runs


def make_dataset(segmentations: list[object], bbox: tuple[float, ...] = (1, 1, 5, 5)) -> dict[str, list]:
    return {
        "images": [{"id": 1, "file_name": "a.png", "width": WIDTH, "height": HEIGHT}],
        "annotations": [
            {"id": number, "image_id": 1, "category_id": 3, "bbox": list(bbox), "segmentation": segmentation}
            for number, segmentation in enumerate(segmentations, 1)
        ],
        "categories": [{"id": 3, "name": "ship"}],
    }


def make_source(folder: Path, data: object, **options: object) -> Source:
    (folder / "images").mkdir(exist_ok=True)
    cv2.imwrite(str(folder / "images" / "a.png"), np.arange(WIDTH * HEIGHT, dtype=np.uint8).reshape(HEIGHT, WIDTH))
    path = folder / "coco.json"
    path.write_text(json.dumps(data), encoding="utf-8")
    return Source(name="s", format="coco", images=folder / "images", annotations=path, split="train", options=options)


def reference_masks(data: dict[str, list]) -> list[np.ndarray]:
    """Return the mask (H, W) of each annotation as the COCO API draws it."""
    reference = COCO()
    reference.imgs = {image["id"]: image for image in data["images"]}
    return [reference.annToMask(annotation) for annotation in data["annotations"]]


def box_around(mask: np.ndarray) -> Box:
    rows, columns = np.nonzero(mask)
    return Box(columns.min(), rows.min(), columns.max() + 1, rows.max() + 1)


@settings(deadline=None)
@given(st.lists(POLYGONS, min_size=1, max_size=4))
def test_polygons_equal_the_masks_of_pycocotools(segmentations):
    found = measure_masks(segmentations, WIDTH, HEIGHT)
    for mask, reference in zip(found, reference_masks(make_dataset(segmentations)), strict=True):
        assert mask.area_px == reference.sum()
        if reference.any():
            assert mask.box == box_around(reference)


@settings(deadline=None)
@given(st.integers(0, 2**32), st.sampled_from([0.02, 0.5, 0.98]), st.sampled_from(["counts", "compressed"]))
def test_run_lengths_equal_the_masks_of_pycocotools(seed, share, form):
    rng = np.random.default_rng(seed)
    mask = (rng.random((HEIGHT, WIDTH)) < share).astype(np.uint8)
    if seed % 2:
        mask = cv2.dilate(mask, np.ones((5, 7), np.uint8))  # runs of several columns
    compressed = coco_mask.encode(np.asfortranarray(mask))["counts"].decode()
    counts = run_lengths(mask) if form == "counts" else compressed
    segmentation = {"size": [HEIGHT, WIDTH], "counts": counts}
    (reference,) = reference_masks(make_dataset([segmentation]))
    assert (reference == mask).all()
    (found,) = measure_masks([segmentation], WIDTH, HEIGHT)
    assert found.area_px == mask.sum()
    if mask.any():
        assert found.box == box_around(mask)


def test_the_box_is_stated_or_that_of_the_mask(tmp_path):
    data = make_dataset([[SQUARE]])
    (stated,) = read_source(make_source(tmp_path, data)).images[0].objects
    assert (stated.box, stated.area_px, stated.corners) == (Box(1, 1, 6, 6), 100.0, None)
    (masked,) = read_source(make_source(tmp_path, data, boxes="masks")).images[0].objects
    assert (masked.box, masked.area_px) == (Box(10, 10, 20, 20), 100.0)


def test_the_box_of_a_mask_needs_no_stated_one(tmp_path):
    data = make_dataset([[SQUARE]])
    del data["annotations"][0]["bbox"]
    assert read_source(make_source(tmp_path, data, boxes="masks")).images[0].objects[0].box == Box(10, 10, 20, 20)
    assert read_source(make_source(tmp_path, data)).rejects[0].reason == "bbox None is not four numbers"


@pytest.mark.parametrize("empty", [None, [], [[]], {}])
def test_an_empty_segmentation_is_no_mask(tmp_path, empty):
    (item,) = read_source(make_source(tmp_path, make_dataset([empty]), corners="polygons")).images[0].objects
    assert (item.box, item.area_px, item.corners) == (Box(1, 1, 6, 6), None, None)
    (reject,) = read_source(make_source(tmp_path, make_dataset([empty]), boxes="masks")).rejects
    assert (reject.unit, reject.reason) == ("box", "no pixel of a mask, from which its box would come")


def test_a_mask_without_pixels_has_no_box(tmp_path):
    data = make_dataset([[[1, 1, 1.1, 1, 1.1, 1.1]]])
    assert read_source(make_source(tmp_path, data)).images[0].objects[0].area_px == 0
    assert [reject.unit for reject in read_source(make_source(tmp_path, data, boxes="masks")).rejects] == ["box"]


def test_an_image_may_hold_more_masks_than_a_byte_counts(tmp_path):
    data = make_dataset([[SQUARE]] * 600)
    for number, annotation in enumerate(data["annotations"]):
        annotation["bbox"] = [1 + number / 1000, 1, 5, 5]
    found = read_source(make_source(tmp_path, data))
    assert [item.area_px for item in found.images[0].objects] == [100.0] * 600


def test_masks_are_drawn_on_the_image_where_the_file_declares_no_size(tmp_path):
    data = make_dataset([[[50, 30, 70, 30, 70, 50, 50, 50]]])
    del data["images"][0]["width"]
    assert read_source(make_source(tmp_path, data)).images[0].objects[0].area_px == 100
    data["images"].append({"id": 2, "file_name": "gone.png"})
    assert [reject.reason for reject in read_source(make_source(tmp_path, data)).rejects] == ["image is missing"]


@pytest.mark.parametrize(
    ("segmentation", "reason"),
    [
        (3, "neither polygons nor run lengths"),
        ("abc", "neither polygons nor run lengths"),
        ([1, 2, 3, 4, 5, 6], "a polygon is not x, y of three points or more"),
        ([[1, 2, 3, 4]], "a polygon is not x, y of three points or more"),
        ([[1, 2, 3, 4, 5, 6, 7]], "a polygon is not x, y of three points or more"),
        ([SQUARE, []], "a polygon is not x, y of three points or more"),
        ([[*SQUARE[:7], "20"]], "a polygon holds what is not a number"),
        ([[*SQUARE[:7], True]], "a polygon holds what is not a number"),
        ([[*SQUARE[:7], float("nan")]], "a polygon holds a number that is not finite, or too large"),
        ([[float("nan"), *SQUARE[:7]]], "a polygon holds a number that is not finite, or too large"),
        ([[*SQUARE[:7], float("-inf")]], "a polygon holds a number that is not finite, or too large"),
        ([[*SQUARE[:7], 10**400]], "a polygon holds a number that is not finite, or too large"),
        ([[*SQUARE[:7], -(2**31)]], "a polygon holds a number that is not finite, or too large"),
        ([[0, 0, 2**20, 0, 2**20, 9]], f"a polygon is longer than {MAX_OUTLINE_PX} pixels"),
        ([[0, 0, 9999, 9] * 60], f"a polygon is longer than {MAX_OUTLINE_PX} pixels"),
        ({"counts": [2400]}, "run lengths of size None, not [40, 60] (h, w)"),
        ({"size": [60, 40], "counts": [2400]}, "run lengths of size [60, 40], not [40, 60] (h, w)"),
        ({"size": [40, 60]}, "run lengths are not whole numbers"),
        ({"size": [40, 60], "counts": []}, "run lengths are not whole numbers"),
        ({"size": [40, 60], "counts": ""}, "run lengths are not whole numbers"),
        ({"size": [40, 60], "counts": [2400.0]}, "run lengths are not whole numbers"),
        ({"size": [40, 60], "counts": [[2400]]}, "run lengths are not whole numbers"),
        ({"size": [40, 60], "counts": [2401, -1]}, "a run length is negative, or zero past the first"),
        ({"size": [40, 60], "counts": [0, 0, 2400]}, "a run length is negative, or zero past the first"),
        ({"size": [40, 60], "counts": [2399]}, "run lengths add up to 2399, not to the image's 2400 pixels"),
        ({"size": [40, 60], "counts": [10, 10**300]}, "not to the image's 2400 pixels"),
        ({"size": [40, 60], "counts": "é"}, "character 0 of the compressed run lengths is none of theirs"),
        ({"size": [40, 60], "counts": "0\x00"}, "character 1 of the compressed run lengths is none of theirs"),
        ({"size": [40, 60], "counts": "o" * 99}, "character 7 of the compressed run lengths is none of theirs"),
        ({"size": [40, 60], "counts": "`"}, "compressed run lengths end within a number"),
    ],
)
def test_malformed_masks_are_refused_where_the_box_comes_from_them_and_the_others_kept(tmp_path, segmentation, reason):
    data = make_dataset([segmentation, [SQUARE]])
    data["annotations"][1]["bbox"] = [10, 10, 10, 10]
    (kept,) = read_source(make_source(tmp_path, data)).images
    assert [item.area_px for item in kept.objects] == [None, 100.0]
    assert kept.notes[0].startswith("coco.json: annotations[0]: left out, its bbox stands: segmentation: ")
    assert kept.notes[0].endswith(reason)
    found = read_source(make_source(tmp_path, data, boxes="masks"))
    assert [item.area_px for item in found.images[0].objects] == [100.0]
    assert [(reject.unit, reject.file) for reject in found.rejects] == [("box", "coco.json: annotations[0]")]
    assert found.rejects[0].reason.startswith("segmentation: ")
    assert found.rejects[0].reason.endswith(reason)


def test_an_image_too_large_to_draw_on_is_refused_before_it_is_drawn_on():
    width = height = 2**14 + 1
    assert measure_masks([[SQUARE]], width, height) == [
        f"segmentation: the image of {width} x {height} has more than {MAX_PIXELS} pixels"
    ]


def test_a_long_outline_within_the_bound_is_drawn():
    comb = [value for x in range(0, 2000, 4) for value in (x, 0, x + 2, 1000)]
    assert len(comb) * max(comb) > MAX_OUTLINE_PX
    (mask,) = measure_masks([[comb]], 2000, 1000)
    assert mask.area_px == coco_mask.area(coco_mask.frPyObjects([comb], 1000, 2000))[0] > 0


def test_four_points_are_the_oriented_box_itself():
    turned = [10.5, 5, 30, 10, 28, 18, 8, 13]
    assert polygon_corners([turned]) == tuple(turned)
    assert polygon_corners([[*turned, *turned[:2]]]) == tuple(turned)
    assert polygon_corners({"counts": [1], "size": [1, 1]}) is None


@settings(deadline=None)
@given(POLYGONS.filter(lambda polygons: len(polygons) > 1 or len(polygons[0]) > 10), st.sampled_from([0, 10**7]))
def test_other_polygons_give_the_smallest_rectangle_around_them(polygons, offset):
    found = polygon_corners([[value + offset for value in polygon] for polygon in polygons])
    corners = (np.reshape(found, (4, 2)) - offset).astype(np.float32)
    points = np.concatenate([np.reshape(polygon, (-1, 2)) for polygon in polygons]).astype(np.float32)
    _, sides, _ = cv2.minAreaRect(points)
    assert area_of(found) == pytest.approx(np.prod(sides), rel=1e-3, abs=0.05)
    for point in points.tolist():
        assert cv2.pointPolygonTest(corners, point, measureDist=True) > -0.05


def test_corners_come_only_where_asked_for(tmp_path):
    data = make_dataset([[SQUARE]])
    assert read_source(make_source(tmp_path, data)).images[0].objects[0].corners is None
    assert read_source(make_source(tmp_path, data, corners="polygons")).images[0].objects[0].corners == tuple(SQUARE)


@pytest.mark.parametrize("categories", [5, "x", {"id": 3}])
def test_categories_that_are_no_list_are_an_error(tmp_path, categories):
    source = make_source(tmp_path, make_dataset([]) | {"categories": categories})
    with pytest.raises(AnnotationError, match=r"coco\.json: `categories` is not a list"):
        read_source(source)


@pytest.fixture(scope="module", params=["stated", "masks"])
def source(request, tmp_path_factory):
    mask = np.zeros((HEIGHT, WIDTH), np.uint8)
    mask[5:20, 8:30] = 1
    compressed = coco_mask.encode(np.asfortranarray(mask))["counts"].decode()
    segmentations = [
        [SQUARE],
        [SQUARE, [30.5, 5, 40, 5, 40, 30.25]],
        {"size": [HEIGHT, WIDTH], "counts": run_lengths(mask)},
        {"size": [HEIGHT, WIDTH], "counts": compressed},
    ]
    options = {"boxes": request.param, "corners": "polygons"}
    return make_source(tmp_path_factory.mktemp("damaged"), make_dataset(segmentations), **options)


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 2**32))
def test_damaged_files_never_break_the_reader(source, seed):
    held = source.annotations.read_bytes()
    source.annotations.write_bytes(damaged(held, Random(seed)))
    try:
        check_what_is_read(source)
    finally:
        source.annotations.write_bytes(held)


@settings(max_examples=300, deadline=None)
@given(st.integers(0, 2**32))
@example(1234098)  # half a surrogate pair in what a note quotes
def test_files_of_wrong_values_never_break_the_reader(source, seed):
    held = source.annotations.read_bytes()
    value, random = json.loads(held), Random(seed)
    for _ in range(1 + seed % 2):
        value = damaged_value(value, random)
    source.annotations.write_text(json.dumps(value))
    try:
        check_what_is_read(source)
    finally:
        source.annotations.write_bytes(held)


def test_the_polygons_of_ssdd_have_the_areas_that_its_file_states(shared_data):
    folder = shared_data / "ssdd"
    source = Source(name="s", format="coco", images=folder / "images", annotations=folder / "coco.json", split="train")
    stated = iter(json.loads(source.annotations.read_text())["annotations"])
    ratios, shifts = [], []
    masked = source.model_copy(update={"options": source.options.model_copy(update={"boxes": "masks"})})
    for record, drawn in list(zip(read_coco(input_of(source)), read_coco(input_of(masked)), strict=True))[1:]:
        for item, mask in zip(record.objects, drawn.objects, strict=True):
            ratios.append(item.area_px / next(stated)["area"])
            shifts.append(max(abs(a - b) for a, b in zip(item.box, mask.box, strict=True)))
    assert len(ratios) == 2041
    assert min(ratios) > 0.9
    assert max(ratios) < 1.1
    assert np.median(ratios) == pytest.approx(1, abs=1e-3)
    assert max(shifts) <= 2  # pixels between the stated box and that of the mask

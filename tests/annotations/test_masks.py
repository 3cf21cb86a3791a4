"""Semantic masks: shares and boxes against plain counting, finding masks, and all that is refused."""

from collections import Counter
from pathlib import Path

import cv2
import numpy as np
import pytest
import rasterio
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from outcomes import fuzz, reasons
from PIL import Image
from pydantic import ValidationError

from sarvl.annotations import Box, Source, read_source
from sarvl.annotations.parsing.mask_image import read_mask
from sarvl.annotations.parsing.mask_parts import connected_boxes
from sarvl.errors import AnnotationError

CLASSES = {0: "clutter", 1: "target", 2: "shadow"}
GREY = np.full((6, 8), 90, np.uint8)
MASK = np.array(
    [
        [0, 0, 0, 0, 0, 0, 0, 0],
        [0, 1, 1, 0, 0, 0, 0, 0],
        [0, 1, 1, 0, 0, 0, 0, 1],
        [0, 0, 0, 2, 2, 0, 0, 0],
        [0, 0, 0, 2, 0, 0, 0, 0],
        [0, 0, 0, 0, 0, 0, 0, 0],
    ],
    np.uint8,
)


def write(path: Path, pixels: np.ndarray) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    assert cv2.imwrite(str(path), pixels)
    return path


def palette_png(path: Path, indices: np.ndarray, colours: list[tuple[int, int, int]]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    profile = {"driver": "PNG", "dtype": "uint8", "count": 1, "height": indices.shape[0], "width": indices.shape[1]}
    with rasterio.open(path, "w", **profile) as target:
        target.write(indices, 1)
        target.write_colormap(1, {index: (*colour, 255) for index, colour in enumerate(colours)})
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write(tmp_path / "images" / "T72" / "a.jpg", GREY)
    write(tmp_path / "masks" / "T72" / "a.png", MASK)
    return tmp_path


def source(folder: Path, classes: dict = CLASSES, **options: object) -> Source:
    fields = {name: options.pop(name) for name in ("include", "class_names") if name in options}
    return Source(
        name="s",
        format="masks",
        images=folder / "images",
        annotations=folder / "masks",
        split="train",
        options={"classes": classes, **options},
        **fields,
    )


def test_shares_and_boxes(folder):
    (image,) = read_source(source(folder, objects=["target", "shadow"], labels="folders")).images
    assert image.label == "T72"
    assert [(item.class_name, item.box, item.area_px) for item in image.objects] == [
        ("shadow", Box(3, 3, 5, 5), 3),
        ("target", Box(1, 1, 3, 3), 4),
        ("target", Box(7, 2, 8, 3), 1),
    ]
    assert {share.class_name: share.share for share in image.land_cover} == {
        "clutter": 40 / 48,
        "target": 5 / 48,
        "shadow": 3 / 48,
    }
    assert [share.class_name for share in image.land_cover] == ["clutter", "target", "shadow"]


def test_ignored_pixels_are_no_part_of_any_share(folder):
    (image,) = read_source(source(folder, {1: "target", 2: "shadow"}, ignore=[0], least_labelled=0)).images
    assert {share.class_name: share.share for share in image.land_cover} == {"target": 5 / 8, "shadow": 3 / 8}
    assert image.label is None
    assert image.objects == ()


def test_shares_of_a_small_labelled_part_are_not_told_of_the_image(folder):
    (image,) = read_source(source(folder, {1: "target", 2: "shadow"}, ignore=[0], objects=["target"])).images
    assert image.land_cover == ()
    assert len(image.objects) == 2
    assert image.notes == ("its mask labels 16.7 % of the pixels: shares left out",)


def test_only_some_shares_are_told_of_all_valid_pixels(folder):
    (image,) = read_source(source(folder, land_cover=["shadow"])).images
    assert [tuple(share) for share in image.land_cover] == [("shadow", 3 / 48)]


def test_the_labelled_object_takes_the_name_of_the_label(folder):
    options = {"objects": ["target", "shadow"], "labels": "folders", "labelled_object": "target"}
    (image,) = read_source(source(folder, class_names={"T72": "T72 tank"}, **options)).images
    assert image.label == "T72 tank"
    assert [item.class_name for item in image.objects] == ["T72 tank", "T72 tank", "shadow"]


def test_small_parts_are_left_out_and_counted(folder):
    (image,) = read_source(source(folder, objects=["target", "shadow"], min_area_px=4)).images
    assert [item.class_name for item in image.objects] == ["target"]
    assert image.notes == (
        "parts of target below 4 px left out: 1",
        "parts of shadow below 4 px left out: 1",
        "not all objects could be kept: nothing is counted or denied of shadow",
    )
    assert image.open_classes == ("shadow",)


def test_codes_of_one_class_are_one_object(folder):
    write(folder / "masks" / "T72" / "a.png", np.where(np.arange(8) < 4, 1, 2).astype(np.uint8)[None].repeat(6, 0))
    (image,) = read_source(source(folder, {1: "building", 2: "building"}, objects=["building"])).images
    assert [item.box for item in image.objects] == [Box(0, 0, 8, 6)]
    assert [tuple(share) for share in image.land_cover] == [("building", 1.0)]


def naive_boxes(mask: np.ndarray) -> Counter:
    left = {(int(y), int(x)) for y, x in zip(*np.nonzero(mask), strict=True)}
    found: Counter = Counter()
    while left:
        part, front = set(), {left.pop()}
        while front:
            part |= front
            near = {(y + dy, x + dx) for y, x in front for dy in (-1, 0, 1) for dx in (-1, 0, 1)}
            front = near & left
            left -= front
        rows, columns = {y for y, _ in part}, {x for _, x in part}
        box = Box(min(columns), min(rows), max(columns) + 1, max(rows) + 1)
        found[box, len(part)] += 1
    return found


@given(arrays(np.bool_, st.tuples(st.integers(1, 12), st.integers(1, 12))))
def test_boxes_equal_a_plain_flood_fill(mask):
    assert Counter(connected_boxes(mask)) == naive_boxes(mask)


@given(arrays(np.uint8, st.tuples(st.integers(1, 9), st.integers(1, 9)), elements=st.integers(0, 3)))
def test_shares_add_up_to_one(mask):
    from sarvl.annotations.formats.masks import MasksOptions, _shares

    options = MasksOptions(classes={0: "a", 1: "b", 2: "c", 3: "d"})
    shares, labelled = _shares(mask, Path("mask.png"), options)
    assert labelled == 1
    assert sum(share.share for share in shares) == pytest.approx(1)
    assert {share.class_name: share.share for share in shares} == {
        "abcd"[code]: count / mask.size for code, count in zip(*np.unique(mask, return_counts=True), strict=True)
    }


COLOURS = {"#ff0000": "water", "#00FF00": "forest"}


def test_colours(folder):
    mask = np.zeros((6, 8, 3), np.uint8)
    mask[..., 1] = 255  # BGR green
    mask[:3] = (0, 0, 255)
    write(folder / "masks" / "T72" / "a.png", mask)
    (image,) = read_source(source(folder, COLOURS, objects=["water"])).images
    assert [tuple(share) for share in image.land_cover] == [("forest", 0.5), ("water", 0.5)]
    assert image.objects[0].box == Box(0, 0, 8, 3)


def test_a_palette_is_read_as_indices_or_as_colours(folder):
    path = palette_png(folder / "masks" / "T72" / "a.png", MASK, [(9, 9, 9), (255, 0, 0), (0, 255, 0)])
    assert np.array_equal(read_mask(path, colours=False), MASK)
    (by_index,) = read_source(source(folder)).images
    (by_colour,) = read_source(source(folder, COLOURS, ignore=["#090909"], least_labelled=0)).images
    assert [share.share for share in by_index.land_cover] == [40 / 48, 5 / 48, 3 / 48]
    assert [tuple(share) for share in by_colour.land_cover] == [("water", 5 / 8), ("forest", 3 / 8)]


def test_bits_and_grey_keep_their_codes(tmp_path):
    assert cv2.imwrite(str(tmp_path / "bits.png"), MASK, [cv2.IMWRITE_PNG_BILEVEL, 1])
    assert set(np.unique(read_mask(tmp_path / "bits.png", colours=False))) == {0, 1}
    write(tmp_path / "grey.png", MASK)
    assert read_mask(tmp_path / "grey.png", colours=True)[1, 1] == 0x010101


def test_masks_of_negative_and_wide_indices(folder):
    codes = np.where(MASK == 0, -1, MASK.astype(np.int16) * 1000).astype(np.int16)
    (folder / "masks" / "T72" / "a.png").unlink()
    profile = {"driver": "GTiff", "dtype": "int16", "count": 1, "height": 6, "width": 8}
    with rasterio.open(folder / "masks" / "T72" / "a.tif", "w", **profile) as target:
        target.write(codes, 1)
    (image,) = read_source(source(folder, {1000: "flood", 2000: "land"}, ignore=[-1], least_labelled=0)).images
    assert [tuple(share) for share in image.land_cover] == [("flood", 5 / 8), ("land", 3 / 8)]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda m: np.where(m == 1, 7, m), "T72/a.png: has 7, which neither `classes` nor `ignore` names"),
        (lambda m: np.arange(48, dtype=np.uint8).reshape(6, 8), "has 3, 4, 5, 6, 7, 8, 9, 10 and 37 more, which"),
        (lambda m: m[:5], "T72/a.png: mask is 8 x 5, its image 8 x 6"),
        (lambda m: np.stack([m, m, m + 1], -1), "mask of 3 channels; name its colours in `classes`, not indices"),
    ],
)
def test_masks_that_do_not_fit_are_refused(folder, change, reason):
    write(folder / "masks" / "T72" / "a.png", change(MASK))
    ((unit, file, said),) = reasons(source(folder))
    assert (unit, file) == ("image", "T72/a.jpg")
    assert reason in said
    assert str(folder) not in said


def test_unknown_colours_are_named_as_colours(folder):
    ((_, _, said),) = reasons(source(folder, COLOURS))
    assert "has #000000, #010101, #020202, which neither" in said


def test_a_mask_that_is_all_ignored_is_refused(folder):
    write(folder / "masks" / "T72" / "a.png", MASK * 0)
    ((_, _, said),) = reasons(source(folder, {1: "target"}, ignore=[0]))
    assert "all its pixels are ignored" in said


def test_transparent_and_fractional_masks_are_refused(folder):
    write(folder / "masks" / "T72" / "a.png", np.zeros((6, 8, 4), np.uint8))
    assert "transparent" in reasons(source(folder, COLOURS))[0][2]
    (folder / "masks" / "T72" / "a.png").unlink()
    for odd in (0.5, np.inf, -np.inf):
        write(folder / "masks" / "T72" / "a.tif", np.where(MASK == 1, odd, MASK).astype(np.float32))
        assert f"float32 that holds {odd:g}; class codes are whole numbers" in reasons(source(folder))[0][2]


@pytest.mark.parametrize("nodata", [None, np.nan, -9999.0])
@pytest.mark.parametrize("kind", ["float32", "float64"])
def test_pixels_without_data_in_a_float_mask_are_not_labelled(folder, kind, nodata):
    (folder / "masks" / "T72" / "a.png").unlink()
    pixels = MASK.astype(kind)
    pixels[5, :4] = np.nan if nodata is None else nodata
    profile = {"driver": "GTiff", "dtype": kind, "count": 1, "height": 6, "width": 8, "nodata": nodata}
    with rasterio.open(folder / "masks" / "T72" / "a.tif", "w", **profile) as target:
        target.write(pixels, 1)
    (image,) = read_source(source(folder, objects=["target", "shadow"])).images
    assert {item.class_name: item.share for item in image.land_cover}["target"] == pytest.approx(5 / 44)
    assert len(image.objects) == 3
    assert image.notes == ("its mask has no data in 8.33 % of the pixels: unlabelled",)


def test_a_value_that_an_option_names_is_no_missing_data(folder):
    (folder / "masks" / "T72" / "a.png").unlink()
    profile = {"driver": "GTiff", "dtype": "uint8", "count": 1, "height": 6, "width": 8, "nodata": 0}
    with rasterio.open(folder / "masks" / "T72" / "a.tif", "w", **profile) as target:
        target.write(MASK, 1)
    (image,) = read_source(source(folder)).images
    assert {item.class_name: item.share for item in image.land_cover}["clutter"] == pytest.approx(40 / 48)
    assert image.notes == ()


@pytest.mark.parametrize(
    ("ending", "pixels"),
    [
        ("tif", MASK.astype(np.float32)),
        ("tif", MASK.astype(np.float64)),
        ("tif", np.stack([MASK] * 3, -1)),
        ("png", np.stack([MASK] * 3, -1)),
        ("png", np.stack([MASK] * 3 + [np.full_like(MASK, 255)], -1)),
        ("tif", np.stack([MASK.astype(np.float32)] * 3, -1)),
    ],
)
def test_whole_floats_and_equal_channels_are_indices(folder, ending, pixels):
    expected = read_source(source(folder, objects=["target"])).images[0]
    (folder / "masks" / "T72" / "a.png").unlink()
    write(folder / "masks" / "T72" / f"a.{ending}", pixels)
    assert read_source(source(folder, objects=["target"])).images[0] == expected


def test_a_mask_may_be_of_the_pixels_before_exif_turns_them(folder):
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.fromarray(GREY).save(folder / "images" / "T72" / "a.jpg", exif=exif)
    (image,) = read_source(source(folder)).images
    assert (image.width, image.height) == GREY.shape[::-1]
    write(folder / "masks" / "T72" / "a.png", np.rot90(MASK, -1))
    (image,) = read_source(source(folder)).images
    assert (image.width, image.height) == GREY.shape
    Image.fromarray(MASK).save(folder / "masks" / "T72" / "a.png", exif=exif)
    assert "mask with an EXIF orientation; save it upright" in reasons(source(folder))[0][2]


def test_masks_that_are_no_pictures_are_sent_to_their_format(folder):
    (folder / "masks" / "T72" / "a.png").unlink()
    (folder / "masks" / "a.txt").write_text("0 0.5 0.5 0.1 0.1\n")
    with pytest.raises(AnnotationError, match="masks: no mask; it looks like YOLO text: set format: yolo"):
        read_source(source(folder))


def test_missing_ambiguous_and_lonely_masks(folder):
    write(folder / "images" / "T72" / "b.jpg", GREY)
    write(folder / "masks" / "T72" / "a.tif", MASK)
    write(folder / "masks" / "T72" / "c.png", MASK)
    assert reasons(source(folder)) == [
        ("image", "T72/a.jpg", "fits 2 masks, such as T72/a.png and T72/a.tif"),
        ("image", "T72/b.jpg", "no mask fits it"),
        ("image", "T72/c.png", "mask without an image"),
    ]


def test_masks_of_another_name_in_the_same_folder(tmp_path):
    write(tmp_path / "images" / "img_1.tif", GREY)
    write(tmp_path / "images" / "label_1.png", MASK)
    found = read_source(
        Source(
            name="s",
            format="masks",
            images=tmp_path / "images",
            annotations=tmp_path / "images",
            include="img_*",
            split="train",
            options={"classes": CLASSES, "pattern": "^img_", "replacement": "label_"},
        )
    )
    assert [image.file for image in found.images] == ["img_1.tif"]
    assert found.rejects == ()


def test_an_image_that_include_leaves_out_does_not_make_its_mask_lonely(folder):
    write(folder / "images" / "T72" / "b.jpg", GREY)
    write(folder / "masks" / "T72" / "b.png", MASK)
    found = read_source(source(folder, include="**/a.*"))
    assert (len(found.images), found.rejects) == (1, ())


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({}, "classes"),
        ({"classes": {}}, "at least 1"),
        ({"classes": {0: "a", "#ffffff": "b"}}, "mix indices and colours"),
        ({"classes": {0: "a"}, "ignore": ["#ffffff"]}, "mix indices and colours"),
        ({"classes": {"red": "a"}}, "classes"),
        ({"classes": {0: "a"}, "ignore": [0]}, "both classes and ignore"),
        ({"classes": {0: "a"}, "objects": ["b"]}, "b is not among the classes"),
        ({"classes": {0: "a"}, "land_cover": ["b"]}, "b is not among the classes"),
        ({"classes": {0: "a"}, "objects": ["a", "a"]}, "a class stands twice"),
        ({"classes": {0: ""}}, "at least 1 character"),
        ({"classes": {0: "a"}, "objects": ["a"], "labelled_object": "a"}, "needs labels: folders"),
        ({"classes": {0: "a"}, "labels": "folders", "labelled_object": "a"}, "must be among the objects"),
        ({"classes": {0: "a"}, "pattern": "("}, "pattern"),
        ({"classes": {0: "a"}, "pattern": "x", "replacement": r"\3"}, "replacement does not fit pattern"),
        ({"classes": {0: "a"}, "minarea": 3}, "did you mean min_area_px"),
    ],
)
def test_options_that_cannot_work_are_refused(tmp_path, options, message):
    with pytest.raises(ValidationError, match=message):
        Source(name="s", format="masks", images=tmp_path, annotations=tmp_path, split="a", options=options)


def test_damaged_masks_are_read_or_refused(folder):
    counts = fuzz(folder / "masks" / "T72" / "a.png", 300, source(folder, objects=["target"]))
    assert set(counts) == {"read"}
    found = [reason for _, _, reason in reasons(source(folder))]
    assert found == []


def test_a_cut_mask_is_refused_not_filled(folder):
    mask = folder / "masks" / "T72" / "a.png"
    mask.write_bytes(mask.read_bytes()[:-20])
    assert "truncated or damaged" in reasons(source(folder))[0][2]


def test_mstar_targets_and_shadows(shared_data):
    mstar = shared_data / "mstar_soc10"
    options = {"classes": CLASSES, "objects": ["target", "shadow"], "land_cover": [], "labels": "folders"}
    options |= {"labelled_object": "target"}
    found = read_source(
        Source(
            name="mstar",
            format="masks",
            images=mstar / "images",
            annotations=mstar / "masks",
            include="T72/*",
            split="train",
            options=options | {"min_area_px": 100},
        )
    )
    assert len(found.images) > 200
    assert found.rejects == ()
    assert {image.label for image in found.images} == {"T72"}
    assert all({item.class_name for item in image.objects} == {"T72", "shadow"} for image in found.images)
    assert all(image.land_cover == () for image in found.images)

"""SpaceNet footprints: polygons as text against plain counting of pixels, holes, empty images, and what is refused."""

from pathlib import Path
from random import Random

import cv2
import numpy as np
import pytest
from damage import check_what_is_read, damaged
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from sarvl.annotations import AnnotatedObject, Box, Source, read_source
from sarvl.errors import AnnotationError

IMAGE = np.arange(40 * 60, dtype=np.uint8).reshape(40, 60)
SQUARE = "POLYGON ((10 5 0, 30 5 0, 30 25 0, 10 25 0, 10 5 0))"
PATTERN = r"_(?P<image>\d+_tile_\d+)\.png"


def make_source(folder: Path, rows: list[tuple[str, str]], files: tuple[str, ...] = ("SAR_1_tile_7.png",)) -> Source:
    (folder / "images").mkdir(exist_ok=True)
    for file in files:
        cv2.imwrite(str(folder / "images" / file), IMAGE)
    lines = [
        "ImageId,TileBuildingId,PolygonWKT_Pix,Mean_Building_Height",
        *(f'{name},1,"{wkt}",9' for name, wkt in rows),
    ]
    (folder / "buildings.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return Source(
        name="s",
        format="footprints",
        images=folder / "images",
        annotations=folder / "buildings.csv",
        options={"image_pattern": PATTERN},
        split="train",
    )


def refusals(source: Source) -> list[tuple[str, str, str]]:
    return [(reject.unit, reject.file, reject.reason) for reject in read_source(source).rejects]


def test_a_footprint_gives_its_box_and_its_pixels(tmp_path):
    found = read_source(make_source(tmp_path, [("1_tile_7", SQUARE)]))
    assert found.images[0].objects == (AnnotatedObject("building", Box(10, 5, 30, 25), None, 400.0),)
    assert not found.rejects


def test_holes_are_taken_off_and_parts_added(tmp_path):
    hole = SQUARE.replace("))", "),(15 10, 25 10, 25 20, 15 20, 15 10))")
    parts = "MULTIPOLYGON (((0 0, 4 0, 4 4, 0 4)), ((8 0, 12 0, 12 4, 8 4)))"
    (image,) = read_source(make_source(tmp_path, [("1_tile_7", hole), ("1_tile_7", parts)])).images
    assert [(item.box, item.area_px) for item in image.objects] == [
        (Box(0, 0, 12, 4), 32.0),
        (Box(10, 5, 30, 25), 300.0),
    ]


@given(st.tuples(*[st.integers(0, 28)] * 2, *[st.integers(1, 12)] * 2))
def test_the_area_of_a_rectangle_is_its_pixels(tmp_path_factory, rectangle):
    x, y, width, height = rectangle
    wkt = f"POLYGON (({x} {y}, {x + width} {y}, {x + width} {y + height}, {x} {y + height}, {x} {y}))"
    (image,) = read_source(make_source(tmp_path_factory.mktemp("sn"), [("1_tile_7", wkt)])).images
    assert image.objects[0].area_px == width * height


def test_an_empty_polygon_says_that_nothing_is_there(tmp_path):
    found = read_source(make_source(tmp_path, [("1_tile_7", "POLYGON EMPTY")]))
    assert [image.objects for image in found.images] == [()]
    assert not found.rejects


def test_images_and_rows_that_do_not_pair_up_are_refused(tmp_path):
    files = ("SAR_1_tile_7.png", "SAR_1_tile_8.png", "other.png")
    source = make_source(tmp_path, [("1_tile_7", SQUARE), ("1_tile_9", SQUARE), ("", SQUARE)], files)
    assert refusals(source) == [
        ("box", "buildings.csv: line 4", "no ImageId"),
        ("image", "SAR_1_tile_8.png", "no row of buildings.csv has its ImageId '1_tile_8'"),
        ("image", "other.png", "no row of buildings.csv has its ImageId ''"),
        ("image", "1_tile_9", "image is missing"),
    ]
    assert read_source(source).images_in == 4


@pytest.mark.parametrize(
    ("wkt", "reason"),
    [
        ("POINT (1 2)", "'POINT (1 2)' is no POLYGON, MULTIPOLYGON or POLYGON EMPTY"),
        ("POLYGON ((1 2, 3))", "point '3' is not x, y and perhaps a height"),
        ("POLYGON ((1 2, 3 4, 5 nan))", "'nan' is not finite, or too large"),
        ("POLYGON ((1 2, 3 4))", "segmentation: a polygon is not x, y of three points or more"),
        ("POLYGON ((1 2, 3 4, 5 6)", "'POLYGON ((1 2, 3 4, 5 6)' is no POLYGON, MULTIPOLYGON or POLYGON EMPTY"),
    ],
)
def test_polygons_that_cannot_be_read_are_refused(tmp_path, wkt, reason):
    source = make_source(tmp_path, [("1_tile_7", wkt)])
    assert refusals(source) == [("box", "buildings.csv: line 2", reason)]
    assert len(read_source(source).images) == 1


def test_a_table_without_the_columns_is_an_error(tmp_path):
    source = make_source(tmp_path, [])
    (tmp_path / "buildings.csv").write_text("ImageId,Polygon\n", encoding="utf-8")
    with pytest.raises(AnnotationError, match="no column PolygonWKT_Pix"):
        read_source(source)


def test_the_pattern_must_name_its_part(tmp_path):
    with pytest.raises(ValidationError, match="no part named image"):
        Source(
            name="s",
            format="footprints",
            images=tmp_path,
            annotations=tmp_path,
            options={"image_pattern": "x"},
            split="t",
        )


def test_damaged_tables_are_read_or_refused(tmp_path):
    source = make_source(tmp_path, [("1_tile_7", SQUARE), ("1_tile_7", "POLYGON EMPTY")])
    whole = (tmp_path / "buildings.csv").read_bytes()
    random = Random(0)
    for _ in range(200):
        (tmp_path / "buildings.csv").write_bytes(damaged(whole, random))
        check_what_is_read(source)

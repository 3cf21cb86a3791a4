"""FAIR1M XML: possible results, corner points, and what is refused."""

from pathlib import Path
from random import Random

import cv2
import numpy as np
import pytest
from damage import check_what_is_read, damaged
from hypothesis import given, settings
from hypothesis import strategies as st

from sarvl.annotations import AnnotatedObject, Box, Source, read_source
from sarvl.annotations.formats.voc import VocOptions

IMAGE = np.arange(40 * 60, dtype=np.uint8).reshape(40, 60)
POINTS = ("10.0, 5.0", "30.0,10.0", "28.0,18.0", "8.0,13.0")
CLOSED = (*POINTS, POINTS[0])
CORNERS = (10.0, 5.0, 30.0, 10.0, 28.0, 18.0, 8.0, 13.0)
SIZE = "<size><width>60</width><height>40</height><depth>1</depth></size>"


def fair_object(points: tuple[str, ...] = CLOSED, names: tuple[str, ...] = ("A220",), more: str = "") -> str:
    results = "".join(f"<possibleresult><name>{name}</name></possibleresult>" for name in names)
    outline = "".join(f"<point>{point}</point>" for point in points)
    return f"<object><type>rectangle</type>{more}{results}<points>{outline}</points></object>"


def fair(objects: str, filename: str = "a.tif") -> str:
    head = f"<source><filename>{filename}</filename><origin>GF3</origin></source>"
    return f"<annotation>{head}{SIZE}<objects>{objects}</objects></annotation>"


def make_source(folder: Path, text: str) -> Source:
    for name in ("images", "labels"):
        (folder / name).mkdir(exist_ok=True)
    cv2.imwrite(str(folder / "images" / "a.png"), IMAGE)
    (folder / "labels" / "a.xml").write_text(text, encoding="utf-8")
    return Source(name="s", format="fair", images=folder / "images", annotations=folder / "labels", split="train")


@pytest.mark.parametrize("points", [POINTS, CLOSED])
@pytest.mark.parametrize("more", ["", "<coordinate>pixel</coordinate>"])
def test_four_points_or_five_that_close(tmp_path, points, more):
    found = read_source(make_source(tmp_path, fair(fair_object(points, more=more))))
    assert found.images[0].objects == (AnnotatedObject("A220", Box(8, 5, 30, 18), CORNERS),)
    assert (found.images[0].width, found.images[0].height) == (60, 40)
    assert not found.rejects


@pytest.mark.parametrize("filename", ["a.tif", "a", "", "another_name.tif"])
def test_the_image_is_found_by_filename_or_stem(tmp_path, filename):
    assert [image.file for image in read_source(make_source(tmp_path, fair("", filename))).images] == ["a.png"]


@pytest.mark.parametrize(
    ("item", "reason"),
    [
        (fair_object(POINTS[:3]), "3 points are not the four corners of a box"),
        (fair_object((*POINTS, POINTS[1])), "5 points are not the four corners of a box"),
        (fair_object(("1,2,3", *POINTS[1:])), "are not x,y"),
        (fair_object(("1,nan", *POINTS[1:])), "are not x,y"),
        (fair_object(("", *POINTS[1:])), "are not x,y"),
        (fair_object(names=()), "object has 0 possible results, not one with a name"),
        (fair_object(names=("",)), "object has 1 possible results, not one with a name"),
        (fair_object(names=("A220", "A330")), "object has 2 possible results, not one with a name"),
        (fair_object(more="<coordinate>geodegree</coordinate>"), "coordinate 'geodegree' is not pixel"),
        (fair_object(("1,1", "2,2", "3,3", "4,4")), "enclose no area"),
    ],
)
def test_bad_objects_are_refused_and_the_others_kept(tmp_path, item, reason):
    found = read_source(make_source(tmp_path, fair(fair_object() + item)))
    assert len(found.images[0].objects) == 1
    assert [reject.unit for reject in found.rejects] == ["box"]
    assert found.rejects[0].reason.endswith(reason)


def test_voc_and_fair_are_not_taken_for_each_other(tmp_path):
    source = make_source(tmp_path, fair("").replace("objects>", "things>"))
    assert [(reject.unit, reject.reason) for reject in read_source(source).rejects] == [("image", "no `objects`")]
    (source.annotations / "a.xml").write_text(fair(fair_object()))
    as_voc = source.model_copy(update={"format": "voc", "options": VocOptions()})
    assert [reject.advice for reject in read_source(as_voc).rejects] == ["set format: fair"]


def test_an_entity_bomb_is_refused(tmp_path):
    bomb = '<!DOCTYPE a [<!ENTITY x "xxxxxxxx"><!ENTITY y "&x;&x;">]>' + fair("", "&y;")
    assert "not valid XML" in read_source(make_source(tmp_path, bomb)).rejects[0].reason


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    return make_source(tmp_path_factory.mktemp("damaged"), fair(fair_object() + fair_object(POINTS)))


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 2**32))
def test_damaged_files_never_break_the_reader(source, seed):
    label = source.annotations / "a.xml"
    held = label.read_bytes()
    label.write_bytes(damaged(held, Random(seed)))
    try:
        check_what_is_read(source)
    finally:
        label.write_bytes(held)

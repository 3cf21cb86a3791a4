"""DOTA text: oriented boxes with words for classes, head lines, and the difficult flag."""

import os
from pathlib import Path
from random import Random

import cv2
import numpy as np
import pytest
from damage import check_what_is_read, damaged
from hypothesis import given, settings
from hypothesis import strategies as st

from sarvl.annotations import AnnotatedObject, Box, Source, read_source
from sarvl.errors import AnnotationError
from sarvl.language import describe

IMAGE = np.arange(40 * 60, dtype=np.uint8).reshape(40, 60)
SHIP = "10.0 5.0 30.0 10.0 28.0 18.0 8.0 13.0"
CORNERS = (10.0, 5.0, 30.0, 10.0, 28.0, 18.0, 8.0, 13.0)


def make_source(folder: Path, labels: dict[str, str], **options: object) -> Source:
    for name in ("images", "labels"):
        (folder / name).mkdir(exist_ok=True)
    cv2.imwrite(str(folder / "images" / "a.png"), IMAGE)
    for name, text in labels.items():
        (folder / "labels" / name).write_text(text, encoding="utf-8")
    return Source(
        name="s", format="dota", images=folder / "images", annotations=folder / "labels", options=options, split="train"
    )


@pytest.mark.parametrize(
    ("line", "class_name"),
    [
        (f"{SHIP} ship 0", "ship"),
        (f"{SHIP} ore-oil 1", "ore-oil"),
        (f"{SHIP} Law Enforce 0", "Law Enforce"),
        (f"{SHIP.replace(' ', ',')},Law Enforce,0", "Law Enforce"),
        (f"{SHIP.replace(' ', ', ')}, ship, 2,", "ship"),
        (f"  {SHIP}\tbulk_cargo\t0  ", "bulk cargo"),
    ],
)
def test_separators_and_words_for_classes(tmp_path, line, class_name):
    found = read_source(make_source(tmp_path, {"a.txt": line}))
    assert found.images[0].objects == (AnnotatedObject(class_name, Box(8, 5, 30, 18), CORNERS),)
    assert not found.rejects


@pytest.mark.parametrize(
    ("head", "spacing", "notes"),
    [
        ("imagesource:GF3\ngsd:1.5\n", (1.5, 1.5), ()),
        ("ImageSource: GF3\nGSD: 0.3\n", (0.3, 0.3), ()),
        ("imagesize: 1024 1024\n", None, ()),
        ("gsd:null\n", None, ()),
        ("gsd:None\n", None, ()),
        ("gsd:\n", None, ()),
        ("gsd:-1\n", None, ("gsd '-1' left out: no pixel spacing in metres",)),
        ("gsd:nan\n", None, ("gsd 'nan' left out: no pixel spacing in metres",)),
        ("gsd:1.34e-06\n", None, ("gsd '1.34e-06' left out: no pixel spacing in metres",)),
        ("", None, ()),
    ],
)
def test_head_lines_tell_the_spacing(tmp_path, head, spacing, notes):
    found = read_source(make_source(tmp_path, {"a.txt": f"{head}{SHIP} ship 0\n"}))
    assert found.images[0].spacing_m == spacing
    assert found.images[0].notes == notes
    assert len(found.images[0].objects) == 1
    assert not found.rejects


def test_difficult_objects_are_kept_or_counted(tmp_path):
    labels = {"a.txt": f"{SHIP} ship 0\n{SHIP} harbor 1\n{SHIP} tank 2\n"}
    assert len(read_source(make_source(tmp_path, labels)).images[0].objects) == 3
    found = read_source(make_source(tmp_path, labels, difficult="leave_out"))
    assert [item.class_name for item in found.images[0].objects] == ["ship"]
    assert [(reject.unit, reject.file, reject.reason) for reject in found.rejects] == [
        ("box", "a.txt: line 2", "marked as difficult"),
        ("box", "a.txt: line 3", "marked as difficult"),
    ]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (SHIP, f"'{SHIP}' is not x1 y1 x2 y2 x3 y3 x4 y4 class difficult"),
        (f"{SHIP} ship 7", "last value '7' does not say whether the object is difficult (0, 1 or 2)"),
        (f"{SHIP} cargo ship", "last value 'ship' does not say whether the object is difficult (0, 1 or 2)"),
        (f"{SHIP.replace('28.0', 'x')} ship 0", "does not begin with eight numbers ('x' is not a number)"),
        (
            f"{SHIP.replace('28.0', 'inf')} ship 0",
            "does not begin with eight numbers ('inf' is not finite, or too large)",
        ),
        ("1 1 2 2 3 3 4 4 ship 0", "ship: corners (1, 1, 2, 2, 3, 3, 4, 4) enclose no area"),
        ("imagesource:GF3", "'imagesource:GF3' is not x1 y1 x2 y2 x3 y3 x4 y4 class difficult"),
    ],
)
def test_bad_lines_are_refused_and_the_others_kept(tmp_path, line, reason):
    found = read_source(make_source(tmp_path, {"a.txt": f"{SHIP} harbor 0\n{line}\n"}))
    assert [item.class_name for item in found.images[0].objects] == ["harbor"]
    assert [reject.unit for reject in found.rejects] == ["box"]
    assert found.rejects[0].reason.endswith(reason)


def test_a_line_without_the_last_value_is_not_difficult(tmp_path):
    found = read_source(make_source(tmp_path, {"a.txt": f"{SHIP} ship\n"}, difficult="leave_out"))
    assert found.images[0].objects == (AnnotatedObject("ship", Box(8, 5, 30, 18), CORNERS),)


def test_a_class_with_a_difficult_object_left_out_cannot_be_counted(tmp_path):
    lines = f"{SHIP} ship 0\n{SHIP} ship 1\n{SHIP} harbor 0\n"
    found = read_source(make_source(tmp_path, {"a.txt": lines}, difficult="leave_out"))
    assert found.images[0].open_classes == ("ship",)
    assert [reject.reason for reject in found.rejects] == ["marked as difficult"]
    said = {claim.group.class_name for text in describe(found.images[0], captions=20) for claim in text.claims}
    assert said == {"harbor"}


def test_every_file_is_kept_or_refused(tmp_path):
    source = make_source(tmp_path, {"a.txt": "", "gone.txt": f"{SHIP} ship 0"})
    (source.annotations / "b.txt").write_bytes(b"\xff")
    found = read_source(source)
    assert [(image.file, image.objects) for image in found.images] == [("a.png", ())]
    assert [(reject.unit, reject.file) for reject in found.rejects] == [("image", "b.txt"), ("image", "gone")]
    assert found.rejects[0].reason.startswith("b.txt: not UTF-8 text")
    assert found.images_in == 3


def test_a_stem_may_end_in_digits_as_phoenix_chips_do(tmp_path):
    source = make_source(tmp_path, {"scene_10.125.txt": ""})
    cv2.imwrite(str(source.images / "scene_10.125.png"), IMAGE)
    assert [image.file for image in read_source(source).images] == ["scene_10.125.png"]


def test_a_name_that_is_not_utf_8_is_refused_in_utf_8(tmp_path):
    source = make_source(tmp_path, {})
    for folder, ending in ((source.images, b".png"), (source.annotations, b".txt")):
        Path(os.fsdecode(os.fsencode(folder) + b"/ship\xff" + ending)).write_bytes(b"")
    found = read_source(source)
    assert not found.images
    assert [(reject.file, reject.reason) for reject in found.rejects] == [("ship\\udcff.png", "its name is not UTF-8")]


def test_a_folder_without_text_files_is_an_error(tmp_path):
    with pytest.raises(AnnotationError, match=r"labels: no folder with \*\.txt"):
        read_source(make_source(tmp_path, {}))


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    text = f"imagesource:GF3\ngsd:1.5\n{SHIP} ship 0\n{SHIP.replace(' ', ',')},cargo ship,1\n"
    return make_source(tmp_path_factory.mktemp("damaged"), {"a.txt": text})


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 2**32))
def test_damaged_files_never_break_the_reader(source, seed):
    label = source.annotations / "a.txt"
    held = label.read_bytes()
    label.write_bytes(damaged(held, Random(seed)))
    try:
        check_what_is_read(source)
    finally:
        label.write_bytes(held)

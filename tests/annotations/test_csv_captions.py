"""Caption tables and caption JSON: the headers of the field, joined rows, splits, and broken rows that are told."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from outcomes import fuzz, reasons

from sarvl.annotations import Source, read_source
from sarvl.annotations.formats.csv_captions import CsvCaptionsOptions, _rows
from sarvl.errors import AnnotationError


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "images" / "sub").mkdir(parents=True)
    for name in ("a.png", "sub/b.png"):
        cv2.imwrite(str(tmp_path / "images" / name), np.arange(35, dtype=np.uint8).reshape(5, 7))
    return tmp_path


def source(folder: Path, data: str | bytes, name: str = "captions.csv", **options: object) -> Source:
    path = folder / name
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    fields = {"name": "s", "images": folder / "images", "annotations": path, "split": "train", "options": options}
    return Source(format="csv_captions", **fields)


def captions(source: Source) -> dict[str, tuple[str, ...]]:
    return {image.file: image.captions for image in read_source(source).images}


@pytest.mark.parametrize(
    "text",
    [
        "imgpath,caption\na.png,Two ships.\nsub/b.png,A bridge.\n",
        "filepath,caption\r\na.png,Two ships.\r\nsub/b.png,A bridge.\r\n",
        "filepath\ttitle\na.png\tTwo ships.\nb.png\tA bridge.\n",
        "filename\tcaption\na.png\tTwo ships.\nb\tA bridge.\n",
        "\ufeffid;FileName ; Caption\n1;a.png;Two ships.\n2;b.jpg; A bridge. \n",
        'caption,image\n"Two ships.",a.png\n\n"A bridge.","sub/b.png"',
    ],
)
def test_the_headers_of_the_field(folder, text):
    found = read_source(source(folder, text))
    assert {image.file: image.captions for image in found.images} == {
        "a.png": ("Two ships.",),
        "sub/b.png": ("A bridge.",),
    }
    assert found.rejects == ()


def test_rows_of_one_image_are_joined_and_repeats_noted(folder):
    text = 'filepath,caption\na.png,"Two ships, one ""tug""."\nb.png,x\na.png,Two\na.png,Two\n'
    images = read_source(source(folder, text)).images
    assert images[0].captions == ('Two ships, one "tug".', "Two")
    assert images[0].notes == ("1 captions left out that repeat others",)
    assert images[1].captions == ("x",)


def test_captions_may_have_several_lines(folder):
    assert captions(source(folder, 'filepath,caption\na.png,"Two\nships"\nb.png,x\n'))["a.png"] == ("Two\nships",)


def test_columns_by_option(folder):
    text = "no;bild;deutsch;text;Teil\n1;a.png;Zwei Schiffe;two ships;test\n"
    wanted = source(folder, text, file_column="Bild", caption_column="deutsch", split_column="teil")
    (image,) = read_source(wanted).images
    assert (image.captions, image.official_split) == (("Zwei Schiffe",), "test")


def test_the_column_split_is_the_official_split(folder):
    (image,) = read_source(source(folder, "image,caption,split\na.png,x,val\na.png,y,\n")).images
    assert image.official_split == "val"
    text = "image,caption,split\na.png,x,val\na.png,y,test\n"
    assert reasons(source(folder, text)) == [("image", "a.png", "has more than one split: val and test")]


def test_a_prefix_of_another_machine_is_taken_off(folder):
    text = "filepath,caption\n/mnt/data/sar/sub/b.png,x\n/elsewhere/a.png,y\n"
    found = read_source(source(folder, text, prefix="/mnt/data/sar/"))
    assert [image.file for image in found.images] == ["sub/b.png"]
    assert [reject.reason for reject in found.rejects] == ["name leads out of the image folder"]


@pytest.mark.parametrize(
    ("row", "where", "reason"),
    [
        ("a.png,Two ships, a tug.", "captions.csv: line 3", "3 cells where the header has 2"),
        ("a.png", "captions.csv: line 3", "1 cells where the header has 2"),
        (" ,Two", "captions.csv: line 3", "no file name"),
        ('a.png,"Two" ships', "captions.csv: line 3", "',' expected after '\"'"),
        ("a.png, ", "a.png", "caption is empty"),
        (f"a.png,{'x' * 140_000}", "captions.csv: line 3", "field larger than field limit (131072)"),
    ],
)
def test_broken_rows_are_told_and_the_others_kept(folder, row, where, reason):
    broken = source(folder, f"filepath,caption\na.png,x\n{row}\nb.png,z\n")
    assert captions(broken) == {"a.png": ("x",), "sub/b.png": ("z",)}
    assert reasons(broken) == [("caption", where, reason)]


def test_an_open_quote_says_which_lines_it_swallows(folder):
    broken = source(folder, 'filepath,caption\na.png,x\na.png,"Two\nb.png,z\nb.png,y\n')
    assert reasons(broken) == [("caption", "captions.csv: lines 3 to 5", "unexpected end of data")]


def test_an_image_whose_captions_are_all_empty_is_refused(folder):
    assert ("image", "a.png", "no caption") in reasons(source(folder, "filepath,caption\na.png,\nb.png,x\n"))


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ("", "names no column"),
        ("a.png,Two ships.\n", "set the options file_column and caption_column"),
        ("filename,path,caption\n", "columns filename and path could both be meant; set option file_column"),
        ("filename,caption\n", "holds no row"),
        ("filename,caption\na.png,\xff".encode("latin-1"), "not UTF-8"),
        (b"\xff\xfef\0i\0", "not UTF-8"),
    ],
)
def test_files_that_cannot_be_read_at_all(folder, data, message):
    with pytest.raises(AnnotationError, match=message):
        read_source(source(folder, data))


def test_a_missing_file_or_column_is_an_error(folder):
    wanted = source(folder, "filename,caption\na.png,x\n", split_column="part")
    with pytest.raises(AnnotationError, match="no column 'part'"):
        read_source(wanted)
    wanted.annotations.unlink()
    with pytest.raises(AnnotationError, match="cannot be read"):
        read_source(wanted)


CELL = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1).filter(str.strip)


@given(st.lists(st.tuples(CELL, CELL), min_size=1, max_size=5), st.sampled_from([",", "\t", ";"]))
def test_any_text_that_csv_writes_is_read_back(tmp_path_factory, rows, delimiter):
    import csv

    path = tmp_path_factory.mktemp("csv") / "captions.csv"
    with path.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream, delimiter=delimiter).writerows([("filepath", "caption"), *rows])
    found = [(row.file, row.caption) for row in _rows(path, CsvCaptionsOptions())]
    assert found == [(file.strip(), caption.strip()) for file, caption in rows]


def test_damaged_tables_are_read_or_refused(folder):
    text = 'filepath,caption,split\na.png,"Two ships, 3 tanks",train\nsub/b.png,x,test\na.png,y,train\n'
    wanted = source(folder, text)
    counts = fuzz(wanted.annotations, 400, wanted)
    assert counts["read"] > 100
    assert counts["error"] > 20


def caption_json(folder: Path, data: object) -> Source:
    path = folder / "captions.json"
    path.write_text(json.dumps(data))
    return Source(name="s", format="captions", images=folder / "images", annotations=path, split="train")


def test_karpathy_splits_are_official_splits(folder):
    entries = [
        {"filename": "a.png", "split": "test", "sentences": [{"raw": "x"}]},
        {"filename": "b.png", "split": "../up", "sentences": [{"raw": "y"}]},
    ]
    images = read_source(caption_json(folder, {"images": entries})).images
    assert [image.official_split for image in images] == ["test", None]
    assert images[1].notes == ("split '../up' left out: it is no name of a split",)


def test_half_an_emoji_cannot_reach_the_tables(folder):
    found = read_source(caption_json(folder, [{"image": "a.png", "captions": ["A ship.", "A \ud83d ship."]}]))
    assert found.images[0].captions == ("A ship.",)
    assert [reject.unit for reject in found.rejects] == ["caption"]


def test_caption_json_without_an_entry_is_an_error(folder):
    with pytest.raises(AnnotationError, match="holds no entry"):
        read_source(caption_json(folder, []))


def test_damaged_caption_json_is_read_or_refused(folder):
    entries = [
        {"filename": "a.png", "split": "test", "theme": "port", "sentences": [{"raw": "Two ships."}, {"raw": "x"}]},
        {"filename": "sub/b.png", "captions": ["1", "2"]},
    ]
    wanted = caption_json(folder, {"images": entries})
    counts = fuzz(wanted.annotations, 400, wanted)
    assert counts["error"] > 100
    assert counts["read"] > 20

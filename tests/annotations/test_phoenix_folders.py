"""Raw MSTAR chips: class, spacing and official split from the Phoenix header; and what all folder formats share."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from outcomes import fuzz, reasons
from pydantic import ValidationError

from sarvl.annotations import Source, read_source
from sarvl.errors import AnnotationError
from sarvl.imagery import read_image


def write_chip(path: Path, rows: int = 3, columns: int = 4, **fields: object) -> Path:
    """Write a whole Phoenix chip: header, magnitude, phase."""
    path.parent.mkdir(parents=True, exist_ok=True)
    header = {
        "PhoenixHeaderLength": "0" * 5,
        "PhoenixSigSize": "0" * 8,
        "native_header_length": 0,
        "NumberOfColumns": columns,
        "NumberOfRows": rows,
        "TargetType": "t72_tank",
        "DesiredDepression": 15,
        "RangePixelSpacing": 0.202148,
        "CrossRangePixelSpacing": 0.203125,
        "Polarization": "HH",
    } | fields
    lines = [f"{key}= {value}" for key, value in header.items() if value is not None]
    text = "\n[PhoenixHeaderVer01.04]\n" + "\n".join(lines) + "\n[EndofPhoenixHeader]\n"
    length, samples = len(text), 2 * rows * columns
    text = text.replace("Length= 00000", f"Length= {length:05d}")
    text = text.replace("SigSize= 00000000", f"SigSize= {length + 4 * samples:08d}")
    path.write_bytes(text.encode() + np.arange(samples, dtype=">f4").tobytes())
    return path


def source(folder: Path, **fields: object) -> Source:
    return Source(**{"name": "s", "format": "phoenix", "images": folder, "split": "train"} | fields)


def test_the_header_gives_class_and_spacing(tmp_path):
    chip = write_chip(tmp_path / "17_DEG" / "HB03787.015")
    (image,) = read_source(source(tmp_path)).images
    assert (image.file, image.label, image.width, image.height) == ("17_DEG/HB03787.015", "t72 tank", 4, 3)
    assert image.spacing_m == (0.202148, 0.203125) == read_image(chip).spacing_m
    assert image.official_split is None


def test_the_path_may_give_the_class(tmp_path):
    write_chip(tmp_path / "T72" / "a.015", TargetType=None)
    assert reasons(source(tmp_path)) == [("image", "T72/a.015", "its header has no TargetType")]
    assert read_source(source(tmp_path, options={"label": "path"})).images[0].label == "T72"


def test_the_depression_angle_gives_the_official_split(tmp_path):
    for depression in ("17", "15.0", "30", "", "nan", "steep"):
        write_chip(tmp_path / f"d{depression}.000", DesiredDepression=depression)
    found = read_source(
        source(tmp_path, split=None, official_splits=True, options={"split_by_depression": {17: "train", 15: "test"}})
    )
    assert [(image.file, image.official_split) for image in found.images] == [
        ("d15.0.000", "test"),
        ("d17.000", "train"),
    ]
    assert [reject.reason for reject in found.rejects] == [
        f"depression {text!r} is not in split_by_depression" for text in ("", "30", "nan", "steep")
    ]


@pytest.mark.parametrize("spacing", ["nan", "inf", "-0.2", "0", "1e300", "wide"])
def test_spacing_that_cannot_be_is_refused(tmp_path, spacing):
    write_chip(tmp_path / "a.000", RangePixelSpacing=spacing)
    ((unit, _, reason),) = reasons(source(tmp_path))
    assert unit == "image"
    assert "pixel spacing" in reason


def test_chips_without_spacing_take_that_of_the_source(tmp_path):
    write_chip(tmp_path / "a.000", CrossRangePixelSpacing=None)
    assert read_source(source(tmp_path)).images[0].spacing_m is None
    assert read_source(source(tmp_path, spacing_m=0.3)).images[0].spacing_m == (0.3, 0.3)


def test_other_files_are_told(tmp_path):
    write_chip(tmp_path / "a.000")
    (tmp_path / "b.000").write_bytes(b"not a chip")
    (tmp_path / "c.001").write_bytes(b"[PhoenixHeaderVer01.04]\nTargetType= x\n")
    (tmp_path / "index.csv").write_text("path\n")
    assert [(file, reason.replace(f"{tmp_path}/", "")) for _, file, reason in reasons(source(tmp_path))] == [
        ("b.000", "b.000: has no Phoenix header"),
        ("c.001", "c.001: the Phoenix header has no end; the file is truncated, get it again"),
        ("index.csv", "not a known image ending"),
    ]


def test_damaged_chips_are_read_or_refused(tmp_path):
    chip = write_chip(tmp_path / "a.000")
    write_chip(tmp_path / "b.000")
    wanted = source(tmp_path, options={"split_by_depression": {15: "test"}})
    assert set(fuzz(chip, 400, wanted)) == {"read"}


@pytest.mark.parametrize("options", [{"label": "guess"}, {"split_by_depression": {17: "a b"}}, {"angle": 3}])
def test_options_that_cannot_work_are_refused(tmp_path, options):
    with pytest.raises(ValidationError):
        source(tmp_path, options=options)


def test_real_chips(shared_data):
    found = read_source(
        source(
            shared_data / "mstar_raw_complex",
            include="15_DEG/**/HB*",
            options={"split_by_depression": {17: "train", 15: "test"}},
        )
    )
    assert (len(found.images), found.rejects) == (48, ())
    assert {image.official_split for image in found.images} == {"test"}
    assert {image.label for image in found.images} == {
        *("2s1 gun", "brdm2 truck", "btr60 transport", "d7 bulldozer"),
        *("slicey", "t62 tank", "zil131 truck", "zsu23-4 gun"),
    }
    assert {image.spacing_m for image in found.images} == {(0.202148, 0.203125)}


def test_a_file_name_that_is_not_utf8_is_told(tmp_path):
    folder = tmp_path / "T72"
    folder.mkdir()
    cv2.imwrite(str(folder / "a.png"), np.zeros((3, 3), np.uint8))
    (folder / "a.png").rename(folder / b"b\xff.png".decode("utf-8", "surrogateescape"))
    cv2.imwrite(str(folder / "a.png"), np.zeros((3, 3), np.uint8))
    found = read_source(source(tmp_path, format="folders"))
    assert [image.file for image in found.images] == ["T72/a.png"]
    assert [(reject.file, reject.reason) for reject in found.rejects] == [("T72/b\\udcff.png", "its name is not UTF-8")]


@pytest.mark.parametrize("include", ["/etc/*", "", "**/../../*", "[", "**x"])
def test_an_include_that_cannot_work_is_an_error_or_a_reject(tmp_path, include):
    (tmp_path / "in").mkdir()
    cv2.imwrite(str(tmp_path / "out.png"), np.zeros((3, 3), np.uint8))
    wanted = source(tmp_path / "in", format="folders", include=include)
    try:
        found = read_source(wanted)
    except AnnotationError as problem:
        assert "include" in str(problem)
    else:
        assert found.images == ()
        assert {reject.reason for reject in found.rejects} == {"lies outside the image folder"}

"""What lies in the folders of a source is an image of it, a reject, or counted: links, hidden ones, any spelling."""

import json
import unicodedata
from pathlib import Path

import cv2
import numpy as np
import pytest

from sarvl.annotations import Source, read_source
from sarvl.annotations.folder_files import files_below, glob_pattern
from sarvl.corpus import BuildRecipe, build

LEADS_OUT = "a link that leads out of the folder"
NFC, NFD = (unicodedata.normalize(form, "caf\u00e9") for form in ("NFC", "NFD"))


def write(path: Path, seed: int = 0) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    assert cv2.imwrite(str(path), np.random.default_rng(seed).integers(0, 255, (40, 60), dtype=np.uint8))
    return path


def folders(tmp_path: Path, **more: object) -> Source:
    return Source(name="s", format="folders", images=tmp_path / "set", split="train", **more)


def told(source: Source) -> tuple[list[str], list[tuple[str, str]]]:
    found = read_source(source)
    return [image.file for image in found.images], [(reject.file, reject.reason) for reject in found.rejects]


@pytest.fixture
def disk(tmp_path: Path) -> Path:
    """A set with a class behind a link to another disk, one behind a link inside, and a loop."""
    write(tmp_path / "set" / "ship" / "a.png")
    write(tmp_path / "set" / "parts" / "tug" / "b.png", 1)
    write(tmp_path / "disk" / "c.png", 2)
    (tmp_path / "set" / "tank").symlink_to(tmp_path / "disk")
    (tmp_path / "set" / "tug").symlink_to("parts/tug")
    (tmp_path / "set" / "ship" / "again").symlink_to("../../set")
    return tmp_path


def test_links_inside_are_followed_and_others_are_told(disk):
    files, rejects = told(folders(disk))
    assert files == ["parts/tug/b.png", "ship/a.png", "tug/b.png"]
    assert rejects == [
        ("tank", LEADS_OUT),
        ("ship/again", "a link that leads back to a folder that it lies in"),
    ]
    advice = {reject.file: reject.advice for reject in read_source(folders(disk)).rejects}
    assert "follow_links: anywhere" in advice["tank"]


def test_a_data_disk_behind_a_link_is_read_where_the_source_says_so(disk):
    files, rejects = told(folders(disk, follow_links="anywhere"))
    assert files == ["parts/tug/b.png", "ship/a.png", "tank/c.png", "tug/b.png"]
    assert [file for file, _ in rejects] == ["ship/again"]


def test_links_to_files_are_held_to_the_same_rule(tmp_path):
    write(tmp_path / "set" / "ship" / "a.png")
    (tmp_path / "set" / "ship" / "b.png").symlink_to(write(tmp_path / "disk" / "b.png"))
    (tmp_path / "set" / "ship" / "c.png").symlink_to("a.png")
    (tmp_path / "set" / "ship" / "d.png").symlink_to("gone.png")
    assert told(folders(tmp_path)) == (
        ["ship/a.png", "ship/c.png"],
        [("ship/b.png", LEADS_OUT), ("ship/d.png", "a link that leads nowhere")],
    )
    assert told(folders(tmp_path, follow_links="anywhere"))[0] == ["ship/a.png", "ship/b.png", "ship/c.png"]


def test_two_links_that_cross_end(tmp_path):
    write(tmp_path / "set" / "a" / "a.png")
    write(tmp_path / "set" / "b" / "b.png", 1)
    (tmp_path / "set" / "a" / "to_b").symlink_to("../b")
    (tmp_path / "set" / "b" / "to_a").symlink_to("../a")
    files, rejects = told(folders(tmp_path))
    assert files == ["a/a.png", "a/to_b/b.png", "b/b.png", "b/to_a/a.png"]
    assert len(rejects) == 2


def yolo(tmp_path: Path, **more: object) -> Source:
    options = {"classes": ["ship"], "without_txt": "no_objects"}
    given = {"images": tmp_path / "images", "annotations": tmp_path / "labels", "options": options, "split": "train"}
    return Source(name="s", format="yolo", labelled_classes=["ship"], **given, **more)


def test_an_image_whose_label_lies_behind_a_link_is_not_taken_for_empty(tmp_path):
    """It was said to show no ship."""
    write(tmp_path / "images" / "train" / "a.png")
    write(tmp_path / "images" / "val" / "b.png")
    for name in ("disk/a.txt", "labels/val/b.txt"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("0 0.5 0.5 0.2 0.2\n")
    (tmp_path / "labels" / "train").symlink_to(tmp_path / "disk")
    found = read_source(yolo(tmp_path))
    assert [(image.file, len(image.objects)) for image in found.images] == [("val/b.png", 1)]
    assert [(reject.file, reject.reason) for reject in found.rejects] == [
        ("train/a.png", f"its label file lies behind {LEADS_OUT}"),
        ("train", LEADS_OUT),
    ]
    followed = read_source(yolo(tmp_path, follow_links="anywhere"))
    assert [len(image.objects) for image in followed.images] == [1, 1]


def test_hidden_ones_are_passed_over_and_counted(tmp_path):
    write(tmp_path / "set" / "ship" / "a.png")
    for name in (".ipynb_checkpoints/a-checkpoint.png", "__MACOSX/ship/._a.png", "ship/._a.png"):
        write(tmp_path / "set" / name)
    found = read_source(folders(tmp_path))
    assert [(image.file, image.label) for image in found.images] == [("ship/a.png", "ship")]
    assert (found.rejects, found.hidden) == ((), 3)


def coco(tmp_path: Path, *names: str, **more: object) -> Source:
    images = [{"id": number, "file_name": name, "width": 60, "height": 40} for number, name in enumerate(names)]
    (tmp_path / "coco.json").write_text(json.dumps({"images": images}))
    given = {"images": tmp_path / "set", "annotations": tmp_path / "coco.json", "split": "train"}
    return Source(name="s", format="coco", labelled_classes=["ship"], **given, **more)


def test_images_that_no_annotation_names_are_counted_in_the_card(tmp_path):
    for number, name in enumerate(("a.png", "b.png", "c.png", ".hidden/d.png")):
        write(tmp_path / "set" / name, number)
    source = coco(tmp_path, "a.png", ".hidden/d.png")
    found = read_source(source)
    assert (len(found.images), found.not_named, found.hidden) == (1, 2, 1)
    assert found.rejects[0].reason == "is hidden, or lies in a hidden folder, which are passed over"
    corpus = build(BuildRecipe(sources=(source,)), tmp_path / "corpus", 1)
    card = (corpus.folder / "README.md").read_text()
    assert "Image files that no annotation names: s 2." in card
    assert "Hidden files and folders passed over: s 1." in card


def test_an_image_behind_a_link_says_so(tmp_path):
    write(tmp_path / "set" / "a.png")
    write(tmp_path / "disk" / "b.png")
    (tmp_path / "set" / "part").symlink_to(tmp_path / "disk")
    rejects = read_source(coco(tmp_path, "a.png", "part/b.png")).rejects
    assert (rejects[0].file, rejects[0].reason) == ("part/b.png", f"lies behind {LEADS_OUT}")
    assert "follow_links: anywhere" in rejects[0].advice


def test_one_file_under_two_names_is_no_ambiguity(tmp_path):
    write(tmp_path / "set" / "all" / "a.png")
    (tmp_path / "set" / "train").symlink_to("all")
    assert [image.file for image in read_source(coco(tmp_path, "a.png")).images] == ["all/a.png"]


def test_a_foreign_path_is_found_by_as_much_of_its_end_as_there_is(tmp_path):
    for number, name in enumerate(("train/a.png", "val/a.png")):
        write(tmp_path / "set" / name, number)
    names = ("VOC2007/JPEGImages/train/a.jpg", "D:\\data\\val\\a.png")
    assert [image.file for image in read_source(coco(tmp_path, *names)).images] == ["train/a.png", "val/a.png"]
    (reject,) = read_source(coco(tmp_path, "test/a.png")).rejects
    assert reject.reason == "name fits 2 files, such as train/a.png and val/a.png"


@pytest.mark.parametrize(("on_disk", "in_file"), [(NFC, NFD), (NFD, NFC)])
def test_accents_may_be_written_in_one_character_or_two(tmp_path, on_disk, in_file):
    write(tmp_path / "set" / on_disk / f"{on_disk}.png")
    for name in (f"{in_file}/{in_file}.png", f"{in_file}.jpg", in_file):
        assert [image.file for image in read_source(coco(tmp_path, name)).images] == [f"{on_disk}/{on_disk}.png"]
    write(tmp_path / "images" / f"{on_disk}.png")
    (tmp_path / "labels").mkdir()
    (tmp_path / "labels" / f"{in_file}.txt").write_text("0 0.5 0.5 0.2 0.2\n")
    assert [len(image.objects) for image in read_source(yolo(tmp_path)).images] == [1]


@pytest.mark.parametrize(
    ("glob", "fits", "fits_not"),
    [
        ("**/*", ["a", "a/b", "a/b.png"], []),
        ("*.png", ["a.png"], ["a/b.png", "a.jpg"]),
        ("train/**/*.png", ["train/a.png", "train/b/c.png"], ["a.png", "trains/a.png"]),
        ("train/**", ["train/a.png", "train/b/c.png"], ["a.png"]),
        ("*/[ab]?.[!j]*", ["x/a1.png"], ["x/c1.png", "x/a1.jpg", "a1.png"]),
        ("a(1)+.png", ["a(1)+.png"], ["a1.png"]),
        ("[^a].png", ["^.png", "a.png"], ["b.png"]),
    ],
)
def test_globs(glob, fits, fits_not):
    pattern = glob_pattern(glob)
    assert all(pattern.fullmatch(file) for file in fits)
    assert not any(pattern.fullmatch(file) for file in fits_not)


def test_globs_find_what_pathlib_finds(tmp_path):
    for name in ("a.png", "b/c.png", "b/d/e.jpg", "b/d/f[1].png"):
        write(tmp_path / name)
    files = files_below(tmp_path).files
    for glob in ("**/*", "*", "*/*", "**/*.png", "b/*", "b/**/*.jpg", "**/[a-c]*", "**/f[[]1].png", "./b/*"):
        found = sorted(path.relative_to(tmp_path).as_posix() for path in tmp_path.glob(glob) if path.is_file())
        assert sorted(filter(glob_pattern(glob).fullmatch, files)) == found, glob

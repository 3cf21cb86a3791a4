"""Scenes that nobody knows are said so, and patches that overlap by the positions in their names are found."""

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from sarvl.annotations import AnnotatedImage, Source
from sarvl.annotations.groups import groups_of
from sarvl.cli import app
from sarvl.corpus import Corpus, inspect
from sarvl.corpus.inspecting.sections import sections_of
from sarvl.corpus.scenes import advice_on, overlapping_patches, sources_of_unknown_scenes

HRSID = ("P0001_0_800_0_800.jpg", "P0001_0_800_600_1400.jpg", "P0001_0_800_1200_2000.jpg", "P0002_0_800_600_1400.jpg")


def table(files: Sequence[str], splits: Sequence[str], side: int, sources: Sequence[str] = ()) -> pa.Table:
    names = list(sources) or ["s"] * len(files)
    return pa.table(
        {
            "image_id": [f"{source}/{file}" for source, file in zip(names, files, strict=True)],
            "source": names,
            "file": list(files),
            "split": list(splits),
            "width": [side] * len(files),
            "height": [side] * len(files),
            "group": pa.array([None] * len(files), pa.string()),
        }
    )


NAMES = {
    "hrsid": "P0001_{row}_{row_end}_{column}_{column_end}.jpg",
    "below folders": "JPEGImages/P0001_{row}_{row_end}_{column}_{column_end}.jpg",
    "dota": "P0001__1__{column}___{row}.png",
    "mmrotate": "P0001__800__{column}___{row}.png",
    "x and y": "scene/Visual_Cargo_x{column}_y{row}_vh.tif",
    "two numbers": "water/water_BBE7_HH_{row}_{column}.tif",
    "scene by folder": "BBE7/{row}_{column}.tif",
    "y and x": "scene/a_y{row}_x{column}.png",
    "x= and y=": "scene/a_X={column}_Y={row}.png",
    "r and c": "scene/a_r{row}_c{column}.png",
    "row and col": "scene/a_row{row}_col{column}.png",
    "corners": "P0001_{column}_{row}_{column_end}_{row_end}.png",
    "corner and size": "P0001_{column}_{row}_800_800.png",
    "a word behind": "S1A_20150902_{row}_{column}_sar.tif",
}


def named(form: str, row: int, column: int, side: int) -> str:
    return NAMES[form].format(row=row, row_end=row + side, column=column, column_end=column + side)


@pytest.mark.parametrize("form", NAMES)
def test_overlapping_patches_are_found_by_every_form_of_name(form):
    corners = [(0, 0), (0, 600), (0, 1400), (2400, 0), (3100, 0), (5000, 5000)]
    files = [named(form, *corner, 800) for corner in corners]
    splits = ["train", "test", "test", "train", "val", "test"]
    found = overlapping_patches(table(files, splits, 800))
    assert [(each.splits, each.pairs, each.example) for each in found] == [
        (("test", "train"), 1, (f"s/{files[1]}", f"s/{files[0]}")),
        (("train", "val"), 1, (f"s/{files[3]}", f"s/{files[4]}")),
    ]


@pytest.mark.parametrize("form", NAMES)
def test_the_advice_keeps_overlapping_patches_together(form):
    corners = [(0, 0), (0, 600), (0, 1400), (2400, 0), (3100, 0), (5000, 5000)]
    files = [named(form, *corner, 800) for corner in corners]
    (found, *_) = overlapping_patches(table(files, ["train", "test"] * 3, 800))
    assert advice_on(found) == f"group: {{pattern: '{found.pattern}', overlap_px: 800}}"
    group = {"pattern": found.pattern, "overlap_px": found.overlap_px}
    source = Source(name="s", format="folders", images="images", split="train", group=group)
    images = [AnnotatedImage(file, Path(file), 800, 800) for file in files]
    groups = groups_of(images, source)
    assert [groups.index(name) for name in groups] == [0, 0, 2, 3, 3, 5]


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 4000), st.integers(0, 4000), st.sampled_from("ab")), min_size=1, max_size=30))
def test_pairs_are_those_of_a_naive_search(places):
    files = sorted({f"S_{row}_{row + 64}_{column}_{column + 64}.png" for row, column, _ in places})
    splits = ["test" if number % 2 else "train" for number in range(len(files))]
    corners = [tuple(map(int, file.split("_")[1:4:2])) for file in files]
    naive = sum(
        abs(corners[i][0] - corners[j][0]) < 64 and abs(corners[i][1] - corners[j][1]) < 64
        for i in range(len(files))
        for j in range(i)
        if splits[i] != splits[j]
    )
    assert sum(each.pairs for each in overlapping_patches(table(files, splits, 64))) == naive


@pytest.mark.parametrize(
    "files",
    [
        [f"tile_{row}_{column}.png" for row in range(9) for column in range(9)],
        [f"tile_{row}_{column}.png" for row in range(90) for column in range(90)],
        ["S1_20200101_103000.png", "S1_20200102_103010.png", "S1_20200103_103020.png"],
        ["P0001_0_800_0_800.png", "P0001_0_800_10_790.png"],
        [f"{number:06}.png" for number in range(50)],
        ["NewYork_40.7387_-73.9989.tif", "NewYork_40.7400_-73.9989.tif"],
        [f"area{area}/tile_{row}_0.png" for area in range(3) for row in (0, 64, 128, 640)],
    ],
)
def test_numbers_of_tiles_dates_and_other_sizes_are_no_positions(files):
    splits = ["train" if number % 2 else "test" for number in range(len(files))]
    assert overlapping_patches(table(files, splits, 64)) == []


def test_patches_of_one_split_and_of_other_scenes_may_overlap_and_sources_share_scenes():
    assert overlapping_patches(table(HRSID, ["train"] * 4, 800)) == []
    assert overlapping_patches(table([HRSID[0], HRSID[3]], ["train", "test"], 800)) == []
    files, splits = [f"JPEGImages/{name}" for name in HRSID[:2]], ["train", "test"]
    (found,) = overlapping_patches(table(files, splits, 800, ["hrsid-train", "hrsid-test"]))
    assert found.example == ("hrsid-test/JPEGImages/P0001_0_800_600_1400.jpg", f"hrsid-train/{files[0]}")


def test_sources_of_which_no_image_has_a_group():
    images = table(["a.png", "b.png", "c.png"], ["train"] * 3, 8, ["s", "s", "t"])
    assert sources_of_unknown_scenes(images) == ["s", "t"]
    groups = pa.array([None, "quay", None], pa.string())
    assert sources_of_unknown_scenes(images.set_column(images.schema.get_field_index("group"), "group", groups)) == [
        "t"
    ]


@pytest.fixture(scope="module")
def patches(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("patches")
    (folder / "images" / "ship").mkdir(parents=True)
    rng = np.random.default_rng(0)
    for number in range(8):
        name = f"P0001_0_64_{48 * number}_{48 * number + 64}.png"
        cv2.imwrite(str(folder / "images" / "ship" / name), rng.integers(0, 255, (64, 64), np.uint8))
    (folder / "recipe.yaml").write_text(
        "sources:\n  - {name: chips, format: folders, images: images, quantity: display,\n"
        "     splits: {train: .5, test: .5}}\n"
    )
    return folder


def test_build_and_card_say_that_scenes_are_unknown_and_which_patches_overlap(patches):
    out = patches / "corpus"
    printed = CliRunner().invoke(
        app, ["build", str(patches / "recipe.yaml"), "--out", str(out)], catch_exceptions=False
    )
    said = (
        "scenes unknown: split image by image: chips. Name them by `group` in the recipe; docs/sets.md lists the sets"
    )
    assert said in printed.stdout
    assert "pairs of overlapping patches are in test and train, such as chips/ship/P0001_0_64_" in printed.stdout
    sections = {section.title: section for section in sections_of(inspect(Corpus.open(out)))}
    assert sections["Sources"].remark.startswith("Scenes unknown: split image by image: chips.")
    (row,) = sections["Overlapping patches"].rows
    assert row[0] == "test, train"
    assert "overlap_px: 64" in sections["Overlapping patches"].remark
    assert "Scenes unknown: split image by image: chips." in (out / "README.md").read_text()


def test_a_group_of_scenes_leaves_nothing_to_say(patches):
    group = "sources.0.group={pattern: '(?P<scene>P.*?)_'}"
    out = patches / "grouped"
    args = ["build", str(patches / "recipe.yaml"), "--out", str(out), "--set", group]
    printed = CliRunner().invoke(app, args, catch_exceptions=False)
    assert "scenes unknown" not in printed.stdout
    assert "overlapping" not in printed.stdout


def test_a_class_in_the_names_of_patches_is_no_scene():
    """OpenSARShip names patches by class and position, and has a folder for each scene."""
    files = [f"{scene}/Visual_Cargo_x{x}_y{y}_vh.tif" for scene, x, y in (("a", 14681, 14125), ("b", 14613, 14113))]
    far = ["a/Visual_Tanker_x3000_y900_vh.tif", "b/Visual_Cargo_x9000_y400_vh.tif"]
    assert overlapping_patches(table([*files, *far], ["test", "train", "test", "train"], 185)) == []

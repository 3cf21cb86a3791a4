"""Groups from file names, and patches that overlap."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from sarvl.annotations import AnnotatedImage, AnnotatedObject, Box, Source
from sarvl.annotations.groups import groups_of
from sarvl.errors import AnnotationError

PATTERN = r"_(?P<scene>[A-Z]+)_(?P<row>\d+)_(?P<column>\d+)"


def source(tmp_path="/tmp", **group: object) -> Source:
    return Source(name="s", format="folders", images=tmp_path, split="train", group=group or None)


def images(*files: str, positions: tuple[tuple[float, float], ...] = ()) -> list[AnnotatedImage]:
    places = positions or (None,) * len(files)
    return [AnnotatedImage(file, Path(file), 8, 8, position=at) for file, at in zip(files, places, strict=True)]


def naive_groups(corners: list[tuple[int, int]], overlap: int) -> list[set[int]]:
    """Grow each group until nothing overlaps it."""
    left, groups = set(range(len(corners))), []
    while left:
        group, front = set(), {min(left)}
        while front:
            group |= front
            front = {
                j
                for j in left - group
                for i in front
                if all(abs(a - b) < overlap for a, b in zip(corners[i], corners[j], strict=True))
            }
        left -= group
        groups.append(group)
    return groups


@given(st.lists(st.tuples(st.integers(0, 300), st.integers(0, 300)), min_size=1, max_size=30))
def test_overlapping_patches_equal_the_naive_search(corners):
    files = [f"x_S_{row}_{column}" for row, column in corners]
    names = groups_of(images(*files), source(pattern=PATTERN, overlap_px=64))
    found = {frozenset(i for i, name in enumerate(names) if name == wanted) for wanted in set(names)}
    assert found == {frozenset(group) for group in naive_groups(corners, 64)}


def test_scenes_part_even_where_positions_agree():
    names = groups_of(images("a_S_0_0", "a_T_0_0"), source(pattern=PATTERN, overlap_px=64))
    assert names == ["S_0", "T_0"]


def test_without_overlap_the_named_parts_are_the_group():
    assert groups_of(images("a_S_1_2", "b_S_3_4"), source(pattern=r"_(?P<scene>[A-Z])_")) == ["S", "S"]
    assert groups_of(images("a"), source()) == [None]


def test_a_file_that_does_not_match_is_an_error():
    told = r"odd\.png: `group\.pattern` of source s does not match; correct the pattern, or leave `group` out"
    with pytest.raises(AnnotationError, match=told):
        groups_of(images("odd.png"), source(pattern=PATTERN, overlap_px=64))


def test_images_near_on_the_ground_share_a_group_through_chains():
    # One degree of latitude is 111.2 km: the first three lie 1.1 km apart from each other, the fourth on the date line.
    places = ((5.0, 60.0), (5.0, 60.01), (5.0, 60.02), (179.999, 0.0), (-179.999, 0.0))
    names = groups_of(images(*"abcde", positions=places), source(distance_m=1500.0))
    assert names == ["place 0", "place 0", "place 0", "place 1", "place 1"]
    assert len(set(groups_of(images(*"abcde", positions=places), source(distance_m=200.0)))) == 5


def chip(file: str, width: int, height: int, label: str | None, *classes: str) -> AnnotatedImage:
    objects = tuple(AnnotatedObject(name, Box(0, 0, 4, 4)) for name in classes)
    return AnnotatedImage(file, Path(file), width, height, label=label, objects=objects)


CHIPS = [
    chip("original", 60, 90, "A220"),
    chip("turned copy", 90, 60, "A220"),
    chip("of another size", 60, 91, "A220"),
    chip("of another class", 60, 90, "A330"),
]


@pytest.mark.parametrize(
    ("group", "names"),
    [
        ({"image_size": "unordered", "within_class": True}, ["60 x 90 A220"] * 2 + ["60 x 91 A220", "60 x 90 A330"]),
        ({"image_size": "unordered"}, ["60 x 90", "60 x 90", "60 x 91", "60 x 90"]),
        (
            {"image_size": "ordered", "within_class": True},
            ["60 x 90 A220", "90 x 60 A220", "60 x 91 A220", "60 x 90 A330"],
        ),
    ],
)
def test_copies_that_keep_the_size_of_their_chip_share_a_group(group, names):
    assert groups_of(CHIPS, source(**group)) == names


def test_the_class_of_an_image_without_one_is_that_of_its_objects():
    images = [chip("a", 8, 9, None, "ship", "ship"), chip("b", 9, 8, None, "ship"), chip("c", 8, 9, None)]
    names = groups_of(images, source(image_size="unordered", within_class=True))
    assert names == ["8 x 9 ship", "8 x 9 ship", "8 x 9"]


@pytest.mark.parametrize(
    "group",
    [
        {"pattern": "("},
        {"pattern": "x"},
        {"pattern": "(?P<a>x)", "overlap_px": 3},
        {"overlap_px": 3},
        {"pattern": PATTERN, "block_px": 9},
        {"pattern": PATTERN, "overlap_px": 64, "block_m": 9},
        {"pattern": PATTERN, "image_size": "ordered"},
        {"distance_m": 9, "image_size": "ordered"},
        {"image_size": "square"},
        {"pattern": PATTERN, "within_class": True},
        {"within_class": True},
        {"pattern": PATTERN, "overlap_px": 64, "block_px": 9},  # the source has one split alone
    ],
)
def test_patterns_that_cannot_work_are_refused(group):
    with pytest.raises(ValidationError, match="group"):
        source(**group)

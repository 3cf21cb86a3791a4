"""Splits: groups stay whole, shares are kept, order does not matter."""

from itertools import combinations
from math import asin, cos, radians, sin, sqrt
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sarvl.annotations import AnnotatedImage, Source
from sarvl.annotations.groups import EARTH_RADIUS_M, groups_of
from sarvl.corpus.building.splits import assign_splits, split_rank, too_near
from sarvl.errors import CorpusError

SHARES = {"train": 0.7, "val": 0.1, "test": 0.2}


def source(**fields: object) -> Source:
    return Source(name="s", format="folders", images=Path("/tmp"), **({"splits": SHARES} | fields))


def image(number: int, group: str | None, label: str | None = None) -> AnnotatedImage:
    return AnnotatedImage(f"{number}.png", Path(f"{number}.png"), 10, 10, group=group, label=label)


groups = st.lists(st.tuples(st.sampled_from("abcdefgh"), st.sampled_from("xyz")), min_size=1, max_size=60)


@given(groups, st.integers(0, 5))
def test_a_group_never_parts(members, seed):
    images = [image(number, group, label) for number, (group, label) in enumerate(members)]
    splits = assign_splits(images, source(), seed)
    for group in {group for group, _ in members}:
        assert len({split for split, (name, _) in zip(splits, members, strict=True) if name == group}) == 1


@given(st.integers(10, 200), st.integers(0, 5))
def test_images_without_groups_get_their_shares_to_one_image(count, seed):
    splits = assign_splits([image(number, None) for number in range(count)], source(), seed)
    for split, share in SHARES.items():
        assert abs(splits.count(split) - share * count) <= 1


def test_every_class_keeps_its_shares():
    images = [image(number, None, "rare" if number % 10 == 0 else "common") for number in range(400)]
    splits = assign_splits(images, source(), 0)
    rare = [split for split, found in zip(splits, images, strict=True) if found.label == "rare"]
    assert (rare.count("train"), rare.count("val"), rare.count("test")) == (28, 4, 8)


@given(groups)
def test_the_order_of_the_images_does_not_matter(members):
    images = [image(number, group, "x") for number, (group, _) in enumerate(members)]
    there = dict(zip([i.file for i in images], assign_splits(images, source(), 0), strict=True))
    back = dict(zip([i.file for i in images[::-1]], assign_splits(images[::-1], source(), 0), strict=True))
    assert there == back


def test_one_split_takes_all():
    assert assign_splits([image(0, None)], source(splits=None, split="test"), 0) == ["test"]


@given(st.lists(st.integers(1, 12), min_size=1, max_size=40), st.integers(0, 5))
def test_shares_are_kept_within_the_largest_group(sizes, seed):
    images = [image(100 * group + n, f"g{group}") for group, size in enumerate(sizes) for n in range(size)]
    splits = assign_splits(images, source(), seed)
    for split, share in SHARES.items():
        assert abs(splits.count(split) - share * len(images)) <= max(sizes) + 1e-9


def test_official_splits_are_kept_and_one_that_is_missing_is_an_error():
    official = source(splits=None, official_splits=True)
    images = [
        AnnotatedImage(f"{split}.png", Path(f"{split}.png"), 9, 9, official_split=split) for split in ("b", "a", "b")
    ]
    assert assign_splits(images, official, 0) == ["b", "a", "b"]
    with pytest.raises(CorpusError, match=r"0\.png has no split of its own"):
        assign_splits([image(0, None)], official, 0)


def haversine_m(one: tuple[float, float], other: tuple[float, float]) -> float:
    """Return the way on the sphere between two (longitude, latitude) in degrees."""
    (lon1, lat1), (lon2, lat2) = (map(radians, place) for place in (one, other))
    chord = sin((lat2 - lat1) / 2) ** 2 + cos(lat1) * cos(lat2) * sin((lon2 - lon1) / 2) ** 2
    return 2 * EARTH_RADIUS_M * asin(min(1, sqrt(chord)))


def near_each_other(places: list[tuple[float, float]], distance_m: float) -> list[int]:
    """Return for each place the first one that it is connected with by steps shorter than ``distance_m``."""
    first = list(range(len(places)))
    for a, b in combinations(range(len(places)), 2):
        if haversine_m(places[a], places[b]) < distance_m:
            old, new = max(first[a], first[b]), min(first[a], first[b])
            first = [new if label == old else label for label in first]
    return first


# Near a pole, at the date line and at the equator, within some hundred kilometres; and anywhere.
longitudes = st.one_of(st.floats(-180, 180), st.floats(179, 180), st.floats(-180, -179), st.floats(0, 1))
latitudes = st.one_of(st.floats(-90, 90), st.floats(89, 90), st.floats(-90, -89), st.floats(-1, 1))


@given(st.lists(st.tuples(longitudes, latitudes), min_size=1, max_size=25), st.sampled_from([50.0, 2e4, 1e5, 5e6, 3e7]))
def test_images_near_on_the_ground_never_part(places, distance_m):
    images = [AnnotatedImage(f"{n}", Path(f"{n}"), 9, 9, position=place) for n, place in enumerate(places)]
    by_distance = source(group={"distance_m": distance_m})
    groups = groups_of(images, by_distance)
    expected = near_each_other(places, distance_m)
    assert [groups.index(group) for group in groups] == expected
    grouped = [image(n, group) for n, group in enumerate(groups)]
    splits = assign_splits(grouped, by_distance, 0)
    assert all(splits[n] == splits[first] for n, first in enumerate(expected))


def test_very_many_images_of_one_place_are_one_group():
    places = [(10.0, 50.0), (10.0, 50.5)] * 20_000
    images = [AnnotatedImage(f"{n}", Path(f"{n}"), 9, 9, position=place) for n, place in enumerate(places)]
    assert groups_of(images, source(group={"distance_m": 1000.0})) == ["place 0", "place 1"] * 20_000


def naive_too_near(near, splits: list[str]) -> set[int]:
    ranks = [split_rank(split) for split in splits]
    return {a for a in range(len(splits)) for b in range(len(splits)) if ranks[b] > ranks[a] and near(a, b)}


@given(st.lists(st.tuples(st.integers(0, 900), st.integers(0, 300)), min_size=1, max_size=60), st.integers(0, 3))
def test_patches_of_two_splits_of_a_scene_never_overlap(corners, seed):
    by_blocks = source(group={"pattern": r"(?P<s>S)_(?P<row>\d+)_(?P<column>\d+)", "overlap_px": 64, "block_px": 200})
    files = [f"S_{row}_{column}" for row, column in corners]
    images = [AnnotatedImage(file, Path(file), 64, 64) for file in files]
    groups = groups_of(images, by_blocks)
    assert groups == [f"S_{row // 200}_{column // 200}" for row, column in corners]
    splits = assign_splits([image(n, group) for n, group in enumerate(groups)], by_blocks, seed)

    def overlap(a: int, b: int) -> bool:
        return all(abs(one - other) < 64 for one, other in zip(corners[a], corners[b], strict=True))

    found = too_near(images, by_blocks, splits)
    assert set(found) == naive_too_near(overlap, splits)
    assert all(overlap(*pair) and split_rank(splits[pair[1]]) > split_rank(splits[pair[0]]) for pair in found.items())


@given(st.lists(st.tuples(longitudes, latitudes), min_size=1, max_size=25), st.sampled_from([2e3, 1e5]))
def test_images_of_two_splits_are_never_near_on_the_ground(places, block_m):
    images = [AnnotatedImage(f"{n}", Path(f"{n}"), 9, 9, position=place) for n, place in enumerate(places)]
    by_blocks = source(group={"distance_m": block_m / 4, "block_m": block_m})
    groups = groups_of(images, by_blocks)
    for one, other in combinations(range(len(places)), 2):
        # Along a diagonal; the two parallels of a block differ little in length this side of 60 degrees.
        if groups[one] == groups[other] and all(abs(places[n][1]) < 60 for n in (one, other)):
            assert haversine_m(places[one], places[other]) < 1.5 * block_m
    splits = assign_splits([image(n, group) for n, group in enumerate(groups)], by_blocks, 0)
    near = naive_too_near(lambda a, b: haversine_m(places[a], places[b]) < block_m / 4, splits)
    assert set(too_near(images, by_blocks, splits)) == near


def test_without_blocks_nothing_is_too_near():
    images = [image(0, "a"), image(1, "b")]
    assert too_near(images, source(), ["train", "test"]) == {}

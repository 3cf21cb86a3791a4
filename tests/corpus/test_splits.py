"""Splits: groups stay whole, shares are kept, order does not matter."""

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from sarvl.annotations import AnnotatedImage, Source
from sarvl.corpus.splits import assign_splits

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

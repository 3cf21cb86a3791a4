"""The audit: copies are resolved without a leak, and told."""

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sarvl.corpus.building.audit import AuditSettings, audit, resolve
from sarvl.documents import as_json
from sarvl.files import sha256_of_file
from sarvl.imagery import read_image, thumbnail, thumbnail_hash


def column(values: list[str]) -> pa.ChunkedArray:
    return pa.chunked_array([pa.array(values, pa.string())])


def table(splits: list[str], groups: list[str | None] | None = None, sources: list[str] | None = None) -> pa.Table:
    sources = sources or ["s"] * len(splits)
    return pa.table(
        {
            "image_id": [f"{source}/{row}.png" for row, source in enumerate(sources)],
            "source": sources,
            "file": [f"{row}.png" for row in range(len(splits))],
            "split": splits,
            "group": pa.array(groups or [None] * len(splits), pa.string()),
        }
    )


def test_report_leaves_all_in_place_and_notes_the_twin():
    splits, notes, dropped = resolve([[0, 2], [1, 3, 4]], table(["train", "val", "test", "val", "val"]), "report")
    assert splits == ["train", "val", "test", "val", "val"]
    assert not dropped
    assert notes == {
        0: "the same picture as s/2.png of split test",
        2: "the same picture as s/0.png of split train",
        1: "the same picture as s/3.png of split val",
        3: "the same picture as s/1.png of split val",
        4: "the same picture as s/1.png of split val",
    }


def test_drop_keeps_the_copy_in_the_highest_split():
    splits, notes, dropped = resolve([[0, 2, 5], [1, 3]], table(["train", "val", "test", "val", "x", "test"]), "drop")
    assert splits == ["train", "val", "test", "val", "x", "test"]
    assert {row: (reject.file, reject.unit, reject.reason) for row, reject in dropped.items()} == {
        0: ("0.png", "image", "the same picture as s/2.png, which is kept"),
        5: ("5.png", "image", "the same picture as s/2.png, which is kept"),
        3: ("3.png", "image", "the same picture as s/1.png, which is kept"),
    }
    assert notes == {
        1: "the same picture as s/3.png of split val, which is dropped",
        2: "the same picture as s/5.png of split test, which is dropped",
    }


def test_move_takes_the_groups_along():
    # 0 and 1 are one scene, 2 copies 1; 3 and 4 are one scene and copy each other; 5 has the same group name elsewhere.
    images = table(
        ["train", "train", "test", "train", "train", "train"],
        ["a", "a", None, "b", "b", "a"],
        ["s", "s", "s", "s", "s", "t"],
    )
    splits, notes, dropped = resolve([[1, 2], [3, 4]], images, "move")
    assert splits == ["test", "test", "test", "train", "train", "train"]
    assert not dropped
    assert notes[0] == "moved from split train to test"
    assert notes[1] == "the same picture as s/2.png of split test; moved from split train to test"


worlds = st.lists(
    st.tuples(
        st.sampled_from(["train", "val", "test", "extra"]),
        st.sampled_from(["a", "b", "c", "d", None]),
        st.integers(0, 9),
    ),
    min_size=1,
    max_size=30,
)


@given(worlds)
def test_after_a_move_nothing_is_shared_between_splits_and_test_keeps_its_images(world):
    splits, groups, pictures = (list(values) for values in zip(*world, strict=True))
    clusters = [[row for row, p in enumerate(pictures) if p == picture] for picture in dict.fromkeys(pictures)]
    clusters = [cluster for cluster in clusters if len(cluster) > 1]
    after, notes, _ = resolve(clusters, table(splits, groups), "move")
    for cluster in clusters:
        assert len({after[row] for row in cluster}) == 1
    for row, split in enumerate(splits):
        assert (after[row] != split) == ("moved" in notes.get(row, ""))
        assert after[row] == "test" if split == "test" else True
    # A group of which an image has moved, or which holds a shared picture, stands in one split.
    for group in {groups[row] for row in range(len(splits)) if after[row] != splits[row]} - {None}:
        assert len({after[row] for row, name in enumerate(groups) if name == group}) == 1


@given(worlds)
def test_a_drop_keeps_each_picture_once_in_its_highest_split(world):
    splits, groups, pictures = (list(values) for values in zip(*world, strict=True))
    clusters = [[row for row, p in enumerate(pictures) if p == picture] for picture in dict.fromkeys(pictures)]
    clusters = [cluster for cluster in clusters if len(cluster) > 1]
    _, _, dropped = resolve(clusters, table(splits, groups), "drop")
    kept = [row for row in range(len(splits)) if row not in dropped]
    assert sorted(pictures[row] for row in kept) == sorted(set(pictures))
    order = ["train", "val", "extra", "test"]
    for row in kept:
        assert order.index(splits[row]) == max(
            order.index(splits[other]) for other in range(len(splits)) if pictures[other] == pictures[row]
        )


@pytest.mark.parametrize("count", [0, 1, 2])
@pytest.mark.parametrize("duplicates", ["report", "drop", "move"])
def test_images_without_duplicates_stay_as_they_are(count, duplicates):
    splits = ["train", "test"][:count]
    images = table(splits).append_column("sha256", column(["a", "b"][:count]))
    images = images.append_column("phash", pa.array([0, 2**64 - 1][:count], pa.uint64()))
    done = audit(images, lambda rows: pytest.fail("no pair to confirm"), AuditSettings(duplicates=duplicates))
    assert (done.splits, done.notes, done.dropped, done.report.clusters) == (splits, {}, {}, ())


def test_the_report_counts_by_splits_and_sources():
    rng = np.random.default_rng(1)
    pictures = rng.integers(0, 65_536, (4, 32, 32)).astype(np.uint16)
    shown = [0, 0, 1, 1, 1, 2, 3]  # which picture each image shows
    grey = pictures[shown]
    images = table(
        ["train", "test", "train", "train", "train", "val", "val"], sources=["s", "t", "s", "s", "s", "s", "t"]
    )
    # The second image of picture 1 is the same file as the first, the third was compressed anew.
    files = ["a", "b", "c", "c", "d", "e", "f"]
    images = images.append_column("sha256", column(files))
    images = images.append_column("phash", pa.array([thumbnail_hash(image) for image in grey], pa.uint64()))
    report = audit(images, lambda rows: grey[rows], AuditSettings()).report
    assert as_json(report) == {
        "duplicates": "report",
        "hamming": 4,
        "exact_pairs": 1,
        "perceptual_pairs": 2,
        "unlike_pairs": 0,
        "chained_images": 0,
        "moved_images": 0,
        "dropped_images": 0,
        "clusters": [
            {
                "splits": ["test", "train"],
                "sources": ["s", "t"],
                "pictures": 1,
                "images": 2,
                "examples": [["s/0.png", "t/1.png"]],
            },
            {
                "splits": ["train"],
                "sources": ["s"],
                "pictures": 1,
                "images": 3,
                "examples": [["s/2.png", "s/3.png", "s/4.png"]],
            },
        ],
    }


def real_audit(files, splits, hamming):
    grey = np.stack([thumbnail(read_image(file)) for file in files])
    images = table(splits).append_column("sha256", column([sha256_of_file(file) for file in files]))
    images = images.append_column("phash", pa.array([thumbnail_hash(image) for image in grey], pa.uint64()))
    return audit(images, lambda rows: grey[rows], AuditSettings(hamming=hamming)).report


def test_ssdd_has_fourteen_pictures_in_equal_files_and_one_more(shared_data):
    files = sorted((shared_data / "ssdd" / "images").glob("*.jpg"))
    by_bytes = [file.read_bytes() for file in files]
    equal = {content: by_bytes.count(content) for content in set(by_bytes)}
    assert sorted(count for count in equal.values() if count > 1) == [2] * 13 + [3]
    report = real_audit(files, ["train"] * len(files), hamming=4)
    assert (report.exact_pairs, report.perceptual_pairs, report.unlike_pairs) == (15, 1, 24)
    (row,) = report.clusters
    assert (row.pictures, row.images) == (15, 31)


def test_chips_of_one_vehicle_are_no_duplicates(shared_data):
    files = sorted((shared_data / "mstar_soc10" / "images" / "2S1").glob("*.jpeg"))
    report = real_audit(files, ["train"] * len(files), hamming=4)
    assert report.unlike_pairs > 50
    assert report.clusters == ()

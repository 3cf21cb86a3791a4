"""Merging: rows are taken over as they are, files are found, and copies across the corpora do not go unseen."""

import json
import shutil
from pathlib import Path

import cv2
import numpy as np
import pytest
import yaml

from sarvl.corpus import BuildRecipe, Corpus, build
from sarvl.corpus.building.merging import merge
from sarvl.corpus.tables import read_table
from sarvl.documents import as_json
from sarvl.errors import CorpusError, ImageError
from sarvl.recipes import load_recipe


def make_corpus(folder: Path, name: str, seed: int, splits: dict[str, str]) -> Corpus:
    """Build a corpus of one source ``name`` with a chip in each split of ``splits`` (file to split)."""
    rng = np.random.default_rng(seed)
    for file, split in splits.items():
        path = folder / name / split / "tank" / file
        path.parent.mkdir(parents=True, exist_ok=True)
        cv2.imwrite(str(path), rng.integers(0, 255, (40, 40), np.uint8))
    (folder / name / "train" / "tank" / "torn.png").write_bytes(b"no image")
    source = {
        "name": name,
        "format": "folders",
        "images": name,
        "official_splits": True,
        "split_pattern": "^(?P<split>[a-z]+)/",
        "licence": f"licence of {name}",
    }
    recipe = folder / "recipe.yaml"
    recipe.write_text(yaml.safe_dump({"seed": seed, "sources": [source], "captions": {"per_image": 2}}))
    return build(load_recipe(recipe, BuildRecipe), folder / "corpus")


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> tuple[Corpus, Corpus]:
    """Corpora ``a`` and ``b``; b's test.jpg is a's one.png, compressed anew."""
    tmp_path = tmp_path_factory.mktemp("corpora")
    first = make_corpus(tmp_path / "first", "a", 1, {"one.png": "train", "two.png": "train", "three.png": "test"})
    folder = tmp_path / "second" / "b"
    (folder / "test" / "tank").mkdir(parents=True)
    copied = cv2.imread(str(tmp_path / "first/a/train/tank/one.png"), cv2.IMREAD_UNCHANGED)
    cv2.imwrite(str(folder / "test" / "tank" / "test.jpg"), copied, [cv2.IMWRITE_JPEG_QUALITY, 95])
    second = make_corpus(tmp_path / "second", "b", 2, {"four.png": "train", "five.png": "val"})
    return first, second


def rows(corpus: Corpus, table: str) -> list[dict[str, object]]:
    return read_table(corpus.folder, table).to_pylist()


def test_rows_are_taken_over_and_every_image_is_found(two, tmp_path):
    merged = merge([corpus.folder for corpus in two], tmp_path / "deep" / "er" / "merged")
    for table in ("texts", "rejects"):
        assert rows(merged, table) == [row for corpus in two for row in rows(corpus, table)]
    plain = [row | {"notes": []} for row in rows(merged, "images")]
    assert plain == [row | {"notes": []} for corpus in two for row in rows(corpus, "images")]
    opened = Corpus.open(merged.folder)
    originals = [corpus.read(row) for corpus in two for row in range(len(corpus.images))]
    for row, original in enumerate(originals):
        np.testing.assert_array_equal(opened.read(row).pixels, original.pixels)
    assert [len(texts) for texts in opened.captions_of_image] == [2] * len(originals)
    assert (merged.folder / "README.md").is_file()


def test_the_merged_corpora_are_listed_with_their_recipes(two, tmp_path):
    merged = merge([corpus.folder for corpus in two], tmp_path / "merged")
    info = json.loads((merged.folder / "corpus.json").read_text())
    for entry, corpus in zip(info["merged"], two, strict=True):
        assert (merged.folder / entry["folder"]).resolve() == corpus.folder.resolve()
        assert (entry["digest"], entry["seed"], entry["prefix"]) == (corpus.digest, corpus.seed, "")
        assert entry["recipe"] == as_json(corpus.info.recipe)
    assert info["counts"]["images"] == 6
    assert info["counts"]["images_in"] == 8
    assert info["counts"]["texts"] == sum(corpus.info.counts.texts for corpus in two)
    assert [source["licence"] for source in info["sources"]] == ["licence of a", "licence of b"]
    again = merge([merged.folder, make_corpus(tmp_path / "third", "c", 3, {"x.png": "train"}).folder], tmp_path / "all")
    assert [entry.merged for entry in again.info.merged] == [merged.info.merged, None]


def test_the_digest_depends_on_neither_order_nor_workers(two, tmp_path):
    folders = [corpus.folder for corpus in two]
    there = merge(folders, tmp_path / "there")
    back = merge(folders[::-1], tmp_path / "far" / "back", workers=2)
    assert there.digest == back.digest
    for table in ("images", "texts", "rejects"):
        name = f"{table}.parquet"
        assert (there.folder / name).read_bytes() == (back.folder / name).read_bytes()


def test_a_copy_in_the_other_corpus_is_reported(two, tmp_path):
    merged = merge([corpus.folder for corpus in two], tmp_path / "merged")
    assert merged.info.audit.perceptual_pairs == 1
    (cluster,) = merged.info.audit.clusters
    assert (cluster.splits, cluster.sources) == (("test", "train"), ("a", "b"))
    assert cluster.examples == (("a/train/tank/one.png", "b/test/tank/test.jpg"),)
    notes = dict(zip(merged.column("image_id"), merged.column("notes"), strict=True))
    assert notes["a/train/tank/one.png"] == ["the same picture as b/test/tank/test.jpg of split test"]
    assert notes["b/train/tank/four.png"] == []


def test_a_copy_is_dropped_with_its_texts(two, tmp_path):
    merged = merge([corpus.folder for corpus in two], tmp_path / "merged", duplicates="drop")
    ids = merged.column("image_id")
    assert len(ids) == 5
    assert "a/train/tank/one.png" not in ids
    assert set(merged.texts["image_id"].to_pylist()) == set(ids)
    last = rows(merged, "rejects")[-1]
    assert (last["source"], last["file"]) == ("a", "train/tank/one.png")
    assert last["reason"] == "the same picture as b/test/tank/test.jpg, which is kept"
    assert merged.info.counts.images_in == 8


def test_a_copy_is_moved_to_the_split_of_the_other(two, tmp_path):
    merged = merge([corpus.folder for corpus in two], tmp_path / "merged", duplicates="move")
    splits = dict(zip(merged.column("image_id"), merged.column("split"), strict=True))
    assert splits["a/train/tank/one.png"] == "test"
    assert splits["a/train/tank/two.png"] == "train"
    assert merged.info.sources[0].splits == {"test": 2, "train": 1}


def test_sources_of_one_name_need_prefixes(two, tmp_path):
    folders = [two[0].folder, two[0].folder]
    with pytest.raises(CorpusError, match="have a source a; give each corpus a name of its own with --prefix"):
        merge(folders, tmp_path / "merged")
    merged = merge(folders, tmp_path / "merged", prefixes=["", "again."])
    assert sorted(set(merged.column("source"))) == ["a", "again.a"]
    assert len(set(merged.column("image_id"))) == 6
    assert merged.info.audit.exact_pairs == 3
    assert set(merged.texts["image_id"].to_pylist()) == set(merged.column("image_id"))
    assert {row["source"] for row in rows(merged, "rejects")} == {"a", "again.a"}
    assert np.array_equal(merged.read(0).pixels, merged.read(3).pixels)


@pytest.mark.parametrize(
    ("prefixes", "problem"), [(["x"], "1 prefixes for 2 corpora"), (["a/", "b"], "use letters, digits")]
)
def test_wrong_prefixes_are_refused(two, tmp_path, prefixes, problem):
    with pytest.raises(CorpusError, match=problem):
        merge([corpus.folder for corpus in two], tmp_path / "merged", prefixes=prefixes)


def test_what_cannot_be_merged_is_refused_and_nothing_is_left(two, tmp_path):
    first, second = (corpus.folder for corpus in two)
    with pytest.raises(CorpusError, match="two corpora or more"):
        merge([first], tmp_path / "merged")
    with pytest.raises(CorpusError, match="one of the corpora to merge"):
        merge([first, second], first)
    with pytest.raises(CorpusError, match=r"no corpus\.json"):
        merge([first, tmp_path], tmp_path / "merged")
    copy = Path(shutil.copytree(second.parent, tmp_path / "copy"))
    (copy / "corpus" / "texts.parquet").write_bytes(b"torn")
    with pytest.raises(CorpusError, match=r"texts\.parquet: cannot be read"):
        merge([first, copy / "corpus"], tmp_path / "merged")
    shutil.rmtree(copy / "b")
    with pytest.raises(ImageError, match=r"test\.jpg: cannot be read"):
        merge([first, copy / "corpus"], tmp_path / "merged")
    assert not (tmp_path / "merged").exists()

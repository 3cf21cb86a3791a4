"""Building a corpus: what goes in, what comes out, and that nothing is lost or depends on the machine."""

import json
import re
from pathlib import Path

import cv2
import numpy as np
import pyarrow.parquet as pq
import pytest
import yaml

from sarvl.corpus import BuildRecipe, Corpus, build
from sarvl.errors import AnnotationError, CorpusError, RecipeError
from sarvl.recipes import load_recipe

CLASSES = ["ship", "bridge"]


def make_source(folder: Path, count: int = 12) -> Path:
    """Write a small COCO set with a missing image, a torn one, and a box without area; return its recipe."""
    rng = np.random.default_rng(0)
    (folder / "images").mkdir(parents=True)
    images, annotations = [], []
    for index in range(count):
        name = f"{index:03d}.png"
        cv2.imwrite(str(folder / "images" / name), rng.integers(0, 255, (60, 80), np.uint8))
        images.append({"id": index, "file_name": name, "width": 80, "height": 60})
        for number in range(index % 4):
            box = [*rng.integers(0, 50, 2).tolist(), 10, 8]
            annotations.append({"image_id": index, "category_id": number % 2, "bbox": box})
    images.append({"id": 900, "file_name": "gone.png", "width": 80, "height": 60})
    images.append({"id": 901, "file_name": "torn.png", "width": 80, "height": 60})
    whole = (folder / "images" / "000.png").read_bytes()
    (folder / "images" / "torn.png").write_bytes(whole[: len(whole) // 2])
    annotations.append({"image_id": 1, "category_id": 0, "bbox": [5, 5, 0, 9]})
    categories = [{"id": index, "name": name} for index, name in enumerate(CLASSES)]
    coco = {"images": images, "annotations": annotations, "categories": categories}
    (folder / "coco.json").write_text(json.dumps(coco))
    source = {
        "name": "made",
        "format": "coco",
        "images": "images",
        "annotations": "coco.json",
        "labelled_classes": CLASSES,
        "splits": {"train": 0.75, "test": 0.25},
    }
    recipe = folder / "recipe.yaml"
    recipe.write_text(yaml.safe_dump({"seed": 3, "sources": [source]}))
    return recipe


def built(recipe: Path, out: Path, workers: int = 1, *overrides: str) -> Corpus:
    return build(load_recipe(recipe, BuildRecipe, overrides), out, workers)


@pytest.fixture(scope="module")
def recipe(tmp_path_factory) -> Path:
    return make_source(tmp_path_factory.mktemp("source"))


@pytest.fixture(scope="module")
def corpus(recipe, tmp_path_factory) -> Corpus:
    return built(recipe, tmp_path_factory.mktemp("corpus"))


def test_images_in_are_kept_or_refused(corpus):
    rejects = pq.read_table(corpus.folder / "rejects.parquet").to_pylist()
    refused = {row["file"]: row["reason"] for row in rejects if row["unit"] == "image"}
    assert set(refused) == {"gone.png", "torn.png"}
    assert corpus.info.counts.images_in == 14 == len(corpus.images) + len(refused)
    assert [row["file"] for row in rejects if row["unit"] == "box"] == ["001.png"]


def test_five_captions_an_image_none_equal(corpus):
    for rows in corpus.texts_of_image:
        sentences = [corpus.sentences[row] for row in rows]
        assert len(sentences) == len(set(sentences)) == 5


def test_splits_have_their_shares(corpus):
    assert len(corpus.rows_of("train")) == 9
    assert len(corpus.rows_of("test")) == 3
    with pytest.raises(CorpusError, match=r"no image in split 'val'; there are .*'test'"):
        corpus.rows_of("val")


def test_evidence_points_at_objects(corpus):
    objects = {row["image_id"]: len(row["objects"]) for row in corpus.images.to_pylist()}
    for row in corpus.texts.to_pylist():
        claims = json.loads(row["claims"])
        assert len(claims) == len(row["evidence"])
        assert all(0 <= index < objects[row["image_id"]] for ids in row["evidence"] for index in ids)


def test_digest_does_not_depend_on_workers_or_place(recipe, corpus, tmp_path):
    elsewhere = make_source(tmp_path / "a" / "b", 12)
    assert built(elsewhere, tmp_path / "c", 2).digest == corpus.digest
    for name in ("images", "texts", "rejects"):
        assert (tmp_path / "c" / f"{name}.parquet").read_bytes() == (corpus.folder / f"{name}.parquet").read_bytes()


def test_digest_depends_on_the_seed_and_the_pixels(recipe, corpus, tmp_path):
    assert built(recipe, tmp_path / "seed", 1, "seed=4").digest != corpus.digest
    changed = make_source(tmp_path / "changed")
    cv2.imwrite(str(tmp_path / "changed" / "images" / "000.png"), np.eye(80, dtype=np.uint8)[:60] * 200)
    assert built(changed, tmp_path / "pixels").digest != corpus.digest


def test_card_tells_counts_and_refusals(corpus):
    card = (corpus.folder / "README.md").read_text()
    assert "14 images went in; 2 were refused" in card
    assert "image is missing" in card


def test_size_that_differs_from_the_annotation_is_refused(recipe, tmp_path):
    source = make_source(tmp_path / "s")
    cv2.imwrite(str(tmp_path / "s" / "images" / "002.png"), np.eye(50, dtype=np.uint8) * 9)
    found = built(source, tmp_path / "out")
    reasons = [row["reason"] for row in pq.read_table(found.folder / "rejects.parquet").to_pylist()]
    assert "the annotation says 80 x 60, the file has 50 x 50" in reasons


def test_unlabelled_image_without_objects_is_refused_not_described(recipe, tmp_path):
    found = built(recipe, tmp_path, 1, "sources.0.labelled_classes=[]")
    reasons = [row["reason"] for row in pq.read_table(found.folder / "rejects.parquet").to_pylist()]
    assert reasons.count("nothing can be said of it: no object, label, caption or question") == 3


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ("labelled_classes=[ship, brigde]", "`labelled_classes` names 'brigde' (nearest: 'bridge'), which is no class"),
        ("class_names={shipp: vessel}", "`class_names` names 'shipp' (nearest: 'ship'), which is no class of its"),
    ],
)
def test_a_class_that_the_categories_do_not_have_is_an_error(recipe, tmp_path, setting, message):
    with pytest.raises(AnnotationError, match=re.escape(message)):
        built(recipe, tmp_path, 1, f"sources.0.{setting}")


def test_a_torn_corpus_is_refused(recipe, tmp_path):
    found = built(recipe, tmp_path)
    texts = found.folder / "texts.parquet"
    texts.write_bytes(texts.read_bytes()[:-200])
    with pytest.raises(CorpusError, match=r"texts\.parquet: cannot be read"):
        Corpus.open(found.folder)


def test_a_flipped_byte_of_a_table_is_found(recipe, tmp_path):
    """Or it stands where it changes nothing, such as in the name of the program that wrote the file."""
    found = built(recipe, tmp_path)
    path, rng = found.folder / "texts.parquet", np.random.default_rng(0)
    whole, refused = path.read_bytes(), 0
    for place in rng.integers(4, len(whole), 60):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 0xFF]) + whole[place + 1 :])
        try:
            assert Corpus.open(found.folder).texts.equals(found.texts)
        except CorpusError:
            refused += 1
    assert refused > 30


def test_no_corpus_is_an_error(tmp_path):
    with pytest.raises(CorpusError, match=r"no corpus\.json"):
        Corpus.open(tmp_path)


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("sources.0.format=yolo7", r"sources\.0\.format"),
        ("sources.0.splits={train: 0.5}", r"splits add up to 0\.5"),
        ("captions.per_image=0", r"captions\.per_image"),
        ("typo=1", "typo"),
        ("seed", "write FIELD=VALUE"),
        ("sources.7.name=x", "no such field"),
    ],
)
def test_wrong_recipes_name_the_field(recipe, override, message):
    with pytest.raises(RecipeError, match=message):
        load_recipe(recipe, BuildRecipe, [override])


def test_missing_folder_names_the_field_and_leaves_nothing(recipe, tmp_path):
    with pytest.raises(AnnotationError, match="no such folder; correct `images` of source made"):
        built(recipe, tmp_path / "new", 1, "sources.0.images=nowhere")
    assert list(tmp_path.iterdir()) == []


def test_ssdd_through_coco_and_voc_gives_the_same_texts(shared_data, tmp_path):
    texts = []
    for form, annotations in (("coco", "coco.json"), ("voc", "voc")):
        folder = shared_data / "ssdd"
        source = {
            "name": "ssdd",
            "format": form,
            "images": str(folder / "images"),
            "annotations": str(folder / annotations),
            "labelled_classes": ["ship"],
            "splits": {"train": 0.8, "test": 0.2},
        }
        (tmp_path / f"{form}.yaml").write_text(yaml.safe_dump({"sources": [source]}))
        found = built(tmp_path / f"{form}.yaml", tmp_path / form, 1)
        texts.append(list(zip(found.texts.column("image_id").to_pylist(), found.sentences, strict=True)))
    assert len(texts[0]) == 928 * 5
    assert texts[0] == texts[1]


def test_blocks_of_one_scene_share_no_ground_and_what_lies_between_is_refused(tmp_path):
    rng, corners = np.random.default_rng(0), [(row, column) for row in range(0, 400, 50) for column in (0, 50)]
    for row, column in corners:
        file = tmp_path / "images" / "water" / f"S_{row}_{column}.png"
        file.parent.mkdir(parents=True, exist_ok=True)
        cv2.imwrite(str(file), rng.integers(0, 255, (64, 64), np.uint8))
    group = {"pattern": r"(?P<scene>S)_(?P<row>\d+)_(?P<column>\d+)", "overlap_px": 64, "block_px": 100}
    source = {"name": "made", "format": "folders", "images": "images", "splits": {"train": 0.5, "test": 0.5}}
    recipe = tmp_path / "recipe.yaml"
    recipe.write_text(yaml.safe_dump({"sources": [source | {"group": group}]}))
    corpus = built(recipe, tmp_path / "out")
    kept = {split: [] for split in ("train", "test")}
    for split, file in zip(corpus.column("split"), corpus.column("file"), strict=True):
        kept[split].append(int(file.split("_")[1]))
    assert len(kept["test"]) == 8
    assert kept["train"]
    assert all(abs(one - other) >= 64 for one in kept["train"] for other in kept["test"])
    reasons = pq.read_table(tmp_path / "out" / "rejects.parquet")["reason"].to_pylist()
    assert len(reasons) == len(corners) - len(corpus.images)
    assert all("in split train, and near water/S_" in reason and "of split test" in reason for reason in reasons)

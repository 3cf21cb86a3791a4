"""What a build recipe can ask for: other recipes, roots, absent and left-out sources, families, questions, filters."""

import json
from collections.abc import Iterable
from importlib import import_module
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pyarrow.parquet as pq
import pytest
import yaml

from sarvl.corpus import BuildRecipe, Corpus, build, inspect
from sarvl.errors import AnnotationError, CorpusError, RecipeError
from sarvl.language.rewrite import Rewriter, RewrittenCaption
from sarvl.recipes import check_recipe, load_recipe


def make_chips(folder: Path, count: int = 4, seed: int = 0) -> None:
    rng = np.random.default_rng(seed)
    for label in ("tank", "truck"):
        (folder / label).mkdir(parents=True)
        for number in range(count):
            cv2.imwrite(str(folder / label / f"{number}.png"), rng.integers(0, 255, (20, 20), np.uint8))


def source(name: str, **fields: object) -> dict[str, Any]:
    return {"name": name, "format": "folders", "images": "chips", "split": "train"} | fields


def write(path: Path, **fields: object) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(yaml.safe_dump(fields))
    return path


def folders_of(path: Path, *overrides: str) -> dict[str, Path]:
    return {item.name: item.images for item in load_recipe(path, BuildRecipe, overrides).sources}


@pytest.fixture
def sets(tmp_path) -> Path:
    """A folder of recipes: two of one set each, and one that includes both and has a source of its own."""
    folder = tmp_path / "recipes"
    write(folder / "sets" / "a.yaml", sources=[source("a")])
    write(folder / "sets" / "b.yaml", sources=[source("b", images="b/chips")], root="/usual")
    write(folder / "all.yaml", include=["sets/a.yaml", {"recipe": "sets/b.yaml", "root": "B"}], sources=[source("own")])
    return folder


def test_included_sources_come_first_each_from_its_own_root(sets):
    own = sets / "sets"
    assert folders_of(own / "a.yaml") == {"a": own / "chips"}
    assert folders_of(own / "a.yaml", "root=/data") == {"a": Path("/data/chips")}
    assert folders_of(own / "b.yaml") == {"b": Path("/usual/b/chips")}
    assert folders_of(sets / "all.yaml") == {
        "a": own / "chips",
        "b": sets / "B" / "b" / "chips",
        "own": sets / "chips",
    }


def test_the_root_of_the_including_recipe_moves_the_roots_that_it_gives(sets):
    assert folders_of(sets / "all.yaml", "root=/data") == {
        "a": sets / "sets" / "chips",
        "b": Path("/data/B/b/chips"),
        "own": Path("/data/chips"),
    }


@pytest.mark.parametrize("root", ["/sea \N{SHIP}", "/a: 'b' #c", "/" + "long name " * 20 + "end"])
def test_a_root_of_any_name_reaches_the_included_recipe(sets, root):
    outer = write(sets / "outer.yaml", include=[{"recipe": "sets/b.yaml", "root": root}])
    assert folders_of(outer) == {"b": Path(root) / "b/chips"}


def test_a_root_may_begin_at_home(sets):
    outer = write(sets / "outer.yaml", include=[{"recipe": "sets/b.yaml", "root": "~/data"}])
    assert folders_of(outer) == {"b": Path.home() / "data/b/chips"}


def test_recipes_include_through_others(sets):
    outer = write(sets / "outer.yaml", include=[{"recipe": "all.yaml", "root": "/x: y"}])
    assert folders_of(outer)["b"] == Path("/x: y/B/b/chips")
    assert list(folders_of(outer)) == ["a", "b", "own"]


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"include": ["loop.yaml"]}, r"loop\.yaml: include.*|loop\.yaml includes itself"),
        ({"include": ["sets/a.yaml"], "sources": [source("a")]}, "two sources are named a"),
        ({"include": ["absent.yaml"]}, r"absent\.yaml: cannot be read"),
        ({"include": ["wrong.yaml"]}, r"wrong\.yaml: sources\.0\.format"),
        ({"include": 3}, r"include: give a list, such as \[3\]"),
        ({}, "no source; list some under sources"),
        ({"sources": [source("a", splits={"x": 0.5})]}, r"sources\.0: give one of split"),
        (
            {"sources": [source("a")], "leave_source_out": {"test": ["q"]}},
            "leave_source_out names q, which is no source",
        ),
        ({"sources": [source("a")], "leave_source_out": {"test": ["a"], "val": ["a"]}}, "names a twice"),
        (
            {"sources": [source("a")], "captions": {"families": ["poem"]}},
            r"captions\.families: no caption family.*'poem'",
        ),
        ({"sources": [source("a")], "filter": {"sources": ["q"]}}, r"filter\.sources: 'q' is unknown"),
        ({"sources": [source("a")], "absent": "ignore"}, "absent: ignore is none of error, skip"),
    ],
)
def test_wrong_recipes_are_told_in_one_line(sets, fields, message):
    write(sets / "wrong.yaml", sources=[source("w", format="poem")])
    with pytest.raises(RecipeError, match=message) as caught:
        load_recipe(write(sets / "loop.yaml", **fields), BuildRecipe)
    assert "\n" not in str(caught.value)


def built(path: Path, *overrides: str) -> Corpus:
    return build(load_recipe(path, BuildRecipe, overrides), path.parent / "corpus")


def test_an_absent_source_is_an_error_or_is_told(tmp_path, capfd):
    make_chips(tmp_path / "chips")
    recipe = write(tmp_path / "r.yaml", sources=[source("here"), source("gone", images="nowhere")])
    with pytest.raises(Exception, match="nowhere: no such folder"):
        built(recipe)
    found = built(recipe, "absent=skip")
    assert "source gone is not held" in capfd.readouterr().err.replace("\n", " ")
    assert found.info.not_held == ("gone",)
    assert "gone" in (found.folder / "README.md").read_text()
    assert found.digest == built(recipe, "absent=skip", "sources.1.name=other").digest


def test_a_source_left_out_goes_wholly_to_its_split(tmp_path):
    make_chips(tmp_path / "a" / "chips")
    make_chips(tmp_path / "b" / "chips", seed=1)
    shares = {"splits": {"train": 0.5, "test": 0.5}, "split": None}
    sources = [source("a", images="a/chips", **shares), source("b", images="b/chips", **shares)]
    recipe = write(tmp_path / "r.yaml", sources=sources, leave_source_out={"unseen": ["b"]})
    rows = built(recipe).images.select(["source", "split"]).to_pylist()
    assert {(row["source"], row["split"]) for row in rows} == {("a", "train"), ("a", "test"), ("b", "unseen")}


@pytest.mark.parametrize("duplicates", ["report", "drop", "move"])
def test_a_picture_in_two_splits_is_reported_dropped_or_moved(tmp_path, duplicates):
    make_chips(tmp_path / "a" / "chips")
    make_chips(tmp_path / "b" / "chips", seed=1)
    twin = (tmp_path / "a" / "chips" / "tank" / "0.png").read_bytes()
    (tmp_path / "b" / "chips" / "tank" / "3.png").write_bytes(twin)
    sources = [source("a", images="a/chips"), source("b", images="b/chips", split="test")]
    found = built(write(tmp_path / "r.yaml", sources=sources, audit={"duplicates": duplicates}))
    splits = dict(zip(found.column("image_id"), found.column("split"), strict=True))
    copies = {name: splits.get(name) for name in ("a/tank/0.png", "b/tank/3.png")}
    rejects = pq.read_table(found.folder / "rejects.parquet").to_pylist()
    assert (
        copies
        == {
            "report": {"a/tank/0.png": "train", "b/tank/3.png": "test"},
            "drop": {"a/tank/0.png": None, "b/tank/3.png": "test"},
            "move": {"a/tank/0.png": "test", "b/tank/3.png": "test"},
        }[duplicates]
    )
    assert [row["file"] for row in rejects] == (["tank/0.png"] if duplicates == "drop" else [])
    assert found.info.counts.images_in == 16 == len(found.images) + len(rejects)
    assert found.info.audit.clusters[0].examples == (("a/tank/0.png", "b/tank/3.png"),)


def scenes(tmp_path: Path, **fields: object) -> Path:
    """Write a recipe over eight images with ships, of which ships and bridges are labelled."""
    rng = np.random.default_rng(0)
    (tmp_path / "images").mkdir()
    for number in range(8):
        cv2.imwrite(str(tmp_path / "images" / f"{number}.png"), rng.integers(0, 255, (60, 80), np.uint8))
    images = [{"id": number, "file_name": f"{number}.png", "width": 80, "height": 60} for number in range(8)]
    objects = [{"image_id": number, "category_id": number % 2, "bbox": [5 * number, 10, 8, 6]} for number in range(8)]
    categories = [{"id": 0, "name": "ship"}, {"id": 1, "name": "bridge"}]
    (tmp_path / "coco.json").write_text(
        json.dumps({"images": images, "annotations": objects, "categories": categories})
    )
    fields = {"format": "coco", "annotations": "coco.json", "labelled_classes": ["ship", "bridge"]} | fields
    return write(tmp_path / "r.yaml", sources=[source("scenes", images="images", **fields)])


def test_captions_are_of_the_families_asked_for(tmp_path):
    found = built(scenes(tmp_path), "captions.families=[general, absence]")
    assert set(found.texts["family"].to_pylist()) == {"general", "absence"}
    with pytest.raises(CorpusError, match="first reason: the recipe's caption families have nothing to say of it"):
        built(tmp_path / "r.yaml", "captions.families=[size]")


def test_questions_stand_beside_captions_and_never_among_them(tmp_path):
    recipe = scenes(tmp_path)
    plain, asked = built(recipe), built(recipe, "questions={preset: balanced}")
    assert set(plain.texts["kind"].to_pylist()) == {"caption"}
    counts = asked.info.counts
    assert (counts.captions, counts.questions) == (len(plain.texts), len(asked.texts) - len(plain.texts))
    assert counts.questions > 8
    kinds, sentences = asked.texts["kind"].to_pylist(), asked.sentences
    for row in range(8):
        captions, questions = asked.captions_of_image[row], asked.questions_of_image[row]
        assert captions + questions == asked.texts_of_image[row]
        assert {kinds[text] for text in captions} == {"caption"}
        assert {kinds[text] for text in questions} == {"question"}
        assert [sentences[text] for text in captions] == [
            plain.sentences[text] for text in plain.captions_of_image[row]
        ]


def test_human_questions_are_kept_though_none_are_asked_for(tmp_path):
    make_chips(tmp_path / "images")
    entries = [
        {"image": f"tank/{number}.png", "conversations": [
            {"from": "human", "value": "<image>\nHow many tanks are there?"}, {"from": "gpt", "value": "1"}]}
        for number in range(4)
    ]  # fmt: skip
    (tmp_path / "talk.json").write_text(json.dumps(entries))
    talk = source("talk", format="conversations", images="images", annotations="talk.json")
    found = built(write(tmp_path / "r.yaml", sources=[talk]))
    assert found.texts.select(["kind", "text", "answer"]).to_pylist() == 4 * [
        {"kind": "question", "text": "How many tanks are there?", "answer": "1"}
    ]


def test_the_filter_takes_texts_out_and_refuses_images_that_keep_none(tmp_path):
    found = built(scenes(tmp_path), "filter={families: [absence]}", "captions.per_image=100")
    assert set(found.texts["family"].to_pylist()) == {"absence"}
    assert found.info.texts_left_out > 0
    refused = built(tmp_path / "r.yaml", "filter={families: [absence]}", "captions={per_image: 1, families: [absence]}")
    assert len(refused.images) == 8
    with pytest.raises(Exception, match="no image is left; the first reason: no text of it passes the recipe's filter"):
        built(tmp_path / "r.yaml", "filter={families: [absence]}", "captions.families=[general]")


TWINS = {"0": "two red ships near a pier .", "1": "the water is green ."}


def pairs(tmp_path: Path, name: str = "pairs") -> dict[str, Any]:
    """Write SAR images whose optical twins have captions and positions, and return their source."""
    make_chips(tmp_path / "sar", count=1)
    for number, label in enumerate(("tank", "truck")):
        (tmp_path / "sar" / label / "0.png").rename(tmp_path / "sar" / f"{number}.png")
    images = [{"filename": f"{stem}.jpg", "sentences": [{"raw": text}]} for stem, text in TWINS.items()]
    (tmp_path / "captions.json").write_text(json.dumps({"images": images}))
    corners = [[500000, 5000000], [500640, 5000000], [500640, 4999360], [500000, 4999360]]
    places = [{"filename": f"{stem}.png", "corners_EPSG:32632": corners} for stem in TWINS]
    (tmp_path / "places.json").write_text(json.dumps(places))
    options = {"metadata": "places.json", "sar_pattern": r"(?P<pair>\d+)", "optical_pattern": r"(?P<pair>\d+)"}
    return source(name, format="pairs", images="sar", annotations="captions.json", options=options)


def test_captions_of_the_optical_twin_are_rewritten_or_refused_and_told(tmp_path):
    found = built(write(tmp_path / "r.yaml", sources=[pairs(tmp_path)]))
    assert found.texts.select(["image_id", "text", "family", "producer"]).to_pylist() == [
        {
            "image_id": "pairs/0.png",
            "text": "Two ships near a pier.",
            "family": "rewritten",
            "producer": "rule:rewrite",
        }
    ]
    rejects = pq.read_table(found.folder / "rejects.parquet").to_pylist()
    assert [(row["unit"], row["file"], row["reason"]) for row in rejects] == [
        ("caption", "1.png", "'the water is green .': no rule can take 'green' out"),
        ("image", "1.png", "nothing can be said of it: no object, label, caption or question"),
    ]


def test_each_rewritten_caption_answers_a_description_as_sarlang_has_them(tmp_path):
    found = built(write(tmp_path / "r.yaml", sources=[pairs(tmp_path)], questions={}))
    (question,) = [row for row in found.texts.to_pylist() if row["kind"] == "question"]
    assert (question["family"], question["answer"]) == ("description", "Two ships near a pier.")
    assert inspect(found).verification.confirmed == len(found.texts) == 2


def test_a_model_rewrites_in_the_parent_and_its_captions_reach_the_workers(tmp_path, monkeypatch):
    answers = {text: RewrittenCaption(text.upper(), text, "model:m") for text in TWINS.values()}
    asked: list[list[str]] = []

    def rewriter_of(settings: object, captions: Iterable[str]) -> Rewriter:
        asked.append(list(captions))
        return answers.__getitem__

    monkeypatch.setattr(import_module("sarvl.corpus.building.builder"), "rewriter_of", rewriter_of)
    endpoint = {"base_url": "http://localhost:1/v1", "model": "m"}
    recipe = write(tmp_path / "r.yaml", sources=[pairs(tmp_path)], rewrite={"endpoint": endpoint, "cache": "cache"})
    found = built(recipe)
    assert asked == [list(TWINS.values())]
    assert found.sentences == [text.upper() for text in TWINS.values()]
    assert set(found.texts["producer"].to_pylist()) == {"model:m"}


def test_corpus_json_holds_no_path_of_this_machine_and_its_recipe_builds_the_same(tmp_path):
    inner = write(tmp_path / "inner.yaml", sources=[pairs(tmp_path)])
    found = built(write(tmp_path / "r.yaml", include=[inner.name], sources=[source("own", images="sar")], root="."))
    text = (found.folder / "corpus.json").read_text()
    assert str(tmp_path) not in text
    assert str(Path.home()) not in text
    again = check_recipe(json.loads(text)["recipe"]["fields"], BuildRecipe, found.folder / "corpus.json")
    assert [item.name for item in again.sources] == ["pairs", "own"]
    assert again.sources[0].options.metadata.resolve() == tmp_path / "places.json"
    assert build(again, tmp_path / "again").digest == found.digest


def test_words_of_a_recipe_go_to_all_its_sources_and_those_of_a_source_first(tmp_path):
    source = {"format": "coco", "images": ".", "annotations": "a.json", "split": "train"}
    own = {"is_a": {"C919": "airliner"}, "wording": "plain"}
    recipe = tmp_path / "recipe.yaml"
    sources = [source | {"name": "a"}, source | own | {"name": "b"}]
    recipe.write_text(yaml.safe_dump({"is_a": {"C919": "aircraft", "X-99": "ship"}, "sources": sources}))
    first, second = load_recipe(recipe, BuildRecipe).sources
    assert (first.is_a, first.wording) == ({"C919": "aircraft", "X-99": "ship"}, "plain")
    assert second.is_a == {"C919": "airliner", "X-99": "ship"}
    published = load_recipe(recipe, BuildRecipe, ["wording=published"]).sources
    assert [source.wording for source in published] == ["published", "published"]


def one_ship(folder: Path, is_a_of_recipe: dict, is_a_of_source: dict) -> BuildRecipe:
    folder.mkdir(exist_ok=True)
    cv2.imwrite(str(folder / "a.png"), np.arange(3600, dtype=np.uint8).reshape(60, 60))
    shape = {"label": "C919", "shape_type": "rectangle", "points": [[1, 1], [9, 9]]}
    (folder / "a.json").write_text(json.dumps({"imagePath": "a.png", "shapes": [shape]}))
    given = {"name": "s", "format": "labelme", "images": str(folder), "annotations": str(folder), "split": "train"}
    return check_recipe({"is_a": is_a_of_recipe, "sources": [given | {"is_a": is_a_of_source}]}, BuildRecipe, folder)


@pytest.mark.parametrize(
    ("of_recipe", "of_source", "told"),
    [
        ({"C91": "aircraft"}, {}, "the recipe: `is_a` names 'C91' (nearest: 'C919')"),
        ({"C919": "aircarft"}, {}, "the recipe: `is_a` names 'aircarft' (nearest: 'aircraft')"),
        ({}, {"C91": "aircraft"}, "source s: `is_a` names 'C91' (nearest: 'C919')"),
        ({}, {"C919": "aircarft"}, "source s: `is_a` names 'aircarft' (nearest: 'aircraft')"),
        ({"C-919": "aircraft"}, {"C919": "jet", "jet": "aircraft"}, ""),
    ],
)
def test_a_misspelt_name_in_is_a_is_told(tmp_path, capsys, of_recipe, of_source, told):
    build(one_ship(tmp_path / "images", of_recipe, of_source), tmp_path / "corpus", workers=1)
    shown = capsys.readouterr().err
    assert (told in shown) if told else ("is_a" not in shown)


def test_a_misspelt_wider_name_is_an_error_where_the_annotations_list_their_classes(tmp_path):
    one_ship(tmp_path / "images", {}, {})
    listed = {"images": [{"id": 1, "file_name": "a.png"}], "categories": [{"id": 1, "name": "C919"}]}
    listed["annotations"] = [{"id": 1, "image_id": 1, "category_id": 1, "bbox": [1, 1, 9, 9]}]
    (tmp_path / "list.json").write_text(json.dumps(listed))
    coco = {"format": "coco", "annotations": tmp_path / "list.json", "is_a": {"C919": "aircarft"}}
    source = {"name": "s", "images": str(tmp_path / "images"), "split": "train"} | coco
    recipe = check_recipe({"sources": [source | {"annotations": str(coco["annotations"])}]}, BuildRecipe, tmp_path)
    with pytest.raises(AnnotationError, match="`is_a` names 'aircarft'"):
        build(recipe, tmp_path / "corpus", workers=1)

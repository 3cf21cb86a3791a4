"""Semantic localisation: AIR-SLT's file, boxes of a corpus as queries, and a map that a model makes."""

import json
from dataclasses import replace

import cv2
import numpy as np
import pytest
from micro import make_corpus, make_model

from sarvl.annotations import AnnotatedObject, Box
from sarvl.corpus import BuildRecipe, build
from sarvl.errors import EvaluationError
from sarvl.evaluation.evaluated import EvaluatedModel, SplitImages
from sarvl.evaluation.evaluator import settings_of
from sarvl.evaluation.localising.queries import queries_of_corpus, queries_of_file, read_air_slt
from sarvl.evaluation.tasks.localisation import TASK, LocalisationSettings, runs
from sarvl.imagery import InputContract
from sarvl.recipes import load_recipe

SMALL = {"tiles": (16, 24), "blur": 5, "softening": 3, "window": 20}


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    return make_corpus(tmp_path_factory.mktemp("localise"), chips=4)


def test_air_slt_is_read_as_it_is(shared_data):
    entries = read_air_slt(shared_data / "selo_air_slt" / "anno.json")
    assert len(entries) == 59
    assert len({image for image, _, _ in entries}) == 22
    assert entries[0][:2] == ("0.jpg", "there is a green pond next to the gray road.")
    assert max(len(regions) for _, _, regions in entries) == 8


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("{}", "valid list"),
        ('[{"jpg_name": "0.jpg", "caption": "a"}]', "0.points: Field required"),
        ('[{"jpg_name": "0.jpg", "caption": "a", "points": [[[1, 2], [3, 4]]]}]', "fewer than 3 corners"),
        ('[{"jpg_name": "0.jpg", "caption": " ", "points": [[[1, 2], [3, 4], [3, 5]]]}]', "no caption"),
    ],
)
def test_another_file_is_refused(tmp_path, text, reason):
    path = tmp_path / "anno.json"
    path.write_text(text)
    with pytest.raises(EvaluationError, match=reason):
        read_air_slt(path)


def test_entries_belong_to_the_images_of_their_name(corpus, tmp_path, capfd):
    images = SplitImages.open(corpus.folder, "test", ["scenes"])
    corners = [[2, 2], [20, 2], [20, 20], [2, 20]]
    name = images.ids[0].partition("/")[2]
    entries = [{"jpg_name": file, "caption": "ships\n", "points": [corners]} for file in (name, "absent.png")]
    path = tmp_path / "anno.json"
    path.write_text(json.dumps(entries))
    (query,) = queries_of_file(path, images)
    assert (query.item, query.text, query.place) == (f"{images.ids[0]}#0", "ships", 0)
    assert "1 of 2 entries" in capfd.readouterr().err
    assert LocalisationSettings(annotations=path).model_dump(mode="json")["annotations_sha256"]


def test_boxes_are_queries_a_class(corpus):
    queries = queries_of_corpus(SplitImages.open(corpus.folder, "test", ["scenes"]))
    assert {query.text for query in queries} == {"A SAR image of a ship.", "A SAR image of a bridge."}
    assert all(len(corners) == 4 for query in queries for corners in query.regions)


class Bright:
    """Holds that a text fits what is bright."""

    name, contract = "bright", InputContract.of_pictures(8, (0.5,), (0.5,))
    logit_scale, logit_bias = 1.0, None

    def encode_images(self, images):
        light = images.batch(np.arange(len(images))).tiles.mean(axis=(1, 2, 3)) / 255
        return np.stack([light, np.sqrt(1 - light**2)], axis=1).astype(np.float32)

    def encode_texts(self, texts):
        return np.tile(np.array([[1, 0]], np.float32), (len(texts), 1))


def test_a_class_that_is_everywhere_is_no_query(corpus, monkeypatch, capfd):
    """Regression: it ended the run, after all images before it had been seen."""
    images, image = SplitImages.open(corpus.folder, "test", ["scenes"]), type(corpus).image
    before = len(queries_of_corpus(images))

    def with_one_everywhere(self, row):
        given = image(self, row)
        own = given.annotation
        objects = (*own.objects, AnnotatedObject("zone", Box(0, 0, own.width, own.height)))
        return replace(given, annotation=replace(own, objects=objects)) if row == images.rows[0] else given

    monkeypatch.setattr(type(corpus), "image", with_one_everywhere)
    assert len(queries_of_corpus(images)) == before
    assert f"1 of {before + 1} queries are left out" in capfd.readouterr().err


@pytest.mark.parametrize(
    "regions",
    [
        [[[500, 500], [520, 500], [520, 520]]],
        [[[2, 2], [12, 2], [12, 12]], [[500, 500], [520, 500], [520, 520]]],
        [[[5, 5], [5, 5], [5, 5]]],
        [[[2, 2], [12, 2], [1e300, 12]]],
    ],
    ids=["outside", "one of two outside", "without extent", "without end"],
)
def test_an_entry_whose_region_is_nowhere_is_refused_before_anything_is_seen(corpus, tmp_path, regions):
    """Regression: of several regions the union was looked at, and one without extent was found after the model ran."""
    images = SplitImages.open(corpus.folder, "test", ["scenes"])
    path = tmp_path / "anno.json"
    path.write_text(json.dumps([{"jpg_name": images.ids[0].partition("/")[2], "caption": "a", "points": regions}]))
    with pytest.raises(EvaluationError, match="entry 0: a region has no extent in"):
        queries_of_file(path, images)


def test_the_map_is_high_where_the_text_fits(tmp_path):
    (tmp_path / "images").mkdir()
    pixels = np.full((60, 80), 20, np.uint8)
    pixels[30:50, 40:70] = 250
    cv2.imwrite(str(tmp_path / "images" / "a.png"), pixels)
    box = {"image_id": 0, "category_id": 0, "bbox": [40, 30, 30, 20]}
    coco = {
        "images": [{"id": 0, "file_name": "a.png", "width": 80, "height": 60}],
        "annotations": [box],
        "categories": [{"id": 0, "name": "ship"}],
    }
    (tmp_path / "coco.json").write_text(json.dumps(coco))
    source = "{name: s, format: coco, images: images, annotations: coco.json, quantity: display, split: test}"
    (tmp_path / "build.yaml").write_text(f"sources: [{source}]")
    built = build(load_recipe(tmp_path / "build.yaml", BuildRecipe), tmp_path / "built")
    evaluated = EvaluatedModel("bright", SplitImages.open(built.folder, "test"), workers=1)
    evaluated.__dict__["model"] = Bright()
    (run,) = runs(evaluated, LocalisationSettings(**SMALL))
    found = run.outcome()
    assert found.column("pointing").tolist() == [1.0]
    assert found.column("rmi")[0] > 0.7
    assert found.column("area")[0] == pytest.approx(31 * 21 / 4800)


def test_a_model_gives_the_measures(corpus, tmp_path):
    small = LocalisationSettings(**SMALL)
    model = EvaluatedModel.named(str(make_model(tmp_path)), SplitImages.open(corpus.folder, "test", ["scenes"]), 1)
    (run,) = runs(model, small)
    found = run.outcome()
    made = {measure.metric: measure for measure in TASK.measures(found)}
    assert set(made) == {"rmi", "rsu", "ras", "rda", "pointing"}
    assert made["rmi"].value == pytest.approx(
        0.4 * made["rsu"].value + 0.35 * (1 - made["ras"].value) + 0.25 * made["rda"].value
    )
    assert made["rsu"].chance == pytest.approx(1 - np.exp(-0.707))
    with pytest.raises(EvaluationError, match="give an odd number"):
        runs(model, LocalisationSettings(blur=4))


def test_no_tiles_are_refused():
    with pytest.raises(EvaluationError, match="localisation: tiles"):
        settings_of(TASK, {"tiles": []})

"""SARCount: its set is balanced and holds only counts that the annotation can say; any embedder is scored."""

import json
from collections import Counter
from types import SimpleNamespace

import cv2
import numpy as np
import pytest
import yaml
from micro import make_corpus, make_model

from sarvl.blocks import Curve, Facts, Gallery, Matrix, Table
from sarvl.corpus import BuildRecipe, build
from sarvl.errors import EvaluationError
from sarvl.evaluation.count_set import count_sets
from sarvl.evaluation.count_views import count_views
from sarvl.evaluation.evaluated import SplitImages
from sarvl.evaluation.evaluator import evaluate
from sarvl.evaluation.outcomes import read_outcome
from sarvl.evaluation.tasks import sarcount
from sarvl.evaluation.tasks.sarcount import SarcountSettings, counted, runs
from sarvl.recipes import load_recipe


def make_counted(folder):
    """Build 24 images of 1, 2, 3 or 12 ships; two have a tank too, and of one a box was refused."""
    (folder / "images").mkdir(parents=True)
    images, boxes, rng = [], [], np.random.default_rng(0)
    for index in range(24):
        cv2.imwrite(str(folder / "images" / f"{index:02d}.png"), rng.integers(0, 255, (64, 64), np.uint8))
        images.append({"id": index, "file_name": f"{index:02d}.png", "width": 64, "height": 64})
        number = 12 if index == 23 else 1 + (index % 8 > 4) + (index % 8 > 6)
        places = [(5 * place, 5 * (place % 3)) for place in range(number)]
        boxes += [{"image_id": index, "category_id": 0, "bbox": [x, y, 4, 4]} for x, y in places]
    boxes += [{"image_id": index, "category_id": 1, "bbox": [40, 40, 6, 6]} for index in (0, 1)]
    boxes.append({"image_id": 2, "category_id": 0, "bbox": [10, 50, 0, 0]})
    names = [{"id": 0, "name": "ship"}, {"id": 1, "name": "tank"}]
    (folder / "coco.json").write_text(json.dumps({"images": images, "annotations": boxes, "categories": names}))
    source = {"name": "port", "format": "coco", "images": "images", "annotations": "coco.json", "split": "test"}
    source |= {"labelled_classes": ["ship", "tank"], "quantity": "display"}
    (folder / "recipe.yaml").write_text(yaml.safe_dump({"sources": [source]}))
    return build(load_recipe(folder / "recipe.yaml", BuildRecipe), folder / "corpus", workers=1)


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    return make_counted(tmp_path_factory.mktemp("corpus"))


@pytest.fixture(scope="module")
def images(corpus):
    return SplitImages.open(corpus.folder, "test")


def cells_of(chosen):
    return Counter((item.class_name, item.number) for item in chosen.items)


def test_counts_are_those_of_the_annotation_and_none_that_it_cannot_say(images, corpus):
    (chosen,) = count_sets(images, 10, None)
    assert chosen.source == "port"
    for item in chosen.items:
        names = [box.class_name for box in corpus.image(int(images.rows[item.place])).annotation.objects]
        assert item.number == names.count(item.class_name)
    asked = {images.ids[item.place] for item in chosen.items if item.class_name == "ship"}
    assert "port/02.png" not in asked  # of one of its ships the box was refused
    assert chosen.left_out == {"counts that the annotation cannot say": 1, "counts above 10": 1}


def test_no_count_of_a_class_is_asked_more_often_than_wanted(images):
    (every,), (few,) = count_sets(images, 10, None), count_sets(images, 10, 2)
    assert cells_of(every)["ship", 1] > 2
    assert cells_of(few) == {cell: min(2, number) for cell, number in cells_of(every).items()}
    assert few.left_out["not drawn, since their count is frequent"] == len(every.items) - len(few.items)
    assert few.items == count_sets(images, 10, 2)[0].items
    assert set(few.items) < set(every.items)


def test_chips_are_not_counted_and_sources_without_boxes_are_told(tmp_path):
    micro = make_corpus(tmp_path / "micro")
    assert [chosen.source for chosen in count_sets(SplitImages.open(micro.folder, "test"), 10, 5)] == ["scenes"]
    with pytest.raises(EvaluationError, match="counting needs boxes"):
        evaluate(
            make_model(tmp_path),
            micro.folder,
            "test",
            ["sarcount"],
            tmp_path / "rows.jsonl",
            sources=["chips"],
            workers=1,
        )


def test_a_class_that_no_image_shows_is_named(images):
    """Regression: the line said that no source has two different counts."""
    with pytest.raises(EvaluationError, match="no image of class 'shipp'"):
        runs(SimpleNamespace(images=images), SarcountSettings(classes=("shipp",)))


def test_numbers_are_written_as_digits_and_as_words():
    assert [counted(number, "ship", "digits") for number in (1, 2, 10)] == ["1 ship", "2 ships", "10 ships"]
    assert [counted(number, "ship", "words") for number in (1, 3)] == ["one ship", "three ships"]
    assert counted(4, "aircraft", "words") == "four aircraft"
    assert counted(1, "urban areas", "digits") == "1 urban area"


def test_figures_are_those_of_the_nearest_caption(corpus, images, tmp_path):
    rows = evaluate(make_model(tmp_path), corpus.folder, "test", ["sarcount"], tmp_path / "rows.jsonl", workers=1)
    values = {row.metric: row for row in rows}
    outcome = read_outcome(tmp_path / "rows.jsonl", rows[0].outcome)
    assert set(outcome.column("numerals")) == {"digits", "words"}
    for numerals in ("digits", "words"):
        part = outcome.where("numerals", numerals)
        truth, named = (part.column(name).astype(int) for name in ("truth", "prediction"))
        assert values[f"{numerals}_MAE"].value == pytest.approx(np.abs(truth - named).mean())
        assert values[f"{numerals}_top1"].value == pytest.approx((truth == named).mean())
        assert values[f"{numerals}_top10"].value == 1
        assert values[f"{numerals}_top1/ship"].n + values[f"{numerals}_top1/tank"].n == len(part)
    assert values["one_top1"].value == pytest.approx((truth == 1).mean())
    assert values["digits_top1"].settings["per_count"] == 20

    found = count_views(rows, outcome)
    (table,) = [block for block in found if isinstance(block, Table)]
    assert [line.cells[0] for line in table.lines] == [
        "the model, numbers as digits",
        "the model, numbers as words",
        "always the commonest count",
        "always one",
        "chance",
    ]
    assert len([block for block in found if isinstance(block, Matrix)]) == 2
    assert [block.title for block in found if isinstance(block, Curve)] == ["The true count among the first k"]
    (facts,) = [block for block in found if isinstance(block, Facts)]
    assert ("counts above 10", "1") in facts.facts
    assert [block for block in found if isinstance(block, Gallery)]
    assert count_views(rows, None)


def test_a_caption_without_a_place_for_the_count_is_refused():
    with pytest.raises(EvaluationError, match="give exactly one place"):
        sarcount.SarcountSettings(templates=("A ship.",))

"""Counts above ten: those of the tiles of an image are added up, and what is cut by their edges is told."""

import json
import re
from types import SimpleNamespace

import cv2
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml
from micro import make_model, micro_model

from sarvl.blocks import Table
from sarvl.corpus import BuildRecipe, build
from sarvl.errors import EvaluationError
from sarvl.evaluation.count_views import count_views
from sarvl.evaluation.evaluated import EvaluatedModel, SplitImages
from sarvl.evaluation.evaluator import evaluate
from sarvl.evaluation.outcomes import read_outcome
from sarvl.evaluation.tasks import sarcount
from sarvl.evaluation.tile_counts import MOST_TILES, seen_by_tiles, tiled_image
from sarvl.imagery import Tiled
from sarvl.measures.counting import tile_weights
from sarvl.models import save_model
from sarvl.models.clips.model_input import with_frame
from sarvl.models.clips.reader_options import AttentionReader
from sarvl.recipes import load_recipe

# Corners of ships of 4 x 4 pixels in images of 64 x 64 pixels, whose tiles of 32 pixels meet at 32.
WITHIN = [(x, y) for x in (4, 16, 36, 48) for y in (2, 10, 34, 40, 52)]  # 20 of them, each in one tile
CUT = [*WITHIN[:11], (30, 58)]  # the last lies on the edge of two tiles


@pytest.fixture(scope="module")
def images(tmp_path_factory):
    folder = tmp_path_factory.mktemp("ports")
    (folder / "images").mkdir()
    listed, boxes = [], []
    for index, ships in enumerate([WITHIN[:1], WITHIN[:2], WITHIN[3:6], WITHIN, CUT]):
        pixels = np.zeros((64, 64), np.uint8)
        for x, y in ships:
            pixels[y : y + 4, x : x + 4] = 255
            boxes.append({"image_id": index, "category_id": 0, "bbox": [x, y, 4, 4]})
        cv2.imwrite(str(folder / "images" / f"{index}.png"), pixels)
        listed.append({"id": index, "file_name": f"{index}.png", "width": 64, "height": 64})
    coco = {"images": listed, "annotations": boxes, "categories": [{"id": 0, "name": "ship"}]}
    (folder / "coco.json").write_text(json.dumps(coco))
    source = {"name": "port", "format": "coco", "images": "images", "annotations": "coco.json", "split": "test"}
    source |= {"labelled_classes": ["ship"], "quantity": "display"}
    (folder / "recipe.yaml").write_text(yaml.safe_dump({"sources": [source]}))
    build(load_recipe(folder / "recipe.yaml", BuildRecipe), folder / "corpus", workers=1)
    return SplitImages.open(folder / "corpus", "test")


class Sighted:
    """Counts the bright pieces of a tile, and reads the number of a caption: a counter without a fault."""

    logit_scale, logit_bias = 10.0, None

    def encode_images(self, images):
        shown = images.batch(range(len(images))).tiles
        return np.eye(21, dtype=np.float32)[[cv2.connectedComponents(tile[0])[0] - 1 for tile in shown]]

    def encode_texts(self, texts):
        numbers = [re.search(r"\bno |\d+", text)[0] for text in texts]
        return np.eye(21)[[0 if number == "no " else int(number) for number in numbers]]


@pytest.fixture
def sighted(images, tmp_path):
    model, counter = SimpleNamespace(contract=micro_model(tmp_path).contract), Sighted()
    return SimpleNamespace(
        images=images,
        model=model,
        batch_size=None,
        able=lambda *_: counter,
        read=lambda place: images.corpus.read(int(images.rows[place])),
        image_features=np.eye(21, dtype=np.float32)[[1, 2, 3, 10, 10]],
    )


def by_metric(measures):
    return {measure.metric: measure for measure in measures}


def test_the_counts_of_tiles_are_added_up_and_a_ship_on_an_edge_is_counted_twice(sighted):
    settings = sarcount.SarcountSettings(by_tiles=True, numerals=("digits",))
    (run,) = sarcount.runs(sighted, settings)
    outcome = run.outcome()
    large = outcome.where("numerals", "digits_tiles")
    told = {name: large.column(name).tolist() for name in ("truth", "prediction", "at_best", "cut", "rank")}
    assert told == {
        "truth": ["20", "12"],
        "prediction": ["20", "13"],
        "at_best": [20, 12],
        "cut": [0, 1],
        "rank": [0, 0],
    }
    figures = by_metric(sarcount.measures(outcome))
    assert figures["digits_above_MAE"].value == 0.5
    assert figures["digits_above_within_tenth"].value == 1
    assert figures["digits_above_relative_error"].value == pytest.approx(1 / 24)
    assert figures["right_tiles_above_MAE"].value == 0
    assert figures["cut_by_tiles"].value == pytest.approx(1 / 32)
    assert (figures["most_above_MAE"].value, figures["median_above_MAE"].value) == (6, 4)
    assert figures["digits_top1"].n == 3  # of the counts up to ten, which are as without tiles
    assert "counts above 10" not in outcome.facts["left_out"]


def test_without_the_option_nothing_changes_and_it_does_not_stand_in_the_rows(sighted):
    (run,) = sarcount.runs(sighted, sarcount.SarcountSettings(numerals=("digits",)))
    outcome = run.outcome()
    assert outcome.facts["left_out"]["counts above 10"] == 2
    assert not {"at_best", "cut", "detected"} & set(outcome.table.column_names)
    told = sarcount.SarcountSettings().model_dump(mode="json")
    assert list(told) == ["most", "per_count", "numerals", "templates", "classes"]
    assert sarcount.SarcountSettings(by_tiles=True, tile=16).model_dump(mode="json") == told | {
        "by_tiles": True,
        "tile": 16,
    }
    with pytest.raises(EvaluationError, match="nothing is counted by tiles"):
        sarcount.SarcountSettings(tile=16)


def test_right_counts_of_tiles_fall_short_where_a_tile_holds_more_than_captions_name():
    tiles = np.array([[0, 0, 64, 64]])
    assert seen_by_tiles(tiles, [(x, 0, x + 2, 2) for x in range(12)], most=10) == (10, 0)
    assert seen_by_tiles(tiles, [(60, 60, 70, 70)], most=10) == (0, 1)  # its centre lies outside


def test_a_pixel_of_several_tiles_counts_for_each_in_part():
    tiles = np.array([[0, 0, 8, 8], [4, 0, 12, 8], [0, 8, 12, 10]])
    weights = tile_weights(tiles)
    np.testing.assert_allclose(weights, [0.75, 0.75, 1])
    areas = (tiles[:, 2] - tiles[:, 0]) * (tiles[:, 3] - tiles[:, 1])
    assert weights @ areas == 12 * 10
    rng = np.random.default_rng(0)
    for _ in range(20):  # against a loop over pixels
        first = rng.integers(0, 20, (5, 2))
        tiles = np.hstack([first, first + rng.integers(1, 12, (5, 2))])
        shown = np.zeros((5, 40, 40))
        for number, (x0, y0, x1, y1) in enumerate(tiles):
            shown[number, y0:y1, x0:x1] = 1
        own = shown / np.maximum(shown.sum(axis=0), 1)
        np.testing.assert_allclose(tile_weights(tiles), own.sum(axis=(1, 2)) / shown.sum(axis=(1, 2)))


def test_an_any_reader_counts_by_its_own_tiles_and_others_by_tiles_of_their_input(images, tmp_path):
    reader = with_frame(micro_model(tmp_path), Tiled(tile=32, most_tiles=6, overlap=8), AttentionReader(heads=4))
    save_model(reader, tmp_path / "reader", metrics={}, licence="none")
    own = tiled_image(EvaluatedModel.named(tmp_path / "reader", images, 1), reader, 3, None)
    prepared = reader.contract.prepare(images.corpus.read(int(images.rows[3])))
    assert prepared.has_thumbnail and len(prepared.tiles) == 1 + len(own.tiles)
    first, size = np.split(prepared.offsets[1:], 2, axis=1)
    np.testing.assert_array_equal(own.tiles, np.hstack([first, first + size]))

    clip = micro_model(tmp_path)
    evaluated = EvaluatedModel.named(make_model(tmp_path), images, 1)
    cut = tiled_image(evaluated, clip, 3, None)
    assert cut.tiles.tolist() == [[0, 0, 32, 32], [32, 0, 64, 32], [0, 32, 32, 64], [32, 32, 64, 64]]
    assert len(tiled_image(evaluated, clip, 3, 7).tiles) <= MOST_TILES < (64 / 7) ** 2

    out = tmp_path / "rows.jsonl"
    settings = {"sarcount": {"by_tiles": True, "most": 10}}
    rows = evaluate(tmp_path / "reader", images.corpus.folder, "test", ["sarcount"], out, settings=settings, workers=1)
    figures = {row.metric: row for row in rows}
    assert {"digits_above_MAE", "words_above_MAE", "right_tiles_above_MAE", "digits_MAE"} <= set(figures)
    assert figures["digits_above_MAE"].settings["by_tiles"] is True
    outcome = read_outcome(out, rows[0].outcome)
    table = [block for block in count_views(rows, outcome) if isinstance(block, Table)][-1]
    assert [line.cells[0] for line in table.lines][-2:] == [
        "always the median",
        "right counts of all tiles",
    ]
    assert "are cut by the edge of a tile" in table.remark


def test_a_detector_stands_beside_as_the_reference(sighted, images, tmp_path):
    ids = images.ids
    boxes = {ids[0]: [0.9, 0.2], ids[1]: [0.9], ids[2]: [], ids[3]: [0.8] * 18}  # nothing of the last image
    found = {"item": list(boxes), "scores": list(boxes.values())}
    found["boxes"] = [[[0.0, 0.0, 4.0, 4.0]] * len(scores) for scores in boxes.values()]
    found["classes"] = [["ship"] * len(scores) for scores in boxes.values()]
    pq.write_table(pa.table(found), tmp_path / "found.parquet")
    settings = sarcount.SarcountSettings(
        by_tiles=True, numerals=("digits",), detector={"boxes": tmp_path / "found.parquet"}
    )
    (run,) = sarcount.runs(sighted, settings)
    outcome = run.outcome()
    assert outcome.where("numerals", "digits").column("detected").tolist() == [1, 1, 0]
    assert outcome.where("numerals", "digits_tiles").column("detected").tolist() == [18, -1]
    figures = by_metric(sarcount.measures(outcome))
    assert (figures["detector_top1"].value, figures["detector_MAE"].value) == (
        pytest.approx(1 / 3),
        pytest.approx(4 / 3),
    )
    assert (figures["detector_above_MAE"].value, figures["detector_above_MAE"].n) == (2, 1)
    assert not figures["detector_above_MAE"].of_model
    told = settings.model_dump(mode="json")["detector"]
    assert told["least_score"] == 0.5 and len(told["boxes_sha256"]) == 64 and "boxes" not in told

    nameless = [{"image_id": ids[0], "bbox": [0, 0, 4, 4], "score": 1.0}]
    (tmp_path / "nameless.json").write_text(json.dumps(nameless))
    settings = sarcount.SarcountSettings(detector={"boxes": tmp_path / "nameless.json"})
    with pytest.raises(EvaluationError, match="a box has no class"):
        sarcount.runs(sighted, settings)

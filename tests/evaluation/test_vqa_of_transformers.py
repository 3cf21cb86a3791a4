"""A model of transformers all the way: measured, calibrated, and asked about a file."""

import json

import pytest

pytest.importorskip("transformers", reason="image-text models are of transformers")
import cv2
import numpy as np
import yaml
from micro import make_build_recipe
from tiny_image_text import tiny_model
from typer.testing import CliRunner

import sarvl
from sarvl.cli import app
from sarvl.corpus import BuildRecipe, build
from sarvl.errors import EvaluationError
from sarvl.evaluation.evaluator import evaluate
from sarvl.evaluation.results import results_of
from sarvl.evaluation.vqa.calibrating import calibrate
from sarvl.recipes import load_recipe
from sarvl.reporting.comparison import compare


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    folder = tmp_path_factory.mktemp("asked")
    path = make_build_recipe(folder)
    recipe = yaml.safe_load(path.read_text())
    recipe["questions"] = {"preset": "balanced", "per_image": 3}
    path.write_text(yaml.safe_dump(recipe))
    return build(load_recipe(path, BuildRecipe), folder / "corpus", workers=1)


def test_it_answers_by_type_points_and_is_calibrated(corpus, tmp_path):
    model = f"hf:{tiny_model('qwen2.5-vl', tmp_path)}"
    settings = {"vqa": {"typed": True, "grounded": True}}
    out = tmp_path / "rows.jsonl"
    rows = evaluate(model, corpus.folder, "test", ["vqa"], out, settings=settings, limit=4, workers=1)
    by_metric = {row.metric: row.value for row in rows}
    assert by_metric["unread"] == 0  # held to its type, every answer can be read
    assert by_metric["asked_share"] == 1
    assert 0 <= by_metric["evidence_mean_iou"] <= by_metric["grounded"] <= 1
    (result,), _ = results_of([out])
    assert all(0 < sure <= 1 for sure in result.outcome.column("score"))
    kept = calibrate(model, corpus.folder, "train", limit=10, workers=1)
    file = tmp_path / "qwen2.5-vl" / "answer_calibration.json"
    assert json.loads(file.read_text())["temperature"] == kept.temperature
    assert sarvl.load_model(model).temperature == kept.temperature


def test_it_is_asked_about_a_file_and_captions_it(tmp_path):
    image = tmp_path / "scene.png"
    cv2.imwrite(str(image), np.random.default_rng(0).integers(0, 255, (40, 60), np.uint8))
    model = f"hf:{tiny_model('qwen2.5-vl', tmp_path)}"
    yes, choice = sarvl.ask(
        image,
        ["Is there a ship in the image?", "How many ships are in the image?\nA. 3\nB. 0"],
        model,
        threshold=0.0,
        picture=tmp_path / "out.png",
    )
    assert yes.answer in ("yes", "no")
    assert choice.answer in ("3", "0")
    assert all(0 <= box[0] < box[2] <= 60 and 0 <= box[1] < box[3] <= 40 for box in (*yes.boxes, *choice.boxes))
    assert (tmp_path / "out.png").exists()
    assert any("nobody recorded" in remark for remark in yes.remarks)
    done = sarvl.narrate(image, model, tmp_path / "captions.jsonl", workers=1)
    assert done.written + done.refused == 1


def test_a_model_is_measured_anew_once_it_was_calibrated(corpus, tmp_path):
    """Regression: its probabilities were others then, and its rows those from before, so that ECE never changed."""
    model, out = f"hf:{tiny_model('llava', tmp_path)}", tmp_path / "rows.jsonl"
    given = {"settings": {"vqa": {"typed": True}}, "limit": 3, "workers": 1}
    before = {row.metric: row for row in evaluate(model, corpus.folder, "test", ["vqa"], out, **given)}
    done = CliRunner().invoke(
        app, ["calibrate", model, "--corpus", str(corpus.folder), "--split", "train", "--limit", "10", "--workers", "1"]
    )
    assert done.exit_code == 0, done.output
    temperature = sarvl.load_model(model).temperature
    assert f"temperature {temperature:.3f}, by " in done.output
    after = {row.metric: row for row in evaluate(model, corpus.folder, "test", ["vqa"], out, **given)}
    assert (before["ECE"].temperature, after["ECE"].temperature) == (None, temperature)
    assert after["ECE_uncalibrated"].value == pytest.approx(before["ECE"].value)
    assert after["ECE"].value != pytest.approx(before["ECE"].value)
    assert after["strict"].value == before["strict"].value
    assert "ECE_uncalibrated" not in before
    assert {line.metric for line in compare(out)} >= {"ECE", "strict"}


def test_a_model_without_a_folder_is_not_calibrated_for_nothing(corpus):
    """Regression: the temperature of a model from the Hub was found, and kept nowhere without a word."""
    with pytest.raises(EvaluationError, match="hf:owner/name: no folder to keep the temperature in"):
        calibrate("hf:owner/name", corpus.folder, "train")

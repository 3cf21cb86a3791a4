"""Detection: boxes come through the contract and back, a small detector learns where bright ships lie."""

import json
from dataclasses import replace

import cv2
import numpy as np
import open_clip
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from micro import MICRO_CONFIG, make_model
from pydantic import ValidationError
from safetensors.torch import save_file

from sarvl.blocks import Bars, Gallery
from sarvl.corpus import BuildRecipe, build
from sarvl.errors import EvaluationError, ModelError
from sarvl.evaluation.detecting.boxed_images import boxed_sources, fully_annotated
from sarvl.evaluation.detecting.detector_input import DetectorInput
from sarvl.evaluation.detecting.detector_training import DetectorTrainer
from sarvl.evaluation.detecting.learnt_images import LearntImage, cut_out, drawn, mirrored
from sarvl.evaluation.evaluated import EvaluatedModel, SplitImages
from sarvl.evaluation.evaluator import evaluate
from sarvl.evaluation.outcomes import read_outcome
from sarvl.evaluation.tasks.detection import TASK, DetectionSettings
from sarvl.evaluation.tasks.detection import outcome as detection_outcome
from sarvl.imagery import InputContract, Quantity, SarImage
from sarvl.models import create_model, load_model
from sarvl.recipes import load_recipe
from sarvl.reporting.corpus_pictures import CorpusPictures

QUICK = {
    "image_size": 64,
    "epochs": 4,
    "batch_size": 8,
    "channels": 32,
    "learning_rate": 8e-3,
    "warmup_steps": 4,
}

TIMM = {"image_size": 32, "timm_model_name": "mobilenetv2_035", "timm_pool": ""}


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    """Dim images with one bright ship or one dimmer bridge, 64 of them to learn from."""
    folder = tmp_path_factory.mktemp("ships")
    rng = np.random.default_rng(0)
    images, boxes = [], []
    (folder / "images").mkdir()
    for number in range(80):
        pixels = rng.integers(0, 60, (48, 64), np.uint8)
        x, y = rng.integers(2, 40), rng.integers(2, 24)
        width, height = ((18, 18), (24, 10))[number % 2]
        pixels[y : y + height, x : x + width] = (250, 150)[number % 2]
        name = f"{'train' if number < 64 else 'test'}/{number:02d}.png"
        (folder / "images" / name).parent.mkdir(exist_ok=True)
        cv2.imwrite(str(folder / "images" / name), pixels)
        images.append({"id": number, "file_name": name, "width": 64, "height": 48})
        box = [int(x), int(y), width, height]
        boxes.append({"image_id": number, "category_id": number % 2, "bbox": box})
    document = {"images": images, "annotations": boxes}
    document["categories"] = [{"id": 0, "name": "ship"}, {"id": 1, "name": "bridge"}]
    (folder / "coco.json").write_text(json.dumps(document))
    splits = "official_splits: true, split_pattern: '^(?P<split>train|test)/'"
    source = f"name: ships, format: coco, images: images, annotations: coco.json, quantity: display, {splits}"
    (folder / "build.yaml").write_text(f"sources: [{{{source}}}]")
    return build(load_recipe(folder / "build.yaml", BuildRecipe), folder / "corpus", workers=1)


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return make_model(tmp_path_factory.mktemp("model"))


@pytest.fixture(scope="module")
def measured(corpus, model, tmp_path_factory):
    """The rows of a quick detector."""
    out = tmp_path_factory.mktemp("rows") / "rows.jsonl"
    rows = evaluate(str(model), corpus.folder, "test", ["detection"], out, settings={"detection": QUICK}, workers=1)
    return rows, read_outcome(out, rows[0].outcome)


def images_of(corpus, model, split="test"):
    return EvaluatedModel.named(str(model), SplitImages.open(corpus.folder, split), workers=1)


def test_a_small_detector_learns_where_things_lie(measured):
    rows, outcome = measured
    values = {row.metric: row.value for row in rows}
    assert values["AP50"] > 0.4  # untrained it finds nothing
    assert values["AP"] < values["AP50"]
    assert {"class_AP/ship", "class_AP/bridge", "AP_small"} <= set(values)
    assert "AP_large" not in values  # no object is of that size
    by_metric = {row.metric: row for row in rows}
    assert by_metric["AP50"].low < values["AP50"] < by_metric["AP50"].high
    assert by_metric["AP50"].n == len(outcome) == 16
    assert outcome.facts["training_boxes"] == 64
    assert set(outcome.column("truth")) == {"ship 1", "bridge 1"}


def test_what_is_kept_makes_the_page(measured, corpus):
    rows, outcome = measured
    blocks = TASK.views(rows, outcome)
    assert {"AP by class", "AP by size of object"} <= {block.title for block in blocks if isinstance(block, Bars)}
    boxes = outcome.table.column("boxes").to_pylist()
    wrong = outcome.table.set_column(
        outcome.table.column_names.index("boxes"), "boxes", [[[[0, 0, 3, 3]] * len(own) for own in boxes]]
    )
    false, missed = (block for block in TASK.views(rows, replace(outcome, table=wrong)) if isinstance(block, Gallery))
    (shown,) = CorpusPictures(corpus).filled(missed).pictures[0].images
    assert [box.class_name.split()[0] for box in shown.boxes][-1] == "missed"  # beside the annotated ones
    assert len(missed.pictures) == 12
    assert len(shown.boxes) == 2
    assert false.pictures[0].title.startswith("false ")


def test_the_same_seed_makes_the_same_detector_and_the_model_stays(corpus, model):
    quick = DetectionSettings(**QUICK | {"epochs": 1})
    opened = load_model(str(model))
    before, state = opened.weights_hash, torch.get_rng_state()
    (learnt,) = boxed_sources(images_of(corpus, model, "train").images)
    learnt = learnt.at(np.arange(8))
    one, same = (DetectorTrainer(opened, quick, 1).trained(learnt, "train").state_dict() for _ in range(2))
    other, rounded = (
        DetectorTrainer(opened, quick.model_copy(update=change), 1).trained(learnt, "train").state_dict()
        for change in ({"seed": 1}, {"precision": "bfloat16"})
    )
    assert all(torch.equal(one[name], same[name]) for name in one)
    assert any(not torch.equal(one[name], other[name]) for name in one)
    assert any(not torch.equal(one[name], rounded[name]) for name in one)
    assert {name: value.dtype for name, value in one.items()} == {name: value.dtype for name, value in rounded.items()}
    assert opened.weights_hash == before
    assert torch.equal(torch.get_rng_state(), state)


@pytest.mark.parametrize(("width", "height"), [(48, 40), (640, 411), (37, 1000), (64, 64), (1, 3)])
def test_boxes_go_to_the_square_and_back(width, height):
    brought = DetectorInput.of(InputContract.of_pictures(32, (0.5,), (0.5,)), 64)
    rng = np.random.default_rng(width)
    boxes = rng.uniform(0, 1, (20, 4)) * [width, height, width, height]
    there = brought.to_square(boxes, width, height)
    assert brought.to_image(there, width, height) == pytest.approx(boxes, rel=1e-13, abs=1e-12)
    whole = brought.to_square(np.array([[0.0, 0, width, height]]), width, height)[0]
    assert max(whole[2] - whole[0], whole[3] - whole[1]) == 64
    assert whole.min() >= 0


def test_a_box_lies_on_what_it_lies_on_in_the_image():
    pixels = np.zeros((1, 100, 200), np.uint8)
    pixels[0, 20:60, 120:180] = 255
    brought = DetectorInput.of(InputContract.of_pictures(32, (0.5,), (0.5,)), 64)
    tile = brought.contract.prepare(SarImage(pixels, Quantity.DISPLAY, ("gray",))).tiles[0, 0]
    rows, columns = np.nonzero(tile > 127)
    seen = [columns.min(), rows.min(), columns.max() + 1, rows.max() + 1]
    assert brought.to_square(np.array([[120.0, 20, 180, 60]]), 200, 100)[0] == pytest.approx(seen, abs=0.6)


def test_a_mirrored_box_lies_on_the_mirrored_object():
    pixels = torch.zeros(1, 32, 32)
    pixels[0, 4:9, 10:20] = 1
    box = torch.tensor([[10.0, 4, 20, 9]])
    seen = set()
    for seed in range(12):
        rng = np.random.default_rng(seed)
        turned, boxes, _ = mirrored(LearntImage(pixels, box, torch.zeros(1)), ("horizontal", "vertical"), rng)
        rows, columns = torch.nonzero(turned[0], as_tuple=True)
        assert boxes[0].tolist() == [columns.min(), rows.min(), columns.max() + 1, rows.max() + 1]
        seen.add(tuple(boxes[0].tolist()))
    assert len(seen) == 4


@given(
    size=st.tuples(st.integers(20, 300), st.integers(20, 300)),
    zoom=st.sampled_from([(1.0, 1.0), (0.5, 2.0), (0.1, 0.1), (3.0, 3.0)]),
    seed=st.integers(0, 2**32 - 1),
)
@settings(max_examples=60, deadline=None)
def test_a_box_lies_on_its_object_in_a_part_of_the_image(size, zoom, seed):
    rng = np.random.default_rng(seed)
    brought = DetectorInput.of(InputContract.of_pictures(32, (0.5,), (0.5,)), 256)
    view = brought.view(*size)
    left, top = (-view.corners[0]).tolist()
    x, y = left + rng.integers(view.width), top + rng.integers(view.height)
    pixels = torch.zeros(2, 256, 256)
    pixels[1, top : top + view.height, left : left + view.width] = 1  # where the image lies
    pixels[0, y : y + 9, x : x + 14] = 1
    box = torch.tensor([[int(x), int(y), min(int(x) + 14, 256), min(int(y) + 9, 256)]], dtype=torch.float64)
    part = cut_out(LearntImage(pixels, box, torch.tensor([3])), view, 64, zoom, rng)
    assert part.pixels.shape == (2, 64, 64)
    if min(view.width, view.height) * zoom[0] > 66:
        assert part.pixels[1].min() > 0.99  # nothing of what fills the square
    if len(part.boxes):
        assert part.labels.tolist() == [3]
        shown = part.pixels[0] > 0.5
        seen = [edge for axis in (0, 1) for edge in edges(shown.any(dim=axis))]
        assert part.boxes[0].tolist() == pytest.approx([seen[0], seen[2], seen[1], seen[3]], abs=zoom[1] != 1)


def edges(shown):
    places = shown.nonzero()
    return int(places.min()), int(places.max()) + 1


def test_half_of_the_parts_hold_the_middle_of_a_box_for_certain():
    brought = DetectorInput.of(InputContract.of_pictures(32, (0.5,), (0.5,)), 256)
    rng = np.random.default_rng(0)
    box = torch.tensor([[250.0, 250, 256, 256]], dtype=torch.float64)
    image = LearntImage(torch.zeros(1, 256, 256), box, torch.zeros(1))
    parts = [cut_out(image, brought.view(99, 99), 32, (1.0, 1.0), rng) for _ in range(400)]
    assert sum(len(part.boxes) for part in parts) == pytest.approx(200, abs=40)
    empty = LearntImage(torch.zeros(1, 256, 256), box[:0], torch.zeros(0))
    assert len(cut_out(empty, brought.view(99, 99), 32, (1.0, 1.0), rng).boxes) == 0


def test_whole_images_are_learnt_from_where_no_part_is_asked_for():
    image = LearntImage(torch.rand(1, 64, 64), torch.tensor([[1.0, 2, 3, 4]]), torch.zeros(1))
    view = DetectorInput.of(InputContract.of_pictures(32, (0.5,), (0.5,)), 64).view(64, 48)
    same = drawn(image, view, DetectionSettings(image_size=64, mirror=()), np.random.default_rng(0))
    assert all(torch.equal(one, other) for one, other in zip(same, image, strict=True))


def test_a_convolutional_tower_learns_from_parts_and_a_transformer_is_refused(corpus, model, tmp_path):
    vit = {"image_size": 32, "layers": 1, "width": 16, "head_width": 8, "patch_size": 8}
    for name, vision in (("timm-parts", TIMM), ("vit-parts", vit)):
        (tmp_path / f"{name}.json").write_text(json.dumps(MICRO_CONFIG | {"vision_cfg": vision}))
        open_clip.add_model_config(tmp_path / f"{name}.json")
    (learnt,) = boxed_sources(images_of(corpus, model, "train").images)
    few, quick = learnt.at(np.arange(8)), DetectionSettings(**QUICK | {"epochs": 1, "image_size": 128, "cut": 64})
    trainer = DetectorTrainer(create_model("timm-parts"), quick, 1)
    assert len(trainer.detected(trainer.trained(few, "train"), few)) == 8
    with pytest.raises(EvaluationError, match="cut is for convolutional towers"):
        DetectorTrainer(create_model("vit-parts"), quick, 1).trained(few, "train")


@pytest.mark.parametrize(
    ("given_settings", "told"),
    [
        ({"image_size": 64, "cut": 96}, "at most image_size, which is 64"),
        ({"zoom": [0.5, 2.0]}, "set cut too"),
        ({"cut": 64, "zoom": [2.0, 0.5]}, "least factor first"),
        ({"cut": 64, "zoom": [100.0, 100.0]}, "less than or equal to 8"),
        ({"cut": 64, "zoom": [1.0, float("inf")]}, "less than or equal to 8"),
    ],
)
def test_parts_that_cannot_be_cut_are_refused(given_settings, told):
    with pytest.raises(ValidationError, match=told):
        DetectionSettings(**given_settings)


def test_what_cannot_be_measured_is_refused(corpus, model, tmp_path):
    evaluated = images_of(corpus, model)
    with pytest.raises(EvaluationError, match="split test is learnt from"):
        TASK.runs(evaluated, DetectionSettings(training="test"))
    with pytest.raises(ModelError, match=r"none\.pth: no such file"):
        TASK.runs(evaluated, DetectionSettings(image_weights=tmp_path / "none.pth"))


def test_images_with_objects_that_have_no_box_are_told_and_left_out(corpus, model, monkeypatch, capfd):
    (boxed,) = boxed_sources(images_of(corpus, model).images)
    row, image = int(boxed.rows[0]), type(corpus).image

    def open_one(self, at):
        given = image(self, at)
        return replace(given, annotation=replace(given.annotation, open_classes=("ship",))) if at == row else given

    monkeypatch.setattr(type(corpus), "image", open_one)
    assert len(fully_annotated(boxed)) == len(boxed) - 1
    assert "1 of 16 images are not measured" in capfd.readouterr().err


def test_images_of_which_none_is_fully_annotated_are_refused(corpus, model, monkeypatch):
    """Regression: an average precision of nothing is no number, which no row can hold."""
    (boxed,) = boxed_sources(images_of(corpus, model).images)
    image = type(corpus).image

    def open_all(self, at):
        given = image(self, at)
        return replace(given, annotation=replace(given.annotation, open_classes=("ship",)))

    monkeypatch.setattr(type(corpus), "image", open_all)
    with pytest.raises(EvaluationError, match="no box is left"):
        fully_annotated(boxed)


def test_the_same_detector_on_other_weights_stands_beside(corpus, tmp_path):
    """The weights are those of the tower itself, so that both are one detector, found by two ways."""
    (tmp_path / "timm-micro.json").write_text(json.dumps(MICRO_CONFIG | {"vision_cfg": TIMM}))
    open_clip.add_model_config(tmp_path / "timm-micro.json")
    model = create_model("timm-micro")
    save_file(dict(model.network.visual.trunk.state_dict()), tmp_path / "classifier.safetensors")
    evaluated = images_of(corpus, "timm-micro")
    evaluated.__dict__["model"] = model
    quick = QUICK | {"epochs": 1, "least_score": 0, "image_weights": tmp_path / "classifier.safetensors"}
    (measured,), (learnt,) = (
        boxed_sources(images_of(corpus, "timm-micro", split).images) for split in ("test", "train")
    )
    few = np.arange(4)
    settings = DetectionSettings(**quick)
    outcome = detection_outcome(evaluated, settings, measured.at(few), learnt.at(few))
    assert outcome.column("boxes")[0].size
    assert outcome.table.column("boxes").equals(outcome.table.column("image_weights_boxes"))
    figures = {measure.metric: measure for measure in TASK.measures(outcome)}
    assert figures["image_weights/AP50"].value == figures["AP50"].value
    assert not figures["image_weights/AP50"].of_model  # `compare` compares models, not what stands beside
    assert settings.model_dump(mode="json")["image_weights_sha256"]


def test_weights_for_a_tower_that_is_not_of_timm_are_refused(corpus, model, tmp_path):
    save_file({"a": torch.zeros(1)}, tmp_path / "classifier.safetensors")
    (run,) = TASK.runs(
        images_of(corpus, model), DetectionSettings(**QUICK, image_weights=tmp_path / "classifier.safetensors")
    )
    with pytest.raises(ModelError, match="its image tower is not of timm"):
        run.outcome()

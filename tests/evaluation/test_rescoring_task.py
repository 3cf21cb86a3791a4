"""Re-scoring of given boxes: read from files, cropped with a margin, and named by a model that knows what is bright."""

import json

import numpy as np
import pytest
from micro import make_corpus

from sarvl.errors import EvaluationError
from sarvl.evaluation.detecting.boxed_images import boxed_sources
from sarvl.evaluation.detecting.given_boxes import read_boxes
from sarvl.evaluation.evaluated import EvaluatedModel, SplitImages
from sarvl.evaluation.outcomes import RunIdentity, outcome_path, write_outcome
from sarvl.evaluation.tasks.rescoring import TASK, RescoringSettings, crops_of
from sarvl.imagery import InputContract, SarImage


@pytest.fixture(scope="module")
def images(tmp_path_factory):
    corpus = make_corpus(tmp_path_factory.mktemp("rescore"), chips=4)
    return SplitImages.open(corpus.folder, "test", ["scenes"])


ANGLES = {"ship": 1.0, "bridge": 0.0, "clutter": 0.5}


class Painter:
    """Names what is bright a ship, what is dark a bridge, and what is between clutter; its world is painted so."""

    name, contract, weights_hash = "painter", InputContract.of_pictures(8, (0.5,), (0.5,)), "0" * 64
    logit_scale, logit_bias = 20.0, None
    network = None

    def encode_images(self, images):
        return self._at(images.batch(np.arange(len(images))).tiles.mean(axis=(1, 2, 3)) / 255)

    def encode_texts(self, texts):
        return self._at(np.array([next(at for name, at in ANGLES.items() if name in text) for text in texts]))

    def _at(self, angles):
        return np.stack([np.cos(np.pi * angles / 2), np.sin(np.pi * angles / 2)], axis=1).astype(np.float32)


@pytest.fixture
def painted(images, monkeypatch):
    """The images with their ships white and their bridges black, on grey."""

    def painted_image(self, row):
        annotation = self.image(row).annotation
        pixels = np.full((1, annotation.height, annotation.width), 128, np.uint8)
        for item in annotation.objects:
            xmin, ymin, xmax, ymax = map(int, item.box)
            pixels[0, ymin:ymax, xmin:xmax] = 255 if item.class_name == "ship" else 0
        return SarImage(pixels, self.image(row).quantity, ("gray",))

    monkeypatch.setattr(type(images.corpus), "read", painted_image)
    evaluated = EvaluatedModel("painter", images, workers=1)
    evaluated.__dict__["model"] = Painter()
    return evaluated


def measured(evaluated, **settings):
    (run,) = TASK.runs(evaluated, RescoringSettings(templates=("{}",), margin=0, others=("clutter",), **settings))
    outcome = run.outcome()
    return outcome, {measure.metric: measure.value for measure in TASK.measures(outcome)}


def test_the_annotated_boxes_are_named_by_what_they_show(painted):
    outcome, values = measured(painted)
    assert values["AP"] > 0.9  # some boxes lie over one another
    assert not any(name.startswith("given/") for name in values)
    assert all(len(own) == 2 * len(true) for own, true in zip(*columns(outcome, "boxes", "true_boxes"), strict=True))


def columns(outcome, *names):
    return [outcome.table.column(name).to_pylist() for name in names]


def results_of(images, wrong):
    """COCO's form of results: every true box under the name of a class, and one beside it on the grey."""
    (boxed,) = boxed_sources(images)
    results = []
    for name, boxes, labels in zip(boxed.ids, boxed.boxes, boxed.labels, strict=True):
        for (xmin, ymin, xmax, ymax), label in zip(boxes.tolist(), labels, strict=True):
            box = {"image_id": name.rpartition("/")[2], "bbox": [xmin, ymin, xmax - xmin, ymax - ymin], "score": 0.5}
            results.append(box | {"category": boxed.classes[(label + 1) % 2 if wrong else label]})
        results.append({"image_id": name, "bbox": [0, 0, 3, 3], "score": 0.9, "category": "ship"})
    return results


@pytest.mark.parametrize(("wrong", "given"), [(False, True), (True, False)])
def test_given_boxes_get_other_names_and_scores(painted, tmp_path, wrong, given):
    path = tmp_path / "boxes.json"
    path.write_text(json.dumps(results_of(painted.images, wrong)))
    outcome, values = measured(painted, boxes=path)
    assert values["AP"] > 0.8  # clutter that the detector was sure of comes last now
    assert (values["given/AP"] > 0.3) == given
    assert values["given/AP"] < values["AP"] - 0.1
    assert outcome.facts["beside"] == ["given"]
    assert RescoringSettings(boxes=path).model_dump()["boxes_sha256"]


def test_an_outcome_of_detection_is_read(painted, tmp_path):
    outcome, _ = measured(painted)
    identity = RunIdentity("detection", "detection-1", {}, "scenes", "test", "0", "0", "0")
    write_outcome(tmp_path / "rows.jsonl", identity, outcome)
    given = read_boxes(outcome_path(tmp_path / "rows.jsonl", identity.digest()), painted.images)
    (boxed,) = boxed_sources(painted.images)
    assert given.have_classes
    assert [one.boxes.tolist() for one in given.of(boxed)] == columns(outcome, "boxes")[0]


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("{}", "valid list"),
        (
            '[{"image_id": 3, "bbox": [0, 0, 1, 1]}]',
            "0.image_id: .*; give COCO's form of results, images named by file",
        ),
        ('[{"image_id": "a", "bbox": [0, 0, 1]}]', "0.bbox"),
        ('[{"image_id": "absent.png", "bbox": [0, 0, 1, 1]}]', "none of its 1 boxes is of an image of split test"),
    ],
)
def test_another_file_is_refused(images, tmp_path, value, reason):
    path = tmp_path / "boxes.json"
    path.write_text(value)
    with pytest.raises(EvaluationError, match=reason):
        read_boxes(path, images)


def test_boxes_of_other_images_are_told_and_other_classes_refused(images, tmp_path, capfd):
    path = tmp_path / "boxes.json"
    box = {"bbox": [0, 0, 4, 4], "score": 1, "category": "tank"}
    path.write_text(json.dumps([{"image_id": "absent.png", **box}, {"image_id": images.ids[0], **box}]))
    given = read_boxes(path, images)
    assert "1 of 2 boxes are of images that are not in the split" in capfd.readouterr().err
    (boxed,) = boxed_sources(images)
    with pytest.raises(EvaluationError, match=f"{images.ids[0]}: no class 'tank'; there are bridge, ship"):
        given.of(boxed)


def test_a_crop_shows_the_box_and_its_margin_within_the_image():
    boxes = np.array([[10.2, 10, 19.5, 12], [0, 0, 4, 4], [47, 39, 48, 40]])
    assert crops_of(boxes, 0, 48, 40).tolist() == [[10, 10, 20, 12], [0, 0, 4, 4], [47, 39, 48, 40]]
    assert crops_of(boxes, 0.5, 48, 40).tolist() == [[5, 5, 25, 17], [0, 0, 6, 6], [46, 38, 48, 40]]
    assert crops_of(np.empty((0, 4)), 0.5, 48, 40).shape == (0, 4)

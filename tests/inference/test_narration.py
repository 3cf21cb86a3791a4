"""Captions of image files by a model: each image once, whatever is killed, and none that a gate refuses."""

import json
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
import yaml
from micro import make_model

from sarvl.annotations import AnnotatedImage, Source, read_source
from sarvl.corpus import BuildRecipe, build
from sarvl.errors import ModelError
from sarvl.files import lock_file
from sarvl.inference import narrate
from sarvl.inference.gates import problem_with
from sarvl.language.words.vocabulary import Vocabulary
from sarvl.models import load_model
from sarvl.models.protocols import Decoding, Generated
from sarvl.recipes import load_recipe

SHIPS = Vocabulary(("ship", "bridge"))


@pytest.fixture
def chips(tmp_path):
    """Six chips, each brighter than the one before, and one file that is none."""
    (tmp_path / "chips").mkdir()
    for number in range(6):
        pixels = np.zeros((20, 20), np.uint8)
        pixels[5:15, 5:15] = 20 * number + 20
        cv2.imwrite(str(tmp_path / "chips" / f"{number}.png"), pixels)
    (tmp_path / "chips" / "broken.png").write_bytes(b"no picture")
    return tmp_path / "chips"


class Teller:
    """A captioner that says what level an image has; ``seen`` counts the images. told: what it says of each."""

    def __init__(self, folder: Path, told: dict[int, str] | None = None, drawn: str | None = None) -> None:
        model = load_model(make_model(folder))
        self.name, self.weights_hash, self.contract = "teller", model.weights_hash, model.contract
        self.told, self.drawn, self.seen = told or {}, drawn, 0

    def caption(self, images, decoding: Decoding) -> list[Generated]:
        levels = [round((int(tile.max()) - 20) / 20) for tile in images.tiles]
        self.seen += len(levels)
        if decoding.temperature and self.drawn:
            return [Generated(self.drawn, -1.0) for _ in levels]
        return [Generated(self.told.get(level, f"A SAR image of {level + 2} ships."), -1.0) for level in levels]


@pytest.fixture
def teller(tmp_path, monkeypatch):
    def make(**told: object) -> Teller:
        made = Teller(tmp_path, **told)
        monkeypatch.setattr("sarvl.models.load_model", lambda _name: made)
        return made

    return make


def lines(path: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_every_image_is_a_caption_or_a_refusal(chips, teller, tmp_path):
    teller(told={1: "A green SAR image.", 2: "A SAR image of 4 ship.", 3: ""})
    done = narrate(chips, "teller", tmp_path / "c.jsonl", classes=["ship"], workers=1)
    assert done[1:] == (3, 0, 4)
    kept = lines(tmp_path / "c.jsonl")
    assert [line["caption"] for line in kept] == [f"A SAR image of {level + 2} ships." for level in (0, 4, 5)]
    assert all(str(line["producer"]).startswith("model:teller@") for line in kept)
    refused = {Path(str(line["image"])).name: str(line["reason"]) for line in lines(tmp_path / "c.refused.jsonl")}
    assert refused["1.png"].startswith("'green' is optical")
    assert refused["2.png"] == "the number before 'ship' is of another form than its name"
    assert refused["3.png"] == "it is empty"
    assert "not an image" in refused["broken.png"]


def test_a_second_call_goes_on_where_a_killed_one_ended(chips, teller, tmp_path):
    out = tmp_path / "c.jsonl"
    teller()
    narrate([chips / "0.png", chips / "broken.png"], "teller", out, batch_size=1, workers=1)
    whole = out.read_bytes()
    out.write_bytes(whole + whole[:40])  # as a kill in the middle of a line leaves it
    again = teller()
    assert narrate(chips, "teller", out, workers=1)[1:] == (5, 1, 1)
    assert again.seen == 5
    assert sorted(Path(str(line["image"])).name for line in lines(out)) == [f"{number}.png" for number in range(6)]
    assert narrate(chips, "teller", out, workers=1)[1:] == (0, 6, 1)
    assert again.seen == 5


def test_samples_that_say_otherwise_refuse_a_caption(chips, teller, tmp_path):
    asked = teller(drawn="A SAR image with two ships.")
    done = narrate(chips / "0.png", "teller", tmp_path / "same.jsonl", classes=["ship"], samples=2, workers=1)
    assert (done.written, asked.seen) == (1, 3)
    teller(drawn="A SAR image of 3 ships.")
    assert narrate(chips / "0.png", "teller", tmp_path / "other.jsonl", classes=["ship"], samples=2).refused == 1


def test_what_narrate_writes_build_reads(chips, teller, tmp_path):
    teller()
    narrate(chips, "teller", tmp_path / "c.jsonl", workers=1)
    source = Source(
        name="s", format="captions", images=chips, annotations=tmp_path / "c.jsonl", quantity="display", split="train"
    )
    read = read_source(source)
    assert {image.file: image.captions for image in read.images} == {
        f"{number}.png": (f"A SAR image of {number + 2} ships.",) for number in range(6)
    }
    assert not read.rejects


def test_a_file_that_another_process_writes_is_refused(chips, teller, tmp_path):
    teller()
    with lock_file(tmp_path / ".c.jsonl.lock"), pytest.raises(ModelError, match="another process is writing it"):
        narrate(chips, "teller", tmp_path / "c.jsonl", workers=1)


def test_a_line_that_is_not_ours_is_refused(chips, teller, tmp_path):
    teller()
    (tmp_path / "c.jsonl").write_text("[1]\n")
    with pytest.raises(ModelError, match=r"c\.jsonl: cannot be read"):
        narrate(chips, "teller", tmp_path / "c.jsonl", workers=1)


def test_a_model_that_writes_nothing_is_refused(chips, tmp_path):
    with pytest.raises(ModelError, match="is a Clip, but narrate needs a Captioner"):
        narrate(chips, make_model(tmp_path), tmp_path / "c.jsonl")


@pytest.mark.parametrize(
    ("caption", "reason"),
    [
        ("There is 3 ships.", "'There is 3': the verb is of another number"),
        ("There are one ship.", "'There are one': the verb is of another number"),
        ("A SAR image of one ships.", "another form"),
        ("Blue water around a ship.", "'Blue' is optical"),
    ],
)
def test_gates(caption, reason):
    assert reason in str(problem_with(caption, (), SHIPS))


@pytest.mark.parametrize("caption", ["There are 3 ships.", "There is one ship.", "A SAR image of farmland."])
def test_gates_that_stay_open(caption):
    assert problem_with(caption, (), SHIPS) is None


def test_images_of_a_corpus_are_held_against_their_boxes(chips, teller, tmp_path):
    boxes = [
        {"id": number, "image_id": number, "category_id": 1, "bbox": [2 + 8 * place, 2, 4, 5]}
        for number in range(3)
        for place in range(number + 2 if number < 2 else 1)
    ]
    images = [{"id": number, "file_name": f"{number}.png", "width": 20, "height": 20} for number in range(3)]
    document = {"images": images, "annotations": boxes, "categories": [{"id": 1, "name": "ship"}]}
    (tmp_path / "coco.json").write_text(json.dumps(document))
    source = {"name": "s", "format": "coco", "images": "chips", "annotations": "coco.json", "split": "test"}
    source["labelled_classes"] = ["ship"]
    recipe = tmp_path / "corpus.yaml"
    recipe.write_text(yaml.safe_dump({"sources": [source], "seed": 1}))
    corpus = build(load_recipe(recipe, BuildRecipe), tmp_path / "corpus", workers=1)
    teller()
    done = narrate(corpus.folder, "teller", tmp_path / "c.jsonl", workers=1)
    assert (done.written, done.refused) == (2, 1)
    (refused,) = lines(tmp_path / "c.refused.jsonl")
    assert Path(str(refused["image"])).name == "2.png"
    assert "ship" in str(refused["reason"])


def test_a_caption_is_held_against_the_boxes_where_there_are_some():
    image = replace(AnnotatedImage(file="a.png", path=Path("a.png"), width=9, height=9), labelled_classes=("ship",))
    assert problem_with("A SAR image without ships.", (), SHIPS, image) is None
    assert "ship" in str(problem_with("A SAR image of 2 ships.", (), SHIPS, image))

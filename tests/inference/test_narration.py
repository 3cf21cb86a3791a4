"""Captions of image files by a model: each image once, whatever is killed, and none that a gate refuses."""

import json
from base64 import b64decode
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
import yaml
from chat_server import Reply, chat_server, playing, says
from forked import CONTEXT
from micro import make_model

from sarvl.annotations import AnnotatedImage, Source, read_source
from sarvl.corpus import BuildRecipe, Corpus, build, merge
from sarvl.corpus.tables import read_table
from sarvl.endpoint.cost import CostMeter
from sarvl.endpoint.endpoint_settings import EndpointSettings
from sarvl.errors import EndpointError, ModelError
from sarvl.files import lock_file
from sarvl.inference import narrate
from sarvl.inference.gates import problem_with
from sarvl.language.words.vocabulary import Vocabulary
from sarvl.models import Clip, load_model, save_model, with_fresh_decoder
from sarvl.models.decoding_settings import NOTHING_SURE
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

    def __init__(self, model: Clip, told: dict[int, str] | None = None, drawn: str | None = None) -> None:
        self.name, self.weights_hash, self.contract = "teller", model.weights_hash, model.contract
        self.told, self.drawn, self.seen = told or {}, drawn, 0

    def caption(self, images, decoding: Decoding) -> list[Generated]:
        levels = [round((int(tile.max()) - 20) / 20) for tile in images.tiles]
        self.seen += len(levels)
        if decoding.temperature and self.drawn:
            return [Generated(self.drawn, -1.0) for _ in levels]
        return [Generated(self.told.get(level, f"A SAR image of {level + 2} ships."), -1.0) for level in levels]


@pytest.fixture(scope="module")
def clip(tmp_path_factory) -> Clip:
    return load_model(make_model(tmp_path_factory.mktemp("clip")))


@pytest.fixture
def teller(clip, monkeypatch):
    def make(**told: object) -> Teller:
        made = Teller(clip, **told)
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


@pytest.mark.parametrize("ending", ["jsonl", "csv"])
def test_an_image_that_could_not_be_read_is_tried_again(chips, teller, tmp_path, ending):
    """Bug: it was never read again, also where the next call reads it as the refusal advises."""
    levels = tmp_path / "levels.tif"
    cv2.imwrite(str(levels), np.linspace(-30, 2.5, 400, dtype=np.float32).reshape(20, 20))
    teller(told={1: "A green SAR image."})
    out = tmp_path / f"c.{ending}"
    first = narrate([chips / "0.png", chips / "1.png", chips / "broken.png", levels], "teller", out, workers=1)
    assert first[1:] == (1, 0, 3)
    again = narrate([chips / "1.png", levels], "teller", out, workers=1, quantity="decibel")
    assert again[1:] == (1, 1, 2)
    refused = (tmp_path / f"c.refused.{ending}").read_text().splitlines()[-2:]
    assert ["1.png" in refused[0], "broken.png" in refused[1]] == [True, True]
    assert narrate(chips / "broken.png", "teller", out, workers=1)[1:] == (0, 2, 2)
    alone = narrate([chips / "0.png", levels], "teller", tmp_path / f"alone.{ending}", workers=1)
    narrate(levels, "teller", alone.out, workers=1, quantity="decibel")
    assert (alone.refused, alone.refusals.exists()) == (1, False)


def test_where_no_caption_is_kept_of_any_image_it_is_an_error_with_a_reason(chips, teller, tmp_path):
    """Bug: it was nothing but a count, though embed and classify fail where no image can be used."""
    teller(told={1: "A green SAR image."})
    advice = r"no caption was kept; .*c\.refused\.jsonl has the reasons, such as"
    with pytest.raises(ModelError, match=rf"{advice} .*broken\.png: not an image"):
        narrate(chips / "broken.png", "teller", tmp_path / "c.jsonl", workers=1)
    with pytest.raises(ModelError, match=rf"{advice} .*1\.png: 'green' is optical"):
        narrate([chips / "broken.png", chips / "1.png"], "teller", tmp_path / "c.jsonl", workers=1)


def test_a_name_with_the_ending_of_another_file_is_no_corpus(chips, teller, tmp_path):
    """Bug: it became a folder of that name."""
    teller()
    with pytest.raises(ModelError, match=r"c\.txt: captions are not written as \.txt; give a \.jsonl, \.json, \.csv"):
        narrate(chips, "teller", tmp_path / "c.txt", workers=1)
    assert narrate(chips, "teller", tmp_path / "told-v1.5", quantity="display", workers=1).written == 6
    (tmp_path / "told-v1.5").rename(tmp_path / "told.ships")
    (tmp_path / "told-v1.5.captions.jsonl").rename(tmp_path / "told.ships.captions.jsonl")
    assert narrate(chips, "teller", tmp_path / "told.ships", quantity="display", workers=1).held == 6


def test_samples_that_say_otherwise_refuse_a_caption(chips, teller, tmp_path):
    asked = teller(drawn="A SAR image with two ships.")
    done = narrate(chips / "0.png", "teller", tmp_path / "same.jsonl", classes=["ship"], samples=2, workers=1)
    assert (done.written, asked.seen) == (1, 3)
    teller(drawn="A SAR image of 3 ships.")
    with pytest.raises(ModelError, match="no caption was kept"):
        narrate(chips / "0.png", "teller", tmp_path / "other.jsonl", classes=["ship"], samples=2)
    assert len(lines(tmp_path / "other.refused.jsonl")) == 1


def test_what_narrate_writes_build_reads(chips, teller, tmp_path):
    teller()
    narrate(chips, "teller", tmp_path / "c.jsonl", workers=1)
    source = Source(
        name="s", format="captions", images=chips, annotations=tmp_path / "c.jsonl", quantity="display", split="train"
    )
    read = read_source(source)
    assert {image.file: [caption.text for caption in image.model_captions] for image in read.images} == {
        f"{number}.png": [f"A SAR image of {number + 2} ships."] for number in range(6)
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


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("c.json", '[{"image": "0.png", "caption": "A ship."}]'),
        ("c.jsonl", '{"image": "0.png", "label": 1}\n{"image": "1.png", "label": 2}'),
        ("c.jsonl", '{"image": "0.png", "caption": "A ship.", "producer": "human"}\n["1.png"]'),
        ("c.csv", "image,label\n0.png,ship\n1.png,tank"),
        ("c.csv", "image,label"),
        ("c.csv", "0.png,ship"),
    ],
)
def test_a_file_of_others_is_refused_and_stays_as_it_is(chips, teller, tmp_path, name, content):
    """Regression: what stood behind its last line break was cut off, as if a killed process had left it."""
    teller()
    (tmp_path / name).write_text(content)
    with pytest.raises(ModelError, match=f"{name}: .*give another file"):
        narrate(chips, "teller", tmp_path / name, workers=1)
    assert (tmp_path / name).read_text() == content


def test_a_csv_names_each_image_as_it_is_called(chips, teller, tmp_path):
    """Regression: of several blanks in a name one was written, so that the image was captioned again each time."""
    teller()
    (chips / "0.png").rename(chips / "a  b.png")
    assert narrate(chips / "a  b.png", "teller", tmp_path / "c.csv", workers=1).written == 1
    assert narrate(chips / "a  b.png", "teller", tmp_path / "c.csv", workers=1)[1:] == (0, 1, 0)
    (chips / "1.png").rename(chips / "a\nb.png")
    with pytest.raises(ModelError, match=r"several lines stands in no CSV; give a \.jsonl file"):
        narrate(chips / "a\nb.png", "teller", tmp_path / "c.csv", workers=1)


def test_a_model_that_writes_nothing_is_refused(chips, tmp_path):
    with pytest.raises(ModelError, match="needs a Captioner; choose a model that writes captions, such as a CoCa"):
        narrate(chips, make_model(tmp_path), tmp_path / "c.jsonl")


@pytest.mark.parametrize(
    ("caption", "reason"),
    [
        ("There is 3 ships.", "'There is 3': the verb is of another number"),
        ("There are one ship.", "'There are one': the verb is of another number"),
        ("A SAR image of one ships.", "another form"),
        ("Blue water around a ship.", "'Blue' is optical"),
        # Regression: the packaged model wrote this of simulated ships.
        (
            "A SAR image in which 1 ship centred in the middle is to the right of 1 ship centred in the middle right.",
            "itself",
        ),
        (
            "A bridge in the bottom left is above two ships in the middle right.",
            "contradicts itself: bridge in lower left",
        ),
        # Regression: the packaged model wrote this, too.
        ("A SAR image with no bridges or bridges.", "'bridges or bridges': it says the same twice"),
        ("Two ships and two ships.", "it says the same twice"),
        (NOTHING_SURE, "it claims nothing"),
    ],
)
def test_gates(caption, reason):
    assert reason in str(problem_with(caption, (), SHIPS))


@pytest.mark.parametrize(
    "caption",
    [
        "There are 3 ships.",
        "There is one ship.",
        "A SAR image of farmland.",
        "A ship in the upper left and a ship in the upper right.",
        "There are a few ships.",  # Regression: these four were refused, as if the verb were of another number.
        "There are a large number of ships.",
        "There are a lot of ships near the bridge.",
        "There are 1,200 ships.",
        "1 ship centred in the middle right is to the right of 1 ship centred in the bottom center.",
        "A bridge in the top left is above two ships in the top right.",
    ],
)
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


def test_a_csv_holds_the_same_and_goes_on(chips, teller, tmp_path):
    out = tmp_path / "c.csv"
    teller(told={1: 'A "SAR" image,\nof ships.', 2: "A green SAR image."})
    narrate([chips / "1.png", chips / "2.png"], "teller", out, batch_size=1, workers=1)
    with out.open("a") as torn:
        torn.write("half of a li")
    assert narrate(chips, "teller", out, workers=1)[1:] == (4, 1, 2)
    source = Source(name="s", format="csv_captions", images=chips, annotations=out, quantity="display", split="train")
    read = {image.file: image.model_captions for image in read_source(source).images}
    assert sorted(read) == ["0.png", "1.png", "3.png", "4.png", "5.png"]
    assert read["1.png"][0].text == 'A "SAR" image, of ships.'
    assert read["1.png"][0].producer.startswith("model:teller@")


def test_a_folder_becomes_a_corpus_whose_texts_name_the_model(chips, teller, tmp_path):
    asked = teller(told={2: "A green SAR image."})
    (chips / "more").mkdir()
    (chips / "5.png").rename(chips / "more" / "0.png")
    done = narrate(chips, "teller", tmp_path / "corpus", quantity="display", split="val", workers=1)
    assert done[1:] == (5, 0, 2)
    corpus = Corpus.open(tmp_path / "corpus")
    texts = {text["image_id"]: (text["text"], text["family"]) for text in corpus.texts.to_pylist()}
    assert texts["narrated/0.png"] == ("A SAR image of 2 ships.", "narrated")
    assert texts["narrated/more/0.png"] == ("A SAR image of 7 ships.", "narrated")
    assert len(texts) == 5
    rejects = {(row["unit"], row["file"]): row["reason"] for row in read_table(corpus.folder, "rejects").to_pylist()}
    assert rejects.keys() == {("caption", "2.png"), ("image", "broken.png")}  # both were in no corpus, with no reason
    assert rejects["caption", "2.png"] == "'green' is optical: a radar sees no colour"
    assert {text["producer"] for text in corpus.texts.to_pylist()} == {f"model:teller@{asked.weights_hash[:12]}"}
    assert set(corpus.column("split")) == {"val"}
    narrate(chips, "teller", tmp_path / "corpus", quantity="display", split="val", workers=1)
    assert asked.seen == 6
    assert Corpus.open(tmp_path / "corpus").digest == corpus.digest
    assert merge([corpus.folder, corpus.folder], tmp_path / "both", ["", "again-"], workers=1).info.counts.texts == 10


def test_a_narrated_corpus_keeps_the_splits_of_its_own(chips, teller, tmp_path):
    (tmp_path / "labels").mkdir()
    for number in range(6):
        (tmp_path / "labels" / f"{'train' if number else 'test'}").mkdir(exist_ok=True)
        (chips / f"{number}.png").rename(tmp_path / "labels" / f"{'train' if number else 'test'}" / f"{number}.png")
    source = {"name": "s", "format": "folders", "images": "labels", "quantity": "display", "licence": "CC BY 4.0"}
    source |= {"official_splits": True, "split_pattern": "^(?P<split>train|test)/"}
    recipe = tmp_path / "corpus.yaml"
    recipe.write_text(yaml.safe_dump({"sources": [source]}))
    given = build(load_recipe(recipe, BuildRecipe), tmp_path / "given", workers=1)
    teller()
    narrate(given.folder, "teller", tmp_path / "told", workers=1)
    told = Corpus.open(tmp_path / "told")
    assert dict(zip(told.column("file"), told.column("split"), strict=True)) == {
        "test/0.png": "test",
        **{f"train/{number}.png": "train" for number in range(1, 6)},
    }
    assert set(told.column("licence")) == {"CC BY 4.0"}


def test_optical_images_may_have_colours(chips, teller, tmp_path):
    teller(told={0: "A green field."})
    assert narrate(chips / "0.png", "teller", tmp_path / "c.jsonl", domain="optical", workers=1).written == 1


@pytest.mark.parametrize("engine", ["processes", "ray"])
def test_copies_in_other_processes_write_the_same_once(chips, tmp_path, monkeypatch, engine):
    if engine == "ray":
        pytest.importorskip("ray")
    else:  # from a process that has loaded PyTorch; those of Ray are fresh
        monkeypatch.setattr("sarvl.parallel.processes.get_context", lambda _how: CONTEXT)
    model = with_fresh_decoder(load_model(make_model(tmp_path)))
    save_model(model, tmp_path / "captioner", {}, "none")
    name = str(tmp_path / "captioner")
    narrate(chips, name, tmp_path / "one.jsonl", batch_size=2, workers=1)
    done = narrate(chips, name, tmp_path / "two.jsonl", batch_size=2, copies=2, engine=engine)
    assert done.written + done.refused == 7
    for ending in ("jsonl", "refused.jsonl"):
        one, two = (tmp_path / f"{file}.{ending}" for file in ("one", "two"))
        assert one.exists() == two.exists()
        assert not one.exists() or one.read_text() == two.read_text()


def test_an_endpoint_narrates_and_is_asked_once(chips, tmp_path):
    def answer(body):
        (message,) = body["messages"]
        text, picture = message["content"]
        assert "SAR" in text["text"]
        assert "ship" in text["text"]
        pixels = picture["image_url"]["url"].removeprefix("data:image/png;base64,")
        shown = cv2.imdecode(np.frombuffer(b64decode(pixels), np.uint8), cv2.IMREAD_UNCHANGED)
        number = round((int(shown.max()) - 20) / 20)
        return says("A green field." if number == 1 else f'"A SAR image of {number + 2} ships."')

    with chat_server(answer) as (server, url):
        endpoint = EndpointSettings(base_url=url, model="m-1", max_requests_per_minute=1e6)
        done = narrate(chips, None, tmp_path / "c.jsonl", endpoint=endpoint, classes=["ship"], workers=1)
        assert done[1:] == (5, 0, 2)
        assert len(server.requests) == 6
        assert lines(tmp_path / "c.jsonl")[0]["producer"] == "model:m-1"
        assert lines(tmp_path / "c.jsonl")[0]["caption"] == "A SAR image of 2 ships."
        (tmp_path / "c.jsonl").unlink()  # the answers are kept beside it, without the pictures
        assert narrate(chips, None, tmp_path / "c.jsonl", endpoint=endpoint, classes=["ship"]).written == 5
        assert len(server.requests) == 6
    kept = [path.read_text() for path in (tmp_path / "c.jsonl.answers").rglob("*.json")]
    assert len(kept) == 6
    assert not any("base64" in text for text in kept)


def test_an_endpoint_that_fails_says_what_is_kept(chips, tmp_path):
    settings = tmp_path / "endpoint.yaml"
    with chat_server(playing(says("A pier."), Reply(status=401, body=b"no"))) as (_, url):
        settings.write_text(f"base_url: {url}\nmodel: m\nconcurrency: 1\nmax_requests_per_minute: 6000\n")
        with pytest.raises(EndpointError, match=r"status 401.*1 images are in .*c\.jsonl, and all answers are kept"):
            narrate([chips / "0.png", chips / "1.png"], None, tmp_path / "c.jsonl", endpoint=settings)
    assert [line["caption"] for line in lines(tmp_path / "c.jsonl")] == ["A pier."]


@pytest.mark.parametrize("given", [{"copies": 2}, {"device": "cpu"}, {"decoding": Decoding(beams=2)}])
def test_an_endpoint_refuses_what_it_does_not_heed(chips, tmp_path, given):
    with pytest.raises(ModelError, match="is of models that are loaded here"):
        narrate(chips, "m", tmp_path / "c.jsonl", endpoint="http://localhost:1/v1", **given)


def test_images_are_no_text_where_cost_is_bounded():
    url = "data:image/png;base64," + "A" * 400_000
    content = [{"type": "text", "text": "Say."}, {"type": "image_url", "image_url": {"url": url}}]
    prices = {"cost_per_million_input_tokens": 1e6, "cost_per_million_output_tokens": 0.0}
    meter = CostMeter(EndpointSettings(base_url="http://x/v1", model="m", max_cost=1e9, **prices))
    most = meter.hold({"messages": [{"role": "user", "content": content}], "max_tokens": 20})
    assert 4096 < most < 4400

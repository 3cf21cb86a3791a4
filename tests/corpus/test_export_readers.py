"""Each form of export, read back by the library that it is for."""

import json
import tarfile
from argparse import Namespace
from pathlib import Path
from typing import get_args

import cv2
import numpy as np
import open_clip
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from made_corpus import image_of, made_corpus, question_of, speckle, text_of

from sarvl.annotations import Source, read_source
from sarvl.corpus import Corpus
from sarvl.corpus.export import export
from sarvl.corpus.export.box_forms import in_form, seen_by_qwen
from sarvl.corpus.export.form import BoxForm
from sarvl.errors import AnnotationError
from sarvl.language.box_text import Size
from sarvl.language.prompts import CAPTION_PROMPTS
from sarvl.training.objectives.answers import AnswerOptions, pairs_of

QUOTED = 'A "SAR" image,\tof\nthree ships; ünïcode.'


@pytest.fixture(scope="module")
def corpus(tmp_path_factory) -> Corpus:
    """Three sources, four kinds of file, names that want care, one image with questions only."""
    folder = tmp_path_factory.mktemp("corpus")
    ship = {"class_name": "ship", "box": [1.0, 2.0, 11.0, 22.0]}
    images = [
        image_of(folder, "ssdd", "a/one.two.png", speckle(), objects=[ship]),
        image_of(folder, "ssdd", "b.jpg", speckle(seed=1), split="test"),
        image_of(
            folder,
            "rgb",
            "c.png",
            np.stack([speckle(seed=2 + i) for i in range(3)], -1),
            bands=["red", "green", "blue"],
        ),
        image_of(
            folder,
            "tsx",
            "d.tif",
            speckle(seed=5).astype(np.uint16) * 100,
            quantity="amplitude",
            bands=["1"],
            licence="MIT",
        ),
        image_of(folder, "ssdd", "e.png", speckle(seed=6)),
    ]
    texts = [
        text_of(
            images[0],
            QUOTED,
            claims='[{"kind":"count","group":{"class":"ship"},"comparison":"exactly","number":3}]',
            evidence=[[0]],
            producer="rule:complex",
        ),
        text_of(images[0], "Three ships."),
        question_of(images[0], "How many ships?\nA. 2\nB. 3", "3", answer_type="number", options=["2", "3"]),
        question_of(images[0], "<image>\nAny ship?", "yes", answer_type="yes/no"),
        question_of(images[2], "Describe it.", "Caption 2.", application="description"),
        text_of(images[1], "A test image."),
        *(text_of(images[2], f"Caption {number}.") for number in range(4)),
        text_of(images[3], "An amplitude image."),
        question_of(images[4], "What is it?", "speckle"),
    ]
    return made_corpus(folder, images, texts)


def exported(corpus: Corpus, tmp_path: Path, target: str, **options) -> Path:
    export(corpus, tmp_path / "out", target, **options)
    return tmp_path / "out"


def source_pixels(corpus: Corpus, file: str) -> np.ndarray:
    return cv2.imread(str(corpus.folder / file), cv2.IMREAD_UNCHANGED)


def test_open_clip_reads_the_csv_in_its_folder(corpus, tmp_path, monkeypatch):
    from open_clip_train.data import CsvDataset

    monkeypatch.chdir(exported(corpus, tmp_path, "open-clip-csv"))
    read = CsvDataset("train.csv", np.asarray, "filepath", "title", sep="\t", tokenizer=lambda texts: texts)
    pairs = [read[place] for place in range(len(read))]
    assert [text for _, text in pairs] == [
        'A "SAR" image, of three ships; ünïcode.',
        "Three ships.",
        *(f"Caption {number}." for number in range(4)),
        "An amplitude image.",
    ]
    np.testing.assert_array_equal(pairs[0][0], source_pixels(corpus, "ssdd/a/one.two.png"))
    np.testing.assert_array_equal(pairs[2][0], source_pixels(corpus, "rgb/c.png")[:, :, ::-1])
    assert Path("test.csv").read_text() == "filepath\ttitle\nimages/ssdd_b.jpg\tA test image.\n"


def shard_loader(pattern: str, is_train: bool, workers: int = 0):
    from open_clip_train.data import get_wds_dataset

    size = {"train_num_samples": None, "val_num_samples": None, "train_data_upsampling_factors": None}
    arguments = Namespace(
        train_data=pattern, val_data=pattern, batch_size=1, workers=workers, world_size=1, seed=0, **size
    )
    to_array = open_clip.image_transform(32, is_train=False)
    info = get_wds_dataset(arguments, to_array, is_train, tokenizer=open_clip.get_tokenizer("ViT-B-32"))
    return info.dataloader


def test_open_clip_reads_the_shards(corpus, tmp_path):
    out = exported(corpus, tmp_path, "webdataset", shard_size=2)
    pattern = f"{out}/shards/train-{{000000..000001}}.tar"
    loader = shard_loader(pattern, is_train=True)
    assert loader.num_samples == 3  # from sizes.json
    assert len(list(loader)) == 3
    tokens = np.concatenate([text.numpy() for _, text in shard_loader(pattern, is_train=False)])
    drawn = [text for _, text, _ in entries(out)]
    wanted = open_clip.get_tokenizer("ViT-B-32")(drawn[:3]).numpy()
    assert sorted(map(tuple, tokens)) == sorted(map(tuple, wanted))


def entries(out: Path) -> list[tuple[str, str, dict]]:
    """Return key, text and JSON of every entry, train first, as webdataset reads them."""
    import webdataset

    sizes = json.loads((out / "shards" / "sizes.json").read_text())
    shards = [str(out / "shards" / name) for name in sizes]
    read = webdataset.WebDataset(shards, shardshuffle=False).decode("rgb8")
    found = [(entry["__key__"], entry["txt"], entry["json"]) for entry in read]
    assert len(found) == sum(sizes.values())
    return found


def test_webdataset_reads_texts_claims_and_objects(corpus, tmp_path):
    read = entries(exported(corpus, tmp_path, "webdataset"))
    assert sorted(key for key, _, _ in read) == ["rgb_c", "ssdd_a_one_two", "ssdd_b", "tsx_d"]
    _, text, described = next(entry for entry in read if entry[0] == "ssdd_a_one_two")
    assert text in {QUOTED, "Three ships."}
    assert described["image_id"] == "ssdd/a/one.two.png"
    assert described["licence"] == "CC-BY-4.0"
    assert described["objects"][0]["class_name"] == "ship"
    assert [caption["text"] for caption in described["captions"]] == [QUOTED, "Three ships."]
    assert described["captions"][0]["claims"][0]["number"] == 3
    assert described["captions"][0]["evidence"] == [[0]]
    assert [asked["answer"] for asked in described["questions"]] == ["3", "yes"]


def test_one_entry_a_caption_where_all_are_asked_for(corpus, tmp_path):
    read = entries(exported(corpus, tmp_path, "webdataset", per_image="all"))
    assert sorted(text for key, text, _ in read if key.startswith("rgb_c-")) == [f"Caption {n}." for n in range(4)]
    assert len({key for key, _, _ in read}) == len(read) == 8


def test_no_two_entries_share_a_key_whatever_the_files_are_named(tmp_path):
    images = [image_of(tmp_path, "set", name, speckle(seed=number)) for number, name in enumerate(["a.png", "a-0.png"])]
    texts = [text_of(images[0], "One."), text_of(images[0], "Two."), text_of(images[1], "Three.")]
    read = entries(exported(made_corpus(tmp_path, images, texts), tmp_path, "webdataset", per_image="all"))
    assert sorted(text for _, text, _ in read) == ["One.", "Three.", "Two."]
    assert len({key for key, _, _ in read}) == 3


def test_tar_headers_tell_nothing_of_the_machine(corpus, tmp_path):
    out = exported(corpus, tmp_path, "webdataset")
    with tarfile.open(out / "shards" / "train-000000.tar") as tar:
        for member in tar:
            assert (member.mtime, member.uid, member.gid, member.uname, member.gname) == (0, 0, 0, "", "")
            assert member.mode == 0o644
            assert member.name.count(".") == 1


def test_llava_lists_have_one_mark_and_turns_in_order(corpus, tmp_path):
    out = exported(corpus, tmp_path, "llava")
    train = json.loads((out / "llava_train.json").read_text())
    assert len({entry["id"] for entry in train}) == len(train) == 7 + 3
    for entry in train:
        assert (out / entry["image"]).is_file()
        assert [turn["from"] for turn in entry["conversations"]] == ["human", "gpt"]
        assert entry["conversations"][0]["value"].startswith("<image>\n")
        assert json.dumps(entry["conversations"]).count("<image>") == 1
    said = {entry["conversations"][0]["value"]: entry["conversations"][1]["value"] for entry in train}
    assert said["<image>\nHow many ships?\nA. 2\nB. 3"] == "3"
    assert said["<image>\nAny ship?"] == "yes"
    captions = {turns[1]["value"] for turns in (entry["conversations"] for entry in train) if prompt_of(turns)}
    assert captions == {QUOTED, "Three ships.", *(f"Caption {n}." for n in range(4)), "An amplitude image."}


def prompt_of(turns: list[dict]) -> bool:
    return turns[0]["value"].removeprefix("<image>\n") in CAPTION_PROMPTS


def test_one_conversation_an_image_never_repeats_a_caption(corpus, tmp_path):
    out = exported(corpus, tmp_path, "llava", conversation="image")
    by_image: dict[str, list[list[dict]]] = {}
    for entry in json.loads((out / "llava_train.json").read_text()):
        by_image.setdefault(entry["image"], []).append(entry["conversations"])
    together, alone = by_image["images/ssdd_a_one_two.png"]
    assert [turn["value"] for turn in together[1::2]] == [QUOTED, "3", "yes"]
    assert [turn["value"] for turn in alone[1::2]] == ["Three ships."]
    assert json.dumps(together).count("<image>") == 1
    assert [turn["value"] for turn in by_image["images/ssdd_e.png"][0]] == ["<image>\nWhat is it?", "speckle"]


@pytest.mark.parametrize("conversation", ["question", "image"])
@pytest.mark.parametrize("target", ["llava", "sharegpt"])
def test_a_mark_within_a_text_asks_for_no_second_image(tmp_path, target, conversation):
    image = image_of(tmp_path, "s", "a.png", speckle())
    texts = [
        text_of(image, "<image> A ship <IMAGE>at a pier."),
        text_of(image, "<image>"),
        text_of(image, "A <ima<image>ge> port."),
        question_of(image, "Which <image>?", "the <video> first"),
    ]
    corpus = made_corpus(tmp_path, [image], texts)
    out = exported(corpus, tmp_path, target, conversation=conversation)
    told = (out / f"{target}_train.json").read_text().casefold()
    lists = json.loads(told)
    assert told.count("<image>") == len(lists) == {"question": 3, "image": 2}[conversation]
    assert "a ship at a pier." in told
    assert "the first" in told
    assert "<video>" not in told
    assert json.loads((out / "export.json").read_text())["splits"]["train"]["more"]["without words left out"] == 1


def test_sharegpt_lists_say_what_llava_lists_say(corpus, tmp_path):
    llava = json.loads((exported(corpus, tmp_path / "a", "llava") / "llava_train.json").read_text())
    out = exported(corpus, tmp_path / "b", "sharegpt")
    told = json.loads((out / "dataset_info.json").read_text())["sarvl_train"]
    tags, columns = told["tags"], told["columns"]
    roles = {"human": tags["user_tag"], "gpt": tags["assistant_tag"]}
    read = [
        {
            "image": entry[columns["images"]][0],
            "turns": [(turn[tags["role_tag"]], turn[tags["content_tag"]]) for turn in entry[columns["messages"]]],
        }
        for entry in json.loads((out / told["file_name"]).read_text())
    ]
    assert read == [
        {"image": entry["image"], "turns": [(roles[turn["from"]], turn["value"]) for turn in entry["conversations"]]}
        for entry in llava
    ]
    assert all((out / entry["image"]).is_file() for entry in read)


@pytest.mark.parametrize("target", ["llava", "sharegpt"])
@pytest.mark.parametrize("conversation", ["question", "image"])
def test_our_own_reader_gets_captions_and_questions_back(corpus, tmp_path, target, conversation):
    out = exported(corpus, tmp_path, target, conversation=conversation)
    source = Source(
        name="again", format="conversations", images=out, annotations=out / f"{target}_train.json", split="train"
    )
    found = read_source(source)
    assert not found.rejects
    read = {image.file: image for image in found.images}
    first = read["images/ssdd_a_one_two.png"]
    assert sorted(first.captions) == sorted([QUOTED, "Three ships."])
    assert [tuple(asked) for asked in first.questions] == [("How many ships?\nA. 2\nB. 3", "3"), ("Any ship?", "yes")]
    assert len(read["images/rgb_c.png"].captions) == 4
    assert not read["images/rgb_c.png"].questions
    assert [tuple(asked) for asked in read["images/ssdd_e.png"].questions] == [("What is it?", "speckle")]


@pytest.mark.parametrize("by_name", [True, False])
def test_hugging_face_reads_the_folder(corpus, tmp_path, monkeypatch, by_name):
    monkeypatch.setenv("HF_HOME", str(tmp_path / "cache"))
    datasets = pytest.importorskip("datasets")
    out = str(exported(corpus, tmp_path, "hf-folder"))
    arguments = {"path": "imagefolder", "data_dir": out} if by_name else {"path": out}
    read = datasets.load_dataset(**arguments, cache_dir=str(tmp_path / "cache"))
    assert {name: len(split) for name, split in read.items()} == {"train": 4, "test": 1}
    rows = {row["image_id"]: row for row in read["train"]}
    first = rows["ssdd/a/one.two.png"]
    np.testing.assert_array_equal(np.asarray(first["image"]), source_pixels(corpus, "ssdd/a/one.two.png"))
    assert first["text"] == QUOTED
    assert first["captions"] == [QUOTED, "Three ships."]
    assert first["objects"] == {"bbox": [[1.0, 2.0, 10.0, 20.0]], "categories": ["ship"]}
    assert [asked["question"] for asked in first["questions"]] == ["How many ships?\nA. 2\nB. 3", "<image>\nAny ship?"]
    assert rows["ssdd/e.png"]["text"] is None
    assert read["test"][0]["objects"] == {"bbox": [], "categories": []}


def test_pycocotools_reads_the_captions(corpus, tmp_path):
    from pycocotools.coco import COCO

    out = exported(corpus, tmp_path, "coco-captions")
    coco = COCO(str(out / "captions_train.json"))
    assert len(coco.anns) == 7
    told = {image["sarvl_id"]: image for image in coco.dataset["images"]}
    image = told["rgb/c.png"]
    assert [found["caption"] for found in coco.loadAnns(coco.getAnnIds(imgIds=image["id"]))] == [
        f"Caption {number}." for number in range(4)
    ]
    assert (image["width"], image["height"]) == (64, 48)
    assert (out / "images" / image["file_name"]).is_file()
    licences = {licence["id"]: licence["name"] for licence in coco.dataset["licenses"]}
    assert licences[told["tsx/d.tif"]["license"]] == "MIT"


@pytest.mark.parametrize("target", ["llava", "sharegpt"])
def test_conversations_can_be_the_pairs_that_sarvl_trains_on(corpus, tmp_path, target):
    """Regression: other trainers had bare questions, texts of choices, and four prompts for captions."""
    out = exported(corpus, tmp_path, target, prompts="sarlang", choices="letter")
    read = json.loads((out / f"{target}_train.json").read_text())
    turns = [entry["conversations"] if target == "llava" else entry["messages"] for entry in read]
    key = "value" if target == "llava" else "content"
    pairs = [(asked[key].removeprefix("<image>\n"), said[key]) for asked, said in turns]
    texts = pq.read_table(corpus.folder / "texts.parquet")
    wanted = pairs_of(texts.filter(pc.not_equal(texts["image_id"], "ssdd/b.jpg")), AnswerOptions())
    assert sorted(pairs) == sorted((prompt.replace("<image>\n", ""), answer) for prompt, answer in wanted)
    assert ("How many ships?\nA. 2\nB. 3\nAnswer with the letter of the right choice.", "B") in pairs
    assert "format: conversations" not in (out / "README.md").read_text()


@pytest.mark.parametrize("form", get_args(BoxForm))
def test_a_line_break_stands_behind_an_image_where_the_template_of_the_model_has_one(corpus, tmp_path, form):
    """Regression: trainers of Qwen-VL learnt from prompts with a line break that `sarvl evaluate` does not put."""
    out = exported(corpus, tmp_path, "sharegpt", prompts="sarlang", choices="letter", boxes=form)
    prompts = [entry["messages"][0]["content"] for entry in json.loads((out / "sharegpt_train.json").read_text())]
    assert {prompt.startswith("<image>\n") for prompt in prompts} == {form not in {"qwen2-vl", "qwen2.5-vl"}}


BOXES = {
    "xywh": "[1000, 750, 12, 10] [x, y, width, height]",
    "xyxy": "[1000, 750, 1012, 760] [x1, y1, x2, y2]",
    "xyxy/1000": "[250, 250, 253, 254] [x1, y1, x2, y2]",
    "qwen2-vl": "(250,250),(253,254) (x1,y1),(x2,y2)",
    "qwen2.5-vl": "[588, 441, 596, 447] [x1, y1, x2, y2]",  # of 2352 x 1764: 84 and 63 steps of 28
    "llava": "[0.16, 0.25, 0.18, 0.26] [x1, y1, x2, y2]",
    "llava-padded": "[0.25, 0.31, 0.26, 0.32] [x1, y1, x2, y2]",
    "paligemma": "<loc0256><loc0256><loc0260><loc0260> location tokens",
}


@pytest.mark.parametrize("form", get_args(BoxForm))
def test_boxes_can_be_written_as_a_model_writes_them(form):
    """Regression: they were widths and heights in pixels alone, which models are not asked for by ``hf:``."""
    assert in_form("[1000, 750, 12, 10] [x, y, width, height]", form, Size(4000, 3000)) == BOXES[form]


@pytest.mark.parametrize("size", [(4000, 3000), (1024, 1024), (800, 513), (50, 40), (20, 200), (300, 28)])
def test_qwen_sees_an_image_as_its_processor_resizes_it(size):
    module = pytest.importorskip("transformers.models.qwen2_vl.image_processing_qwen2_vl")
    height, width = module.smart_resize(size[1], size[0], 28, 56 * 56, 2048 * 2048)
    seen = seen_by_qwen(Size(*size))
    assert max(abs(seen.width - width), abs(seen.height - height)) <= (28 if size[0] * size[1] > 2048**2 else 0)


def test_boxes_of_a_model_are_not_read_back_as_pixels(tmp_path):
    image = image_of(tmp_path, "s", "a.png", speckle())
    corpus = made_corpus(tmp_path, [image], [question_of(image, "What is in [8, 6, 16, 12]?", "a ship")])
    out = exported(corpus, tmp_path, "sharegpt", boxes="xyxy/1000")
    told = {"format": "conversations", "images": out, "annotations": out / "sharegpt_train.json", "split": "train"}
    with pytest.raises(AnnotationError, match=r"its boxes are written as xyxy/1000; .* with --boxes xywh$"):
        read_source(Source(name="s", **told))

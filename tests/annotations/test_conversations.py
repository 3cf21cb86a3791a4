"""Conversations: the forms of the field, pairing of turns, boxes, caption prompts, and turns that are told."""

import json
from pathlib import Path
from random import Random

import cv2
import numpy as np
import pytest
from damage import damaged_value
from hypothesis import given
from hypothesis import strategies as st
from outcomes import fuzz, outcome, reasons
from pydantic import ValidationError

from sarvl.annotations import Source, read_source
from sarvl.annotations.formats.conversations import ConversationsOptions
from sarvl.annotations.parsing.box_text import boxes_in_pixels
from sarvl.errors import AnnotationError


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "images").mkdir()
    for name in ("a.png", "b.png"):
        cv2.imwrite(str(tmp_path / "images" / name), np.arange(200 * 100, dtype=np.uint8).reshape(100, 200))
    return tmp_path


def source(folder: Path, data: object, ending: str = "json", **options: object) -> Source:
    path = folder / f"talk.{ending}"
    path.write_text(data if isinstance(data, str) else json.dumps(data))
    options = {"box_scale": "pixels"} | options
    fields = {"images": folder / "images", "annotations": path, "split": "train", "options": options}
    return Source(name="s", format="conversations", **fields)


def llava(*texts: str, image: object = "a.png") -> dict:
    turns = [{"from": ("human", "gpt")[place % 2], "value": text} for place, text in enumerate(texts)]
    return {"id": "0", "image": image, "conversations": turns}


def sharegpt(*texts: str, image: object = ("a.png",)) -> dict:
    turns = [{"role": ("user", "assistant")[place % 2], "content": text} for place, text in enumerate(texts)]
    return {"messages": turns, "images": list(image)}


def only(source: Source) -> tuple[list[tuple[str, str]], tuple[str, ...], tuple[str, ...]]:
    """Return questions, captions and notes of the only image."""
    (image,) = read_source(source).images
    return [tuple(pair) for pair in image.questions], image.captions, image.notes


TEXTS = ("<image>\nHow many ships are there?", "Three.", "Where?", "<IMAGE> upper left ")
PAIRS = [("How many ships are there?", "Three."), ("Where?", "upper left")]


@pytest.mark.parametrize(
    "entry",
    [
        llava(*TEXTS),
        llava(*TEXTS, image=["a.png"]),
        sharegpt(*TEXTS),
        {"conversations": sharegpt(*TEXTS)["messages"], "images": ["a.png"]},
    ],
)
def test_the_forms_of_the_field_are_the_same(folder, entry):
    wanted = source(folder, [entry])
    assert only(wanted) == (PAIRS, (), ())
    assert reasons(wanted) == []


def test_entries_of_one_image_are_joined_and_repeats_noted(folder):
    data = [llava(*TEXTS), llava("Where?", "upper left", image="b.png"), llava("Where?", "upper left")]
    found = read_source(source(folder, data))
    assert [(image.file, len(image.questions)) for image in found.images] == [("a.png", 2), ("b.png", 1)]
    assert found.images[0].notes == ("1 questions or captions left out that repeat others",)
    assert found.images[1].notes == ()


def test_json_lines(folder):
    lines = f"\ufeff{json.dumps(llava('q', 'a'))}\n\nnot json\n{json.dumps(llava('r', 'b'))}\n"
    wanted = source(folder, lines, "jsonl")
    assert only(wanted)[0] == [("q", "a"), ("r", "b")]
    assert reasons(wanted) == [("image", "talk.jsonl: line 3", "not an object that names one image")]


def test_sareval_prompts_share_the_answer(folder):
    entry = {"image_path": "a.png", "prompts": ["How many?", "Count."], "ground_truth": "16", "options": "A. 16"}
    assert only(source(folder, [entry]))[0] == [("How many?", "16"), ("Count.", "16")]


def test_system_turns_are_left_out_and_noted(folder):
    entry = sharegpt("q", "a")
    entry["messages"].insert(0, {"role": "system", "content": "You are a radar analyst."})
    entry["messages"].insert(2, {"role": "system", "content": "Be brief."})
    assert only(source(folder, [entry])) == ([("q", "a")], (), ("2 system turns left out",))


@pytest.mark.parametrize(
    ("roles", "kept", "told"),
    [
        ("ha", ["01"], []),
        ("a", [], ["turn 0: answer without a question"]),
        ("hha", ["12"], ["turn 0: question without an answer"]),
        ("haa", ["01"], ["turn 2: answer without a question"]),
        ("hah", ["01"], ["turn 2: question without an answer"]),
        ("hxaha", ["34"], ["turn 0: question without", "turn 1: not a role of human", "turn 2: answer without"]),
        ("haxha", ["01", "34"], ["turn 2: not a role of human"]),
        ("hsa", ["02"], []),
    ],
)
def test_turns_are_paired_and_the_others_told(folder, roles, kept, told):
    names = {"h": "human", "a": "gpt", "s": "system", "x": "tool"}
    turns = [{"from": names[role], "value": str(place)} for place, role in enumerate(roles)]
    wanted = source(folder, [{"image": "a.png", "conversations": turns}, llava("q", "a", image="b.png")])
    found = read_source(wanted)
    assert ["".join(pair) for image in found.images if image.file == "a.png" for pair in image.questions] == kept
    said = [(unit, reason) for unit, _, reason in reasons(wanted)]
    assert [unit for unit, _ in said] == ["question"] * len(told) + ([] if kept else ["image"])
    assert all(reason.startswith(start) for (_, reason), start in zip(said, told, strict=False))


def naive_pairs(roles: str) -> tuple[list[tuple[int, int]], int]:
    """Pairs are a question and the answer right after it; all other turns are told."""
    pairs = [(n, n + 1) for n in range(len(roles) - 1) if roles[n : n + 2] == "ha"]
    return pairs, len(roles) - 2 * len(pairs)


@given(st.text("ha", min_size=1, max_size=12))
def test_pairing_equals_a_plain_search(tmp_path_factory, roles):
    folder = tmp_path_factory.mktemp("talk")
    (folder / "images").mkdir()
    cv2.imwrite(str(folder / "images" / "a.png"), np.zeros((3, 3), np.uint8))
    turns = [{"from": {"h": "human", "a": "gpt"}[role], "value": str(n)} for n, role in enumerate(roles)]
    found = read_source(source(folder, [{"image": "a.png", "conversations": turns}]))
    pairs, alone = naive_pairs(roles)
    kept = [tuple(map(int, pair)) for image in found.images for pair in image.questions]
    assert kept == pairs
    assert sum(reject.unit == "question" for reject in found.rejects) == alone
    assert found.images_in == 1


@pytest.mark.parametrize(
    ("entry", "reason"),
    [
        (llava(), "no turns under conversations, messages or prompts"),
        ({"image": "a.png", "text": "q"}, "no turns under conversations, messages or prompts"),
        (llava("<image>", "a"), "turn 0: no readable text"),
        (llava("q", "  "), "turn 1: no readable text"),
        (llava("q", "\ud800"), "turn 1: no readable text"),
        (llava("q", "{<9><9><9><20>}"), "turns 0 and 1: box {<9><9><9><20>} has no area"),
        (llava("q", "{<9><x><9><20>}"), "turns 0 and 1: box {<9><x><9><20>} is not four numbers"),
    ],
)
def test_pairs_that_cannot_be_read_are_told(folder, entry, reason):
    wanted = source(folder, [entry, llava("q", "b")])
    assert only(wanted)[0] == [("q", "b")]
    assert reasons(wanted) == [("question", "talk.json: entry 0", reason)]


@pytest.mark.parametrize("image", [None, "", 3, [], ["a.png", "b.png"], [3], {"bytes": "a.png"}, "\ud800.png"])
def test_entries_without_one_image_are_told(folder, image):
    wanted = source(folder, [llava("q", "a", image=image), llava("q", "a")])
    assert reasons(wanted) == [("image", "talk.json: entry 0", "not an object that names one image")]
    assert read_source(wanted).images_in == 2


@pytest.mark.parametrize("name", ["../b.png", "/etc/b.png", "gone.png"])
def test_names_cannot_climb_out_of_the_folder(folder, name):
    ((unit, file, _),) = reasons(source(folder, [llava("q", "a", image=name)]))
    assert (unit, file) == ("image", name)


def test_a_prefix_of_another_machine_is_taken_off(folder):
    entry = sharegpt("q", "a", image=["/root/LLaMA-Factory/data/a.png"])
    assert only(source(folder, [entry], prefix="/root/LLaMA-Factory/data/"))[0] == [("q", "a")]


@pytest.mark.parametrize("text", ["", "3", '"x"', "{}", "{\n", "[", "[]", '[{"id": 1}]', "{not\njson}\n"])
def test_files_that_cannot_be_read_at_all(folder, text):
    with pytest.raises(AnnotationError, match=r"talk\.json"):
        read_source(source(folder, text))


@pytest.mark.parametrize(
    "prompt",
    [
        "Describe the content of this image in one sentence.",  # SARLANG-1M
        "Describe the image concisely.",  # LLaVA
        "Describe the following image.",
        "Provide a brief description of the given image.",
        "Write a detailed description of the SAR image",
        "please describe this SAR image in detail.",
    ],
)
def test_answers_to_caption_prompts_are_captions(folder, prompt):
    wanted = source(folder, [llava(f"<image>\n{prompt}", "Three ships at a pier.")])
    assert only(wanted) == ([], ("Three ships at a pier.",), ())


@pytest.mark.parametrize(
    "question", ["Describe the shape of the ship.", "Describe this area of the image.", "What does the image describe?"]
)
def test_other_descriptions_are_questions(folder, question):
    assert only(source(folder, [llava(question, "Long.")]))[0] == [(question, "Long.")]


def test_caption_prompts_by_option(folder):
    data = [llava("What do you see?", "Two ships.", "Describe the image.", "A port.")]
    by_option = source(folder, data, caption_prompts=["What do you (see|observe)"])
    assert only(by_option) == ([("Describe the image.", "A port.")], ("Two ships.",), ())


@pytest.mark.parametrize("options", [{"caption_prompts": ["("]}, {"box_scale": 50}, {"boxes": 1}])
def test_options_that_cannot_work_are_refused(folder, options):
    with pytest.raises(ValidationError):
        source(folder, [], **options)


def test_the_options_can_be_written_to_json():
    assert json.loads(ConversationsOptions().model_dump_json())["caption_prompts"]


def test_boxes_become_pixels(folder):
    sarchat = "There are 2 instances. {<10><20><30><60>}{<0><0><200><100>}"
    assert only(source(folder, [llava("q", sarchat)]))[0] == [
        ("q", "There are 2 instances. [10, 20, 20, 40][0, 0, 200, 100]")
    ]
    percent = "{<25><50><50><100>} (bottom)"
    assert only(source(folder, [llava(percent, "a")], box_scale=100))[0] == [("[50, 50, 50, 50] (bottom)", "a")]
    beyond = source(folder, [llava("q", "{<25><50><50><101>}"), llava("q", "a")], box_scale=100)
    assert "lies beyond its scale of 100" in reasons(beyond)[0][2]


BOX = "[50, 50, 50, 50]"  # of an image of 200 x 100


@pytest.mark.parametrize(
    ("scale", "written", "shown"),
    [
        (100, "a ship {<25><50><50><100>|<0>}", f"a ship {BOX}"),
        (100, "a ship {<30><30><50><90>|<90>}", "a ship [50, 40, 60, 40]"),
        (100, "<p>a ship</p> {<25><50><50><100>}", f"a ship {BOX}"),
        (1, "a ship {<0.25><0.5><0.5><1>}", f"a ship {BOX}"),
        (1000, "<ref>a ship</ref><box>(250,500),(500,1000)</box>", f"a ship {BOX}"),
        (
            1000,
            "<|object_ref_start|>a ship<|object_ref_end|><|box_start|>(250,500),(500,1000)<|box_end|> here",
            f"a ship {BOX} here",
        ),
        (
            1000,
            "<ref>ships</ref><box>[[250, 500, 500, 1000], [0, 0, 1000, 1000]]</box>",
            f"ships {BOX}, [0, 0, 200, 100]",
        ),
        (1000, "<box>[250, 500, 500, 1000]</box>", BOX),
        ("pixels", "<box>(50,50),(100,100)</box>", BOX),
    ],
)
def test_boxes_of_every_model_become_pixels(folder, scale, written, shown):
    assert only(source(folder, [llava("q", written)], box_scale=scale))[0] == [("q", shown)]


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        ("<box>(250,500),(500,1001)</box>", "lies beyond its scale of 1000"),
        ("<box>(-250,500),(500,1000)</box>", "lies beyond its scale of 1000"),
        ("<box>[[250, 500, 500]]</box>", "is not four numbers"),
        ("<quad>(1,2),(3,4),(5,6),(7,8)</quad>", "is not four numbers"),
        ("<|box_start|>(1,2)<|box_end|>", "is not four numbers"),
    ],
)
def test_boxes_that_cannot_be_read_refuse_their_question(folder, written, reason):
    ((unit, _, told), *_) = reasons(source(folder, [llava("q", written)], box_scale=1000))
    assert unit == "question"
    assert reason in told


def test_the_scale_of_boxes_is_never_guessed(folder):
    wanted = source(folder, [llava("q", "{<25><50><50><100>}"), llava("q", "plain")], box_scale=None)
    assert only(wanted)[0] == [("q", "plain")]
    assert "set option box_scale to pixels, 1, 100 or 1000" in reasons(wanted)[0][2]


ASKED = [{"type": "text", "text": "How many ships are there?"}]


@pytest.mark.parametrize(
    "entry",
    [
        {"images": ["a.png"], "messages": [{"role": "user", "content": [{"type": "image"}, *ASKED]}]},
        {"messages": [{"role": "user", "content": [{"type": "image", "image": "file://a.png"}, *ASKED]}]},
        {"messages": [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "a.png"}}, *ASKED]}]},
        {"messages": [{"role": "user", "content": "Picture 1: <img>a.png</img>\nHow many ships are there?"}]},
        {"image": {"path": "a.png", "bytes": None}, "messages": [{"role": "user", "content": ASKED}]},
    ],
)
@pytest.mark.parametrize("answer", ["Three.", [{"type": "text", "text": "Three."}]])
def test_messages_may_be_lists_of_parts_that_name_the_image(folder, entry, answer):
    entry = entry | {"messages": [*entry["messages"], {"role": "assistant", "content": answer}]}
    assert only(source(folder, [entry]))[0] == [("How many ships are there?", "Three.")]


def test_two_images_and_embedded_ones_are_refused(folder):
    parts = [{"type": "image", "image": "a.png"}, {"type": "image", "image": "b.png"}, *ASKED]
    embedded = [{"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}}, *ASKED]
    answer = {"role": "assistant", "content": "Three."}
    data = [{"messages": [{"role": "user", "content": content}, answer]} for content in (parts, embedded)]
    wanted = source(folder, [*data, llava("q", "a")])
    assert [reason for _, _, reason in reasons(wanted)] == ["not an object that names one image"] * 2


def test_captions_are_sent_to_their_format(folder):
    with pytest.raises(AnnotationError, match="it looks like captions: set format: captions"):
        read_source(source(folder, [{"image": "a.png", "caption": "A ship."}]))


def test_boxes_of_images_that_are_missing_are_no_error(folder):
    wanted = source(folder, [llava("q", "{<1><2><3><4>}", image="gone.png")], box_scale=1000)
    assert reasons(wanted) == [("image", "gone.png", "image is missing")]


@given(st.tuples(st.integers(1, 4000), st.integers(1, 4000)), st.data())
def test_scaled_boxes_lie_within_half_a_pixel(size, data):
    edges = [data.draw(st.floats(0, 1000).map(lambda value: round(value, 3))) for _ in range(4)]
    text = "{" + "".join(f"<{edge}>" for edge in edges) + "}"
    wanted = [edge * side / 1000 for edge, side in zip(edges, size * 2, strict=True)]
    try:
        x, y, w, h = json.loads(boxes_in_pixels(text, 1000, size))
    except ValueError:
        assert wanted[2] - wanted[0] <= 1 or wanted[3] - wanted[1] <= 1
    else:
        assert np.abs(np.subtract((x, y, x + w, y + h), wanted)).max() <= 0.5


def test_damaged_files_are_read_or_refused(folder):
    data = [llava(*TEXTS), sharegpt("Describe the image.", "{<1><2><3><4>}", image=["b.png"])]
    for ending, text in (("json", json.dumps(data)), ("jsonl", "\n".join(map(json.dumps, data)))):
        wanted = source(folder, text, ending, box_scale=1000)
        counts = fuzz(wanted.annotations, 300, wanted)
        assert counts["read"] > 20


def test_hostile_values_anywhere_are_read_or_refused(folder):
    data = [llava(*TEXTS), sharegpt("Where?", "{<1><2><3><4>}", image=["b.png"]), {"image": "a.png", "prompts": ["x"]}]
    random = Random(0)
    counts = {outcome(source(folder, json.dumps(damaged_value(data, random)))) for _ in range(300)}
    assert counts == {"read", "error"}


def test_the_real_sareval_task(shared_data, tmp_path):
    entries = json.loads((shared_data / "sareval" / "Ship_Counting.json").read_text())
    (tmp_path / "images").mkdir()
    for entry in entries[:2]:
        cv2.imwrite(str(tmp_path / "images" / entry["image_path"]), np.arange(12, dtype=np.uint8).reshape(3, 4))
    wanted = source(tmp_path, [])
    found = read_source(wanted.model_copy(update={"annotations": shared_data / "sareval" / "Ship_Counting.json"}))
    assert found.images_in == 129
    assert [len(image.questions) for image in found.images] == [5, 5]
    assert {pair.answer for pair in found.images[0].questions} == {entries[0]["ground_truth"]}
    assert {reject.reason for reject in found.rejects} == {"image is missing"}

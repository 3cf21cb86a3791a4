"""Asking about an image file: answers, how sure they are, their boxes, and what there is no answer to."""

import json
import os
import shutil
from dataclasses import dataclass, field, replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from micro import make_model
from typer.testing import CliRunner

import sarvl
from sarvl.cli import app
from sarvl.errors import ImageError, ModelError
from sarvl.imagery import InputContract
from sarvl.inference import ask, respondents
from sarvl.inference.answer_picture import write_picture
from sarvl.inference.answered import Answered, Bounds
from sarvl.inference.image_list import files_to_read
from sarvl.inference.question_file import questions_of_file
from sarvl.inference.question_text import plain_question
from sarvl.inference.track_record import Record
from sarvl.models import Model
from sarvl.models.answering.answer_space import (
    YES_NO,
    Boxes,
    ClassSet,
    Count,
    FreeText,
    OneAnswer,
    Option,
    says_nothing_is_there,
)
from sarvl.models.answering.box_words import BoxStyle
from sarvl.models.answering.closed_world import Taught, check_question, taught_by
from sarvl.models.history import StageEntry
from sarvl.models.protocols import Generated


def entry(**more) -> StageEntry:
    return StageEntry(
        stage="sar", corpus_digest="0" * 64, split="train", images=1, steps=1, epochs=1, batch_size=1, learning_rate=1,
        seed=0, **more,
    )  # fmt: skip


TAUGHT = entry(classes=("ship", "tank"), question_kinds=("boxes_of_all", "count", "exists"))
CONTRACT = InputContract.of_pictures(size=8, mean=(0.5,), std=(0.5,))
BOXES = ((2.0, 3.0, 9.0, 8.0), (20.0, 10.0, 30.0, 18.0))


@dataclass
class Fake(Model):
    """Answers as its name says; it keeps what it was asked."""

    box_style: BoxStyle | None = None
    asked: list = field(default_factory=list)
    sure: float = 0.9
    sure_of_boxes: float = 0.8

    def answer(self, images, questions, decoding, spaces=None):
        assert len(images) == len(questions) == len(spaces)
        self.asked += zip(questions, spaces, strict=True)
        return [self._answer(space) for space in spaces]

    def _answer(self, space):
        if isinstance(space, Boxes):
            return Generated("[2, 3, 7, 5], [20, 10, 10, 8]", -29.0, BOXES, 1e-13, mean_probability=self.sure_of_boxes)
        text = {YES_NO: "yes", Count(): "3", Option(("No", "Yes")): "No"}.get(space, "a port")
        return Generated(text, -1.0, (), None if isinstance(space, FreeText) else self.sure)


@dataclass
class PointsBeside(Fake):
    """Points at what lies beside the image, as in the padding of a LLaVA."""

    def _answer(self, space):
        given = super()._answer(space)
        return replace(given, boxes=())


def set_record(monkeypatch, **right: float) -> None:
    """Let the model have a record of 200 answers of each type."""
    known = {answer_type: Record(answer_type, 200, share) for answer_type, share in right.items()}
    monkeypatch.setattr("sarvl.inference.respondents.track_record", lambda name: known)


@pytest.fixture
def image(tmp_path) -> Path:
    cv2.imwrite(str(tmp_path / "scene.png"), np.random.default_rng(0).integers(0, 255, (40, 60), np.uint8))
    return tmp_path / "scene.png"


@pytest.fixture
def model(monkeypatch):
    fake = Fake("fake", None, CONTRACT, {}, history=[TAUGHT], box_style=BoxStyle())
    monkeypatch.setattr("sarvl.models.load_model", lambda name: fake)
    return fake


def test_boxes_beside_the_image_are_told_as_the_reason_why_an_answer_is_not_grounded(image, monkeypatch):
    beside = PointsBeside("fake", None, CONTRACT, {}, history=[TAUGHT], box_style=BoxStyle())
    monkeypatch.setattr("sarvl.models.load_model", lambda name: beside)
    (yes,) = ask(image, "Is there a ship in the image?", "m")
    assert yes.grounding == "not grounded: what the model points at lies outside of the image"


def test_a_pipe_of_questions_is_one_line(tmp_path):
    os.mkfifo(tmp_path / "questions")
    with pytest.raises(ModelError, match="not a regular file"):
        questions_of_file(tmp_path / "questions")


def test_another_word_for_a_taught_class_is_not_foreign():
    """Regression: "vessel" was refused by a model that was taught ships and tankers, since it tells neither."""
    taught = Taught(frozenset({"ship", "tanker"}), None)
    assert check_question("Where is the vessel positioned within the image?", taught).unanswerable is None
    assert "lighthouse" in str(check_question("Is there a lighthouse in the image?", taught).unanswerable)


@pytest.mark.parametrize("name", ["railway station", "container ship", "harbor crane"])
def test_a_name_that_has_a_taught_one_in_it_is_another_name(name):
    """Of a railway station nothing was read, and so it was answered, where railways were taught."""
    taught = Taught(frozenset({"railways", "ship", "harbor"}), None)
    told = check_question(f"Is there a {name} in the image?", taught).unanswerable
    assert told is not None and told.startswith(f"it asks of {name}, ")
    assert check_question("How many ships sail here?", taught).reading is None


def test_a_name_behind_the_form_of_a_box_is_checked():
    """Of "Give the box [x, y, width, height] of the roundabout" only what stands before the form was looked at."""
    taught = Taught(frozenset({"ship"}), None)
    asked = "Give the box [x, y, width, height] of the only {} in the image."
    assert "roundabout" in str(check_question(asked.format("roundabout"), taught).unanswerable)
    assert check_question(asked.format("ship"), taught).unanswerable is None


def test_answers_have_their_probability_and_the_boxes_that_they_rest_on(image, model, tmp_path):
    yes, count = sarvl.ask(image, ["Is there a ship in the image?", "How many tanks are in the image?"], "m",
                           picture=tmp_path / "out.png")  # fmt: skip
    assert (yes.answer, yes.probability, yes.boxes) == ("yes", 0.9, BOXES)
    assert count.answer == "3"
    assert "it counts 3 and points at 2" in count.remarks
    asked = [question for question, _ in model.asked]
    assert asked[0].startswith("Question: Is there a ship in the image?")
    assert "Give the boxes [x, y, width, height] of all ships in the image" in asked[2]
    drawn, before = (cv2.imread(str(path)).astype(int) for path in (tmp_path / "out.png", image))
    changed = (drawn != before).any(axis=2)
    assert changed[3, 2:9].all()
    assert changed[10, 20:30].all()
    assert not changed[25:, 40:].any()


def test_labels_of_a_picture_are_readable_and_hide_no_other(tmp_path):
    """Regression: they were 8 pixels high at any size, and later boxes stood over earlier equal ones."""
    cv2.imwrite(str(tmp_path / "in.png"), np.random.default_rng(0).integers(0, 99, (600, 800), np.uint8))
    place, near = (100.0, 200.0, 180.0, 260.0), (105.0, 205.0, 170.0, 250.0)
    answers = [
        Answered("q", "yes", boxes=(place,)),
        Answered("q", "1", boxes=(place,)),
        Answered("q", "x", boxes=(near,)),
    ]
    write_picture(files_to_read(tmp_path / "in.png", {})[0], answers, tmp_path / "out.png")
    drawn = cv2.imread(str(tmp_path / "out.png"))
    first, second, third = ((drawn == colour).all(axis=2) for colour in ((0, 159, 230), (233, 180, 86), (115, 158, 0)))
    assert not second.any(), "what two answers point at is drawn once, with both numbers"
    rows, columns = np.nonzero(first[:200])
    assert rows.max() - rows.min() >= 600 // 25
    others = np.nonzero(third[:204])[1]
    assert others.min() > columns.max(), "the label of the next box stands beside it"


def test_an_answer_and_its_boxes_say_how_often_such_were_right(image, model, monkeypatch):
    set_record(monkeypatch, number=0.5, box=0.1)
    (count,) = ask(image, ["How many ships are in the image?"], "m")
    assert "of 200 answers of this type (number) about held-out images 50% were right" in count.remarks
    assert "of 200 answers of this type (box) about held-out images 10% were right" in count.remarks
    assert count.boxes == BOXES


def test_a_record_is_of_questions_of_the_same_application(image, model, monkeypatch):
    """Regression: "is there a ship" was vouched for by yes and no to quite other questions."""
    known = {
        "identification": Record("identification", 572, 0.62, True),
        "region referring": Record("r", 850, 0.3, True),
    }
    known |= {name: Record(name, 1871, 0.72) for name in ("yes/no", "box", "number")}
    monkeypatch.setattr("sarvl.inference.respondents.track_record", lambda name: known)
    there, count, box = ask(
        image, ["Is there a ship in the image?", "How many ships are in the image?", "Give the box of the ship."], "m"
    )
    told = "of 572 answers to questions of this application (identification) about held-out images 62% were right"
    assert told in there.remarks
    assert not any("yes/no" in remark for remark in there.remarks)
    assert "of 1,871 answers of this type (number) about held-out images 72% were right" in count.remarks
    assert not any("(r)" in remark for remark in box.remarks)


@pytest.mark.parametrize("choices", ["A. 1 B. 1", "A. no ship\nB. No  ship\nC. 3"])
def test_choices_that_are_the_same_are_refused(choices, image, model):
    """Regression: of two equal choices each got half of the probability."""
    with pytest.raises(ModelError, match=r"choices A and B are the same, .*; give each choice once"):
        ask(image, f"How many ships are in the image? {choices}", "m")


def test_a_choice_is_not_vouched_for_by_answers_of_another_type(image, model, monkeypatch):
    """Regression: behind a choice stood how often yes and no were right, of a model that was taught no choices."""
    asked = "Is there a ship in the image? A. No B. Yes"
    set_record(monkeypatch, **{"yes/no": 0.72})
    (unknown,) = ask(image, asked, "m")
    assert [remark for remark in unknown.remarks if "were right" in remark] == []
    assert any(remark.startswith("no record of choices is known") for remark in unknown.remarks)
    set_record(monkeypatch, **{"yes/no": 0.72, "option": 0.6})
    (known,) = ask(image, asked, "m")
    assert known.remarks == ("of 200 answers of this type (option) about held-out images 60% were right",)
    model.history = [entry(classes=("ship",), question_kinds=())]
    set_record(monkeypatch)
    assert "the model was never taught choices, nor any question" in ask(image, asked, "m")[0].remarks


def test_a_model_whose_boxes_are_never_right_draws_none(image, model, monkeypatch, tmp_path):
    """Regression: boxes of which 0 % were right were drawn, under "it counts 1 and points at 2"."""
    set_record(monkeypatch, number=0.5, box=0.0)
    questions = ["How many ships are in the image?", "Give the boxes [x, y, width, height] of all ships in the image."]
    for answer in ask(image, questions, "m"):
        assert answer.answer is not None
        assert answer.boxes == ()
        assert answer.grounding == "not grounded: it has not learnt to point"
        assert not any("points at" in remark for remark in answer.remarks)
    assert len(model.asked) == 2, "boxes are not asked for"


def test_boxes_are_held_by_the_mean_of_their_choices(image, model):
    """Regression: by the product over all digits no list of boxes could pass, and boxes behind an answer always did."""
    questions = ["Give the boxes [x, y, width, height] of all ships in the image.", "Is there a ship in the image?"]
    direct, yes = ask(image, questions, "m")
    assert (direct.probability, direct.boxes) == (0.8, BOXES)
    assert "its probability is the geometric mean over the choices on the way to its boxes" in direct.remarks
    assert yes.boxes == BOXES
    direct, yes = ask(image, questions, "m", threshold=0.85)
    assert (direct.answer, direct.boxes) == (None, ())
    assert (yes.answer, yes.boxes) == ("yes", ())
    assert yes.grounding == "not grounded: its boxes have a probability of 0.80, less than 0.85"


def test_of_an_answer_that_is_held_back_no_boxes_are_asked(image, model):
    """Regression: they were computed, and "it counts 3 and points at 2" stood behind no answer."""
    (held,) = ask(image, "How many ships are in the image?", "m", threshold=0.95)
    assert (held.answer, held.grounding, held.remarks) == (None, None, ())
    assert len(model.asked) == 1


@pytest.mark.parametrize("nothing", ["No", "no", "None", "zero", "0", " NO. "])
def test_what_says_that_nothing_is_there_has_no_boxes(nothing):
    assert says_nothing_is_there(nothing)
    assert not says_nothing_is_there("10")


def test_boxes_are_not_asked_for_behind_a_no_of_any_spelling(image, model):
    """Regression: behind the option "No" they were, and drawn."""
    (answer,) = ask(image, "Is there a ship in the image? A. No B. Yes", "m")
    assert (answer.answer, answer.boxes) == ("No", ())
    assert answer.grounding == "not grounded: there is nothing to point at"


def test_a_question_that_is_not_read_is_answered_only_where_that_is_wanted(image, model):
    """Regression: it was answered at any threshold, and that it was not read stood behind the answer."""
    (unread,) = ask(image, "Wie viele Schiffe sind im Bild?", "m", threshold=0)
    assert unread.answer is None
    assert unread.why_not.startswith("what it asks is not checked")
    assert unread.why_not.endswith("; --unchecked asks it all the same")
    assert model.asked == []
    (unsure,) = ask(image, "Wie viele Schiffe sind im Bild?", "m", unchecked=True)
    assert unsure.why_not == "not sure enough: a port has a probability of 0.37, less than 0.5"
    call = ["ask", str(image), "Wie viele Schiffe?", "--model", "m", "--unchecked", "--threshold", "0"]
    lines = CliRunner().invoke(app, call).stdout.splitlines()
    assert lines[1].startswith("  warning: what it asks is not checked")
    assert lines[2] == "  a port  (probability 0.37)"
    assert "  its probability is that of a free text, the geometric mean over its tokens" in lines


def test_a_run_says_once_whether_probabilities_are_calibrated(image, model, capsys):
    """Regression: a model that was never calibrated looked like one that was."""
    questions = ["Is there a ship in the image?", "How many ships are in the image?"]
    ask(image, questions, "m")
    assert capsys.readouterr().err.count("probabilities: not calibrated") == 1
    model.temperature = 1.64
    ask(image, questions, "m")
    assert capsys.readouterr().err.count("by a temperature of 1.64") == 1


def test_a_second_image_and_words_without_quotes_are_no_questions(image, model, tmp_path):
    """Regression: `sarvl ask *.jpg "How many ships?"` answered file names, and `how many ships` three questions."""
    for name in (str(image), "another.JPG"):
        done = CliRunner().invoke(app, ["ask", str(image), name, "How many ships?", "--model", "m"])
        assert isinstance(done.exception, ModelError)
        assert str(done.exception) == f"question 1 of 2 is the name of a file, {name}; ask of one image at a time"
    done = CliRunner().invoke(app, ["ask", str(image), "how", "many", "ships", "--model", "m"])
    assert 'how and many; put each question in quotes, as in "how many ships"' in str(done.exception)
    assert ask(image, ["Ships?", "Is there a ship? " * 300], "m")[0].answer is None
    assert model.asked == []


def test_several_images_are_refused_without_all_their_names(image):
    other = shutil.copy(image, image.with_name("other.png"))
    with pytest.raises(ImageError, match=r"^the image: 2 images; ask about one at a time$"):
        ask([image, other], ["Is there a ship?"], "m")


def test_what_no_shell_has_parted_may_be_of_one_word(image, model, tmp_path):
    """Regression: of a file of questions, and from Python, quotes were asked for around questions of one word."""
    (tmp_path / "questions.txt").write_text("Ships?\nTanks?\n")
    call = ["ask", str(image), "Boats?", "--model", "m", "--questions", str(tmp_path / "questions.txt")]
    assert CliRunner().invoke(app, call).exit_code == 0
    for answer in ask(image, ["Ships?", "Tanks?"], "m"):
        assert answer.why_not.startswith("what it asks is not checked")


def test_what_the_model_was_never_taught_is_unanswerable_and_not_asked(image, model):
    (answer,) = ask(image, "How many airports are in the image?", "m")
    assert answer.answer is None
    assert answer.why_not == "unanswerable: it asks of airport, and the model was taught ship, tank alone"
    assert model.asked == []
    (allowed,) = ask(image, "How many vessels are in the image?", "m")
    assert allowed.answer == "3"


def test_of_many_classes_that_were_taught_a_line_tells_five_and_json_all(image, model):
    names = tuple(sorted(("bridge", "car", "crane", "harbor", "ship", "tank", "train")))
    model.history = [entry.model_copy(update={"classes": names}) for entry in model.history]
    (answer,) = ask(image, "How many airports are in the image?", "m")
    told = "the model was taught harbor, car, ship, train, tank and 2 more alone"  # the names most like it first
    assert answer.why_not == f"unanswerable: it asks of airport, and {told}"
    assert answer.as_json()["taught"] == list(names)
    (known,) = ask(image, "Is there a ship in the image?", "m")
    assert known.as_json()["taught"] == []


def test_an_answer_that_is_not_sure_enough_is_held_back(image, model):
    model.sure = 0.4
    (answer,) = ask(image, "Is there a ship in the image?", "m")
    assert answer.answer is None
    assert answer.why_not == "not sure enough: yes has a probability of 0.40, less than 0.5"
    assert ask(image, "Is there a ship in the image?", "m", threshold=0.3)[0].answer == "yes"


def test_a_kind_that_was_learnt_of_other_classes_alone_is_said(image, model):
    """Regression: asked whether there is a ship, a model said no, which had learned that question of vehicles alone."""
    kinds = {"classes": ("ship", "tank", "tug"), "question_kinds": ("count", "exists")}
    model.history = [entry(**kinds, kinds_of_classes={"": ("count",), "ship": ("count",), "tank": ("exists",)})]
    asked = ["Is there a ship in the image?", "Is there a tank in the image?", "How many tugs are in the image?"]
    said, *others = ask(image, asked, "m")
    assert any("(exists) about other classes alone, on none about ship" in remark for remark in said.remarks)
    assert not [remark for other in others for remark in other.remarks if "alone" in remark]
    earlier = entry(classes=("ship",), question_kinds=())  # of captions alone: of no class it has learned a kind
    model.history = [earlier, *model.history]
    assert any("alone" in remark for remark in ask(image, asked[0], "m")[0].remarks)
    model.history = [*model.history, entry(**kinds)]  # a stage that does not say it
    assert not any("alone" in remark for remark in ask(image, asked[0], "m")[0].remarks)


def test_what_cannot_be_checked_is_asked_and_said(image, model):
    (other,) = ask(image, "Combien de bateaux y a-t-il ?", "m", threshold=0.3, unchecked=True)
    assert other.answer == "a port"
    assert "read by rules of English questions alone" in other.warning
    assert other.grounding == "not grounded: the question is about no one class of objects"
    (untrained,) = ask(image, "Are there more ships than tanks in the image?", "m")
    assert "the model was trained on no question of this kind (comparison)" in untrained.remarks
    model.history, model.box_style = [], None
    (unknown,) = ask(image, "How many airports are in the image?", "m")
    assert unknown.answer == "3"
    assert any("nobody recorded what the model was taught" in remark for remark in unknown.remarks)
    assert unknown.grounding == "not grounded: the model is not known to point at anything"


def test_spaces_are_those_of_the_question(image):
    taught = Taught(frozenset(("ship", "storage tank")), None)
    cases = {
        "Is there a ship in the image?": YES_NO,
        "How many ships are in the upper left?": Count(),
        "What are the categories visible in the image?": ClassSet(("ship", "storage tank")),
        "What shape is the box of the only ship in this image: tall, wide or roughly square?": OneAnswer(
            ("wide", "roughly square", "tall")
        ),
        "Describe the content of this image in one sentence.": FreeText(),
    }
    for question, space in cases.items():
        assert check_question(question, taught).space == space
    assert isinstance(check_question("Give the box [x, y, width, height] of the only ship.", taught).space, Boxes)
    choice = check_question("How many ships are in the image?\nA. 3\nB. 0", taught).space
    assert choice.options == ("3", "0")
    assert check_question("How many ships are in the image?", Taught(None, None)).unanswerable is None


def test_a_stage_that_does_not_say_what_it_taught_leaves_all_unknown():
    assert taught_by([TAUGHT])[:2] == (frozenset(("ship", "tank")), frozenset(("boxes_of_all", "count", "exists")))
    assert taught_by([TAUGHT, entry()]) == Taught(None, None)
    assert taught_by([]) == Taught(None, None)


def test_a_model_of_captions_is_a_floor_and_says_so(image, tmp_path):
    questions = ["Is there a ship in the image?", "How many ships are in the image?\nA. 3\nB. 0", "How many ships?"]
    yes, choice, count = ask(image, questions, make_model(tmp_path), threshold=0.0)
    assert yes.answer in ("yes", "no")
    assert choice.answer in ("3", "0")
    assert 0.5 <= yes.probability <= 1
    assert any("a floor" in remark for remark in yes.remarks)
    assert count.answer is None
    assert "only compares captions" in count.why_not


def test_the_command_prints_answers_and_takes_a_file_of_questions(image, model, tmp_path):
    (tmp_path / "questions.txt").write_text("How many ships are in the image?\n\n")
    call = ["ask", str(image), "Is there a ship in the image?", "--model", "m", "--questions"]
    done = CliRunner().invoke(app, [*call, str(tmp_path / "questions.txt")])
    assert done.exit_code == 0, done.output
    assert "1. Is there a ship in the image?\n  yes  (probability 0.90)\n  box 2, 3, 9, 8\n" in done.output
    assert "2. How many ships are in the image?\n  3" in done.output
    lines = CliRunner().invoke(app, ["ask", str(image), "Is there a plane?", "--model", "m", "--json"]).stdout
    told = json.loads(lines)
    assert told["answer"] is None
    assert told["why_not"].startswith("unanswerable")
    assert told["file"] == str(image)


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"questions": []}, ModelError, "no question"),
        ({"questions": ["Is there a ship?", " \n "]}, ModelError, "question 2 of 2 is empty"),
        ({"threshold": 2}, ModelError, "threshold 2: a probability"),
        ({"picture": "out.jpg"}, ModelError, "pictures are PNG"),
        ({"image": "nothing.png"}, ImageError, "no such file"),
    ],
)
def test_what_cannot_be_asked_is_one_line(image, model, change, error, message):
    given = {"image": image, "questions": ["Is there a ship?"], "model": "m"} | change
    with pytest.raises(error, match=message):
        ask(**given)


@pytest.mark.parametrize(
    "typed",
    [
        "How many ships?\r\nA. 3\r\nB. 0\r\n",
        "How many ships?\n\nA) 3\n\nB) 0",
        "How many ships?\n(a) 3\n(b) 0",
        "How many ships? A. 3 B. 0",
        r"How many ships?\nA. 3\nB. 0",
        "How many ships?\nA.3\nB.0",
        "How many ships? A.3 B.0",
        "How many ships? (A)3, (B)0",
        "How many ships? A) 3, B) 0",
        "How many ships? A) 3 or B) 0.",
    ],
)
def test_choices_are_read_as_people_type_them(image, model, typed):
    """Regression: they were read in one form alone, and asked as a free text in any other; with the line breaks of
    Windows a choice ended in one."""
    (answer,) = ask(image, typed, "m", threshold=0)
    ((_, space),) = model.asked[:1]
    assert space == Option(("3", "0"))
    assert answer.question == typed
    assert plain_question("Is there a ship\nin the image? ") == "Is there a ship in the image?"
    assert plain_question("Is A. B. a ship?\nA. yes\nC. no") == "Is A. B. a ship? A. yes C. no"


def test_a_picture_of_answers_never_takes_the_place_of_its_image(image, model):
    """Regression: `--picture` with the name of the image overwrote it."""
    before = image.read_bytes()
    with pytest.raises(ModelError, match="this is the image itself, which would be lost"):
        ask(image, "Is there a ship?", "m", picture=image.parent / "." / image.name)
    assert image.read_bytes() == before
    assert model.asked == [], "nothing is asked for nothing"


def test_a_free_text_of_nothing_is_no_answer(image, model, monkeypatch):
    """Regression: it was an empty line, as if the model had answered."""
    monkeypatch.setattr(Fake, "_answer", lambda fake, space: Generated("", -1.0))
    (answer,) = ask(image, "Wie viele Schiffe?", "m", unchecked=True)
    assert (answer.answer, answer.why_not) == (None, "the model wrote nothing")


def test_a_question_file_that_is_no_utf_8_says_so(tmp_path):
    """Regression: the line asked to check the path."""
    (tmp_path / "questions.txt").write_bytes("Is there a ship?".encode("utf-16"))
    with pytest.raises(ModelError, match="no text in UTF-8; save it as that"):
        questions_of_file(tmp_path / "questions.txt")


def test_a_question_file_of_json_is_told_by_its_name_in_any_case(tmp_path):
    """Regression: what ended in .JSON or .jsonl was asked line by line, with its brackets."""
    for name in ("a.json", "a.JSON"):
        (tmp_path / name).write_text('["Is there a ship?"]')
        assert questions_of_file(tmp_path / name) == ["Is there a ship?"]
    (tmp_path / "a.jsonl").write_text(
        '{"question": "How many?", "options": ["3", "0"]}\n{"question": "Is there a ship?"}'
    )
    assert questions_of_file(tmp_path / "a.jsonl") == ["How many?\nA. 3\nB. 0", "Is there a ship?"]
    for wrong in ('{"text": "How many?"}', '["How many?"]', "How many?", '{"question": "How many?", "options": [3]}'):
        (tmp_path / "a.jsonl").write_text(wrong)
        with pytest.raises(ModelError, match="a line is no question; give each as"):
            questions_of_file(tmp_path / "a.jsonl")


def test_a_line_of_a_file_that_is_a_choice_belongs_to_the_question_before_it(tmp_path):
    """Regression: each choice was asked as a question."""
    path = tmp_path / "questions.txt"
    path.write_text("How many ships?\nA. 3\n(b) 0\n\nA. is what?\nIs there a ship?\nB. no choice\n")
    parts = questions_of_file(path)
    assert parts == ["How many ships?\nA. 3\n(b) 0", "A. is what?", "Is there a ship?", "B. no choice"]
    assert plain_question(parts[0]) == "How many ships?\nA. 3\nB. 0"


def test_a_choice_of_a_file_needs_no_blank_behind_its_letter(tmp_path):
    """Regression: "A.1" and "B.2" were questions."""
    path = tmp_path / "questions.txt"
    path.write_text("How many ships?\nA.1\nB.2\nIs there a ship?\na.m. or p.m.?\n")
    assert questions_of_file(path) == ["How many ships?\nA.1\nB.2", "Is there a ship?", "a.m. or p.m.?"]


def test_options_without_letters_are_told_by_their_number(tmp_path):
    """Regression: the line asked for the form in which they were given."""
    (tmp_path / "a.jsonl").write_text(json.dumps({"question": "How many?", "options": list(map(str, range(27)))}))
    with pytest.raises(ModelError, match=r"a\.jsonl: a question has 27 options; at most 26 can be lettered"):
        questions_of_file(tmp_path / "a.jsonl")


def test_a_table_of_questions_is_refused(tmp_path):
    """Regression: the header of a .csv was asked as a question."""
    (tmp_path / "questions.csv").write_text("question\nIs there a ship?\n")
    with pytest.raises(ModelError, match="tables are not read; write one question a line"):
        questions_of_file(tmp_path / "questions.csv")


def test_corpora_that_call_a_class_otherwise_do_not_stop_a_question():
    """Regression: of a model that learnt of "ship" in one corpus and of "ships" in another nothing could be asked."""
    taught = Taught(frozenset({"ship", "ships", "bridge"}), None)
    assert check_question("Is there a ship in the image?", taught).unanswerable is None
    assert "airplane" in (check_question("Is there an airplane in the image?", taught).unanswerable or "")


def test_what_no_rule_reads_is_asked_of_a_model_that_nobody_recorded():
    """Regression: of a model behind ``hf:`` every question in other words needed ``--unchecked``."""
    recorded, unknown = Taught(frozenset({"ship"}), frozenset({"exists"})), Taught(None, None)
    for taught, unchecked, asked in ((recorded, False, False), (recorded, True, True), (unknown, False, True)):
        checked = check_question("Wie viele Schiffe sind im Bild?", taught)
        assert respondents._is_asked(checked, taught, Bounds(unchecked=unchecked)) is asked
        choices = check_question("Which of these is in the image?\nA. ship\nB. submarine", taught)
        assert respondents._is_asked(choices, taught, Bounds(unchecked=unchecked))


def test_a_probability_just_below_the_threshold_is_told_as_less():
    """Regression: the line said that 0.50 is less than 0.5."""
    assert "probability of 0.4996, less than 0.5" in (Answered("?", "submarine", 0.4996).held_back(0.5).why_not or "")

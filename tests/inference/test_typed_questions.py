"""Questions as people type them: how they are read, what may be answered, and why nothing can be."""

import cv2
import numpy as np
import pytest
from test_asking import CONTRACT, Fake, entry

from sarvl.inference import ask
from sarvl.inference.question_text import plain_question
from sarvl.language.prompts import CAPTION_PROMPT
from sarvl.models.answering.answer_space import YES_NO, AnswerSpace, Count, FreeText, Option
from sarvl.models.answering.box_words import BoxStyle
from sarvl.models.answering.class_words import class_answers
from sarvl.models.answering.closed_world import CheckedQuestion, Taught, boxes_question, check_question
from sarvl.models.protocols import Generated

CLASSES = (
    "A220 aircraft",
    "T72 tank",
    "ZIL131 truck",
    "bridge",
    "open water",
    "ship",
    "ships",
    "skyscrapers",
    "tanker",
)
TAUGHT = Taught(frozenset(CLASSES), frozenset(("categories", "count", "description", "exists", "label")))


def checked(typed: str, *classes: str) -> CheckedQuestion:
    return check_question(plain_question(typed), TAUGHT, classes)


def may_be(space: AnswerSpace, text: str) -> bool:
    pattern = space.pattern(None)
    for character in text:
        pattern = pattern and pattern.after(character)
    return pattern is not None and pattern.is_whole


def test_classes_are_answered_as_corpora_write_them_with_and_without_labels():
    """Regression: of "agricultural land" only "agricultural land area" could be answered, of which no label is."""
    space = checked("Which category does the image belong to?").space
    for text in ("open water", "open water area", "skyscrapers", "skyscraper", "ships and bridge", "T72 tank"):
        assert may_be(space, text), text
    for text in ("ship and ships", "skyscraper, skyscrapers", "airport"):
        assert not may_be(space, text), text
    assert isinstance(class_answers(()), FreeText)


def test_a_choice_that_no_rule_reads_is_one_of_its_options():
    """Regression: "Which of these is in the image? A. ship B. submarine" was answered by "skyscrapers"."""
    question = checked("Which of these is in the image? A. ship B. submarine")
    assert question.space == Option(("ship", "submarine"))
    assert "cannot read" in question.remarks[0]


def test_a_class_that_the_user_names_and_nobody_taught_is_told():
    """Regression: `--classes unicorn` switched the check off without a word."""
    (told,) = checked("Is there a unicorn in the image?", "unicorn").remarks
    assert told == "unicorn is a class that you named, and the model was not taught it: the answer may mean nothing"
    assert checked("Is there a vessel in the image?", "vessel", "Ship").remarks == ()


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("How many trucks are there?", "it asks of truck, which the model was taught only as ZIL131 truck"),
        ("Are there any planes?", "it asks of plane, which the model was taught only as A220 aircraft"),
        ("How many boats are in the image?", "it asks of boat, which the model was taught only as ship"),
        ("Is there water?", "it asks of water, which the model was taught only as open water"),
        ("Is there a T-62?", "it asks of T 62, and the model was taught "),
        ("Is there a Boeing 737?", "it asks of Boeing 737, and the model was taught "),
        ("Is there a container ship?", "it asks of container ship, which the model was taught only as ship"),
        ("Is there a bridge crane?", "it asks of bridge crane, and the model was taught "),
        ("Is the ridge in the image?", "it asks of ridge, and the model was taught bridge, "),
        ("Is there a half-track?", "it asks of half track, and the model was taught "),
    ],
)
def test_what_was_taught_instead_is_told(typed, told):
    """Regression: of trucks, planes and boats it was told which classes are the first by alphabet."""
    assert (checked(typed).unanswerable or "").startswith(told)


@pytest.mark.parametrize(
    ("typed", "space"),
    [
        ("Is there no ship in the image?", YES_NO),
        ("Isn't there a ship?", YES_NO),
        ("Is the sea calm?", YES_NO),
        ("Is there a ship and a bridge?", YES_NO),
        ("Is it a ship or a bridge?", FreeText()),
        ("Is the ship large or small?", FreeText()),
        ("Is the sea calm or not?", YES_NO),
        ("Is the sea calm? Answer yes or no.", YES_NO),
        ("Are there one or more ships?", YES_NO),
        ("How many objects are in the image?", Count()),
        ("How many ships are in the upper half?", Count()),
        ("Wie viele Schiffe?", FreeText()),
    ],
)
def test_what_no_rule_reads_has_the_type_that_it_begins_with_and_a_remark(typed, space):
    """Regression: "no ship", "sea calm" and "object" were classes that nobody taught, and other such had no type."""
    question = checked(typed)
    assert (question.reading, question.unanswerable, question.space) == (None, None, space)
    assert "is not checked" in question.remarks[0]


@pytest.mark.parametrize(
    ("typed", "kind", "asked"),
    [
        ("How many ships are on the left?", "count_on_side", "How many ships are on the left side?"),
        ("How many ships are on the left side of the image?", "count_on_side", None),
        ("How many ships are on the top left of the image?", "count_in_cell", None),
        (
            "Is there a ship at the bottom of the image?",
            "exists_on_side",
            "Is there a ship on the bottom side of the image?",
        ),
        ("Are there ships in the right-hand part?", "exists_on_side", "Are there ships on the right side?"),
        ("What is the total number of ships in the image?", "count", None),
        ("How many ships are in the image in total?", "count", None),
        ("Please count the ships", "count", "Count the ships"),
        ("could you please count the ships?", "count", "Count the ships?"),
        ("Please tell me how many ships there are", "count", "How many ships there are"),
        ("How many ships are there? Answer in one word.", "count", "How many ships are there?"),
        ("Is there a ship in the image? Answer yes or no.", "exists", "Is there a ship in the image?"),
        ("Is there a ship, yes or no?", "exists", "Is there a ship?"),
        ("Is there a ship? Yes or no?", "exists", "Is there a ship?"),
        ("Are there ships in the image (yes/no)?", "exists", "Are there ships in the image?"),
        ('Is there a ship? Please answer with "yes" or "no" only.', "exists", "Is there a ship?"),
        ("Yes or no: is there a ship?", "exists", "Is there a ship?"),
        ("Which objects are visible in this image?", "categories", "What are the categories visible in the image?"),
        ("Describe the image.", "description", CAPTION_PROMPT),
        ("What is in this radar image?", "description", CAPTION_PROMPT),
        ("Give a short description of this image", "description", CAPTION_PROMPT),
        ("HOW MANY SHIPS ARE IN THE IMAGE", "count", "How many ships are in the image"),
        ("is There a T72 TANK in the sar image?", "exists", "Is there a T72 tank in the SAR image?"),
        ("How many T-72 tanks are there?", "count", "How many T72 tanks are there?"),
        ("Does the image belong to the category open water?", "belongs", None),
    ],
)
def test_plain_wordings_are_asked_in_those_of_corpora(typed, kind, asked):
    """Regression: what people type first was not read; capitals changed the answer."""
    question = checked(typed)
    assert question.kind and question.reading and question.reading.query.kind == kind
    assert (question.text, question.unanswerable) == (asked or typed, None)


def test_an_order_to_say_yes_or_no_makes_no_other_question_one_of_them():
    """A contradiction is not read; what asks which of two it is says how to ask so."""
    assert checked("How many ships are there? Answer yes or no.").reading is None
    assert "give them as choices" in checked("Is the ship large or small?").remarks[0]


def test_what_lies_beside_an_object_is_no_side_of_the_image():
    typed = "Is there a bridge to the left of the ship?"
    assert plain_question(typed) == typed


def test_a_name_that_nobody_taught_stays_as_it_was_typed():
    """A model of other people may know it so, of which nobody recorded what it learnt."""
    question = check_question("Is there a Boeing 737 or an Airbus A380 in the Image?", Taught(None, None))
    assert question.text.startswith("Is there a Boeing 737 or an Airbus A380 in the")


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("Is there a ship? A: yes B: no", "Is there a ship?\nA. yes\nB. no"),
        ("Is there a ship? (a) yes (b) no", "Is there a ship?\nA. yes\nB. no"),
        ("Choose: A) ship B) tank", "Choose:\nA. ship\nB. tank"),
        ("Is there a ship in the upper left A. or B. region?",) * 2,
        ("Describe the image.\nA. ships\nB. tanks",) * 2,
        ("Which? A) ships, tanks, B) tanks; or C) none?", "Which?\nA. ships, tanks\nB. tanks\nC. none"),
        ("Which? A. ships, tanks B. tanks.", "Which?\nA. ships, tanks\nB. tanks."),
        ("Which? A. U.S. ships B. tanks", "Which?\nA. U.S. ships\nB. tanks"),
    ],
)
def test_choices_of_one_line_stand_behind_the_end_of_a_sentence(typed, read):
    """Regression: "A:" was not read, and "A. or B. region?" gave the choices "or" and "region?"."""
    assert plain_question(typed) == read


@pytest.mark.parametrize(
    ("asked", "word"),
    [
        ("Are there several ships?", "several"),
        ("Are there many bridges in the image?", "many"),
        ("Are there at least two ships in the image?", "at"),
        ("Is there a single ship?", "single"),
        ("Is there exactly 1 ship?", "exactly"),
        ("Are there a dozen lighthouses?", "dozen"),
        ("Is there a big lighthouse?", "big"),
        ("Is there a moving ship?", "moving"),
        ("How many red ships are there?", "red"),
        ("Is there a ship sailing?", "sailing"),
        ("Is there anything in the image?", "anything"),
        ("How many classes are in the image?", "classes"),
        ("How many pixels does the ship have?", "pixels"),
        ("Are there more than 3 ships?", "3"),
        ("Is there more than one ship in the image?", "one"),
        ("Are there two ships?", "two"),
        ("Is there only one ship?", "one"),
        ("Are there 1,000 ships?", "1,000"),
        ("Are there fewer than 737 lighthouses?", "737"),
        ("How many ships and two bridges are there?", "two"),
    ],
)
def test_what_is_said_of_a_class_is_no_name_that_nobody_taught(asked, word):
    """Regression: "several ship", "3 ship", "single ship" and "anything" were classes that the user was to rename."""
    question = checked(asked)
    assert (question.reading, question.unanswerable) == (None, None)
    assert f"the word '{word}' is neither a class nor a word of questions" in question.remarks[0]


MODELS = (
    "2S1 howitzer",
    "A320 or A321 aircraft",
    "BMP2 infantry fighting vehicle",
    "Boeing 737 aircraft",
    "T72 tank",
    "ZSU-23-4 anti-aircraft gun",
)


@pytest.mark.parametrize(
    ("asked", "read"),
    [
        ("Is there a T72?", "Is there a T72 tank?"),
        ("Are there any T-72s?", "Are there any T72 tanks?"),
        ("How many T72 battle tanks are there?", "How many T72 tanks are there?"),
        ("Is there a 2s1?", "Is there a 2S1 howitzer?"),
        ("Is there a ZSU 23-4?", "Is there a ZSU-23-4 anti-aircraft gun?"),
        ("Is there a BMP-2?", "Is there a BMP2 infantry fighting vehicle?"),
        ("How many Boeing 737s are there?", "How many Boeing 737 aircraft are there?"),
        ("Is there a 737?", "Is there a Boeing 737 aircraft?"),
        ("Are there more T72s than 2S1s in the image?", "Are there more T72 tanks than 2S1 howitzers in the image?"),
    ],
)
def test_a_class_is_asked_for_by_its_model(asked, read):
    """Regression: of a "T72 tank" and a "Boeing 737 aircraft" nothing could be asked by "T72" and "Boeing 737"."""
    question = check_question(asked, Taught(frozenset(MODELS), None))
    assert (question.text, question.unanswerable, question.remarks) == (read, None, ())


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ("Is there an A320?", "it asks of A320, which the model was taught only as A320 or A321 aircraft"),
        ("Are there A321 planes?", "it asks of A321 plane, which the model was taught only as A320 or A321 aircraft"),
        ("Is there a T72 truck?", "it asks of T72 truck, and the model was taught T72 tank, "),
        ("Is there a ZSU-57-2?", "it asks of ZSU 57 2, and the model was taught "),
        ("Is there a Boeing 737-800?", "it asks of Boeing 737 800, and the model was taught Boeing 737 aircraft, "),
    ],
)
def test_a_model_that_is_not_the_whole_of_a_class_does_not_mean_it(asked, told):
    """Regression: a model that was taught "A320 or A321 aircraft" was said to have learnt of others alone."""
    question = check_question(asked, Taught(frozenset(MODELS), None))
    assert (question.unanswerable or "").startswith(told)


def test_two_classes_of_one_model_are_not_told_apart_by_it():
    taught = Taught(frozenset(("T72 tank", "T72 tank with a plough")), None)
    assert "T72 tank with a plough" in (check_question("Is there a T72?", taught).unanswerable or "")
    assert check_question("Is there a T72?", taught._replace(classes=frozenset(("T72 tank",))), ("T72",)).remarks == ()


class Pointing(Fake):
    """Points at one thing in the upper left, one in the middle and one in the lower right of 60 x 40 pixels."""

    def _answer(self, space):
        boxes = ((2.0, 3.0, 9.0, 8.0), (28.0, 18.0, 34.0, 22.0), (50.0, 30.0, 58.0, 38.0))
        points = hasattr(space, "most") and space != Count()
        return Generated("3", -1.0, boxes, 0.9, mean_probability=0.9) if points else Generated("1", -0.1)


def test_boxes_are_asked_for_by_the_taught_name_and_kept_where_the_question_asks(tmp_path, monkeypatch):
    """Regression: the model was asked for "all vessels in the upper left", in words that no corpus has."""
    model = Pointing("fake", None, CONTRACT, {}, history=[entry(classes=CLASSES)], box_style=BoxStyle())
    monkeypatch.setattr("sarvl.models.load_model", lambda name: model)
    image = tmp_path / "scene.png"
    cv2.imwrite(str(image), np.arange(2400, dtype=np.uint8).reshape(40, 60))
    asked = ["How many vessels are in the upper left?", "How many ships are on the bottom side?", "How many ships?"]
    first, second, third = ask(image, asked, "m")
    assert first.boxes == ((2.0, 3.0, 9.0, 8.0),)
    assert second.boxes == ((50.0, 30.0, 58.0, 38.0),)
    assert len(third.boxes) == 3
    assert "it counts 1 and points at 3" in third.remarks
    pointing = {text for text, _ in model.asked if "Give the boxes" in text}
    whole = boxes_question(check_question("How many ships?", TAUGHT)) or ""
    assert whole == "Give the boxes [x, y, width, height] of all ships in the image, the topmost first."
    assert len(pointing) == 1
    assert whole in pointing.pop()
    (none,) = ask(image, "How many ships are in the upper right?", "m")
    assert none.grounding == "not grounded: what the model points at lies elsewhere than the question asks"


@pytest.mark.parametrize(
    "typed",
    [
        "Which land cover dominates the image?",
        "Which kinds of land cover take up at least one percent of the image?",
    ],
)
def test_land_cover_is_ground(typed):
    """Regression: a tank dominated the land cover."""
    space = checked(typed).space
    for text in ("open water", "skyscrapers", "bridge"):
        assert may_be(space, text), text
    for text in ("T72 tank", "A220 aircraft", "ship", "tanker", "open water and ship"):
        assert not may_be(space, text), text
    assert may_be(checked("What are the categories visible in the image?").space, "T72 tank")
    ships = Taught(frozenset(("ship", "wake")), None)
    assert (
        check_question(typed, ships).unanswerable == "it asks of land cover, and the model was taught wake, ship alone"
    )
    assert check_question(typed, ships, ("water",)).unanswerable is None
    assert check_question(typed, Taught(None, None)).unanswerable is None


@pytest.mark.parametrize(
    ("area", "told"),
    [
        ("[1000, 1000, 50, 50]", "lies outside of the image, which has 60 x 40 pixels"),
        ("[60,0,5,5]", "lies outside of the image, which has 60 x 40 pixels"),
        ("[10, 10, 0, 0]", "is empty; give [x, y, width, height]"),
        ("[10,10,5,0]", "is empty; give [x, y, width, height]"),
    ],
)
def test_an_area_that_shows_nothing_of_the_image_is_told(tmp_path, monkeypatch, area, told):
    """Regression: what lies 1000 pixels beside the image was answered, and so was an area of nothing."""
    model = Fake("fake", None, CONTRACT, {}, history=[entry(classes=CLASSES)])
    monkeypatch.setattr("sarvl.models.load_model", lambda name: model)
    cv2.imwrite(str(tmp_path / "scene.png"), np.arange(2400, dtype=np.uint8).reshape(40, 60))
    for words in ("What is the object present in the area {}?", "Qu'y a-t-il dans {} ?"):
        (answer,) = ask(tmp_path / "scene.png", words.format(area), "m", unchecked=True)
        assert (answer.answer, answer.taught, answer.remarks) == (None, (), ())
        assert answer.why_not.startswith("unanswerable: the area [") and answer.why_not.endswith(told)
    assert model.asked == []
    (inside,) = ask(tmp_path / "scene.png", "What is the object present in the area [50,30,50,50]?", "m")
    assert inside.answer and "area [50, 30, 50, 50]" in model.asked[0][0]

"""Answers read by their type: what is right, what says nothing, and each fault of published scores by its name."""

import pytest

from sarvl.errors import EvaluationError
from sarvl.measures.answers.answer_type import answer_type_of
from sarvl.measures.answers.boxes import Size, check_forms, matched_share, mean_overlap, read_boxes
from sarvl.measures.answers.class_names import ClassNames
from sarvl.measures.answers.legacy import legacy_score
from sarvl.measures.answers.numbers import read_number
from sarvl.measures.answers.readers import read_option, read_position, read_yes_no
from sarvl.measures.answers.strict import Asked, strict_score

NAMES = ClassNames(("ship", "harbor", "tank", "bridge", "cargo ship", "aircraft"))


def score(answer: str, answer_type: str, prediction: str, options: tuple[str, ...] = ()) -> float:
    return strict_score(Asked("?", answer, answer_type, options), prediction, NAMES).right


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Yes", "yes"),
        ("no.", "no"),
        ("The answer is: **Yes**, there are ships.", "yes"),
        ("No, there are none", "no"),
        ("yes, no doubt", "yes"),
        ("<think>no ... wait</think>yes", "yes"),
        ("yes or no", None),
        ("No. Yes.", None),
        ("north", None),
        ("There is no ship", None),
        ("unknown", None),
        ("", None),
    ],
)
def test_yes_and_no(text, said):
    assert read_yes_no(text) == said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("3", 3),
        ("There are three ships.", 3),
        ("Twenty-one", 21),
        ("1,024 tanks", 1024),
        ("3.0", 3),
        ("3 (three)", 3),
        ("There are no ships in the image", 0),
        ("none", 0),
        ("2 ships and 3 tanks", None),
        ("10-12", None),
        ("at least 3", None),
        ("more than ten", None),
        ("over 3", None),
        ("3 ships above the bridge", 3),
        ("-3", None),
        ("not 3", None),
        ("no idea", None),
        ("several", None),
    ],
)
def test_numbers(text, said):
    assert read_number(text) == said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("one hundred", 100),
        ("A hundred and five ships", 105),
        ("two thousand three hundred", 2300),
        ("2 dozen", 24),
        ("one hundred or two", None),
        ("hundreds of ships", None),
        ("No ships are visible in the image.", 0),
        ("no large ships can be seen", 0),
        ("no idea how many are visible", None),
        ("No, 3 are visible", 3),
    ],
)
def test_large_numbers_in_words_are_read_whole(text, said):
    """Regression: "one hundred" was 1, and "no ships are visible" nothing."""
    assert read_number(text) == said


@pytest.mark.parametrize(
    ("question", "right", "said", "is_right"),
    [
        *(("How many ships are visible?", right, "none", 1) for right in ("No ships", "No ships are visible.", "0")),
        *(("How many ships are visible?", right, "No", 0) for right in ("No ships", "No ships are visible.", "0")),
        ("How many ships are visible?", "No, there are none", "no", 1),
        ("Are there ships?", "No ships are visible.", "no", 1),
        ("Is there a sign which says so?", "No ships are visible.", "no", 1),
        ("What does the sign say?", "No parking", "No parking", 1),
        ("What does the sign say?", "No parking", "No", 0),
        ("In the image, what does the sign say?", "No parking", "No entry", 0),
        ("What is there, if anything?", "No.", "no", 1),
    ],
)
def test_what_was_asked_decides_whether_no_ships_is_a_number(question, right, said, is_right):
    """Regression: whatever opened with "no" was yes/no."""
    assert score(right, answer_type_of(question, right), said) == is_right


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("no ships", 0),
        ("No ships.", 0),
        ("no large cargo ships", 0),
        ("No ships in the image.", 0),
        ("no", None),
        ("no clear answer", None),
        ("no information", None),
        ("No information given.", None),
        ("no, a harbor", None),
        ("no ships but 3 tanks", 3),
    ],
)
def test_no_ships_is_a_count_of_nought(text, said):
    """Regression: "no ships" was unread, where "none" and "there are no ships" are 0."""
    assert read_number(text) == said


@pytest.mark.parametrize(
    ("right", "said", "is_right"),
    [
        *(("15.3 m", said, 1) for said in ("15.3 meters", "15.30 m", "15.3", "about 15.3 m", "The height is 15.3 m.")),
        *(("15.3 m", said, 0) for said in ("15.3 km", "15.3 feet", "15.4 m", "15.3 m or 15.3 km", "15.3 m by 4 m")),
        *(("15m", said, 1) for said in ("15 m", "15m", "15-metre", "fifteen metres", "15")),
        *(("45°", said, 1) for said in ("45 degrees", "45", "45 °")),
        *(("12 dB", said, 0) for said in ("12 GHz", "-12 dB", "at least 12 dB")),
        *(("-12 dB", said, 1) for said in ("-12 dB", "−12.0 decibels", "minus 12 dB", "-12", "It is -12dB.")),
        *(("-12 dB", said, 0) for said in ("12 dB", "-12 m", "-12 or -14 dB", "-12 dB, not 12 dB", "minus twelve")),
        ("9.6 GHz", "9.6 gigahertz", 1),
        ("30 %", "30 percent", 1),
        ("64 pixels", "64px", 1),
        ("15 m²", "15m2", 1),
        ("15 m", "15 m²", 0),
        ("3", "3 m", 1),
    ],
)
def test_a_number_with_a_unit_is_compared_by_both(right, said, is_right):
    """Regression: "15.3 m" was compared as a text, so that "15.3 meters" and "15.3" were wrong."""
    assert score(right, answer_type_of("What is it?", right), said) == is_right


@pytest.mark.parametrize(
    ("right", "said", "is_right"),
    [
        *(("5-10", said, 1) for said in ("5-10", "5 - 10", "5–10", "5 to 10", "five to ten", "It is 5—10.", "5-10 m")),
        *(
            ("5-10", said, 0)
            for said in ("5 10", "5", "510", "5, 10", "10-5", "5-10-15", "5 or 10", "-5-10", "not 5-10")
        ),
        *(("10-20 m", said, 1) for said in ("10-20", "10 m - 20 m", "10 to 20 metres", "10–20m")),
        *(("10-20 m", said, 0) for said in ("10-20 km", "10 km - 20 m", "10 20 m", "20 m")),
        *(("-20 to -10 dB", said, 1) for said in ("-20 - -10 dB", "minus 20 to minus 10", "−20–−10 dB")),
        *(("-3", said, 1) for said in ("-3", "-3.0", "minus 3", "−3", "It is -3.", "-3 dB", "- -3")),
        *(("-3", said, 0) for said in ("3", "- 3", "-4", "-3 or 3")),
        *(("-12.5", said, 1) for said in ("-12.5 dB", "-12.50")),
        *(("3", said, 0) for said in ("3-5", "-3")),
    ],
)
def test_ranges_and_negative_numbers_are_compared_as_numbers(right, said, is_right):
    """Regression: they were compared as loose words, so that "10 20" was "10-20", and "5 - 10" was not "5-10"."""
    assert score(right, answer_type_of("What is it?", right), said) == is_right


def test_a_range_is_no_number_and_is_not_read_as_one():
    assert not strict_score(Asked("?", "3", "number"), "3-5", NAMES).is_read
    assert Asked("?", "Boeing 737-800", "text").scored_as == Asked("?", "T-72", "text").scored_as == "text"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        *(("one million", 10**6), ("1.5 million", 1500000), ("two million three hundred", 2000300), ("2 dozens", 24)),
        *(
            (text, None)
            for text in ("three and a half", "one third", "twenty-first", "three point three", "3/3", "2 * 2")
        ),
        *(
            (text, None)
            for text in ("half a million", "a few hundred", "3 pairs", "3 k", "millions", "3+", ">3", "≥ 3")
        ),
        *(("3 point targets", 3), ("3 ships in the left half", 3), ("<3>", 3)),
    ],
)
def test_a_number_of_several_words_is_no_other_number(text, said):
    """Regression: "one million" and "three and a half" were 1 and 3."""
    assert read_number(text) == said


def test_a_number_with_a_unit_of_a_corpus_is_compared_by_both():
    asked = Asked("How high is it?", "15.3 m", "text")
    assert asked.scored_as == "number"
    assert strict_score(asked, "15.3 meters", NAMES).right == 1
    assert Asked("How is it?", "15.3 m high", "text").scored_as == "text"


@pytest.mark.parametrize(("said", "chosen"), [("15 km", 1), ("15km", 1), ("15 metres", 0), ("15", None), ("2 m", 2)])
def test_options_of_numbers_differ_by_their_units(said, chosen):
    assert read_option(said, ("15m", "15km", "2m")) == chosen


def test_options_that_say_the_same_number_are_chosen_by_their_words():
    assert read_option("no tanks", ("no ships", "no tanks", "no bridges")) == 1


@pytest.mark.parametrize("text", ["The correct option is B", "the right choice is B.", "The best choice: B"])
def test_the_correct_option_is_b_chooses_b(text):
    """Regression: only "the answer is" was taken off."""
    assert read_option(text, ("tank", "ship")) == 1


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("On the left side of the image", {"left"}),
        ("upper-right corner", {"top", "right"}),
        ("In the Centre.", {"center"}),
        ("middle", {"center"}),
        ("not left", None),
        ("somewhere", None),
    ],
)
def test_positions(text, said):
    assert read_position(text) == said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("ships", {"ship"}),
        ("Harbour, tanks and a boat", None),
        ("The main object in the image is a large ship.", {"ship"}),
        ("Harbour; tanks & bridge, bridge", {"harbor", "tank", "bridge"}),
        ("there is no ship", None),
        ("ship container", None),
        ("spaceship", None),
        ("ship and spaceship", None),
        ("ship or tank", None),
        ("a cargo ship", {"cargo ship"}),
    ],
)
def test_class_sets(text, said):
    assert NAMES.read(text) == said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("B", 1),
        ("(b)", 1),
        ("B. 16", 1),
        ("Answer: B) 16", 1),
        ("There are 16 ships", 1),
        ("B. 18", None),
        ("A. B. C.", None),
        ("116", None),
        ("E", None),
    ],
)
def test_options_of_numbers(text, said):
    assert read_option(text, ("13", "16", "18")) == said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("A ship", 1),
        ("a cargo ship", 2),
        ("The main object is a ship", 1),
        ("not a ship", None),
        ("ship container", None),
        ("A", 0),
        ("in a row", 3),
    ],
)
def test_options_of_words(text, said):
    assert read_option(text, ("tank", "ship", "cargo ship", "in a row")) == said


@pytest.mark.parametrize(
    "text",
    [
        *("ship or tank", "ship, tank", "a ship and a tank", "ships and a tank", "Ship/Tank", "Both: ship & tank"),
        *("vessel or tank", "a vessel and a tank", "(A) or (B)", "A. or B.", "A, or B", "(A)/(B)", "(A) and (C)"),
        *("a, or b", "A; B", "[A] [B]", "A. tank or ship", "A. tank, B. ship", "A: tank (B)", "A, not B"),
    ],
)
def test_an_answer_that_names_two_choices_is_none(text):
    """Regression: the last choice named, or the first letter, counted as what was chosen."""
    assert read_option(text, ("tank", "ship", "bridge")) is None


def test_places_of_two_choices_are_none():
    """Regression: "top left" chose "Left" beside "Top"."""
    assert read_option("top left", ("Top", "Left")) is read_option("upper left", ("Top", "Left")) is None
    assert read_option("Left/Right", ("Left", "Right")) is None
    assert read_option("in the upper left corner", ("Top", "Left", "Top left")) == 2


@pytest.mark.parametrize(
    "text", ["A", "[A]", "A;", "A!", "*A*", "# A", "- A", "The answer is A. tank", "A. It is a tank"]
)
def test_a_letter_with_any_sign_behind_it_chooses(text):
    """Regression: "[A]", "A;" and "A!" were unread."""
    assert read_option(text, ("tank", "ship")) == 0


@pytest.mark.parametrize(
    ("text", "chosen"),
    [
        *(
            (text, 0)
            for text in ("Yes, there is no doubt", "yes, it is a ship", "A. Yes, there is one", "yes, no doubt")
        ),
        *((text, 1) for text in ("No, there is not.", "B. No, there is none", "The answer to it is no")),
        *((text, None) for text in ("There is no ship", "yes or no", "Yes/No", "A. No", "A. Yes or no")),
    ],
)
def test_choices_of_yes_and_no_are_read_as_yes_and_no(text, chosen):
    """Regression: all but a plain "yes" was unread."""
    assert read_option(text, ("Yes", "No")) == chosen


@pytest.mark.parametrize(
    "option",
    [
        *(
            "A220 aircraft and Boeing 737 aircraft",
            "A320 or A321 aircraft, A220 aircraft",
            "not a ship",
            "5-10",
            "T-72",
        ),
        *("to the left", "E. coli", "top left", "no", "ship/tank"),
    ],
)
def test_the_words_of_an_option_choose_it(option):
    options = ("A220 aircraft", option, "ship", "left", "10-20")
    assert read_option(option, options) == read_option(f"B. {option}", options) == 1


@pytest.mark.parametrize(
    "text", ["Yes|No", "Yes; no", "yes: no", "yes (no)", "Yes\\No", "no - yes", "yes, but also no"]
)
def test_yes_and_no_at_once_is_no_answer(text):
    """Regression: only "/", "or" and a comma joined them."""
    assert read_yes_no(text) is None


def test_sarlang_1_is_not_right_in_10():
    assert legacy_score("1", "10") is True
    assert score("1", "number", "10") == 0
    assert score("1", "number", "1") == 1


def test_sarlang_no_is_not_right_in_north():
    assert legacy_score("no", "north") is True
    assert score("no", "yes/no", "north") == 0


def test_sarlang_ship_is_not_right_in_there_is_no_ship():
    assert legacy_score("ship", "There is no ship") is True
    assert score("ship", "class set", "There is no ship") == 0
    assert score("ship", "text", "There is no ship") == 0
    assert score("ship", "class set", "ship", ("ship", "tank")) == 1
    assert score("ship", "class set", "There is no ship", ("ship", "tank")) == 0


def test_sarlang_exact_branch_never_gives_1_and_words_go_to_its_judge():
    cases = [(truth, said) for truth in ("yes", "no", "7") for said in ("yes", "no", "7", "17", "nope")]
    assert all(legacy_score(truth, said) is (truth in said) for truth, said in cases)
    assert legacy_score("ship", "vessel") is None
    assert legacy_score("100", "99") is None


def test_a_synonym_means_the_class_where_it_can_mean_no_other():
    assert ClassNames(("ship", "harbor")).read("a vessel near port") is None
    assert ClassNames(("ship", "harbor")).read("a vessel and a port") == {"ship", "harbor"}
    assert ClassNames(ClassNames(()).parts("Ships and harbour, ship")).read("the ship") == {"ship"}


def test_lists_of_classes_are_right_in_any_order_and_whole():
    assert score("harbor, tank and bridge", "class set", "Bridge, tanks and harbour.") == 1
    assert score("harbor, tank and bridge", "class set", "bridge and tank") == 0
    assert score("roughly square", "text", "It is roughly square.") == 1
    assert score("wide", "text", "not wide") == 0


@pytest.mark.parametrize(
    "name",
    [
        *("A320 or A321 aircraft", "sports field or park", "no data", "none", "not built-up", "T-72", "class A"),
        *("search and rescue ship", "A320/321", "R&D site", "sea, the land"),
    ],
)
def test_a_class_whose_name_holds_a_word_that_joins_or_turns_can_be_right(name):
    """Regression: "or", "no" and the "t" of "isn't" made it no answer, and "and", "/", "&" and "," parted it."""
    names = ClassNames((name, "ship", "tank"))
    asked = Asked("?", name, "class set")
    said = (name, name.upper(), f"{name}, ship", f"not {name}", f"ship or {name}", f"{name} or ship", f"isn't {name}")
    assert [strict_score(asked, text, names).right for text in said] == [1, 1, 0, 0, 0, 0, 0]
    assert names.of(f"{name}, tank") == names.read(f"tank and {name}") == names.of(name) | {"tank"}


def test_a_name_that_holds_a_joint_is_one_in_a_sentence():
    names = ClassNames(("A320 or A321 aircraft", "search and rescue ship", "T-72", "ship", "water"))
    assert names.read("It is a search and rescue ship.") == {"search and rescue ship"}
    assert names.read("The image shows A320 or A321 aircraft and a T-72") == {"a320 or a321 aircraft", "t 72"}
    assert names.read("It isn't a T-72") is names.read("It isnt a ship") is None
    assert names.read("It is water.") == names.of("water")


def test_names_that_clash_do_not_stop_others_from_being_read():
    """Regression: one pair that texts cannot tell apart left no class to be read in a sentence."""
    names = ClassNames(("type aircraft of another type", "other type aircraft", "aircraft", "T72 tank", "ship"))
    assert names.read("It is a T72 tank") == {"t72 tank"}
    assert names.read("a vessel and an aircraft") == {"ship", "aircraft"}
    assert names.read("It is an aircraft of another type") is None
    assert names.read("other type aircraft") == {"other type aircraft"}


@pytest.mark.parametrize("wrap", ["*{}*", "_{}_", "__{}__", "***{}***", "- {}", "* {}", "# {}", "### {}", "`{}`"])
def test_markdown_is_taken_off(wrap):
    """Regression: only ** and ` were."""
    assert read_yes_no(wrap.format("Yes")) == "yes"
    assert NAMES.read(wrap.format("Cargo ship")) == {"cargo ship"}
    assert read_option(wrap.format("A"), ("tank", "ship")) == 0
    assert score("-3 dB", "text", wrap.format("-3 dB")) == 1
    assert score("3 dB", "text", wrap.format("-3 dB")) == 0


def test_the_image_shows_is_no_part_of_a_text():
    """Regression: "shown" was taken off, and "shows" was not."""
    assert score("residential area", "text", "The image shows a residential area.") == 1
    assert score("residential area", "text", "The image shows no residential area.") == 0


@pytest.mark.parametrize(
    "text",
    [
        "[10, 20, 40, 60]",
        "(10,20,40,60)",
        "<box>(10,20),(40,60)</box>",
        "It is at {<10><20><40><60>}.",
        "10, 20, 40, 60",
        "[[10, 20], [40, 20], [40, 60], [10, 60]]",
        "[10,20],[40,60]",
        "It is at [[10, 20], [40, 60]].",
        "10 20 40 60",
        "10  20, 40 60.",
    ],
)
def test_boxes_are_read_in_every_form(text):
    assert read_boxes(text, "xyxy") == [(10, 20, 40, 60)]


@pytest.mark.parametrize(
    "text",
    ["{<10><20><40><60>,<50><60><70><80>}", "[[10,20],[40,60]], [[50,60],[70,80]]", "[[10,20,40,60],[50,60,70,80]]"],
)
def test_every_box_of_a_list_is_read(text):
    """Regression: of several boxes in one pair of braces the first alone was read, and corners in lists were none."""
    assert read_boxes(text, "xyxy") == [(10, 20, 40, 60), (50, 60, 70, 80)]


@pytest.mark.parametrize(
    "text",
    [
        *("[10,20],[40,20],[40,60],[10,60]", "[[1,2],[3,4],[5,6]]", "[10,20],[30,40],[50,60]", "[10,20,40,60,0.9]"),
        *("10 20 40", "10 20 40 60 80", "It has 10 20 40 60", "[10,20]"),
    ],
)
def test_what_may_be_other_than_a_box_is_none(text):
    assert read_boxes(text, "xyxy") == []


def test_boxes_of_thoughts_are_no_boxes_of_the_answer():
    """Regression: a box that a model weighed in <think> counted beside the one that it answered."""
    assert read_boxes("<think>[1, 2, 3, 4]?</think>[10, 20, 40, 60]", "xyxy") == [(10, 20, 40, 60)]


def test_boxes_in_full_width_characters_are_read():
    assert read_boxes("［１０，２０，４０，６０］", "xyxy") == [(10, 20, 40, 60)]


def test_boxes_are_what_is_declared():
    assert read_boxes("[10, 20, 30, 40]", "xywh") == [(10, 20, 40, 60)]
    assert read_boxes("[100, 200, 400, 600]", "xyxy/1000", Size(200, 100)) == [(20, 20, 80, 60)]
    assert read_boxes("[0.1, 0.2, 0.4, 0.6]", "xyxy/1") == [(0.1, 0.2, 0.4, 0.6)]
    assert read_boxes("[.1, 0.3333333333333333, .5, 1.]", "xyxy/1") == [(0.1, 1 / 3, 0.5, 1)]
    assert read_boxes("[40, 20, 10, 60]", "xyxy") == []
    with pytest.raises(EvaluationError, match="size of the image is not known"):
        check_forms("xywh", "xyxy/1000", None, "a.json")


def test_overlap_of_boxes():
    right = [(0.0, 0.0, 10.0, 10.0), (20.0, 0.0, 30.0, 10.0)]
    assert matched_share([(0, 0, 10, 5)], right[:1], 0.5) == 1
    assert matched_share([(0, 0, 10, 4.9)], right[:1], 0.5) == 0
    assert matched_share([(0, 0, 10, 10), (50, 50, 60, 60)], right[:1], 0.5) == pytest.approx(2 / 3)
    assert matched_share([(0, 0, 10, 10)] * 2, right, 0.5) == 0.5
    assert mean_overlap([(20, 0, 30, 5)], right) == 0.25
    asked = Asked("?", "[0, 0, 10, 10]", "box")
    half = strict_score(asked, "[0, 0, 10, 4]", NAMES)
    assert (half.right, half.iou25, half.iou50, half.iou) == (0, 1, 0, 0.4)

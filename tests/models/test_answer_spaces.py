"""Answer spaces: what may be written of each, that it always parses, and how sure the answer is."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from sarvl.errors import ModelError
from sarvl.models.answering.answer_space import POSITION, YES_NO, Boxes, ClassSet, Count, FreeText, OneAnswer, Option
from sarvl.models.answering.answer_writer import AnswerWriter, Together
from sarvl.models.answering.box_words import BoxStyle, BoxWords, SeenPart, Size
from sarvl.models.answering.families import FAMILIES
from sarvl.models.answering.limited_text import LimitedText
from sarvl.models.answering.patterns import Pattern, WholeNumber
from sarvl.models.answering.sureness import Choice, best_temperature, probability_of
from sarvl.models.answering.token_texts import TokenTexts
from sarvl.models.decoding import GrowingTexts
from sarvl.models.protocols import Decoding

CORPUS = BoxStyle("[x, y, width, height]", "xywh", None)


def texts_of(pattern: Pattern, characters: str) -> set[str]:
    """Return all texts that a pattern of few texts has."""
    texts, open_texts = set(), {"": pattern}
    while open_texts:
        text, current = open_texts.popitem()
        texts |= {text} if current.is_whole else set()
        going_on = {text + character: current.after(character) for character in characters}
        open_texts |= {longer: following for longer, following in going_on.items() if following is not None}
    return texts


def test_a_space_holds_its_answers_and_nothing_else():
    assert texts_of(YES_NO.pattern(None), " yesnoYN") == {
        each for word in ("yes", "no") for each in (word, word.title(), f" {word}", f" {word.title()}")
    }
    assert texts_of(Count(12).pattern(None), "0123456789") == {str(number) for number in range(13)}
    lists = texts_of(ClassSet(("ship", "ship wake")).pattern(None), "ship wakend, ")
    assert {text.strip() for text in lists} == {
        "ship", "ship wake", "ship, ship wake", "ship wake, ship", "ship and ship wake", "ship wake and ship",
    }  # fmt: skip
    assert texts_of(Option(("5", "0", "3")).pattern(None), "ABCD ") == {"A", "B", "C", " A", " B", " C"}
    assert texts_of(POSITION.pattern(None), "lefrightopbmcn ") >= {"left", "center", " top"}


def test_a_number_has_bounds_and_leading_zeros_only_where_its_places_are_fixed():
    assert texts_of(WholeNumber(7, 12), "0123456789") == {"7", "8", "9", "10", "11", "12"}
    assert texts_of(WholeNumber(98, 101, digits=4), "0123456789") == {"0098", "0099", "0100", "0101"}
    assert WholeNumber(0, 9).after("4").only == ""
    assert WholeNumber(0, 10).after("4").only == ""
    assert WholeNumber(0, 10).after("1").only is None


def words_of(style: BoxStyle, width: int, height: int, pixels: Size | None = None) -> BoxWords:
    """Return how boxes of an image that is seen whole are written."""
    return BoxWords(style, Size(width, height), SeenPart(0, 0, width, height), pixels or Size(width, height))


PIXELS = words_of(CORPUS, 40, 30)


@pytest.mark.parametrize("order", ["xywh", "xyxy", "yxyx"])
def test_every_box_that_can_be_written_has_an_area_inside_the_image(order):
    words = words_of(BoxStyle(order=order, parts=None), 20, 30, Size(2, 3))
    texts = texts_of(words.pattern(1), "[0123], ")
    assert len(texts) == 3 * 6  # pairs of different edges along 2 and along 3 pixels
    for text in texts:
        ((left, top, right, bottom),) = words.read(text)
        assert 0 <= left < right <= 20
        assert 0 <= top < bottom <= 30
        assert words.written((left, top, right, bottom)) == text
    two = texts_of(words_of(BoxStyle(order=order, parts=1), 20, 30).pattern(2), "[0123], ")
    assert sorted(len(words.read(text)) for text in two) == [1, 2]


LOCATIONS = BoxStyle("", "yxyx", 1024, "<loc", "><loc", "><loc", ">", digits=4, largest=1023)


def test_a_box_is_turned_back_to_the_pixels_of_the_image():
    in_crop = BoxWords(BoxStyle(), Size(400, 200), SeenPart(100, 0, 200, 200), Size(32, 32))
    assert in_crop.read("[0, 500, 1000, 750]") == ((100, 100, 300, 150),)
    assert in_crop.written((100, 100, 300, 150)) == "[0, 500, 1000, 750]"
    padded = BoxWords(BoxStyle(), Size(400, 200), SeenPart(0, -100, 400, 400), Size(32, 32))
    assert padded.read("[0, 0, 1000, 500]") == ((0, 0, 400, 100),)  # cut where the image begins
    of_tokens = words_of(LOCATIONS, 512, 256)
    assert of_tokens.read("<loc0256><loc0512><loc0512><loc1023>") == ((256, 64, 1023 / 2, 128),)
    assert of_tokens.pattern(1).after("<") is not None
    assert Boxes(1).said("[2, 3, 4, 5]", PIXELS).text == "[2, 3, 4, 5]"
    assert FreeText().said("a ship at [2, 3, 4, 5]", PIXELS).boxes == ((2, 3, 6, 8),)


def test_a_free_text_of_boxes_alone_is_in_pixels():
    """Regression: its text stayed in the model's own frame, beside boxes in pixels."""
    hundredths = words_of(BoxStyle(parts=100), 500, 300)
    assert FreeText().said("[48, 38, 86, 86]", hundredths) == ("[240, 114, 190, 144]", ((240, 114, 430, 258),))
    assert FreeText().said("[0, 0, 10, 10], [50,50,60,60]", hundredths).text == "[0, 0, 50, 30], [250, 150, 50, 30]"
    assert FreeText().said("a ship at [48, 38, 86, 86]", hundredths).text == "a ship at [48, 38, 86, 86]"
    assert FreeText().said("a ship", hundredths) == ("a ship", ())


def test_a_question_of_a_corpus_is_put_in_the_words_of_the_model():
    words = words_of(BoxStyle(before="(", between=",", middle="),(", behind=")"), 200, 100)
    asked = "What lies in the box [20, 10, 20, 30]? Answer with its box [x, y, width, height]."
    assert words.in_words(asked) == ("What lies in the box (100,100),(200,400)? Answer with its box [x1, y1, x2, y2].")
    assert words.read("(100,100),(200,400)") == ((20, 10, 40, 40),)


STYLES = [CORPUS, *(family.boxes for family in FAMILIES.values() if family.boxes)]


@pytest.mark.parametrize("style", STYLES, ids=lambda style: f"{style.name} in {style.parts}")
@given(data=st.data())
def test_a_box_of_a_corpus_is_written_so_that_it_can_be_read(style, data):
    """Regression: in LLaVA's hundredths a ship of 12 x 10 pixels in 4000 x 3000 was [0.25, 0.33, 0.25, 0.34]."""
    width, height = (data.draw(st.integers(1, 5000)) for _ in range(2))
    left, top = data.draw(st.integers(0, width - 1)), data.draw(st.integers(0, height - 1))
    right, bottom = data.draw(st.integers(left + 1, width)), data.draw(st.integers(top + 1, height))
    words = words_of(style, width, height, Size(980, 700))
    pattern, text = words.pattern(1), words.written((left, top, right, bottom))
    for character in text:
        pattern = pattern.after(character)
    assert pattern.is_whole
    (box,) = words.read(text)
    near = 1e-5 if style.largest is None else 1 / style.parts  # of LLaVA and PaliGemma no number is the far edge
    assert box[0] <= left + near * width and right - near * width <= box[2]
    assert box[1] <= top + near * height and bottom - near * height <= box[3]


PIECES = ["</s>", "yes", "Yes", " yes", "no", "No", "y", "1", "2", "12", "0", "ship", " and ", "tank", "tan", "k", "3"]
LOOSE_PIECES = [*PIECES, "ye", "n", " ", "very", " large", " small", "medium"]


class Told(GrowingTexts):
    """A decoder whose logits are told: of each text, at each step, by the words of the tokens."""

    ends, padding, device, start = (0,), 0, torch.device("cpu"), 0

    def __init__(self, steps: list[list[dict[str, float]]], pieces: list[str]) -> None:
        self.pieces = pieces
        self.steps, self.images, self.length, self.kept = steps, len(steps), 0, []
        self.rows = list(range(len(steps)))

    def step(self, tokens):
        logits = torch.full((len(self.rows), len(self.pieces)), -30.0)
        for place, row in enumerate(self.rows):
            for piece, value in self.steps[row][self.length].items():
                logits[place, self.pieces.index(piece)] = value
        self.length += 1
        return logits

    def keep(self, images):
        self.rows = [self.rows[place] for place in images.tolist()]
        self.kept.append(self.rows)


def answered(spaces, steps, temperature=1.0, pieces=PIECES):
    told = Told(steps, pieces)
    vocabulary = TokenTexts({token: piece for token, piece in enumerate(pieces) if token})
    writer = AnswerWriter(vocabulary, lambda tokens: "".join(pieces[token] for token in tokens), temperature)
    together = Together(range(len(spaces)), Decoding())
    answers = writer.answers(told, together, spaces, [PIXELS] * len(spaces))
    return answers, told


def test_an_answer_is_the_likeliest_of_its_space_with_its_share_among_them():
    likely_other = {"tank": 9.0, "yes": 1.0, "Yes": 1.0, "no": 1.0}
    (answer,), told = answered([YES_NO], [[likely_other]])
    assert answer.text == "yes"
    assert answer.probability == pytest.approx(2 / 3, abs=1e-4)  # both spellings are one answer
    assert answer.log_probability == pytest.approx(-8, abs=0.01)  # of the token, among all that there are
    assert told.length == 1  # nothing is left to choose behind "yes"


LOOSE = {"no": 0.152, "n": 0.223, "yes": 0.171, "ye": 0.1, "y": 0.162, " ": 0.193}


def logits_of(shares: dict[str, float]) -> dict[str, float]:
    return {piece: float(np.log(share)) for piece, share in shares.items()}


def test_tokens_that_lead_to_one_answer_are_added_and_a_blank_before_all_is_none():
    """Regression: "no" was given with .22, since "n" was likelier than each of "yes", "ye" and "y"."""
    (answer,), told = answered([YES_NO], [[logits_of(LOOSE)]], pieces=LOOSE_PIECES)
    assert (answer.text, told.length) == ("yes", 1)
    assert answer.probability == pytest.approx(0.433 / (0.433 + 0.375), abs=1e-3)
    behind_blank = [logits_of(LOOSE | {" ": 0.9}), logits_of({"n": 0.3, "no": 0.2, "yes": 0.4})]
    (answer,), _ = answered([YES_NO], [behind_blank], pieces=LOOSE_PIECES)
    assert answer.text == "no"
    assert answer.probability == pytest.approx(5 / 9, abs=1e-3)


@pytest.mark.parametrize("space", [YES_NO, Option(("4", "0")), POSITION])
def test_the_answer_given_is_the_likeliest_of_its_type_whose_probabilities_add_up_to_1(space):
    """Regression: of two answers the given one had .26, as both were also written in parts, or behind a blank."""
    letters = sorted({*"leftrightopbottomcenteryesnoABYN"})
    tokens = TokenTexts(dict(enumerate(["</s>", " ", *letters, "yes", " no", "to", "center", " r", "be", "ri"])))
    rng = np.random.default_rng(0)
    for _ in range(50):
        limit = LimitedText(space.pattern(None), tokens)
        while not limit.is_over:
            limit.next_token(torch.tensor(rng.normal(0, 3, 60)), [0])
        (choice,) = limit.likeliest.choices
        count = len(space.answers) if isinstance(space, OneAnswer) else len(space.options)
        assert choice.shares.shape == (count,)
        assert np.exp(choice.shares).sum() == pytest.approx(1)
        assert probability_of([choice]) == pytest.approx(np.exp(choice.shares).max())


def test_a_likelier_answer_that_was_passed_by_is_given():
    """Regression: the likelier way was followed, though all answers on it were less likely than another one."""
    steps = [logits_of({"very": 0.6, "medium": 0.4}), logits_of({" large": 0.5, " small": 0.5})]
    (size, very), _ = answered(
        [OneAnswer(("very large", "medium", "very small"))] * 2,
        [steps, [steps[0], logits_of({" large": 0.1, " small": 0.9})]],
        pieces=LOOSE_PIECES,
    )
    assert (size.text, size.probability) == ("medium", pytest.approx(0.4, abs=1e-3))
    assert (very.text, very.probability) == ("very small", pytest.approx(0.54, abs=1e-3))
    (count,), _ = answered([Count()], [[logits_of({"0": 0.4, "1": 0.6}), logits_of({"</s>": 0.6, "2": 0.4})]])
    assert (count.text, count.probability) == ("0", pytest.approx(0.4, abs=1e-3))


def test_the_mean_probability_is_that_of_a_typical_choice():
    (two, free), _ = answered(
        [Count(99), FreeText()], [[{"1": 1.0, "2": 1.0}, {"0": 1.0, "3": 1.0}], [{"ship": 9.0}, {"</s>": 9.0}]]
    )
    assert two.probability == pytest.approx(1 / 4, abs=1e-3)
    assert two.mean_probability == pytest.approx(1 / 2, abs=1e-3)
    assert free.mean_probability == pytest.approx(np.exp(free.log_probability / 2))


def test_texts_that_are_over_are_computed_no_further():
    steps = [[{"no": 5.0}], [{"1": 5.0}, {"2": 4.0, "</s>": 3.0}, {"</s>": 9.0}]]
    answers, told = answered([YES_NO, Count(999)], steps)
    assert [answer.text for answer in answers] == ["no", "12"]
    assert told.kept == [[1]]


def test_a_list_ends_where_the_model_ends_it_and_where_no_class_is_left():
    (one, both), _ = answered(
        [ClassSet(("ship", "tank"))] * 2, [[{"ship": 5.0}, {"</s>": 5.0}], [{"ship": 5.0}, {" and ": 5.0}]]
    )
    assert (one.text, both.text) == ("ship", "ship and tank")


def test_a_vocabulary_that_cannot_write_the_answers_is_said():
    with pytest.raises(ModelError, match="no tokens for an answer of this kind"):
        answered([ClassSet(("bridge",))], [[{"ship": 5.0}]])


def test_temperature_changes_how_sure_an_answer_is_and_not_the_answer():
    (answer,), _ = answered([YES_NO], [[{"yes": 3.0, "no": 1.0}]], temperature=4.0)
    assert answer.text == "yes"
    assert answer.probability == pytest.approx(1 / (1 + np.exp(-0.5)), abs=1e-3)
    assert probability_of(answer.choices) == pytest.approx(1 / (1 + np.exp(-2)), abs=1e-3)


def test_calibration_finds_the_temperature_that_answers_were_made_with():
    rng = np.random.default_rng(0)
    logits = rng.normal(0, 3, (4000, 3))
    shares = logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))
    true = np.exp(logits / 2.5)
    draws = [rng.choice(3, p=row / row.sum()) for row in true]
    choices = [[Choice(row, int(row.argmax()))] for row in shares]
    right = [int(row.argmax()) == draw for row, draw in zip(shares, draws, strict=True)]
    assert best_temperature(choices, right) == pytest.approx(2.5, rel=0.1)
    with pytest.raises(ModelError, match="9 answers are too few"):
        best_temperature(choices[:9], right[:9])

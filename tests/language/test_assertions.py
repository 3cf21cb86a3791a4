"""A question and an answer as a caption: what it claims is true where the answer is right, else false."""

from pathlib import Path

import pytest

from sarvl.annotations import AnnotatedImage, AnnotatedObject, Box
from sarvl.language import QuestionSettings, ask
from sarvl.language.geometry.layout import layout_of
from sarvl.language.questions.assertions import asserted
from sarvl.language.questions.sarlang_wording import (
    CLASSES_PREFIX,
    POSITIONS_PREFIX,
    application_of,
    with_prefix,
    without_prefix,
)
from sarvl.language.reader.text_reader import read_text
from sarvl.language.words.vocabulary import Vocabulary, vocabulary_of

WHERE = "Where are most ships positioned within the image?"
MORE_BRIDGES = "There are more bridges than ships in this SAR image."
KINDS = ("exists", "exists_in_cell", "count", "count_in_cell", "comparison")


def image(number: int) -> AnnotatedImage:
    ships = [AnnotatedObject("ship", Box(20 + 30 * n, 30, 40 + 30 * n, 44)) for n in range(number % 4 + 1)]
    others = [AnnotatedObject("bridge", Box(105, 140, 155, 152))] if number % 2 else []
    tanks = [AnnotatedObject("tank", Box(200, 200 - 9 * n, 206, 206 - 9 * n)) for n in range(number % 3)]
    return AnnotatedImage(
        file=f"{number}.png",
        path=Path(f"{number}.png"),
        width=256,
        height=256,
        objects=(*others, *ships, *tanks),
        labelled_classes=("aircraft", "bridge", "ship", "tank"),
    )


def is_true(caption: str, of: AnnotatedImage) -> bool:
    layout = layout_of(of)
    claims = read_text(caption, vocabulary_of(of)).claims
    assert claims
    return all(claim.resting_on(claim.evidence(of, layout)).problem(of, layout) is None for claim in claims)


def test_the_caption_of_an_answer_is_true_where_the_answer_is():
    settings = QuestionSettings(multiple_choice=1.0, shares={"others": 1.0})
    asked = [(each, question) for n in range(8) for each in [image(n)] for question in ask(each, settings)]
    seen = set()
    for each, question in asked:
        if question.family in KINDS:
            for answer in question.options or ("yes", "no"):
                caption = asserted(question.text, answer, vocabulary_of(each))
                assert is_true(caption, each) == (answer == question.answer), caption
                seen.add((question.family, answer == question.answer))
    assert seen == {(kind, right) for kind in KINDS for right in (True, False)}


@pytest.mark.parametrize(
    ("question", "answer", "caption"),
    [
        ("How many ships are visible in the image?\nA. 1\nB. 3", "1", "A SAR image of 1 ship."),
        ("How many ships are visible in the image?", "0", "A SAR image of no ships."),
        ("What are the categories visible in the image?", "ship and bridge", "A SAR image of a ship and a bridge."),
        ("Are there more ships than bridges in the image?", "no", MORE_BRIDGES),
        ("Are there any other categories apart from ship in the image?", "no", "A SAR image of only ships."),
        ("Is there a ship located on the left side of the image?", "yes", "A SAR image of a ship on the left side."),
        (WHERE, "top", f"{WHERE} top"),
        ("Is this a harbour?", "yes", "Is this a harbour? yes"),
    ],
)
def test_captions(question, answer, caption):
    assert asserted(question, answer, Vocabulary(("ship", "bridge", "aircraft"))) == caption


def test_sarlang_prefix_of_mixed_subsets_stands_once_and_fits_the_question():
    many = "How many ships are visible in the image?"
    assert with_prefix(WHERE) == f"{POSITIONS_PREFIX} {WHERE}"
    assert with_prefix(with_prefix(many)) == f"{CLASSES_PREFIX} {many}"
    assert without_prefix(with_prefix(WHERE)) == WHERE


@pytest.mark.parametrize(
    ("question", "application"),
    [
        ("Does the ship exist in the image?", "identification"),
        ("Are there ships exist in the image?", "identification"),
        ("Is there a ship located on the left side of the image?", "identification"),
        ("Are there any other categories apart from ship in the image?", "identification"),
        ("What is the main object in the image?", "classification"),
        ("What are the categories visible in the image?", "classification"),
        ("How many ships are located in the image?", "counting"),
        (WHERE, "positioning"),
        ("What is the object present in the area [1, 2, 3, 4]?", "region referring"),
        ("Describe the content of this image in one sentence.", "description"),
        ("What shape is the field?", None),
    ],
)
def test_applications_of_published_wordings(question, application):
    assert application_of(question) == application
    assert application_of(with_prefix(question)) == application

"""The machine check of rewritten captions, the numbers that it compares, and statements made of twin captions."""

import pickle
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st
from language_examples import annotated

from sarvl.language import Statement, verify
from sarvl.language.rewrite import (
    Refusal,
    RewrittenCaption,
    check_rewrite,
    rewrite_by_rule,
    rewrite_twin_captions,
    twin_statements,
)
from sarvl.language.rewrite.numbers import numbers_in
from sarvl.language.words.lexicon import number_text

ORIGINAL = "Two red roof houses and three large, green trees stand near a gray road, with no cars on it."


@pytest.mark.parametrize(
    ("original", "rewritten"),
    [
        (ORIGINAL, "Two houses and three large trees stand near a road, with no cars on it."),
        (ORIGINAL, "2 houses and 3 large trees are standing near a road with no car."),
        (ORIGINAL, "This SAR image shows two houses and three trees near a road, with no cars on it."),
        ("A pair of white ships and twelve boats", "Two ships and 12 boats."),
        ("Twenty-one red cars, a dozen grey vans", "21 cars, twelve vans."),
        ("The green area has a hundred and five houses", "The vegetated area has 105 houses."),
        ("Two white, black and red tall towers", "Two tall towers."),
        ("Docked at a grey pier are two white ships", "Two ships docked at a pier."),
        ("The roofs of the 12 houses are red, and the houses stand here", "The 12 houses stand here."),
        ("greenbelts surround the wharf", "Vegetation belts surround the wharf."),
        ("some surroundeded bridege voer a river", "Some surrounded bridge over a river."),
        ("There isn't a green tree on the quay", "There is not a tree on the quay."),
    ],
)
def test_what_passes(original, rewritten):
    assert check_rewrite(original, rewritten) == []


@pytest.mark.parametrize(
    ("rewritten", "problem"),
    [
        ("Two red houses and three large trees stand near a road, with no cars on it.", "'red' is optical"),
        ("Two houses and three large trees stand near a dark road, with no cars on it.", "'dark' is optical"),
        ("Two houses and four large trees stand near a road, with no cars on it.", "numbers differ: 2, 3 became 2, 4"),
        ("Two houses and large trees stand near a road, with no cars on it.", "numbers differ: 2, 3 became 2"),
        ("Houses and large trees stand near a road, with no cars on it.", "numbers differ: 2, 3 became none"),
        ("Three houses and two large trees stand near a road, with no cars on it.", "3 stands before other words"),
        ("Two houses and three large trees stand near a road, with cars on it.", "negations ['no'] became []"),
        (
            "Two houses and three large trees stand near a bridge, with no cars on it.",
            "'bridge' is not in the original",
        ),
        ("Two houses and three large trees stand above a road, with no cars on it.", "'above' is not in the original"),
        (
            "Two houses and three large trees stand near many roads, with no cars on it.",
            "'many' is not in the original",
        ),
        ("Two houses and three vegetated trees, with no cars.", "'vegetated'"),
        ("Two, three, no.", "content words are kept"),
        ("", "nothing of the ground is named"),
        ("A SAR image with two and three and no.", "nothing of the ground is named"),
        (
            "Two houses and three large trees stand near a road, with no cars on it" + ", on it" * 8,
            "words are too many",
        ),
    ],
)
def test_what_fails(rewritten, problem):
    original = ORIGINAL.replace("green ", "") if "vegetated" in problem else ORIGINAL
    assert any(problem in found for found in check_rewrite(original, rewritten))


def test_brightness_is_not_taken_over_even_where_the_original_has_it():
    assert check_rewrite("A bright ship near a quay", "A bright ship near a quay.") != []
    assert check_rewrite("A ship near a quay", "A ship with strong backscatter near a quay.") != []


def test_what_the_check_does_not_see():
    # The documentation says so: words are compared as sets.
    assert check_rewrite("ships above the tanks", "Tanks above the ships.") == []


@given(st.integers(0, 999_999))
def test_numbers_in_digits_and_words_are_the_same(number):
    spelt = in_words(number).replace("-", " ").split()
    assert [found.value for found in numbers_in(spelt)] == [number]
    assert [found.value for found in numbers_in([f"{number:,}"])] == [number]


def in_words(number: int) -> str:
    """A naive speller, the other way round than ``numbers_in``."""
    if number <= 20:
        return number_text(number, as_word=True)
    if number < 100:
        tens = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")[number // 10 - 2]
        return f"{tens}-{in_words(number % 10)}" if number % 10 else tens
    if number < 1000:
        rest = f" and {in_words(number % 100)}" if number % 100 else ""
        return f"{in_words(number // 100)} hundred{rest}"
    rest = f" {in_words(number % 1000)}" if number % 1000 else ""
    return f"{in_words(number // 1000)} thousand{rest}"


def test_words_that_only_look_like_numbers():
    assert numbers_in(["t72", "2s1", "dozens", "of", "hundreds", "first", "²", "once"]) == []
    assert [found.value for found in numbers_in(["five", "six", "a", "single", "pair", "3.5"])] == [5, 6, 1, 2, 3.5]


CAPTIONS = ("many green trees .", "Many red trees .", "the water is green .", "two white ships in a port .")


def test_twin_captions_are_rewritten_or_refused_each_once():
    rewritten, refusals = rewrite_twin_captions((*CAPTIONS, CAPTIONS[3], "two gray ships in a port ."))
    assert [caption.text for caption in rewritten] == ["Two ships in a port."]
    assert [refusal.original for refusal in refusals] == list(CAPTIONS[:3])


def test_any_function_of_a_caption_can_rewrite_and_rule_mode_can_go_to_another_process():
    table = {CAPTIONS[3]: RewrittenCaption("Two ships.", CAPTIONS[3], "model:m"), CAPTIONS[2]: Refusal("c", "none")}
    rewriter = pickle.loads(pickle.dumps(table.__getitem__))
    assert rewrite_twin_captions((CAPTIONS[3], CAPTIONS[2]), rewriter) == ([table[CAPTIONS[3]]], [table[CAPTIONS[2]]])
    by_rule = pickle.loads(pickle.dumps(partial(rewrite_twin_captions, rewriter=rewrite_by_rule)))
    assert by_rule(CAPTIONS) == rewrite_twin_captions(CAPTIONS)


def test_statements_of_a_twin_verify_against_it_and_no_other():
    image = annotated([], twin_captions=CAPTIONS)
    (statement,), refusals = twin_statements(image)
    assert statement == Statement("Two ships in a port.", "rewritten", (), "rule:rewrite")
    assert len(refusals) == 3
    assert verify(statement, image) == []
    assert verify(statement, annotated([], twin_captions=("three ships in a port",))) != []
    assert verify(statement, annotated([])) == ["the image has no caption of an optical twin"]


def test_a_rewritten_statement_that_says_more_is_refused():
    image = annotated([], twin_captions=CAPTIONS)
    for text in ("Two white ships in a port.", "Three ships in a port.", "Two ships in a port near a bridge."):
        assert verify(Statement(text, "rewritten", (), "model:m"), image) != []

"""What is read of free English, and what is not; and the claims that only other people's texts make."""

import pytest
from language_examples import annotated, ground, placed

from sarvl.language import Group, Vocabulary, read_claims, verify
from sarvl.language.claims.construction import claims_from_json, claims_json, quantity_claim
from sarvl.language.claims.kinds.comparison import comparison_claim

VOCABULARY = Vocabulary(("ship", "tank", "bridge", "aircraft"))
PORT = annotated(placed("ship", 0, 0, 3) + placed("tank", 2, 2), labelled_classes=("ship", "tank", "bridge"))


def test_what_is_unread_stands_where_the_text_has_it():
    text = "İn this SAR image,  3 LARGE ships near a tank."
    reading = read_claims(text, VOCABULARY)
    assert [claim.shown() for claim in reading.claims] == ["exactly 3 ship", "presence of tank"]
    assert [text[span.start : span.end] for span in reading.unread] == ["LARGE", "near"]
    assert [span.words for span in reading.unread] == ["LARGE", "near"]
    assert reading.unread_share == pytest.approx(2 / 12)


def test_a_text_without_words_has_nothing_unread():
    assert read_claims(" ", VOCABULARY) == ((), (), frozenset(), 0.0)


@pytest.mark.parametrize("word", ["not", "half", "nearly", "perhaps", "all", "isn't"])
def test_a_word_that_turns_a_clause_leaves_it_without_claims(word):
    text = f"There are 2 ships; there is {word} a tank. A bridge."
    reading = read_claims(text, VOCABULARY)
    assert [claim.shown() for claim in reading.claims] == ["exactly 2 ship", "presence of bridge"]
    assert [span.words for span in reading.unread] == [f"there is {word} a tank"]


@pytest.mark.parametrize(
    ("text", "unread"),
    [
        ("2 ships inside 1 tank.", "inside"),
        ("-2 ships.", "-"),
        ("−2 ships.", "−"),
        (".2 ships.", ".2"),
        ("A satellite image of 2 ships.", "satellite"),
        ("Two ships beside a tank.", "beside"),
        ("A SAR image with 2 ships by a tank", "by"),
    ],
)
def test_a_word_of_place_sign_or_platform_is_never_passed_over(text, unread):
    assert [span.words for span in read_claims(text, VOCABULARY).unread] == [unread]


@pytest.mark.parametrize(
    ("text", "comparison", "number"),
    [
        ("at most 3 ships", "at most", 3),
        ("up to 3 ships", "at most", 3),
        ("fewer than 3 ships", "at most", 2),
        ("3 or fewer ships", "at most", 3),
        ("no more than three ships", "at most", 3),
        ("no fewer than 3 ships", "at least", 3),
        ("3 or more ships", "at least", 3),
        ("twenty-one ships", "exactly", 21),
        ("a pair of ships", "exactly", 2),
        ("at least a dozen ships", "at least", 12),
        ("fewer than one ship", "exactly", 0),
    ],
)
def test_bounds_and_words_for_numbers(text, comparison, number):
    reading = read_claims(text, VOCABULARY)
    assert reading.claims == (quantity_claim(Group("ship"), comparison, number),)
    assert not reading.unread


def test_comparisons_have_one_form():
    def claimed(text: str) -> tuple:
        return read_claims(text, VOCABULARY).claims

    more = comparison_claim(Group("ship"), "more", Group("tank"))
    assert claimed("More ships than tanks.") == (more,) == claimed("Fewer tanks than ships.")
    assert claimed("Ships outnumber tanks.") == (more,) == claimed("Tanks are outnumbered by ships.")
    assert claimed("As many ships as tanks.") == claimed("As many tanks as ships.")
    assert claims_from_json(claims_json((more,))) == (more,)


@pytest.mark.parametrize(
    "text",
    [
        "At most 2 ships.",  # there are 3
        "At most 2 aircraft.",  # not labelled: who knows
        "More ships than aircraft.",
        "Fewer ships than tanks.",
        "As many bridges as bridges.",
        "Twice as many ships as tanks.",
    ],
)
def test_a_bound_or_comparison_that_the_annotation_does_not_bear_out_is_refused(text):
    assert verify(text, PORT)


def test_numbers_of_a_chip_and_of_land_cover_are_not_compared():
    chip = annotated([], label="ship", label_names=("ship",), labelled_classes=("ship", "tank"))
    assert "not how many" in verify("More ships than tanks.", chip)[0]
    covered = annotated(placed("ship", 0, 0), labelled_classes=("ship", "road"), land_cover=ground(water=0.9, road=0.1))
    assert verify("More ships than roads.", covered)


@pytest.mark.parametrize(
    "text",
    [
        "At most 3 ships.",
        "More ships than bridges.",
        "Two or more ships and one tank.",
        "The tank is in the lower right.",
    ],
)
def test_a_bare_text_rests_on_the_objects_that_bear_it_out(text):
    assert verify(text, PORT) == []


def test_the_only_one_is_only_said_where_there_is_one():
    assert verify("A ship is in the upper left.", PORT) == []
    assert verify("The ship is in the upper left.", PORT)
    assert verify("The ships are in the upper left.", PORT)

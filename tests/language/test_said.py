"""What one text says of the claim of another."""

import pytest

from sarvl.language import Vocabulary, read_claims
from sarvl.language.claims.said import Said

VOCABULARY = Vocabulary(("ship", "bridge", "tank"))


def claims(text: str):
    reading = read_claims(text, VOCABULARY)
    assert not reading.unread, text
    return reading.claims


def stance(text: str, claim: str) -> str:
    (asked,) = claims(claim)
    return Said(claims(text)).stance(asked)


@pytest.mark.parametrize(
    ("text", "claim"),
    [
        ("2 ships", "2 ships"),
        ("2 ships", "a ship"),
        ("3 ships", "at least 2 ships"),
        ("a ship in the upper left", "a ship"),
        ("1 ship in the upper left and 1 ship in the middle", "at least 2 ships"),
        ("2 ships outside the center and 1 ship in the center", "at least 3 ships"),
        ("2 ships in the upper left", "ships outside the center"),
        ("no ships", "no ships"),
    ],
)
def test_what_follows_need_not_be_said_in_so_many_words(text, claim):
    assert stance(text, claim) == "true"


@pytest.mark.parametrize(
    ("text", "claim"),
    [
        ("2 ships", "3 ships"),
        ("2 ships", "at least 3 ships"),
        ("at least 3 ships", "2 ships"),
        ("a ship", "no ships"),
        ("no ships", "a ship in the upper left"),
        ("2 ships in total: 1 centred in the upper left and 1 in the middle", "a ship in the lower left"),
        ("2 ships in total: 1 centred in the upper left and 1 in the middle", "2 ships in the middle"),
    ],
)
def test_what_cannot_be_true_beside_it_is_false(text, claim):
    assert stance(text, claim) == "false"


@pytest.mark.parametrize(
    ("text", "claim"),
    [
        ("a bridge", "2 ships"),
        ("a ship in the middle", "a ship in the upper left"),
        ("2 bridges and a tank", "ships"),
    ],
)
def test_other_classes_and_places_are_named_instead(text, claim):
    assert stance(text, claim) == "others"


@pytest.mark.parametrize(
    ("text", "claim"),
    [
        ("ships", "2 ships"),
        ("at least 2 ships", "3 ships"),
        ("a ship", "a ship in the middle"),
        ("2 ships in the middle", "2 ships"),
        ("a ship", "no bridges"),
    ],
)
def test_what_is_less_exact_leaves_it_open(text, claim):
    assert stance(text, claim) == "open"


def test_a_relation_speaks_against_its_exchange_alone():
    def relation(text: str):
        return next(claim for claim in claims(text) if claim.kind == "relation")

    said = Said(claims("2 ships are above the 3 bridges"))
    assert said.stance(relation("2 ships are above the 3 bridges")) == "true"
    assert said.stance(relation("3 bridges are above the 2 ships")) == "false"
    assert said.stance(relation("2 ships are to the left of the 3 bridges")) == "open"

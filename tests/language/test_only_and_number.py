"""What "only" leaves out, what "another" is one more of, and numbers as nouns and verbs."""

import pytest
from language_examples import annotated, ground, placed

from sarvl.language import Vocabulary, read_claims, verify
from sarvl.language.claims.construction import claims_from_json, claims_json

VOCABULARY = Vocabulary(("ship", "tank", "aircraft"))
THREE = placed("ship", 0, 0, 3)
SEA = annotated(THREE, labelled_classes=("ship", "tank"))
UNLABELLED = annotated(THREE)
BESIDE = annotated(THREE + placed("tank", 2, 2), labelled_classes=("ship", "tank"))
REFUSED = annotated(THREE, labelled_classes=("ship", "tank"), open_classes=("tank",))
COVERED = annotated(THREE, labelled_classes=("ship", "tank"), land_cover=ground(water=0.6))


def _claims(text):
    return [claim.shown() for claim in read_claims(text, VOCABULARY).claims]


@pytest.mark.parametrize("text", ["Only three ships are visible.", "There are but three ships.", "Just 3 ships."])
def test_only_with_a_number_says_that_number_and_nothing_else_that_is_labelled(text):
    assert _claims(text) == ["exactly 3 ship", "only ship"]
    assert [bool(verify(text, image)) for image in (SEA, UNLABELLED, BESIDE, REFUSED, COVERED)] == [
        *(False, False, True, True, False)
    ]


def test_only_without_a_number_needs_a_source_that_labels_more():
    text = "Only ships are visible."
    assert _claims(text) == ["at least 2 ship", "only ship"]
    assert [bool(verify(text, image)) for image in (SEA, UNLABELLED, BESIDE, REFUSED, COVERED)] == [
        *(False, True, True, True, True)
    ]


def test_only_holds_for_all_classes_of_its_clause():
    assert _claims("Only three ships and one tank are visible.") == [
        "exactly 3 ship",
        "exactly 1 tank",
        "only ship, tank",
    ]
    assert verify("Only three ships and one tank are visible.", BESIDE) == []
    assert verify("There are no aircraft, only 3 ships.", BESIDE) != []


def test_the_only_ship_is_one():
    assert _claims("The only tank is in the lower right.") == ["exactly 1 tank", "exactly 1 tank in lower right"]
    assert verify("The only ship is in the upper left.", BESIDE) != []


@pytest.mark.parametrize(
    "text",
    [
        "Ships are only in the upper left.",
        "A SAR image with only three ships in the upper left.",
        "Only tanks are absent.",
        "The only ships are in the upper left.",
        "Three ships only.",
        "Only at least three ships.",
        "Not only ships are visible.",
        "Only a SAR image shows three ships.",
        "The image is free of tanks and only aircraft.",
    ],
)
def test_an_only_that_could_leave_out_something_else_is_refused(text):
    assert read_claims(text, VOCABULARY).unread


def test_the_claim_of_only_outlives_its_json():
    claims = read_claims("Only three ships and one tank.", VOCABULARY).claims
    assert claims_json(claims_from_json(claims_json(claims))) == claims_json(claims)


@pytest.mark.parametrize(
    ("text", "claims"),
    [
        ("One ship and another ship.", ["exactly 2 ship"]),
        ("Two ships, another ship and a tank.", ["exactly 3 ship", "presence of tank"]),
        ("A ship and another ship.", ["at least 2 ship"]),
        (
            "One ship is in the center, another in the top left.",
            ["exactly 1 ship in center", "exactly 1 ship in upper left"],
        ),
    ],
)
def test_another_is_one_more(text, claims):
    assert _claims(text) == claims


@pytest.mark.parametrize(
    "text",
    [
        "Another ship.",
        "One ship and another tank.",
        "One ship and another two ships.",
        "A ship in the center and another ship.",
        "One ship and another in the lower right.",
        "There is one ship. Another ship is visible.",
        "At most one ship and another ship.",
    ],
)
def test_another_of_what_is_not_known_is_refused(text):
    reading = read_claims(text, VOCABULARY)
    assert reading.unread or "exactly 2 ship" not in [claim.shown() for claim in reading.claims]
    assert verify(text, annotated(placed("ship", 0, 0) + placed("ship", 1, 1) + placed("tank", 2, 2))) != []


@pytest.mark.parametrize(
    ("text", "claim"),
    [
        ("The number of ships is three.", "exactly 3 ship"),
        ("The number of ships in the image exceeds 3.", "at least 4 ship"),
        ("The total number of ships equals 3.", "exactly 3 ship"),
        ("The number of ships is less than 3.", "at most 2 ship"),
        ("The number of tanks is zero.", "absence of tank"),
        ("The ship count is 3.", "exactly 3 ship"),
        ("Ships number three.", "exactly 3 ship"),
        ("The aircraft number three.", "exactly 3 aircraft"),
        ("Ships total three in this image.", "exactly 3 ship"),
        ("3 ships total.", "exactly 3 ship"),
        ("As many as three ships are visible.", "exactly 3 ship"),
        ("There are over three ships.", "at least 4 ship"),
    ],
)
def test_a_number_may_be_a_noun_or_a_verb(text, claim):
    reading = read_claims(text, VOCABULARY)
    assert ([found.shown() for found in reading.claims], reading.unread) == ([claim], ())


@pytest.mark.parametrize(
    "text",
    [
        "The number of ships and tanks is 3.",
        "Ships and tanks number 3.",
        "The number of ships in the image and tanks is 3.",
        "Ship number three is visible.",
        "Aircraft number three.",
        "The number of ships is three tanks.",
        "The number of ships is not three.",
        "The number of ships.",
        "A number of ships is visible.",
        "One tank, over three ships.",
        "There are a large number of ships.",  # Regression: of this and the next the reader fell over.
        "In the image number ships.",
    ],
)
def test_a_number_of_what_is_not_known_is_refused(text):
    assert read_claims(text, VOCABULARY).unread


@pytest.mark.parametrize("text", ["A few ships are visible.", "There are a few ships."])
def test_a_few_are_two_or_more(text):
    """Regression: the "a" was read as that of one ship, and the plural refused."""
    reading = read_claims(text, VOCABULARY)
    assert ([claim.shown() for claim in reading.claims], reading.unread) == (["at least 2 ship"], ())

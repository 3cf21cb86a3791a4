from random import Random

import pytest
from language_examples import annotated, placed

from sarvl.language import Group, Statement, verify
from sarvl.language.claims import quantity_claim
from sarvl.language.families import FAMILY_WEIGHTS, Scene
from sarvl.language.families.scene import pick, shuffled

FAMILIES = {family.__name__: family for family in FAMILY_WEIGHTS}

SHIPS_AND_BRIDGES = annotated(
    placed("ship", 2, 0, 5) + placed("bridge", 0, 2, 3), labelled_classes=("ship", "bridge", "tank")
)
ONE_SHIP = annotated(placed("ship", 1, 1), labelled_classes=("ship",))
EMPTY = annotated([], labelled_classes=("ship",))
CHIP = annotated([], label="2S1 howitzer", label_names=("2S1 howitzer",), labelled_classes=("2S1 howitzer", "T72 tank"))
CROWD = annotated(placed("ship", 0, 0, 14) + placed("ship", 1, 1, 11))


def statements(family: str, image, draws: int = 400, domain: str = "sar") -> dict[str, Statement]:
    scene, rng = Scene.of(image, domain), Random(0)
    found = [FAMILIES[family](scene, rng) for _ in range(draws)]
    return {statement.text: statement for statement in found if statement is not None}


@pytest.mark.parametrize(
    ("family", "image", "text"),
    [
        ("general", ONE_SHIP, "A SAR image of ship."),
        ("general", ONE_SHIP, "This radar image shows a ship."),
        ("complex_counts", SHIPS_AND_BRIDGES, "This is a SAR view that includes 5 ships and 3 bridges."),
        ("complex_counts", SHIPS_AND_BRIDGES, "There are three bridges and five ships in this SAR image."),
        ("absolute_region", SHIPS_AND_BRIDGES, "A SAR image of 5 ships located in the upper right of the image."),
        ("absolute_region", ONE_SHIP, "In the center of this SAR image, there is one ship."),
        (
            "relative_region",
            SHIPS_AND_BRIDGES,
            "In this SAR image, 5 ships located in the upper right are positioned above the 3 bridges.",
        ),
        (
            "relative_region",
            annotated(placed("ship", 0, 0, 2) + placed("ship", 0, 2, 3)),
            "In this SAR view, 2 ships in the upper left are above the 3 ships in the lower left.",
        ),
        (
            "totals",
            CROWD,
            "This SAR image contains 25 ships in total: 14 in the upper left and 11 in the center.",
        ),
        ("center", CROWD, "In the center of this SAR image, there are many ships."),
        ("center", ONE_SHIP, "The center of this SAR scene shows 1 ship."),
        (
            "periphery",
            SHIPS_AND_BRIDGES,
            "Outside the center of this radar image, there are three bridges and five ships.",
        ),
        ("subset", SHIPS_AND_BRIDGES, "This SAR image has at least 2 ships."),
        ("subset", CROWD, "A SAR image showing numerous ships."),
        ("absence", EMPTY, "No ships are visible in this SAR image."),
        ("absence", SHIPS_AND_BRIDGES, "This SAR image shows 5 ships but no tanks."),
        ("classification", CHIP, "A radar image of the 2S1 howitzer acquired by a SAR sensor."),
        ("classification", CHIP, "SAR imagery showing 2S1 howitzer."),
    ],
)
def test_sentences_of_the_papers(family, image, text):
    said = statements(family, image, draws=4000)
    assert text in said
    assert verify(said[text], image) == []


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("image", [SHIPS_AND_BRIDGES, ONE_SHIP, EMPTY, CHIP, CROWD])
def test_every_sentence_verifies(family, image):
    assert [problem for said in statements(family, image).values() for problem in verify(said, image)] == []


@pytest.mark.parametrize(
    ("family", "image"),
    [
        *(("general", EMPTY), ("complex_counts", CHIP), ("absolute_region", EMPTY), ("subset", ONE_SHIP)),
        *(("relative_region", ONE_SHIP), ("totals", ONE_SHIP), ("totals", SHIPS_AND_BRIDGES), ("periphery", ONE_SHIP)),
        *(("center", SHIPS_AND_BRIDGES), ("absence", ONE_SHIP), ("absence", CHIP), ("classification", ONE_SHIP)),
        ("relative_region", annotated([("ship", (0, 0, 300, 300)), ("tank", (10, 10, 40, 40))])),
        ("absence", annotated(placed("ship", 0, 0))),  # the source does not say which classes it labels
    ],
)
def test_silence_where_the_annotation_does_not_support_a_family(family, image):
    assert statements(family, image) == {}


def test_cells_of_a_total_stand_in_descending_order():
    image = annotated(placed("ship", 0, 0, 2) + placed("ship", 1, 0, 4) + placed("ship", 2, 2, 3))
    cells = "4 in the upper center, 3 in the lower right and 2 in the upper left"
    assert f"A SAR image with 9 ships in total: {cells}." in statements("totals", image)


def test_evidence_of_an_exact_count_is_the_whole_group():
    (claim,) = statements("center", CROWD)["In the center of this SAR image, there are many ships."].claims
    assert claim == quantity_claim(Group("ship", "center"), "at least", 11, tuple(range(14, 25)))


def test_absence_uses_the_own_name_of_a_class_only():
    texts = statements("absence", EMPTY)
    assert all("ship" in text for text in texts)
    assert not any("boat" in text or "vessel" in text or "craft" in text for text in texts)


def test_one_class_has_one_name_in_a_sentence():
    image = annotated(placed("ship", 0, 0, 2) + placed("ship", 0, 2, 3))
    for family in ("relative_region", "totals", "absolute_region"):
        for text in statements(family, image):
            assert sum(name in text for name in ("ship", "boat", "vessel", "marine craft")) == 1


def test_names_of_the_label_are_used():
    image = annotated([], label="T72 tank", label_names=("T72 tank", "T72 main battle tank"))
    texts = statements("classification", image)
    assert "A SAR image of T72 main battle tank." in texts
    assert "A SAR image of T72 tank." in texts


def test_optical_texts_name_no_radar():
    texts = statements("complex_counts", SHIPS_AND_BRIDGES, domain="optical")
    assert "An optical image with 5 ships and 3 bridges." in texts
    assert not any("SAR" in text or "radar" in text for text in texts)


def test_choices_come_from_random_alone():
    first, second = Random(3), Random(3)
    assert [pick(first, "abc") for _ in range(5)] == ["abc"[int(second.random() * 3)] for _ in range(5)]
    assert sorted(shuffled(first, range(9))) == list(range(9))

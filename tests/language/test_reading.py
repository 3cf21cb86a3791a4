import pytest

from sarvl.errors import LanguageError
from sarvl.language import Claim, Group, Vocabulary, parse_claims
from sarvl.language.claims import in_canonical_order, quantity_claim, relation_claim
from sarvl.language.reading import read_text

VOCABULARY = Vocabulary(("ship", "tank", "bridge", "car", "aircraft", "2S1 howitzer", "T72 tank", "BTR-60", "center"))


def exactly(number: int, class_name: str, position: str | None = None) -> Claim:
    return quantity_claim(Group(class_name, position), "exactly", number)


def at_least(number: int, class_name: str, position: str | None = None) -> Claim:
    return quantity_claim(Group(class_name, position), "at least", number)


READINGS = {
    # from the papers
    "A SAR image of ship.": [at_least(1, "ship")],
    "This is a SAR view that includes 1 ship, 14 tanks and 3 bridges.": [
        exactly(1, "ship"),
        exactly(14, "tank"),
        exactly(3, "bridge"),
    ],
    "A SAR image of 5 cars located in the upper right of the image.": [exactly(5, "car", "upper right")],
    "In this SAR image, 5 ships located in the upper right are positioned above the 3 bridges.": [
        exactly(5, "ship", "upper right"),
        exactly(3, "bridge"),
        relation_claim(Group("ship", "upper right"), "above", Group("bridge")),
    ],
    "A radar image of the 2S1 howitzer acquired by a SAR sensor.": [at_least(1, "2S1 howitzer")],
    "SAR imagery showing T72 tank.": [at_least(1, "T72 tank")],
    # quantities
    "There is a ship.": [at_least(1, "ship")],
    "There are ships.": [at_least(2, "ship")],
    "There are aircraft.": [at_least(1, "aircraft")],
    "There are several aircraft.": [at_least(2, "aircraft")],
    "There is a single ship.": [exactly(1, "ship")],
    "There are exactly twelve vessels.": [exactly(12, "ship")],
    "At least 3 boats can be seen.": [at_least(3, "ship")],
    "More than ten automobiles are visible.": [at_least(11, "car")],
    "A lot of vehicles are visible.": [at_least(11, "car")],
    "Many reservoirs and 2 ships are present.": [at_least(11, "tank"), exactly(2, "ship")],
    "3 BTR-60s and one T72 tank.": [exactly(3, "BTR-60"), exactly(1, "T72 tank")],
    "Two center objects in the center.": None,
    "A ship and tanks.": [at_least(1, "ship"), at_least(2, "tank")],
    "At least one ship.": [at_least(1, "ship")],
    # absence
    "No ships or tanks are visible in this SAR image.": [exactly(0, "ship"), exactly(0, "tank")],
    "This image shows 3 ships but no tanks.": [exactly(3, "ship"), exactly(0, "tank")],
    "A SAR image without any bridges.": [exactly(0, "bridge")],
    "There are zero ships.": [exactly(0, "ship")],
    # places
    "In the top left corner, there are 2 ships and 1 tank.": [
        exactly(2, "ship", "upper left"),
        exactly(1, "tank", "upper left"),
    ],
    "In this image, 2 ships and 1 tank are located in the centre.": [
        exactly(2, "ship", "center"),
        exactly(1, "tank", "center"),
    ],
    "2 ships in the bottom-right corner and 1 tank in the middle left.": [
        exactly(2, "ship", "lower right"),
        exactly(1, "tank", "middle left"),
    ],
    "2 ships are visible and 1 tank is located in the center.": [exactly(2, "ship"), exactly(1, "tank", "center")],
    "Outside the center, there are 4 ships.": [exactly(4, "ship", "outside center")],
    "The periphery of the image shows 4 ships.": [exactly(4, "ship", "outside center")],
    # totals
    "There are 5 ships in total: 3 in the upper left and 2 in the center; 1 tank in total: 1 in the lower left.": [
        exactly(5, "ship"),
        exactly(3, "ship", "upper left"),
        exactly(2, "ship", "center"),
        exactly(1, "tank"),
        exactly(1, "tank", "lower left"),
    ],
    # relations
    "3 ships are to the left of the 2 tanks in the center.": [
        exactly(3, "ship"),
        exactly(2, "tank", "center"),
        relation_claim(Group("tank", "center"), "right of", Group("ship")),
    ],
    # several sentences
    "A SAR image. It shows 2 ships. There is a bridge.": [exactly(2, "ship"), at_least(1, "bridge")],
}


@pytest.mark.parametrize(("text", "claims"), READINGS.items())
def test_readings(text, claims):
    claims = [quantity_claim(Group("center", "center"), "exactly", 2)] if claims is None else claims
    assert parse_claims(text, VOCABULARY) == list(in_canonical_order(claims))


@pytest.mark.parametrize(
    "text",
    [
        "A SAR image of submarines.",  # no such class
        "This SAR image does not show ships.",
        "3 large ships.",
        "Half of the ships.",
        "Nearly 3 ships.",
        "3.5 ships.",
        "3 ships and tanks.",  # are the tanks three as well?
        "No ships and tanks.",
        "At least 3 ships and 2 tanks.",
        "2 ships and 1 tank in the center.",  # are the ships there too?
        "There are 2 ships, 1 tank and 3 bridges located in the upper left.",
        "In the upper left, 3 ships in the center.",
        "3 ships in the upper left in the center.",
        "3 ships outside the upper left.",
        "Away from the bridge, there are 3 ships.",
        "2 ships and 3 tanks are above the bridge.",
        "3 ships are above the bridge and the tank.",
        "3 ships are above the image.",
        "No ships are above the bridge.",
        "Above the bridge, there are 3 ships.",
        "At least ships.",
        "At least many ships.",
        "At least 0 ships.",
        "3 2 ships.",
        "One of the ships.",
        "3 in the center.",
        "There are 3.",
        "Outside there is a ship.",
        "Ships or tanks.",
        "3 ships!",
    ],
)
def test_what_is_unknown_or_ambiguous_is_refused(text):
    with pytest.raises(LanguageError, match="cannot read"):
        parse_claims(text, VOCABULARY)


def test_domains_that_a_text_names():
    assert read_text("A SAR image of a ship.", VOCABULARY).domains == {"sar"}
    assert read_text("An optical image of a ship.", VOCABULARY).domains == {"optical"}
    assert read_text("A remote sensing image of a ship.", VOCABULARY).domains == set()


@pytest.mark.parametrize(("bound", "number"), [("at least", 3), ("more than", 2)])
def test_bounds_of_one_meaning_read_the_same(bound, number):
    assert parse_claims(f"{bound} {number} ships", VOCABULARY) == [at_least(3, "ship")]

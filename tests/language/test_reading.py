import pytest

from sarvl.errors import LanguageError
from sarvl.language import Claim, Group, Vocabulary
from sarvl.language.claims.construction import in_canonical_order, quantity_claim
from sarvl.language.claims.kinds.extent import Extent
from sarvl.language.claims.kinds.relation import relation_claim
from sarvl.language.claims.kinds.share import Share
from sarvl.language.claims.kinds.size import Size
from sarvl.language.claims.kinds.speckle import Speckle
from sarvl.language.reader.text_reader import read_text

VOCABULARY = Vocabulary(
    ("ship", "tank", "bridge", "car", "aircraft", "2S1 howitzer", "T72 tank", "BTR-60", "center", "shadow", "wake"),
    grounds=("water", "forest", "urban areas", "building"),
)


def exactly(number: int, class_name: str, position: str | None = None, orientation: str | None = None) -> Claim:
    return quantity_claim(Group(class_name, position, orientation), "exactly", number)


def at_least(number: int, class_name: str, position: str | None = None, orientation: str | None = None) -> Claim:
    return quantity_claim(Group(class_name, position, orientation), "at least", number)


def has(owner: str, effect: str) -> Claim:
    return relation_claim(Group(owner), "has", Group(effect))


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
    "At least 3 vessels can be seen.": [at_least(3, "ship")],
    "More than ten automobiles are visible.": [at_least(11, "car")],
    "A lot of cars are visible.": [at_least(11, "car")],
    "Many tanks and 2 ships are present.": [at_least(11, "tank"), exactly(2, "ship")],
    "3 BTR-60s and one T72 tank.": [exactly(3, "BTR-60"), exactly(1, "T72 tank")],
    "Two center objects in the center.": None,
    "A ship and tanks.": [at_least(1, "ship"), at_least(2, "tank")],
    "At least one ship.": [at_least(1, "ship")],
    # absence
    "No ships or tanks are visible in this SAR image.": [exactly(0, "ship"), exactly(0, "tank")],
    "This image shows 3 ships but no tanks.": [exactly(3, "ship"), exactly(0, "tank")],
    "A SAR image without any bridges.": [exactly(0, "bridge")],
    "There are zero ships.": [exactly(0, "ship")],
    "This SAR image does not show ships.": [exactly(0, "ship")],
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
    # orientations
    "A SAR image of a ship lying horizontally.": [at_least(1, "ship", None, "horizontal")],
    "A SAR image with 3 ships, two of them lying horizontally and one diagonally.": [
        exactly(3, "ship"),
        exactly(2, "ship", None, "horizontal"),
        exactly(1, "ship", None, "diagonal"),
    ],
    "There are 3 ships in the center, 2 of them vertically and 1 diagonally from lower left to upper right.": [
        exactly(3, "ship", "center"),
        exactly(2, "ship", "center", "vertical"),
        exactly(1, "ship", "center", "rising"),
    ],
    "In the center, 2 ships lie diagonally from the lower right to the upper left.": [
        exactly(2, "ship", "center", "falling")
    ],
    "2 ships and 1 tank are aligned horizontally.": [
        exactly(2, "ship", None, "horizontal"),
        exactly(1, "tank", None, "horizontal"),
    ],
    "2 ships lying vertically and 3 tanks oriented horizontally.": [
        exactly(2, "ship", None, "vertical"),
        exactly(3, "tank", None, "horizontal"),
    ],
    "No ships lie horizontally.": [exactly(0, "ship", None, "horizontal")],
    # sizes
    "A ship about 120 m long and 17 m wide in the center.": [Size(Group("ship", "center"), (120, 17))],
    "The vessel is roughly 120 meters long and about 17 metres wide.": [
        exactly(1, "ship"),
        Size(Group("ship"), (120, 17)),
    ],
    "A ship whose box extends about 120 m by 40 m.": [Extent(Group("ship"), (120, 40))],
    "A ship about 90 m long and 15 m wide and a car about 5 m long and 2 m wide.": [
        Size(Group("ship"), (90, 15)),
        Size(Group("car"), (5, 2)),
    ],
    # shares of the ground
    "This SAR image is dominated by water, with some forest and a small amount of urban areas.": [
        Share(Group("water"), "dominant"),
        Share(Group("forest"), "some"),
        Share(Group("urban areas"), "small amount"),
    ],
    "This radar image shows a large share of urban areas and a small share of buildings.": [
        Share(Group("urban areas"), "large areas"),
        Share(Group("building"), "small amount"),
    ],
    "Large areas of water and some buildings.": [
        Share(Group("water"), "large areas"),
        Share(Group("building"), "some"),
    ],
    "A SAR image of about 60 % water and about 25% buildings.": [
        Share(Group("water"), 60),
        Share(Group("building"), 25),
    ],
    "About 60 percent of this SAR image is covered by water.": [Share(Group("water"), 60)],
    "A SAR image dominated by water with 3 ships in the center.": [
        Share(Group("water"), "dominant"),
        exactly(3, "ship", "center"),
    ],
    "Some ships are visible.": [at_least(2, "ship")],
    "A SAR image of forest.": [at_least(1, "forest")],
    # shadows, wakes and speckle
    "A SAR image of the T72 tank with a radar shadow below it.": [
        at_least(1, "T72 tank"),
        at_least(1, "shadow"),
        relation_claim(Group("shadow"), "below", Group("T72 tank")),
    ],
    "The T72 tank casts a radar shadow to its right.": [
        at_least(1, "T72 tank"),
        at_least(1, "shadow"),
        has("T72 tank", "shadow"),
        relation_claim(Group("shadow"), "right of", Group("T72 tank")),
    ],
    "A ship and its wake.": [at_least(1, "ship"), at_least(1, "wake"), has("ship", "wake")],
    "1 ship trailing a wake.": [exactly(1, "ship"), at_least(1, "wake"), has("ship", "wake")],
    "A SAR image of a ship with strong speckle.": [at_least(1, "ship"), Speckle("strong")],
    # several sentences
    "A SAR image. It shows 2 ships. There is a bridge.": [exactly(2, "ship"), at_least(1, "bridge")],
}


@pytest.mark.parametrize(("text", "claims"), READINGS.items())
def test_readings(text, claims):
    claims = [quantity_claim(Group("center", "center"), "exactly", 2)] if claims is None else claims
    assert read_text(text, VOCABULARY).claims == in_canonical_order(claims)


@pytest.mark.parametrize(
    "text",
    [
        "A SAR image of submarines.",  # no such class
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
        # orientations
        "2 ships and 1 tank lying horizontally.",
        "Horizontally lying ships.",
        "3 ships lying horizontally vertically.",
        "3 ships lying horizontally: 2 in the upper left and 1 in the center.",
        "3 ships lying horizontally, two of them diagonally.",
        "3 ships: 2 in the center and 1 lying vertically.",
        "3 ships and 2 tanks, one of them lying vertically.",
        "3 ships, two of them in the center and one lying vertically.",
        "Two of them lie horizontally.",
        "3 ships lying diagonally from lower left to lower right.",
        "3 ships lying from left to right.",
        "3 ships heading north.",
        # sizes
        "A ship 120 m long and 17 m wide.",
        "A ship about 120 m long.",
        "A ship about 120 m by 17 m.",
        "A ship about 120 long and 17 wide.",
        "A ship about 120.5 m long and 17 m wide.",
        "2 ships about 120 m long and 17 m wide.",
        "1 ship about 120 m long and 17 m wide.",
        "A tank and a ship about 120 m long and 17 m wide.",
        "A tank and a ship are about 120 m long and 17 m wide.",
        "A ship about 120 m long and 17 m wide about 90 m long and 15 m wide.",
        "A ship whose box extends about 120 m.",
        "About 120 m long and 17 m wide.",
        "About 3 ships.",
        # shares of the ground
        "Large areas of water and forest.",
        "About 60 % water and forest.",
        "About 60 % of this image.",
        "60 % water.",
        "About 60 % 3 ships.",
        "Large areas of 3 ships.",
        "Some water in the upper left.",
        "In the upper left, some water.",
        "Some water lying horizontally.",
        "Some water above the bridge.",
        "No large areas of water.",
        "A large area of water.",
        # shadows, wakes and speckle
        "Its wake.",
        "2 ships and its wake.",
        "A ship and its 2 wakes.",
        "A ship and a tank and its wake.",
        "A ship below it.",
        "2 ships with a tank below it.",
        "A ship above the bridge below it.",
        "A ship with strong speckle in the center.",
        "Strong ships.",
        "No strong speckle.",
        "A SAR image with speckle.",
        "A SAR image with strong speckle in the center.",
        "In the center of this SAR image.",
        "In the center, 3 ships with strong speckle.",
        "Strong speckle in the center and 3 ships.",
    ],
)
def test_what_is_unknown_or_ambiguous_is_refused(text):
    with pytest.raises(LanguageError, match="cannot read"):
        read_text(text, VOCABULARY)


def test_domains_that_a_text_names():
    assert read_text("A SAR image of a ship.", VOCABULARY).domains == {"sar"}
    assert read_text("An optical image of a ship.", VOCABULARY).domains == {"optical"}
    assert read_text("A remote sensing image of a ship.", VOCABULARY).domains == set()


@pytest.mark.parametrize(("bound", "number"), [("at least", 3), ("more than", 2)])
def test_bounds_of_one_meaning_read_the_same(bound, number):
    assert read_text(f"{bound} {number} ships", VOCABULARY).claims == (at_least(3, "ship"),)

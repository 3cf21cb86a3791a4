"""Rewriting by rule: what the rules drop, what they keep, and what they refuse."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sarvl.language.rewrite import Refusal, check_rewrite, rewrite_by_rule
from sarvl.language.rewrite.rules import CLAUSE_RULES, RULES
from sarvl.language.rewrite.word_classes import classes_of
from sarvl.language.rewrite.words import joined, tidy, words_of
from sarvl.language.words.lint import brightness_words, optical_words

RSICD = Path(__file__).resolve().parents[3] / "shared" / "data" / "rsicd" / "captions.json"


@pytest.mark.parametrize(
    ("caption", "rewritten"),
    [
        # Shapes of RSICD.
        ("many green trees are around a red square .", "Many trees are around a square."),
        ("yellow beach is between an green ocean and a road .", "Beach is between an ocean and a road."),
        ("it is a blue-green lake, black buildings and green trees .", "It is a lake, buildings and trees."),
        (
            "an almost circle silver gray center building is near a road .",
            "An almost circle center building is near a road.",
        ),
        ("a big and green football field beside .", "A big football field beside."),
        ("many cars in different colors are in a parking lot .", "Many cars are in a parking lot."),
        ("many of the tanks are of different sizes and colors .", "Many of the tanks are of different sizes."),
        ("the houses with different color of roofs are built together .", "The houses are built together."),
        ("there are many red roofed houses around the square .", "There are many houses around the square."),
        ("two big jars with white paint and a road beside .", "Two big jars and a road beside."),
        ("the stadium is tall and colorful .", "The stadium is tall."),
        ("the overpass is grey and surrounded by some pools .", "The overpass is surrounded by some pools."),
        ("factory buildings with roofs of blue and orange can be seen .", "Factory buildings can be seen."),
        ("the mountain is very beautiful in the sun .", "The mountain is very beautiful."),
        ("greenery and a green area surround the field .", "Vegetation and a vegetated area surround the field."),
        ("lots of white building in the picture .", "Lots of building in the SAR image."),
        ("several cars are on a bridge voer a river .", "Several cars are on a bridge over a river."),
        ("many rectangle land with ark green or moss green plants .", "Many rectangle land with plants."),
        ("a bridge streches across the green river .", "A bridge stretches across the river."),
        ("the narrow bridge spans the wide dark river .", "The narrow bridge spans the wide river."),
        ("an apple green car beside a jet black ship .", "A car beside a ship."),
        ("a lemon yellow bus, a lemon tree and a jet .", "A bus, a lemon tree and a jet."),
        # Other captions.
        (
            "An aerial image of two white planes parked on a gray apron on a sunny day",
            "A SAR image of two planes parked on an apron.",
        ),
        ("Satellite imagery of an old, white lighthouse.", "SAR imagery of an old lighthouse."),
        ("Three white, round storage tanks stand near a black shed.", "Three round storage tanks stand near a shed."),
        ("The farmland, which is green and brown, has 3.5 km of paths.", "The farmland has 3.5 km of paths."),
        ("The river is dark green, and a bridge is over the river.", "A bridge is over the river."),
        ("A bridge is over the river while the river is green.", "A bridge is over the river."),
        ("The Yellow River winds past two red-roofed houses.", "The Yellow River winds past two houses."),
        ("There are no green trees near the 2 gray buildings.", "There are no trees near the 2 buildings."),
        ("high_rise  buildings stand on  red ground", "High rise buildings stand on ground."),
        # Nothing optical: only spaces, capitals and signs change.
        ("some boats are near a port .", "Some boats are near a port."),
    ],
)
def test_what_the_rules_make(caption, rewritten):
    result = rewrite_by_rule(caption)
    assert result == (rewritten, caption, "rule:rewrite")


@pytest.mark.parametrize(
    "caption",
    [
        "the water is green .",
        "the trees are green and the grass is green .",
        "a dark green light green .",
        "the color of the river is brown .",
        "the green of the sea rolled up white waves .",
        "range has two colors of yellow and green .",
        "it is blue, black, brown and green .",
        "the bridge casts a long shadow over the river .",
        "a cloud is over the forest .",
        "a red ship and a white ship are in the port .",
        "Both green and bare fields are visible.",
        "The vehicles are of different colors, including white and red.",
        "Two ships, one red and one blue, are moored.",
        "many red houses whose roofs are white .",
        "The photo was taken in autumn.",
        "green trees .",
        "houses (red) stand here",
        "a desert is stained with light yellow area .",
        "a satellite image",
        "",
        " . ",
    ],
)
def test_what_the_rules_refuse(caption):
    result = rewrite_by_rule(caption)
    assert isinstance(result, Refusal)
    assert result.original == caption
    assert result.reason


@pytest.mark.parametrize(
    ("caption", "rewritten"),
    [
        ("A Yellow Road crossed a Green Field.", "A Road crossed a Field."),
        ("Two White Houses stand by a wide Yellow River.", "Two Houses stand by a wide River."),
        ("A big White House stands near Red Square.", "A big House stands near Red Square."),
        ("The White House lies north of the Red Sea.", "The White House lies north of the Red Sea."),
        (
            "Ice covers Greenland and a greenland near the port.",
            "Ice covers Greenland and a vegetated land near the port.",
        ),
    ],
)
def test_a_capital_alone_makes_no_name_of_a_colour(caption, rewritten):
    assert rewrite_by_rule(caption).text == rewritten


@pytest.mark.parametrize(
    ("caption", "rewritten"),
    [
        ("a house built of grey roof was built on the wharf .", "A house was built on the wharf."),
        ("there is a church with a jade green roof .", "There is a church."),
        ("a building with a roof of blue stands near a road", "A building stands near a road."),
        ("the building has a white roof and stands by a road", "The building stands by a road."),
        ("many blue roof rectangular buildings are in a factory", "Many rectangular buildings are in a factory."),
        ("a bridge is on a river with green water .", "A bridge is on a river."),
        ("a house with a red roof and a blue door", "A house with a roof and a door."),
        ("a church with four round green roofs", "A church with four round roofs."),
    ],
)
def test_no_thing_is_left_with_the_part_that_all_of_its_kind_have(caption, rewritten):
    assert rewrite_by_rule(caption).text == rewritten


@pytest.mark.parametrize(
    "caption",
    [
        "this mountain range is half green half bald .",
        "a quarter green and three quarters brown land",
        "the lake is dark green and green trees around .",
        "the houses have red roofs .",
        "houses were built of red roofs near a port",
        "it is white buildings, gray buildings, black buildings .",
        "turn up the waves of the sea blue sea .",
    ],
)
def test_what_colour_alone_tells_apart_is_refused(caption):
    assert isinstance(rewrite_by_rule(caption), Refusal)


@pytest.mark.parametrize("rule", [*RULES, *CLAUSE_RULES], ids=lambda rule: rule.before)
def test_each_rule_does_what_its_example_says(rule):
    words = words_of(rule.before)
    found = rule.pattern.search(classes_of(words))
    start, end = found.span()
    assert " ".join(words_of(" ".join(tidy(words[:start] + words[end:])))) == " ".join(words_of(rule.after))


@pytest.mark.parametrize(
    ("words", "text"),
    [
        ("a orange , and house .", "An orange, and house."),
        ("an house and a hour and an unit and an s shaped bend", "A house and a hour and a unit and an s shaped bend."),
        (", and trees and , houses and .", "Trees and houses."),
        ("a a the the square square", "A the square square."),
        ("one . two ! three", "One. Two! Three."),
        ("50 % ( of 1,200 m )", "50% (of 1,200 m)."),
    ],
)
def test_words_back_to_text(words, text):
    assert joined(tidy(words_of(words))) == text


PARTS = (
    "many two a an the green dark white red and , of in with is are trees roof houses colors sun day clear water which "
    "while both large round painted different sizes picture aerial photo 3 shadow . 2green co-green é"
)


@given(st.lists(st.sampled_from(PARTS.split(" ")), max_size=14))
def test_what_comes_back_is_clean_and_stays(words):
    caption = " ".join(words)
    result = rewrite_by_rule(caption)
    if not isinstance(result, Refusal):
        assert check_rewrite(caption, result.text) == []
        again = rewrite_by_rule(result.text)
        assert isinstance(again, Refusal) or again.text == result.text


@given(st.text(max_size=80))
def test_no_text_breaks_the_rules(text):
    assert rewrite_by_rule(text)


@pytest.mark.skipif(not RSICD.exists(), reason="the real data is not here: shared/data/rsicd")
def test_the_shares_of_rsicd_are_those_of_the_documentation():
    captions = [caption for entry in json.loads(RSICD.read_text()) for caption in entry["captions"]]
    distinct = sorted(set(captions))
    flagged = {caption for caption in distinct if optical_words(caption)}
    assert (len(captions), sum(caption in flagged for caption in captions)) == (49140, 28424)
    assert (len(distinct), len(flagged)) == (15097, 7370)
    sample = [caption for caption in distinct if caption in flagged or brightness_words(caption)][::9]
    refused = [caption for caption in sample if isinstance(rewrite_by_rule(caption), Refusal)]
    assert len(sample) == 825
    assert 0.05 < len(refused) / len(sample) < 0.1

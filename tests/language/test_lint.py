"""The lint of optical words: what it finds, what it lets stand, and that no rule family ever needs it."""

from dataclasses import replace
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from language_examples import annotated, ground, oriented, rich

from sarvl.language.captions import CAPTION_FAMILIES, Scene
from sarvl.language.words import optical_lexicon
from sarvl.language.words.lint import brightness_words, optical_words


def words(text: str) -> list[str]:
    return [found.word for found in optical_words(text)]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        # Shapes of RSICD.
        ("many green trees are around a red square .", ["green", "red"]),
        ("a gray black center building is near a khaki bareland .", ["gray", "black", "khaki"]),
        (
            "it is a blue-green lake, silver-grey roads and cream-colored path .",
            ["blue-green", "silver-grey", "cream-colored"],
        ),
        ("many cars in different colors are in a parking lot .", ["colors"]),
        ("a big jar with white paint .", ["white", "paint"]),
        ("a bule roof and grren plants .", ["bule", "grren"]),
        ("the stadium is rainbow .", ["rainbow"]),
        ("the sea sparkling under the sun .", ["sparkling", "sun"]),
        ("the muddy river winds through the rainforest .", ["muddy"]),
        ("there is a cloud flowing over a rainforest .", ["cloud"]),
        ("the trees are withered and yellow .", ["withered", "yellow"]),
        ("greenery and a greenbelt surround the field .", ["greenery", "greenbelt"]),
        ("the water is very clear .", ["is very clear"]),
        ("a crystal clear pond .", ["crystal", "clear"]),
        ("a clear blue swimming pool .", ["clear", "blue"]),
        ("a few houses with dusty air .", ["dusty air"]),
        # Other captions.
        ("GREEN trees, a RED Roof and Whitish walls", ["GREEN", "RED", "Whitish"]),
        ("dark‑green woods and the sun's light", ["dark‑green", "sun's"]),
        ("An RGB photograph of blue-roofed sheds", ["RGB", "photograph", "blue-roofed"]),
        ("The optical image was taken in spring in visible light", ["optical", "in spring", "visible light"]),
        ("Orange trees and GREEN FIELDS", ["Orange", "GREEN"]),
        ("tawny fields and burgundy roofs", ["tawny", "burgundy"]),
        (
            "a near-infrared Sentinel-2 scene beside one of Google Earth",
            ["near-infrared", "Sentinel-2", "Google Earth"],
        ),
        ("Yellow River", ["Yellow"]),  # nothing tells a heading from a name
        ("A Yellow Road crossed a Green Field by the Orange Harbor.", ["Yellow", "Green", "Orange"]),
        ("a large White House near a Red Sea of sand", ["White", "Red"]),
    ],
)
def test_what_is_found(text, found):
    assert words(text) == found


@pytest.mark.parametrize(
    "text",
    [
        "A bright ship casts a dark radar shadow on the sea.",
        "The Yellow River winds past Green Bay to the Red Sea.",
        "Greenland, the Black Forest and Ivory Coast; Golden Gate spans a strait.",
        "An orange grove beside a gold mine, a gold course, its putting green and a marooned ship.",
        "White noise and grey-level statistics of a grayscale image.",
        "A greenhouse, a blueprint, a skyscraper, a redwood and an evergreen forest.",
        "Snow and ice cover the bare land in the west; the rainforest is lush.",
        "The clear space in front of the hangar, and the port is very clear of ships.",
        "A hot spring and a navy yard with a lighthouse and a smoke stack.",
        "A point cloud of the quay; winter wheat grows in rows.",
        "A picture of a ship in the image centre, hundreds of metres long.",
        "Colorado springs, sunken ships, Redmond, Sunderland and cloudberry fields.",
        "",
    ],
)
def test_what_stands(text):
    assert words(text) == []


def test_every_word_of_the_lexicon_is_found_with_its_reason():
    for reason, listed in {
        optical_lexicon.COLOUR: optical_lexicon.COLOURS | optical_lexicon.MORE_COLOUR_WORDS,
        optical_lexicon.LIGHT: optical_lexicon.LIGHT_WORDS,
        optical_lexicon.WEATHER: optical_lexicon.WEATHER_WORDS,
        optical_lexicon.WATER: optical_lexicon.WATER_WORDS,
        optical_lexicon.FOLIAGE: optical_lexicon.FOLIAGE_WORDS,
        optical_lexicon.SENSOR: optical_lexicon.SENSOR_WORDS,
    }.items():
        for word in listed:
            assert optical_words(f"near a {word} thing") == [(word, 7, reason)]


def test_brightness_is_told_apart_from_what_is_optical():
    text = "A bright roof, a light road, traffic lights, a light pole and the shadow of a tower."
    assert [found.word for found in brightness_words(text)] == ["bright", "light", "shadow"]
    assert optical_words(text) == []
    assert not optical_lexicon.BRIGHTNESS_WORDS & (optical_lexicon.LIGHT_WORDS | optical_lexicon.COLOURS)


@given(st.text(alphabet=st.sampled_from("green sun clear water İẞ-'. "), max_size=60))
def test_places_are_those_of_the_text(text):
    for found in optical_words(text) + brightness_words(text):
        assert text[found.start : found.start + len(found.word)] == found.word


def random_image(rng: Random):
    names = ("ship", "aircraft", "tank", "bridge", "harbor", "vehicle", "building", "shadow", "layover", "wake")
    objects = [
        oriented(
            names[int(rng.random() * len(names))], *(40 + 220 * rng.random() for _ in "xy"), 30, 8, 180 * rng.random()
        )
        for _ in range(int(rng.random() * 25))
    ]
    share = rng.random()
    if rng.random() < 0.5:
        objects = [item._replace(corners=None) for item in objects]
    image = rich(objects, spacing_m=(1.0, 1.0), looks=rng.choice((1.0, 4.0, 20.0)), labelled_classes=names)
    return replace(image, land_cover=ground(water=share, urban_areas=1 - share), file=f"{rng.random()}.png")


def test_no_rule_family_says_an_optical_word():
    rng = Random(0)
    chip = annotated([], label="2S1 howitzer", label_names=("2S1 howitzer",), labelled_classes=("2S1 howitzer",))
    chip = replace(chip, target_size_m=(7.3, 2.9))
    scenes = [Scene.of(image, "sar") for image in (chip, *(random_image(rng) for _ in range(60)))]
    texts = {name: set() for name in CAPTION_FAMILIES.names()}
    for scene in scenes:
        for name, family in CAPTION_FAMILIES.items():
            texts[name] |= {said.text for _ in range(12) if (said := family.write(scene, rng))}
    assert [name for name, said in texts.items() if not said] == []
    assert sum(map(len, texts.values())) > 4000
    assert [(text, words(text)) for said in texts.values() for text in said if words(text)] == []

"""Plain wording is English that a SAR researcher would sign; published wording has the literal forms of the systems."""

import re
from dataclasses import replace

import pytest
from language_examples import annotated, ground, oriented, placed, rich

from sarvl.annotations import AnnotatedImage
from sarvl.language import Group, QuestionSettings, Statement, ask, describe, verify, vocabulary_of
from sarvl.language.claims.kinds.absence import Absence
from sarvl.language.claims.kinds.count import Count
from sarvl.language.claims.kinds.share import Share
from sarvl.language.geometry.layout import GRID_CELLS, POSITIONS, Layout
from sarvl.language.questions.layout_words import POSITION_WORDS
from sarvl.language.words.lexicon import plural_of, singular_of

PORT = annotated(
    placed("ship", 0, 0, 5) + placed("ship", 1, 1, 2) + placed("bridge", 0, 2, 3) + placed("tank", 1, 1),
    labelled_classes=("aircraft", "bridge", "ship", "tank"),
)
CHIPS = [
    annotated([], label=name, label_names=(name,))
    for name in ("2S1 howitzer", "aircraft", "urban areas", "open water", "residential area", "storage tanks", "ships")
]
FLEET = rich(
    [oriented("ship", 60, 60, 40, 10, 0), oriented("ship", 150, 60, 40, 10, 5), oriented("ship", 60, 150, 40, 10, 45)],
    spacing_m=(3.0, 3.0),
    labelled_classes=("ship",),
)
GROUND = annotated([], land_cover=ground(water=0.62, forest=0.31, building=0.06, road=0.009))
IMAGES = (PORT, FLEET, GROUND, *CHIPS)


def texts_of(image: AnnotatedImage, seeds: int = 60) -> list[Statement]:
    settings = QuestionSettings(preset="balanced")
    return [
        said
        for seed in range(seeds)
        for said in (*describe(image, captions=12, seed=seed), *ask(image, settings, seed))
    ]


@pytest.mark.parametrize("image", IMAGES)
@pytest.mark.parametrize("wording", ["plain", "published"])
def test_every_text_is_read_back(image, wording):
    image = replace(image, wording=wording)
    texts = texts_of(image, 20)
    assert texts and [problem for said in texts for problem in verify(said, image)] == []


@pytest.mark.parametrize("image", IMAGES)
def test_no_bare_singular_no_tautology_and_no_rare_word(image):
    captions = [said.text for seed in range(60) for said in describe(image, captions=12, seed=seed)]
    bare = r"\b(of|showing|shows|with|contains) (ship|bridge|tank|2S1 howitzer|residential area)\b"
    rare = r"marine craft|remote sensing|periphery|spanning|reservoir|\bboat|SAR view|acquired by"
    assert [text for text in captions if re.search(bare, text)] == []
    assert [text for text in captions if re.search(rare, text)] == []
    assert [text for text in captions if re.search(r"\bimage\b.*\b(image|sensor)\b", text)] == []  # said twice


@pytest.mark.parametrize(
    ("label", "text"),
    [
        *(("2S1 howitzer", "A SAR image of a 2S1 howitzer."), ("aircraft", "A SAR image of an aircraft.")),
        *(("urban areas", "A SAR image of urban areas."), ("open water", "A SAR image of open water.")),
        *(("residential area", "A SAR image of a residential area."), ("ships", "A SAR image of ships.")),
    ],
)
def test_a_label_has_an_article_where_english_has_one(label, text):
    chip = annotated([], label=label, label_names=(label,))
    said = {item.text: item for seed in range(30) for item in describe(chip, captions=8, seed=seed)}
    assert verify(said[text], chip) == []


def test_published_wording_has_the_forms_to_the_letter():
    published = replace(PORT, wording="published")
    families = ("absolute_region", "complex", "general")
    texts = {
        said.text for seed in range(400) for said in describe(published, captions=24, seed=seed, families=families)
    }
    chip = replace(CHIPS[0], wording="published")
    texts |= {said.text for seed in range(100) for said in describe(chip, captions=12, seed=seed)}
    assert texts >= {
        "A SAR image of ship.",
        "A SAR image of 5 ships located in the upper left of the image.",
        "A radar image of the 2S1 howitzer acquired by a SAR sensor.",
    }
    assert any(text.startswith("This is a SAR view that includes ") for text in texts)


def test_a_number_in_a_place_says_that_it_is_of_centres():
    """Ships that reach into a cell are not counted there."""
    for said in texts_of(PORT):
        places = {claim.group.position for claim in said.claims if isinstance(claim, Count)} - {None}
        counted = {claim.group.position for claim in said.claims if getattr(claim, "comparison", "") == "exactly"}
        if places & counted & {*GRID_CELLS, "outside center"}:
            assert "centred" in f"{said.text} {said.answer}", said.text
    assert not any("centred in the center" in said.text for said in texts_of(PORT))


@pytest.mark.parametrize(
    "text", ["2 ships centred in.", "2 ships centred.", "Centred in ships.", "2 ships centred in 1 tank."]
)
def test_centred_needs_a_place(text):
    image = annotated(placed("ship", 0, 0, 2) + placed("tank", 1, 1), labelled_classes=("ship", "tank"))
    count = Count(Group("ship"), "exactly", 2, (0, 1))
    assert verify(Statement(text, "complex", (count,), "model:x"), image)


def test_one_vocabulary_of_places_in_captions_and_answers():
    asked = [*texts_of(PORT, 100), *texts_of(FLEET)]
    words = {word for said in asked for word in re.findall(r"\b(upper|lower|top|bottom|left|right)\b", said.text)}
    assert words <= {"top", "bottom", "left", "right"}
    answers = {said.answer for said in asked if said.answer_type == "position"}
    assert answers and answers <= set(POSITION_WORDS)


@pytest.mark.parametrize("image", [FLEET, PORT])
def test_no_text_denies_a_place_that_an_object_reaches_into(image):
    layout = Layout(image)
    denied = [claim for said in texts_of(image) for claim in said.claims if isinstance(claim, Absence)]
    assert any(claim.group.position for claim in denied)
    assert [claim for claim in denied if layout.touching(claim.group)] == []


def test_one_harbor_over_the_whole_image_is_nowhere_denied():
    image = annotated([("harbor", (0, 0, 300, 300))], labelled_classes=("harbor", "ship"))
    places = [
        position for position in POSITIONS if not Absence(Group("harbor", position)).problem(image, Layout(image))
    ]
    assert places == []
    asked = [said for seed in range(60) for said in ask(image, seed=seed) if said.family != "other_categories"]
    assert not [said.text for said in asked if "harbor" in said.text and said.answer in ("no", "0")]
    published = replace(image, wording="published")
    asked = [said for seed in range(60) for said in ask(published, seed=seed) if said.family == "exists_in_cell"]
    assert "no" in {said.answer for said in asked if "harbor" in said.text}  # SARLANG's rule


def test_an_oriented_box_that_passes_by_a_place_does_not_reach_into_it():
    ship = oriented("ship", 150, 150, 380, 10, 45)  # from the lower left to the upper right
    layout = Layout(rich([ship], labelled_classes=("ship",)))
    assert layout.touching(Group("ship", "upper right")) == layout.touching(Group("ship", "left side")) == (0,)
    assert layout.touching(Group("ship", "upper left")) == layout.touching(Group("ship", "lower right")) == ()
    box = annotated([("ship", ship.box)], labelled_classes=("ship",))
    assert Layout(box).touching(Group("ship", "upper left")) == (0,)  # its box does


def test_a_box_within_a_pixel_of_a_place_is_taken_to_reach_into_it():
    touched = {
        xmax: bool(Layout(annotated([("ship", (60, 40, xmax, 60))])).touching(Group("ship", "upper center")))
        for xmax in (97.0, 98.9, 99.0, 100.0, 101.0)
    }
    assert touched == {97.0: False, 98.9: False, 99.0: True, 100.0: True, 101.0: True}


def test_shares_add_up_to_at_most_a_hundred():
    thirds = annotated([], land_cover=ground(water=0.33, forest=0.33, road=0.34))
    halves = annotated([], land_cover=ground(water=0.475, forest=0.475, road=0.05))
    for image in (thirds, halves):
        texts = [said for seed in range(80) for said in describe(image, captions=8, seed=seed)]
        sums = [sum(map(int, re.findall(r"(\d+) %", said.text))) for said in texts]
        assert max(sums) <= 100 and max(sums) > 60
    claims = tuple(Share(Group(name), 35) for name in ("forest", "road", "water"))
    over = Statement(
        "A SAR image with about 35 % forest, about 35 % road and about 35 % water.", "land_cover", claims, "x"
    )
    assert "the shares add up to 105 %" in verify(over, thirds)


def test_two_halves_are_no_two_dominant_parts():
    image = annotated([], land_cover=ground(water=0.5, forest=0.5))
    texts = [said.text for seed in range(80) for said in describe(image, captions=8, seed=seed)]
    assert not [text for text in texts if text.count("dominated") > 1]


@pytest.mark.parametrize(
    ("name", "one", "several"),
    [
        *(
            ("equipment", "piece of equipment", "pieces of equipment"),
            ("debris", "piece of debris", "pieces of debris"),
        ),
        *(("cattle", "head of cattle", "head of cattle"), ("farmland", "farmland area", "farmland areas")),
        *(("渔船", "渔船", "渔船"), ("корабль", "корабль", "корабль"), ("سفينة", "سفينة", "سفينة")),
        *(
            ("A220", "A220", "A220s"),
            ("château", "château", "châteaus"),
            ("ship (moored)", "ship (moored)", "ships (moored)"),
        ),
    ],
)
def test_what_english_does_not_count_and_names_in_other_scripts(name, one, several):
    """It was "one equipment" and "2 渔船s"."""
    assert singular_of(name) == one and plural_of(one) == several
    image = annotated(placed(name, 0, 0, 2), labelled_classes=(name,))
    assert [problem for said in describe(image, captions=10) for problem in verify(said, image)] == []


@pytest.mark.parametrize(
    ("name", "told"),
    [
        *(
            ("Fishing Boat", "fishing boat"),
            ("Small_Car", "small car"),
            ("Boeing737", "Boeing737"),
            ("Nimitz", "Nimitz"),
        ),
        *(
            ("Other-ship", "ship of another type"),
            ("other_airplane", "airplane of another type"),
            ("other", "other-type object"),
        ),
        *(("LawEnforce", "law enforcement ship"), ("Fishing", "fishing boat"), ("Cargo", "cargo ship")),
        *(("FishingBoat", "fishing boat"), ("class 2", "class 2 object"), ("Boeing 737", "Boeing 737"), ("T72", "T72")),
    ],
)
def test_names_as_a_sentence_has_them(name, told):
    image = annotated(placed(name, 0, 0), labelled_classes=(name,))
    assert vocabulary_of(image).names[name][0].singular == told
    assert [problem for said in describe(image) for problem in verify(said, image)] == []

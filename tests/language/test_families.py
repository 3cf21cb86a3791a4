import re
from collections.abc import Iterator
from dataclasses import replace
from random import Random

import pytest
from language_examples import annotated, ground, oriented, placed, rich

from sarvl.language import Group, Statement, describe, verify
from sarvl.language.captions import CAPTION_FAMILIES, Scene, families_in_order
from sarvl.language.captions.scene import pick, shuffled
from sarvl.language.claims.construction import quantity_claim

SHIPS_AND_BRIDGES = annotated(
    placed("ship", 2, 0, 5) + placed("bridge", 0, 2, 3), labelled_classes=("ship", "bridge", "tank")
)
ONE_SHIP = annotated(placed("ship", 1, 1), labelled_classes=("ship",))
EMPTY = annotated([], labelled_classes=("ship",))
CHIP = annotated([], label="2S1 howitzer", label_names=("2S1 howitzer",), labelled_classes=("2S1 howitzer", "T72 tank"))
CROWD = annotated(placed("ship", 0, 0, 14) + placed("ship", 1, 1, 11))
FLEET = rich(
    [oriented("ship", 60, 60, 40, 10, 0), oriented("ship", 150, 60, 40, 10, 5), oriented("ship", 60, 150, 40, 10, 45)],
    spacing_m=(3.0, 3.0),
)
BOXES = annotated([("ship", (20, 20, 60, 34)), ("ship", (0, 200, 40, 214))], spacing_m=(3.0, 3.0))
CARGO = annotated([], label="cargo ship", label_names=("cargo ship",), target_size_m=(183.4, 29.6))
WATERS = annotated([], land_cover=ground(water=0.62, forest=0.31, building=0.06, road=0.009))
FIELDS = annotated([], land_cover=ground(cropland=0.45, forest=0.3, urban_areas=0.21, water=0.04))
MASKED_CHIP = annotated(
    [("target", (50, 60, 80, 80)), ("shadow", (50, 20, 80, 65))],
    label="T72 tank",
    label_names=("T72 tank",),
    land_cover=ground(clutter=0.93, shadow=0.05, target=0.02),
)
SHADED_CHIP = annotated([], label="T72 tank", label_names=("T72 tank",), land_cover=ground(clutter=0.9, shadow=0.1))
WAKE = annotated([("ship", (50, 20, 60, 62)), ("ship", (150, 120, 160, 162)), ("wake", (50, 60, 60, 120))])
LAYOVER = annotated([], land_cover=ground(building=0.6, layover=0.3, radar_shadow=0.1))
NEW = (FLEET, BOXES, CARGO, WATERS, FIELDS, MASKED_CHIP, SHADED_CHIP, WAKE, LAYOVER)


def looked(looks: float):
    return annotated([], looks=looks)


def drawn(family: str, image, draws: int, domain: str = "sar") -> Iterator[Statement]:
    scene, rng, write = Scene.of(image, domain), Random(0), CAPTION_FAMILIES.get(family).write
    return filter(None, (write(scene, rng) for _ in range(draws)))


def statements(family: str, image, draws: int = 400, domain: str = "sar") -> dict[str, Statement]:
    return {statement.text: statement for statement in drawn(family, image, draws, domain)}


@pytest.mark.parametrize(
    ("family", "image", "text"),
    [
        ("general", ONE_SHIP, "A SAR image of ship."),
        ("general", ONE_SHIP, "This radar image shows a ship."),
        ("complex", SHIPS_AND_BRIDGES, "This is a SAR view that includes 5 ships and 3 bridges."),
        ("complex", SHIPS_AND_BRIDGES, "There are three bridges and five ships in this SAR image."),
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
        ("classification", MASKED_CHIP, "A SAR image of the T72 tank."),
        ("complex", MASKED_CHIP, "A SAR image of 1 T72 tank and 1 shadow."),
        ("orientation", FLEET, "A SAR image with 3 ships, 2 of them lying horizontally and 1 diagonally."),
        (
            "orientation",
            FLEET,
            "This SAR image shows three ships, two of them oriented horizontally"
            " and one diagonally from lower left to upper right.",
        ),
        ("orientation", FLEET, "A SAR image of a ship in the middle left lying diagonally."),
        ("size", FLEET, "A SAR image of a ship about 120 m long and 30 m wide in the upper left."),
        ("size", CARGO, "This SAR image shows a cargo ship about 180 m long and 30 m wide."),
        ("extent", BOXES, "This SAR image shows a ship whose bounding box extends about 120 m by 42 m."),
        (
            "land_cover",
            WATERS,
            "This SAR image is dominated by water, with large areas of forest and some buildings.",
        ),
        ("land_cover", WATERS, "About 60 % of this SAR image is covered by water."),
        (
            "land_cover",
            FIELDS,
            "A SAR image with large areas of cropland, large areas of forest, a large share of urban areas"
            " and a small amount of water.",
        ),
        ("land_cover", FIELDS, "A SAR image with about 45 % cropland and about 30 % forest."),
        ("radar_effects", MASKED_CHIP, "A SAR image of the T72 tank with a radar shadow above it."),
        ("radar_effects", MASKED_CHIP, "In this SAR image, the T72 tank casts a radar shadow."),
        ("radar_effects", SHADED_CHIP, "A SAR image of the T72 tank with radar shadow."),
        ("radar_effects", WAKE, "A SAR image of a ship and its wake."),
        ("radar_effects", LAYOVER, "Layover and radar shadow can be seen in this SAR image."),
        ("speckle", looked(1.0), "A SAR image with strong speckle."),
        ("speckle", looked(4.0), "This SAR image shows moderate speckle."),
        ("speckle", looked(30.0), "Weak speckle is visible in this SAR image."),
    ],
)
def test_sentences_of_the_papers(family, image, text):
    image = replace(image, wording="published")
    said = next((statement for statement in drawn(family, image, 20000) if statement.text == text), None)
    assert said is not None
    assert verify(said, image) == []


@pytest.mark.parametrize("family", CAPTION_FAMILIES.names())
@pytest.mark.parametrize("image", [SHIPS_AND_BRIDGES, ONE_SHIP, EMPTY, CHIP, CROWD, *NEW])
def test_every_sentence_verifies(family, image):
    assert [problem for said in statements(family, image).values() for problem in verify(said, image)] == []


@pytest.mark.parametrize(
    ("family", "image"),
    [
        *(("general", EMPTY), ("complex", CHIP), ("absolute_region", EMPTY), ("subset", ONE_SHIP)),
        *(("relative_region", ONE_SHIP), ("totals", ONE_SHIP), ("totals", SHIPS_AND_BRIDGES), ("periphery", ONE_SHIP)),
        *(("center", SHIPS_AND_BRIDGES), ("absence", ONE_SHIP), ("absence", CHIP), ("classification", ONE_SHIP)),
        ("relative_region", annotated([("ship", (0, 0, 300, 300)), ("tank", (10, 10, 40, 40))])),
        ("absence", annotated(placed("ship", 0, 0))),  # the source does not say which classes it labels
        ("absence", annotated([], labelled_classes=("road",), land_cover=ground(water=0.995, road=0.005))),
        ("absence", MASKED_CHIP),
        *(("orientation", ONE_SHIP), ("orientation", rich([oriented("ship", 60, 60, 20, 15, 0)]))),
        *(("size", ONE_SHIP), ("size", BOXES), ("extent", ONE_SHIP), ("extent", FLEET)),
        ("extent", annotated([("ship", (0, 20, 60, 34)), ("ship", (50, 20, 54, 60))], spacing_m=(3.0, 3.0))),
        ("land_cover", ONE_SHIP),
        ("land_cover", annotated([], land_cover=ground(background=0.7, other=0.295, water=0.005))),
        ("land_cover", MASKED_CHIP),
        ("land_cover", annotated(placed("ship", 0, 0), land_cover=ground(ship=1.0))),  # texts count ships
        *(("radar_effects", ONE_SHIP), ("speckle", ONE_SHIP)),
    ],
)
def test_silence_where_the_annotation_does_not_support_a_family(family, image):
    assert statements(family, image) == {}


def test_cells_of_a_total_stand_in_descending_order():
    image = annotated(placed("ship", 0, 0, 2) + placed("ship", 1, 0, 4) + placed("ship", 2, 2, 3))
    cells = "4 centred in the top center, 3 in the bottom right and 2 in the top left"
    assert f"A SAR image with 9 ships in total: {cells}." in statements("totals", image)


def test_evidence_of_an_exact_count_is_the_whole_group():
    crowd = replace(CROWD, wording="published")
    (claim,) = statements("center", crowd)["In the center of this SAR image, there are many ships."].claims
    assert claim == quantity_claim(Group("ship", "center"), "at least", 11, tuple(range(14, 25)))


def test_no_ships_is_not_said_of_tankers():
    image = annotated(placed("tanker", 0, 0), labelled_classes=("bridge", "ship", "tanker"))
    texts = statements("absence", image)
    assert texts and not any("ship" in text for text in texts)


def test_a_label_that_names_no_one_object_is_neither_counted_nor_measured():
    target = ("target", (50, 50, 80, 80))
    chip = annotated([target], 128, 128, label="storage tanks", label_names=("storage tanks",), target_size_m=(20, 18))
    assert {statement.family for statement in describe(chip)} == {"classification"}


def test_layover_of_a_box_is_an_area():
    image = annotated([*placed("layover", 0, 0), *placed("ship", 2, 2)], wording="published")
    assert "A SAR image with a layover area." in statements("radar_effects", image)
    assert "A SAR image of 1 ship and 1 layover area." in statements("complex", image)


def test_small_shares_of_what_is_counted_are_no_amounts():
    image = rich([], land_cover=ground(water=0.97, road=0.03))
    texts = statements("land_cover", image)
    assert "A SAR image dominated by water, with a small share of roads." in texts
    assert not any("amount" in text for text in texts)


def test_absence_uses_the_own_name_of_a_class_only():
    texts = statements("absence", EMPTY)
    assert all("ship" in text for text in texts)
    assert not any("boat" in text or "vessel" in text or "craft" in text for text in texts)


def test_one_class_has_one_name_in_a_sentence():
    image = annotated(placed("ship", 0, 0, 2) + placed("ship", 0, 2, 3), wording="published")
    for family in ("relative_region", "totals", "absolute_region"):
        for text in statements(family, image):
            assert sum(name in text for name in ("ship", "boat", "vessel", "marine craft")) == 1


def test_names_of_the_label_are_used():
    image = annotated([], label="T72 tank", label_names=("T72 tank", "T72 main battle tank"))
    texts = statements("classification", image)
    assert "A SAR image of a T72 main battle tank." in texts
    assert "A SAR image of a T72 tank." in texts


def test_optical_texts_name_no_radar():
    texts = statements("complex", SHIPS_AND_BRIDGES, domain="optical")
    assert "An optical image with 5 ships and 3 bridges." in texts
    assert not any("SAR" in text or "radar" in text for text in texts)


def test_choices_come_from_random_alone():
    first, second = Random(3), Random(3)
    assert [pick(first, "abc") for _ in range(5)] == ["abc"[int(second.random() * 3)] for _ in range(5)]
    assert sorted(shuffled(first, range(9))) == list(range(9))


def test_numbers_by_orientation_add_up_and_rest_on_their_objects():
    text = "A SAR image with 3 ships, 2 of them lying horizontally and 1 diagonally."
    by_group = {claim.group: claim.objects for claim in statements("orientation", FLEET, draws=4000)[text].claims}
    assert by_group == {
        Group("ship"): (0, 1, 2),
        Group("ship", None, "horizontal"): (0, 2),
        Group("ship", None, "diagonal"): (1,),
    }


def test_without_all_orientations_numbers_are_lower_bounds():
    square = oriented("ship", 220, 220, 20, 18, 0)
    image = rich([*FLEET.objects, square])
    for statement in statements("orientation", image).values():
        (claim,) = statement.claims
        in_a_cell_without_the_square = claim.group.position not in (None, "lower right")
        assert getattr(claim, "comparison", None) != "exactly" or in_a_cell_without_the_square


def test_no_axis_has_a_head():
    texts = " ".join(statements("orientation", FLEET))
    assert not any(word in texts for word in ("north", "south", "east", "west", "head", "toward", "facing"))


def test_an_axis_aligned_box_gives_no_length():
    assert not any(" long" in text or " wide" in text for text in statements("extent", BOXES))


def test_radar_words_are_said_of_radar_only():
    assert statements("radar_effects", MASKED_CHIP, domain="optical") == {}
    assert statements("speckle", looked(1.0), domain="optical") == {}


def test_the_pieces_of_a_target_are_not_counted():
    pieces = [("target", (50, 60, 80, 80)), ("target", (90, 60, 95, 65)), ("shadow", (50, 20, 80, 65))]
    image = annotated(pieces, label="T72 tank", label_names=("T72 tank",))
    texts = [text for family in CAPTION_FAMILIES.names() for text in statements(family, image)]
    assert "A SAR image of the T72 tank with radar shadow." in texts
    assert not any("target" in text or "1 T72" in text or "one T72" in text for text in texts)


def test_families_are_drawn_in_one_fixed_order():
    """The order decides every text of every corpus that was built so far."""
    assert list(families_in_order()) == [
        *("general", "complex", "absolute_region", "relative_region", "totals", "center", "periphery", "subset"),
        *("absence", "classification", "orientation", "size", "extent", "land_cover", "radar_effects", "speckle"),
    ]


@pytest.mark.parametrize("image", [SHIPS_AND_BRIDGES, ONE_SHIP, EMPTY, CHIP, CROWD, *NEW])
def test_a_family_without_its_evidence_has_nothing_to_say(image):
    scene = Scene.of(image, "sar")
    families = CAPTION_FAMILIES.items()
    silent = [name for name, family in families if family.has_evidence and not family.has_evidence(scene)]
    assert [text for family in silent for text in statements(family, image, draws=50)] == []


@pytest.mark.parametrize("family", CAPTION_FAMILIES.names())
def test_statements_carry_the_name_of_their_family(family):
    images = [SHIPS_AND_BRIDGES, ONE_SHIP, EMPTY, CHIP, CROWD, looked(1.0), *NEW]
    assert {said.family for image in images for said in statements(family, image, draws=20).values()} == {family}


def test_there_is_agrees_with_the_first_of_the_list():
    image = annotated([*placed("ship", 0, 0), *placed("tank", 1, 1, 2)])
    texts = {item.text for seed in range(60) for item in describe(image, captions=12, seed=seed)}
    assert not [text for text in texts if re.search(r"[Tt]here are (at least )?(a|an|1|one) ", text)]
    assert any(re.search("there is (1|one) (ship|vessel) and (2|two) ", text.lower()) for text in texts)


def test_no_number_in_digits_stands_before_a_name_that_begins_with_one():
    howitzer = annotated(placed("2S1 howitzer", 1, 1))
    texts = {item.text for seed in range(60) for item in describe(howitzer, captions=12, seed=seed)}
    assert not [text for text in texts if "1 2S1" in text] and any("one 2S1" in text for text in texts)


def test_shadows_alone_are_no_subject_of_a_general_or_subset_caption():
    chip = annotated([("tank", (100, 100, 140, 130)), ("shadow", (100, 60, 140, 110))])
    for family in ("general", "subset"):
        texts = [item.text for seed in range(20) for item in describe(chip, seed=seed, families=(family,))]
        assert not any("shadow" in text for text in texts)


def test_bare_names_stand_in_the_published_sentence_alone():
    ship = annotated(placed("ship", 1, 1), wording="published")
    texts = [item.text for seed in range(60) for item in describe(ship, seed=seed, families=("general",))]
    bare = [text for text in texts if not re.search(r"\b(a|an) (ship|boat|vessel|marine craft)\b", text)]
    assert bare and all(re.fullmatch(r"An? [\w ]+ of (ship|boat|vessel|marine craft)\.", text) for text in bare)

import re
from dataclasses import replace
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from language_examples import annotated, ground, images, oriented, placed, rich, rich_images

from sarvl.language import Claim, Group, Statement, describe, verify, vocabulary_of
from sarvl.language.claims.construction import quantity_claim
from sarvl.language.claims.kinds.count import Count
from sarvl.language.claims.kinds.extent import Extent
from sarvl.language.claims.kinds.relation import Relation, relation_claim
from sarvl.language.claims.kinds.share import Share
from sarvl.language.claims.kinds.size import Size
from sarvl.language.claims.kinds.speckle import Speckle
from sarvl.language.geometry.layout import GRID_CELLS
from sarvl.language.words.lexicon import NUMBER_WORDS

NUMBER = re.compile(rf"(?<![\w-])(\d+|{'|'.join(NUMBER_WORDS)})(?![\w-])")
POSITION = re.compile("|".join(sorted(GRID_CELLS, key=len, reverse=True)))
RELATIONS = {"above": "below", "below": "above", "left of": "right of", "right of": "left of"}
RELATIONS |= {"to its left": "to its right", "to its right": "to its left"}
DIRECTIONS = ("horizontally", "vertically", "diagonally from lower left to upper right")
DIRECTIONS += ("diagonally from upper left to lower right", "diagonally")
AMOUNTS = ("dominated by", "large areas of", "some", "a small amount of", "about 15 %")
STRENGTHS = ("strong", "moderate", "weak")
RELATION = re.compile(rf"\b({'|'.join(RELATIONS)})\b")
NEW_FAMILIES = ("orientation", "size", "extent", "land_cover", "radar_effects", "speckle")
TWENTY_FIVE = annotated(placed("ship", 0, 0, 14) + placed("ship", 1, 1, 11) + placed("bridge", 2, 2, 3))


def replaced(text: str, found: re.Match, new: str) -> str:
    return text[: found.start()] + new + text[found.end() :]


def number_changes(text: str) -> list[str]:
    changed = []
    for found in NUMBER.finditer(text):
        word = found[0].lower()
        number = NUMBER_WORDS.index(word) if word in NUMBER_WORDS else int(word)
        changed += [replaced(text, found, str(new)) for new in (number - 1, number + 1)]
    return changed


def position_changes(text: str, random: Random) -> list[str]:
    return [
        replaced(text, found, random.choice([cell for cell in GRID_CELLS if cell != found[0]]))
        for found in POSITION.finditer(text)
    ]


def relation_changes(text: str) -> list[str]:
    return [replaced(text, found, RELATIONS[found[0]]) for found in RELATION.finditer(text)]


def word_changes(text: str) -> list[str]:
    """Every direction, amount of ground and strength of speckle, replaced by every other."""
    changed = []
    for words in (DIRECTIONS, AMOUNTS, STRENGTHS):
        # The longest first: "diagonally" alone is part of the two others.
        pattern = re.compile("|".join(sorted(words, key=len, reverse=True)))
        found = [(match, new) for match in pattern.finditer(text) for new in words if new != match[0]]
        changed += [replaced(text, match, new) for match, new in found]
    return changed


def class_changes(text: str, image) -> list[str]:
    """Every name of a class in turn, replaced by a name of another class of the vocabulary."""
    names = vocabulary_of(image).names
    forms = {form: own for own, found in names.items() for name in found for form in (name.singular, name.plural)}
    pattern = re.compile(rf"(?<![\w-])({'|'.join(map(re.escape, sorted(forms, key=len, reverse=True)))})(?![\w-])")
    return [
        replaced(text, found, names[other][0].plural)
        for found in pattern.finditer(text)
        for other in names
        if forms[found[0]] != other
    ]


@settings(max_examples=60)
@given(images(min_objects=1), st.integers(0, 1000), st.randoms(use_true_random=False))
def test_every_corruption_of_a_text_is_found(image, seed, random):
    plural = vocabulary_of(image).names[image.objects[0].class_name][0].plural
    for statement in describe(image, seed=seed):
        text = statement.text
        corrupted = number_changes(text) + position_changes(text, random) + relation_changes(text)
        corrupted += [*class_changes(text, image), f"{text} There are 99 {plural}.", text.replace(".", " and a dog.")]
        for changed in corrupted:
            assert verify(statement._replace(text=changed), image), (text, changed)


@settings(max_examples=80)
@given(rich_images(), st.integers(0, 1000), st.randoms(use_true_random=False))
def test_every_corruption_of_a_text_about_radar_and_ground_is_found(image, seed, random):
    for statement in describe(image, captions=8, seed=seed, families=NEW_FAMILIES):
        text = statement.text
        corrupted = number_changes(text) + position_changes(text, random) + relation_changes(text)
        corrupted += [*class_changes(text, image), *word_changes(text), text.replace(".", " and a dog.")]
        corrupted += [text.replace(" long", " wide"), text.replace(" m ", " km "), text.replace("about ", "")]
        for changed in set(corrupted) - {text}:
            assert verify(statement._replace(text=changed), image), (text, changed)


@settings(max_examples=40)
@given(images(min_objects=1) | rich_images(), st.integers(0, 1000))
def test_every_corruption_of_a_claim_is_found(image, seed):
    for statement in describe(image, captions=8, seed=seed):
        for index, claim in enumerate(statement.claims):
            for changed in claim_changes(claim):
                claims = (*statement.claims[:index], *changed, *statement.claims[index + 1 :])
                assert verify(statement._replace(claims=claims), image), (statement, changed)


def claim_changes(claim: Claim) -> list[tuple[Claim, ...]]:
    changes: list[tuple[Claim, ...]] = [(), (claim.resting_on((*claim.objects, 999)),)]
    if not isinstance(claim, Speckle):
        changes.append((replace(claim, group=Group("submarine", claim.group.position)),))
    match claim:
        case Count(_, comparison, number):
            changes.append((replace(claim, number=number + 1),))
            changes.append((replace(claim, comparison="exactly" if comparison == "at least" else "at least"),))
            changes.append((claim.resting_on(()),))
        case Relation(group, _, other):
            changes.append((replace(claim, group=other, other=group),))
        case Size(group, size_m) | Extent(group, size_m):
            changes.append((replace(claim, size_m=(size_m[0] + 1, size_m[1])),))
            changes.append(((Extent if isinstance(claim, Size) else Size)(group, size_m, claim.objects),))
        case Share(group, int(percent)):
            changes.append((Share(group, percent + 1),))
        case Share(_, share) if share != "large areas":
            changes.append((replace(claim, share="large areas"),))
        case Speckle(strength) if strength != "weak":
            changes.append((Speckle("weak"),))
    if claim.group.orientation is not None:
        changes.append((replace(claim, group=claim.group._replace(orientation=None)),))
    return changes


def told(text: str, *claims: Claim, family: str = "complex", producer: str = "model:test") -> Statement:
    return Statement(text, family, claims, producer)


def ships(number: int, position: str | None = None, objects: tuple[int, ...] = ()) -> Claim:
    return quantity_claim(Group("ship", position), "exactly", number, objects)


ALL, UPPER_LEFT, CENTER = tuple(range(3, 28)), tuple(range(3, 17)), tuple(range(17, 28))


def test_a_rewritten_text_that_says_the_same_is_confirmed():
    claims = (ships(25, None, ALL), ships(14, "upper left", UPPER_LEFT), ships(11, "center", CENTER))
    text = "There are exactly 25 vessels in the image: fourteen are in the top-left corner, and 11 in the centre."
    assert verify(told(text, *claims, family="totals"), TWENTY_FIVE) == []


def test_the_published_record_whose_cells_do_not_add_up_is_found():
    # SAR-TEXT's VQA data hold a record with 25 in total and 24 in the cells.
    claims = (ships(25, None, ALL), ships(14, "upper left", UPPER_LEFT), ships(10, "center", CENTER[:10]))
    text = "This SAR image contains 25 ships in total: 14 in the upper left and 10 in the center."
    problems = verify(told(text, *claims, family="totals"), TWENTY_FIVE)
    assert "the cells of 'ship' add up to 24, the total says 25" in problems
    assert "'exactly 10 ship in center': the annotation has 11" in problems


def test_a_lie_in_text_and_claims_alike_is_found():
    assert verify(told("There are 24 ships.", ships(24, None, ALL[:24])), TWENTY_FIVE) == [
        "'exactly 24 ship': the annotation has 25"
    ]


@pytest.mark.parametrize(
    ("statement", "problem"),
    [
        (told("There are 25 ships.", ships(25, None, (*ALL[:24], 0))), "are not of this group"),
        (told("There are 25 ships.", ships(25, None, (*ALL[:24], ALL[0]))), "stand twice"),
        (told("There are 25 ships.", ships(25, None, ALL[:24])), "it rests on 24 objects"),
        (told("An optical image of 25 ships.", ships(25, None, ALL)), "the text is of the optical domain"),
        (told("A SAR image."), "claims nothing that can be checked"),
        (told("No cars are visible.", quantity_claim(Group("car"), "exactly", 0)), "cannot read"),
        (told("There are 25 ships in the northwest.", ships(25, None, ALL)), "'northwest' is neither a class"),
        (told("There are 25 ships.", ships(25, "north", ALL)), "'north' is no position"),
    ],
)
def test_faults_are_named(statement, problem):
    assert any(problem in found for found in verify(statement, TWENTY_FIVE))


def test_absence_needs_a_labelled_class_and_no_label():
    no_ships = told("There are no ships.", quantity_claim(Group("ship"), "exactly", 0))
    assert verify(no_ships, annotated([], labelled_classes=("ship",))) == []
    assert "a label says what is there" in verify(no_ships, annotated([], label="car", labelled_classes=("ship",)))[0]
    assert "the annotation has 1" in verify(no_ships, annotated(placed("ship", 0, 0), labelled_classes=("ship",)))[0]
    assert "does not label this class" in verify(no_ships, annotated(placed("ship", 0, 0)))[0]


def test_a_chip_bears_out_its_label_and_no_number():
    chip = annotated([], label="T72 tank", label_names=("T72 tank",), labelled_classes=("T72 tank", "2S1 howitzer"))
    group = Group("T72 tank")
    assert verify(told("A SAR image of the T72 tank.", quantity_claim(group, "at least", 1)), chip) == []
    assert verify(told("A SAR image of 1 T72 tank.", quantity_claim(group, "exactly", 1)), chip)
    assert verify(told("A SAR image of 2S1 howitzer.", quantity_claim(Group("2S1 howitzer"), "at least", 1)), chip)


def test_a_relation_of_touching_groups_is_not_confirmed():
    image = annotated([("ship", (10, 10, 20, 50)), ("tank", (10, 50, 20, 90))])
    claims = (
        quantity_claim(Group("ship"), "exactly", 1, (0,)),
        quantity_claim(Group("tank"), "exactly", 1, (1,)),
        relation_claim(Group("ship"), "above", Group("tank"), (0, 1)),
    )
    assert verify(told("1 ship is above 1 tank.", *claims), image) == [
        "'ship above tank': the boxes of the two groups do not lie so"
    ]


FLEET = rich(
    [oriented("ship", 60, 60, 40, 10, 0), oriented("ship", 150, 60, 40, 10, 45), oriented("ship", 60, 150, 40, 10, 90)],
    labelled_classes=("ship",),
    spacing_m=(3.0, 3.0),
    looks=4.0,
    land_cover=ground(water=0.62, forest=0.3, road=0.004),
)
ROUND = rich([*FLEET.objects, oriented("ship", 220, 220, 20, 18, 0)], labelled_classes=("ship",))
CHIP = annotated(
    [("target", (50, 60, 80, 80)), ("shadow", (50, 20, 80, 65))],
    label="T72 tank",
    label_names=("T72 tank",),
    target_size_m=(6.9, 3.6),
)


def lying(number: int, orientation: str, objects: tuple[int, ...] = (), comparison: str = "exactly") -> Claim:
    return quantity_claim(Group("ship", None, orientation), comparison, number, objects)


# The ids: 0 horizontal, 1 vertical, 2 rising.
TRUE_OF_THE_FLEET = [
    ("1 ship lying horizontally.", lying(1, "horizontal", (0,))),
    ("1 ship lying diagonally.", lying(1, "diagonal", (2,))),
    ("No ships lie diagonally from upper left to lower right.", lying(0, "falling")),
    ("A ship about 120 m long and 30 m wide.", Size(Group("ship"), (120, 30), (0,))),
    ("A ship whose box extends about 30 m by 120 m.", Extent(Group("ship"), (30, 120), (1,))),
    ("A SAR image dominated by water.", Share(Group("water"), "dominant")),
    ("A SAR image of about 30 % forest.", Share(Group("forest"), 30)),
    ("A SAR image of forest.", quantity_claim(Group("forest"), "at least", 1)),
    ("A SAR image with moderate speckle.", Speckle("moderate")),
]


@pytest.mark.parametrize(("text", "claim"), TRUE_OF_THE_FLEET)
def test_what_is_true_of_the_fleet_is_confirmed(text, claim):
    assert verify(told(text, claim), FLEET) == []


FALSE_OF_THE_FLEET = [
    ("2 ships lying horizontally.", lying(2, "horizontal", (0, 1)), "the annotation has 1"),
    ("1 ship lying horizontally.", lying(1, "horizontal", (1,)), "are not of this group"),
    ("1 ship lying diagonally from upper left to lower right.", lying(1, "falling", (2,)), "the annotation has 0"),
    ("No ships lie horizontally.", lying(0, "horizontal"), "the annotation has 1"),
    ("A ship about 130 m long and 30 m wide.", Size(Group("ship"), (130, 30), (0,)), "has 120 m"),
    ("A ship about 120 m long and 30 m wide.", Size(Group("ship"), (120, 30), ()), "rests on objects ()"),
    (
        "A ship whose box extends about 30 m by 120 m.",
        Extent(Group("ship"), (30, 120), (0,)),
        "rests on objects (0,)",
    ),
    (
        "A ship about 120 m long and 30 m wide in the lower right.",
        Size(Group("ship", "lower right"), (120, 30), (0,)),
        "the annotation has no size",
    ),
    ("A SAR image with large areas of water.", Share(Group("water"), "large areas"), "a share of 0.620"),
    ("A SAR image of about 65 % water.", Share(Group("water"), 65), "a share of 0.620"),
    ("A SAR image with a small amount of roads.", Share(Group("road"), "small amount"), "a share of 0.004"),
    ("A SAR image of about 0 % road.", Share(Group("road"), 0), "a share of 0.004"),
    ("A SAR image of road.", quantity_claim(Group("road"), "at least", 1), "the annotation has 0"),
    ("A SAR image dominated by ships.", Share(Group("ship"), "dominant"), "a share of 0.000"),
    ("A SAR image with strong speckle.", Speckle("strong"), "the image has 4 looks"),
]


@pytest.mark.parametrize(("text", "claim", "problem"), FALSE_OF_THE_FLEET)
def test_a_lie_about_orientation_size_share_or_speckle_is_found(text, claim, problem):
    (found,) = verify(told(text, claim), FLEET)
    assert problem in found


def test_an_exact_number_needs_every_orientation_to_be_known():
    problem = "1 of the objects have no oriented box with a long axis"
    assert problem in verify(told("1 ship lying horizontally.", lying(1, "horizontal", (0,))), ROUND)[0]
    assert problem in verify(told("No ships lie horizontally.", lying(0, "horizontal")), ROUND)[0]
    assert verify(told("A ship lying horizontally.", lying(1, "horizontal", (0,), "at least")), ROUND) == []


def test_speckle_is_said_of_radar_images_with_known_looks_only():
    strong = told("Remote sensing imagery with moderate speckle.", Speckle("moderate"))
    assert verify(strong, FLEET) == []
    assert verify(strong, FLEET, "optical") == ["the text is of the sar domain, the image is optical"]
    assert verify(strong, ROUND) == ["'speckle of the image: moderate': the number of looks is not known"]


def test_land_cover_denies_absence():
    image = annotated([], labelled_classes=("road",), land_cover=ground(water=0.996, road=0.004))
    no_roads = told("There are no roads.", quantity_claim(Group("road"), "exactly", 0))
    assert verify(no_roads, image) == ["'absence of road': the land cover has some"]


def chip_claims(*more: Claim) -> tuple[Claim, ...]:
    tank, shadow = Group("T72 tank"), Group("shadow")
    return (quantity_claim(tank, "at least", 1, (1,)), quantity_claim(shadow, "at least", 1, (0,)), *more)


def test_a_shadow_belongs_to_the_object_that_it_meets():
    has = relation_claim(Group("T72 tank"), "has", Group("shadow"), (0, 1))
    text = "The T72 tank casts a radar shadow."
    assert verify(told(text, *chip_claims(has)), CHIP) == []
    apart = annotated([("target", (50, 80, 80, 90)), ("shadow", (50, 20, 80, 65))], label="T72 tank")
    assert "no box of the second group meets" in verify(told(text, *chip_claims(has)), apart)[0]
    between = annotated([("car", (10, 20, 52, 40)), ("ship", (70, 20, 90, 40)), ("wake", (50, 20, 80, 65))])
    wake = (quantity_claim(Group("ship"), "at least", 1, (1,)), quantity_claim(Group("wake"), "at least", 1, (2,)))
    leaves = relation_claim(Group("ship"), "has", Group("wake"), (1, 2))
    assert "meets one of the first, and no other" in verify(told("A ship leaves a wake.", *wake, leaves), between)[0]


def test_only_shadows_and_wakes_belong_to_an_object():
    image = annotated([("car", (10, 20, 52, 40)), ("ship", (50, 20, 90, 40))])
    claims = (quantity_claim(Group("car"), "at least", 1, (0,)), quantity_claim(Group("ship"), "at least", 1, (1,)))
    statement = told("A ship and its car.", *claims, relation_claim(Group("ship"), "has", Group("car"), (0, 1)))
    assert verify(statement, image) == ["'ship has car': only shadow and wake belong to an object"]


@pytest.mark.parametrize(
    ("words", "side"), [("below it", "below"), ("to its left", "left of"), ("to its right", "right of")]
)
def test_the_side_of_a_shadow_is_checked(words, side):
    def statement(words: str, side: str) -> Statement:
        relation = relation_claim(Group("shadow"), side, Group("T72 tank"), (0, 1))
        return told(f"A SAR image of the T72 tank with a radar shadow {words}.", *chip_claims(relation))

    assert verify(statement("above it", "above"), CHIP) == []
    assert "the boxes of the two groups do not lie so" in verify(statement(words, side), CHIP)[0]


def test_the_size_of_a_labelled_target_is_the_declared_one():
    text = "This SAR image shows the T72 tank about {} m long and {} m wide."
    assert verify(told(text.format(7, 4), Size(Group("T72 tank"), (7, 4))), CHIP) == []
    (found,) = verify(told(text.format(10, 4), Size(Group("T72 tank"), (10, 4))), CHIP)
    assert found == "'size of T72 tank: 10 m x 4 m': the annotation has 7 m and 4 m"


def test_an_unknown_orientation_is_named():
    claim = quantity_claim(Group("ship", None, "north"), "exactly", 1, (0,))
    assert any("'north' is no orientation" in found for found in verify(told("1 ship.", claim), FLEET))

import pytest
from language_examples import annotated, ground, placed

from sarvl.annotations import IsA
from sarvl.errors import LanguageError
from sarvl.language.reader.symbols import ReadName
from sarvl.language.words.vocabulary import Vocabulary, vocabulary_of

STORAGE = (IsA("tank", "storage tank"),)  # as the recipe of SARDet-100K says


def names(vocabulary: Vocabulary, class_name: str) -> list[str]:
    return [name.singular for name in vocabulary.names[class_name]]


def test_synonyms_of_the_published_systems():
    vocabulary = Vocabulary(("ship", "car", "harbor", "bridge", "tank", "aircraft"), is_a=STORAGE, wording="published")
    assert names(vocabulary, "ship") == ["ship", "boat", "vessel", "marine craft"]
    assert names(vocabulary, "car") == ["car", "vehicle", "automobile"]
    assert names(vocabulary, "harbor") == ["harbor", "harbour", "port facility"]
    assert names(vocabulary, "bridge") == ["bridge", "spanning structure"]
    assert names(vocabulary, "tank") == ["tank", "storage tank"]  # once it is settled
    assert names(vocabulary, "aircraft") == ["aircraft", "airplane"]


@pytest.mark.parametrize(
    ("classes", "class_name", "left"),
    [
        (("car", "vehicle"), "car", ["car", "automobile"]),  # "vehicle" is a class of its own
        (("car", "vehicle"), "vehicle", ["vehicle"]),  # a vehicle need not be a car
        (("car", "large vehicle"), "car", ["car", "automobile"]),  # "vehicle" would cover both
        (("car", "truck"), "car", ["car", "automobile"]),
        (("ship", "boat"), "ship", ["ship"]),  # both could be a vessel
        (("tank", "storage_tank"), "tank", ["tank"]),
        (("ferry", "ship"), "ship", ["ship"]),  # a ferry is a boat as well
        (("helicopter", "plane"), "plane", ["plane", "airplane"]),  # a helicopter is an aircraft
        (("harbor", "wharf"), "harbor", ["harbor"]),
        (("bridge", "overpass"), "bridge", ["bridge"]),
    ],
)
def test_a_synonym_that_could_mean_two_classes_is_left_out(classes, class_name, left):
    assert names(Vocabulary(classes, wording="published"), class_name) == left


def test_synonyms_mean_the_same_and_no_more():
    vocabulary = Vocabulary(("ship", "car", "harbor", "bridge", "tank", "aircraft", "airplane"))
    assert names(vocabulary, "ship") == ["ship", "vessel"]
    assert names(vocabulary, "car") == ["car"]  # "2 vehicles" would count trucks too
    assert names(vocabulary, "harbor") == ["harbor", "port"]
    assert names(vocabulary, "airplane") == ["airplane", "plane"]
    assert [names(vocabulary, name) for name in ("bridge", "tank", "aircraft")] == [["bridge"], ["tank"], ["aircraft"]]


@pytest.mark.parametrize(
    ("classes", "is_a", "left"),
    [
        (("tank",), (), ["tank"]),
        (("aircraft", "bridge", "car", "harbor", "ship", "tank"), (), ["tank"]),  # SARDet-100K's
        (("storage tank", "tank"), (), ["tank"]),
        (("howitzer", "tank"), (), ["tank", "battle tank"]),
        (("BTR-60", "tank"), (), ["tank", "battle tank"]),
        (("T72 tank", "tank"), (), ["tank"]),  # a T72 is a battle tank as well
        (("howitzer", "oil tank", "tank"), (), ["tank"]),
        (("gas tank", "harbor", "tank"), (), ["tank"]),
        (("ship", "tank"), (IsA("tank", "storage tank"),), ["tank", "storage tank"]),
        (("howitzer", "tank"), (IsA("tank", "storage tank"),), ["tank", "storage tank"]),
        (("tank",), (IsA("tank", "vehicle"),), ["tank", "battle tank"]),
    ],
)
def test_a_word_of_two_meanings_keeps_to_itself_until_it_is_settled(classes, is_a, left):
    assert names(Vocabulary(classes, is_a=is_a), "tank") == left


@pytest.mark.parametrize("wording", ["plain", "published"])
@pytest.mark.parametrize("classes", [("tank",), ("ship", "tank"), ("T72 tank", "tank"), ("storage tank",)])
def test_a_tank_is_no_reservoir(classes, wording):
    """It was called one of a chip labelled "tank", and beside howitzers."""
    vocabulary = Vocabulary(classes, wording=wording)
    assert vocabulary.match(["reservoir"], 0) is None and vocabulary.match(["reservoirs"], 0) is None


def test_names_of_the_label_mean_the_label():
    image = annotated(
        [], label="T72 tank", label_names=("T72 tank", "T-72"), labelled_classes=("2S1 howitzer", "T72 tank")
    )
    vocabulary = vocabulary_of(image)
    assert names(vocabulary, "T72 tank") == ["T72 tank", "T-72"]
    assert vocabulary.match(["t", "72"], 0)[0].class_name == "T72 tank"


def test_names_of_the_label_may_share_a_word_with_other_classes():
    vocabulary = Vocabulary(("T62 tank", "T72 tank"), "T72 tank", ("T72 tank", "T72 main battle tank"))
    assert names(vocabulary, "T72 tank") == ["T72 tank", "T72 main battle tank"]


def test_a_label_name_that_is_another_class_is_left_out():
    assert names(Vocabulary(("ship", "cargo"), "cargo", ("cargo", "ship")), "cargo") == ["cargo ship"]


@pytest.mark.parametrize("name", ["center", "737", "unknown", "radar", "image"])
def test_names_that_mean_something_else_become_objects(name):
    assert names(Vocabulary((name,)), name) == [f"{name} object"]


@pytest.mark.parametrize(
    "classes",
    [("Ship", "ship"), ("storage tank", "storage_tank"), ("ship", "ships"), ("storey house", "2 storey house")],
)
def test_classes_that_read_the_same_are_refused(classes):
    with pytest.raises(LanguageError, match="cannot be told apart"):
        Vocabulary(classes)


def test_a_class_without_a_word_is_refused():
    with pytest.raises(LanguageError, match="has no word"):
        Vocabulary(("__",))


def test_the_longest_name_is_read():
    vocabulary = Vocabulary(("tank", "T72 tank"))
    assert vocabulary.match(["t72", "tank"], 0) == (ReadName("T72 tank", False), 2)
    assert vocabulary.match(["tanks"], 0) == (ReadName("tank", True), 1)
    assert vocabulary.match(["image"], 0) is None


def test_equal_vocabularies_are_built_once():
    first = annotated(placed("ship", 0, 0), labelled_classes=("ship", "tank"))
    second = annotated(placed("tank", 1, 1), labelled_classes=("ship", "tank"))
    assert vocabulary_of(first) is vocabulary_of(second)


def test_classes_of_land_cover_are_ground_where_no_object_has_them():
    image = annotated(placed("ship", 0, 0), labelled_classes=("ship",), land_cover=ground(water=0.7, ship=0.3))
    vocabulary = vocabulary_of(image)
    assert vocabulary.grounds == ("water",)
    assert vocabulary.match(["water"], 0) == (ReadName("water", False, True, has_plural=False), 1)
    assert vocabulary.match(["ships"], 0) == (ReadName("ship", True), 1)


def test_the_order_of_the_shares_plays_no_part():
    first = annotated([], land_cover=ground(water=0.7, forest=0.3))
    second = annotated([], land_cover=ground(forest=0.7, water=0.3))
    assert vocabulary_of(first) is vocabulary_of(second)


def test_the_target_of_a_chip_has_the_names_of_its_label():
    image = annotated([("target", (50, 50, 80, 80))], label="T72 tank", label_names=("T72 tank", "T-72"))
    assert list(vocabulary_of(image).names) == ["T72 tank"]


def test_other_objects_are_those_of_another_type():
    # "A ship and two other objects" would be three of a kind.
    assert names(Vocabulary(("other", "ship")), "other") == ["other-type object"]


def test_what_is_counted_has_a_singular_and_a_plural():
    vocabulary = Vocabulary(("people", "ships", "water"), grounds=("houses",))
    assert [vocabulary.names[name][0] for name in ("people", "ships", "water", "houses")] == [
        ("person", "a person", "people"),
        ("ship", "a ship", "ships"),
        ("water area", "a water area", "water areas"),
        ("houses", "houses", "houses"),
    ]


def test_what_a_label_says_is_not_counted():
    assert names(Vocabulary(("urban areas", "water"), "water"), "water") == ["water"]
    assert names(Vocabulary(("urban areas", "water"), "water"), "urban areas") == ["urban areas"]


@pytest.mark.parametrize("name", ["large part", "some", "its"])
def test_words_of_the_grammar_are_no_names(name):
    assert names(Vocabulary((name,)), name) == [f"{name} object"]

"""No class is denied, nor counted, beside another one that its name means as well: all pairs of the list of kinds."""

import pytest
from language_examples import annotated, ground, placed

from sarvl.annotations import AnnotatedImage, IsA
from sarvl.errors import LanguageError
from sarvl.language import Group, Statement, ask, describe, read_claims, verify, vocabulary_of
from sarvl.language.claims.kinds.absence import Absence
from sarvl.language.claims.kinds.count import Count
from sarvl.language.geometry.layout import Layout
from sarvl.language.words.kinds import form_of, in_running_text, kinds_with
from sarvl.language.words.lexicon import SYNONYMS
from sarvl.language.words.name_meaning import covers

FIELD_EXAMPLES = [
    *(
        ("ship", "fishing boat"),
        ("ship", "Nimitz"),
        ("ship", "LawEnforce"),
        ("ship", "ore-oil"),
        ("ship", "Cell-Container"),
    ),
    *(
        ("ship", "Other_Ship"),
        ("ship", "motion-defocused ship"),
        ("vessel", "Container_Ships"),
        ("ship", "ship in ballast"),
    ),
    *(
        ("warship", "Arleigh Burke DD"),
        ("boat", "Fishing Vessel"),
        ("cargo ship", "bulk carrier"),
        ("ship", "tiny boat"),
    ),
    *(
        ("aircraft", "A320"),
        ("aircraft", "A320/321"),
        ("airplane", "Boeing737-800"),
        ("plane", "C919"),
        ("plane", "SU-35"),
    ),
    *(("aircraft", "KC-135"), ("aircraft", "ARJ21"), ("aircraft", "UH-60"), ("aircraft", "drone"), ("bomber", "B-52")),
    *(
        ("vehicle", "T72"),
        ("vehicle", "2S1"),
        ("vehicle", "ZSU_23_4"),
        ("vehicle", "BRDM_2"),
        ("tank", "T-62"),
        ("truck", "ZIL131"),
    ),
    *(
        ("vehicle", "Chang'an_CS75_Plus"),
        ("car", "Jeep_Patriot"),
        ("vehicle", "Truck w/Box"),
        ("vehicle", "D7 bulldozer"),
    ),
    *(
        ("harbor", "port"),
        ("port", "harbor"),
        ("harbour", "ports"),
        ("harbor", "Dock"),
        ("port", "quay"),
        ("forest", "Trees"),
        ("storage tank", "oiltank"),
        ("tank", "gas tank"),
    ),
    *(("building", "Aircraft_Hangar"), ("bridge", "viaduct"), ("vehicle", "large vehicle"), ("water", "river")),
]


def listed_pairs() -> list[tuple[str, str]]:
    """Every name of the list with the first name of each kind that it is one of."""
    kinds = kinds_with(())
    return [
        (kinds.names[wider], " ".join(form))
        for form, meanings in kinds.meanings.items()
        for kind in meanings
        for wider in kinds.above(kind)
        if form_of(kinds.names[wider]) != form
    ]


def beside(wide: str, narrow: str) -> AnnotatedImage:
    """An image with an object of one class, of a source that labels both."""
    both = placed(narrow, 0, 0)
    return annotated(both, labelled_classes=(wide, narrow), file=f"{wide} {narrow}.png")


def speaks_of_number(statement: Statement, class_name: str) -> bool:
    return any(
        claim.group.class_name == class_name
        and (isinstance(claim, Absence) or getattr(claim, "comparison", "") == "exactly")
        for claim in statement.claims
    )


def is_denied(wide: str, narrow: str, with_questions: bool = True) -> bool:
    """Tell whether any text beside ``narrow`` denies or counts ``wide``."""
    try:
        image = beside(wide, narrow)
        texts = (
            [*describe(image, captions=12), *ask(image)] if with_questions else describe(image, families=["absence"])
        )
    except LanguageError as problem:  # names that read the same cannot stand in one corpus
        assert "cannot be told apart" in str(problem) or "reads as words" in str(problem)
        return False
    return any(speaks_of_number(said, wide) for said in texts)


def test_the_list_is_large_and_every_name_of_it_has_a_word():
    assert len(listed_pairs()) > 3000
    assert all(form for form in kinds_with(()).meanings)


def test_no_listed_name_is_denied_beside_a_name_that_means_the_same_or_less():
    pairs = listed_pairs()
    assert [pair for pair in pairs if not covers(*pair)] == []
    assert [pair for pair in pairs if is_denied(*pair, with_questions=False)] == []


@pytest.mark.parametrize(("wide", "narrow"), FIELD_EXAMPLES)
def test_names_of_the_field_are_not_denied_beside_what_they_mean(wide, narrow):
    assert covers(wide, narrow) and not is_denied(wide, narrow)


@pytest.mark.parametrize(("wide", "narrow"), [*FIELD_EXAMPLES, ("harbor", "port")])
def test_verify_refuses_to_deny_or_count_them(wide, narrow):
    image = annotated(placed(narrow, 0, 0) + placed(wide, 2, 2, 2), labelled_classes=(wide, narrow))
    absent = annotated(placed(narrow, 0, 0), labelled_classes=(wide, narrow))
    both = tuple(index for index, item in enumerate(image.objects) if item.class_name == wide)
    none, two = Absence(Group(wide)), Count(Group(wide), "exactly", 2, both)
    assert none.problem(absent, Layout(absent)) and two.problem(image, Layout(image))
    plural = vocabulary_of(absent).names[wide][0].plural
    denial = f"There are no {plural} in this SAR image."
    assert read_claims(denial, vocabulary_of(absent)).claims == (none,)
    assert verify(Statement(denial, "absence", (none,), "model:x"), absent)


@pytest.mark.parametrize(
    ("wide", "narrow"),
    [
        *(("aircraft", "aircraft carrier"), ("ship", "shipyard"), ("tank", "tank car"), ("vehicle", "vehicle lot")),
        *(
            ("car", "truck"),
            ("bus", "truck"),
            ("plane", "helicopter"),
            ("fishing boat", "cargo ship"),
            ("water", "water tower"),
        ),
        *(
            ("T72 tank", "T62 tank"),
            ("car", "car carrier"),
            ("bridge", "harbor"),
            ("A320", "A330"),
            ("fishing boat", "ship"),
        ),
    ],
)
def test_other_names_are_still_denied(wide, narrow):
    assert not covers(wide, narrow) and is_denied(wide, narrow)


@pytest.mark.parametrize("name", ["LNG carrier", "LPG tanker", "SUV", "UAV", "VLCC", "CABU carrier"])
def test_initials_keep_their_capitals_in_a_sentence(name):
    assert in_running_text(name) == name


def test_the_synonyms_of_the_lexicon_are_no_less_than_the_name():
    pairs = [(other, name) for table in SYNONYMS.values() for name, others in table.items() for other in others]
    assert [pair for pair in pairs if not covers(*pair)] == []


def test_no_exact_number_of_ships_is_said_where_some_of_them_may_stand_under_another_name():
    """A cargo ship and two ships are two ships, or three."""
    image = annotated(placed("cargo ship", 0, 0) + placed("ship", 1, 1, 2), labelled_classes=("cargo ship", "ship"))
    texts = [said for seed in range(60) for said in (*describe(image, captions=12, seed=seed), *ask(image, seed=seed))]
    assert not [said.text for said in texts if speaks_of_number(said, "ship")]
    assert any("at least 2 ships" in said.text.lower() for said in texts)
    assert any(speaks_of_number(said, "cargo ship") for said in texts)
    assert [said.text for said in texts if verify(said, image)] == []


def test_a_recipe_extends_the_list():
    unknown = annotated(placed("X-99", 0, 0), labelled_classes=("X-99", "aircraft"))
    known = annotated(placed("X-99", 0, 0), labelled_classes=("X-99", "aircraft"), is_a=(IsA("X-99", "aircraft"),))
    denied = [
        any(speaks_of_number(said, "aircraft") for said in describe(image, captions=12)) for image in (unknown, known)
    ]
    assert denied == [True, False]


def test_what_a_recipe_adds_goes_on_upwards_and_down():
    is_a = (
        IsA("X-99", "fighter"),
        IsA("glider type 2", "kite"),
        IsA("kite", "aircraft"),
        IsA("container", "shipping container"),
    )
    assert covers("aircraft", "X99", is_a) and covers("aircraft", "glider_type_2", is_a)
    assert covers("ship", "container") and not covers("ship", "container", is_a)
    assert covers("a", "b", (IsA("a", "b"), IsA("b", "a")))  # both mean the same


def test_no_class_is_denied_beside_land_cover_that_it_means_as_well():
    image = annotated([], labelled_classes=("water", "ship"), land_cover=ground(river=0.4, forest=0.6))
    texts = [said for seed in range(20) for said in describe(image, captions=8, seed=seed)]
    assert not any(speaks_of_number(said, "water") for said in texts)
    assert any(speaks_of_number(said, "ship") for said in texts)

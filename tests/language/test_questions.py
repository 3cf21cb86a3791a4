import re
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from language_examples import annotated, ground, images, oriented, placed, rich, rich_images

from sarvl.annotations import AnnotatedImage, QuestionAnswer
from sarvl.errors import LanguageError
from sarvl.language import Group, Statement, verify
from sarvl.language.claims.construction import quantity_claim
from sarvl.language.geometry.layout import class_names_of
from sarvl.language.questions import QUESTION_KINDS, QuestionSettings, Survey, ask, option_letter
from sarvl.language.questions.choices import MOST_OPTIONS
from sarvl.language.questions.question_settings import APPLICATIONS
from sarvl.language.rewrite import twin_statements
from sarvl.language.words.lexicon import plural_of

ALL = QuestionSettings(shares={"others": 1.0})
CHOICES = QuestionSettings(shares={"others": 1.0}, multiple_choice=1.0)
SURVEY = Survey(dict.fromkeys(("ship", "bridge", "tank", "aircraft", "harbor", "car", "vehicle"), 0.5))

PORT = annotated(
    [
        *placed("ship", 0, 0, 14),
        *placed("bridge", 2, 1),
        *placed("tank", 2, 2, 2),
    ],
    labelled_classes=("ship", "bridge", "tank", "aircraft", "harbor"),
)
CHIP = annotated([], label="T72 tank", label_names=("T72 tank",), labelled_classes=("T72 tank", "2S1 howitzer"))

any_images = st.one_of(images(), rich_images())
any_settings = st.builds(
    QuestionSettings,
    preset=st.sampled_from(("sarlang", "balanced")),
    per_image=st.none() | st.integers(1, 30),
    shares=st.just({"others": 1.0}) | st.just({}),
    multiple_choice=st.sampled_from((0.0, 0.5, 1.0)),
)
drawn_questions = st.tuples(any_images, any_settings, st.integers(0, 2**40), st.none() | st.just(SURVEY))


def asked(image: AnnotatedImage, settings: QuestionSettings = ALL, seeds: int = 60) -> dict[str, Statement]:
    """All questions of many seeds, by their text."""
    surveys = [None, SURVEY]
    found = [ask(image, settings, seed, survey=surveys[seed % 2]) for seed in range(seeds)]
    return {question.text: question for questions in found for question in questions}


def answers_of(image: AnnotatedImage, family: str) -> set[str | None]:
    return {question.answer for question in asked(image).values() if question.family == family}


@settings(max_examples=150)
@given(drawn_questions, st.sampled_from(("sar", "optical")))
def test_every_question_verifies_and_reads_as_english(drawn, domain):
    image, chosen, seed, surveyed = drawn
    for question in ask(image, chosen, seed, domain, survey=surveyed):
        assert verify(question, image, domain) == []
        text, *options = question.text.split("\n")
        assert text[0].isupper() and text[-1] in "?."
        assert not re.search(r"[{}_]|  | [,?.:]|None", text)
        assert len(options) == len(question.options)
        assert question.kind == "question" and question.application in APPLICATIONS
        assert question.producer == f"rule:{question.family}"


@settings(max_examples=80)
@given(drawn_questions)
def test_no_two_questions_of_an_image_are_equal(drawn):
    image, chosen, seed, surveyed = drawn
    questions = ask(image, chosen, seed, survey=surveyed)
    assert len({question.text for question in questions}) == len(questions)
    assert chosen.most is None or len(questions) <= chosen.most
    # Nor do two ask the same in other words, but for captions and for what stands in a choice.
    meanings = [(item.family, item.answer, item.claims) for item in questions if item.family.startswith("exists")]
    assert len(set(meanings)) == len(meanings)


@settings(max_examples=80)
@given(drawn_questions)
def test_only_labelled_classes_are_denied(drawn):
    image, chosen, seed, surveyed = drawn
    for question in ask(image, chosen, seed, survey=surveyed):
        if question.application == "description":
            continue
        denied = {claim.group.class_name for claim in question.claims if claim.kind == "absence"}
        assert denied <= set(image.labelled_classes)
        assert not (denied and image.label)
        if question.answer == "no" and question.family.startswith(("exists", "other")):
            assert denied


@settings(max_examples=80)
@given(any_images, st.integers(0, 2**40))
def test_choices_differ_and_one_is_right(image, seed):
    for question in ask(image, CHOICES, seed):
        if question.options:
            assert 2 <= len(set(question.options)) == len(question.options) <= MOST_OPTIONS
            letter = option_letter(question)
            assert f"\n{letter}. {question.answer}" in question.text
        else:
            assert option_letter(question) is None
            assert QUESTION_KINDS.get(question.family).wrong_answers is None or (
                question.answer_type == "class set"  # no other class is known
            )


@settings(max_examples=40)
@given(any_images, st.integers(0, 2**40), st.randoms(use_true_random=False))
def test_questions_depend_on_seed_and_image_alone(image, seed, random):
    shuffled = list(image.labelled_classes)
    random.shuffle(shuffled)
    other = replace(image, path=Path("/elsewhere"), labelled_classes=tuple(shuffled), notes=("moved",))
    assert ask(other, ALL, seed) == ask(image, ALL, seed)


def test_questions_stay_the_same_in_every_process():
    texts = [question.text for question in ask(PORT, QuestionSettings(preset="balanced"), seed=1)[:3]]
    assert texts == [
        "Are there any tanks in the bottom right of this SAR image?",
        "Is there a tank located in the middle left of the image?",
        "Write one sentence that describes this radar image.",
    ]


def test_seed_and_file_choose_the_questions():
    first = ask(PORT, seed=1)
    assert ask(PORT, seed=1) == first
    assert ask(PORT, seed=2) != first
    assert ask(replace(PORT, file="other.png"), seed=1) != first


@pytest.fixture(scope="module")
def asked_of_the_port():
    return asked(PORT, seeds=400)


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("Is there a ship in the image?", "yes"),
        ("Is there a harbor in the image?", "no"),
        ("Is there a ship located on the left side of the image?", "yes"),
        ("Is there a bridge located on the bottom side of the image?", "no"),
        ("Is there a tank located in the bottom right of the image?", "yes"),
        ("Are there any other categories apart from ship in the image?", "yes"),
        ("What is the main object in the image?", "ship"),
        ("What are the categories visible in the image?", "ship, tank and bridge"),
        ("How many ships are visible in the image?", "14"),
        ("How many tanks are located in the image?", "2"),
        ("How many ships are centred in the top left of the image?", "14"),
        ("How many bridges, ships and tanks are there in the image in total?", "17"),
        ("Where is the bridge positioned within the image?", "right"),
        ("What is the object present in the area [205, 140, 5, 10]?", "bridge"),
        ("Give the box [x, y, width, height] of the only bridge in the image.", "[205, 140, 5, 10]"),
        (
            "Give the boxes [x, y, width, height] of all tanks in the image, the topmost first.",
            "[205, 240, 5, 10], [211, 240, 5, 10]",
        ),
        ("What is the shape of the box of the only bridge: wide, tall or roughly square?", "tall"),
        (
            "How large is the only bridge relative to the image: very large, large, medium, small or very small?",
            "very small",
        ),
        ("How are the ships arranged in the image: in a row, in a cluster or scattered?", "in a row"),
        ("Are there more ships than bridges in the image?", "yes"),
        ("Are there fewer ships than tanks in the image?", "no"),
        ("Which category does the object nearest to the only bridge belong to?", "tank"),
    ],
)
def test_answers_of_a_port(asked_of_the_port, text, answer):
    assert asked_of_the_port[text].answer == answer


def test_speckle_alone_describes_no_image():
    chip = annotated([], label="water", label_names=("water",), looks=1.0)
    answers = {
        question.answer for seed in range(60) for question in ask(chip, seed=seed) if question.answer_type == "text"
    }
    assert answers and not any("speckle" in answer for answer in answers)


def test_a_description_is_answered_by_a_caption():
    question = next(item for item in ask(PORT) if item.application == "description")
    assert verify(question._replace(kind="caption", text=question.answer, family="general"), PORT) == []
    assert question.claims


def test_templates_of_sarlang_come_first():
    first = {name: kind.templates[0] for name, kind in QUESTION_KINDS.items()}
    assert first["exists_on_side"] == "Is there {a_cat} located on the {place} of the image?"
    assert first["other_categories"] == "Are there any other categories apart from {category} in the image?"
    assert first["main_object"] == "What is the main object in the image?"
    assert first["categories"] == "What are the categories visible in the image?"
    assert QUESTION_KINDS.get("count").templates[:2] == (
        "How many {cats} are visible in the image?",
        "How many {cats} are located in the image?",
    )
    assert first["position_of_most"] == "Where are most {cats} positioned within the image?"
    assert first["region"] == "What is the object present in the area {region}?"


def test_ties_ask_nothing():
    even = annotated(placed("ship", 0, 1, 2) + placed("tank", 2, 1, 2))
    assert answers_of(even, "main_object") == set()
    assert answers_of(even, "comparison") == set()
    halves = annotated(placed("ship", 0, 1, 2) + placed("ship", 2, 1, 2))
    assert answers_of(halves, "position_of_most") == set()
    diagonal = annotated([("ship", (10, 10, 20, 20))])
    assert answers_of(diagonal, "position_of_one") == set()
    equally_near = annotated(
        [("ship", (100, 100, 110, 110)), ("tank", (60, 100, 70, 110)), ("car", (140, 100, 150, 110))]
    )
    assert answers_of(equally_near, "nearest") == {"ship"}  # asked of the tank and of the car


def test_the_main_object_of_equal_counts_is_the_larger_one():
    image = annotated([("ship", (0, 0, 10, 10)), ("tank", (50, 50, 61, 60)), ("wake", (100, 100, 290, 290))])
    assert answers_of(image, "main_object") == {"tank"}


def test_a_box_that_could_mean_two_objects_is_not_shown():
    image = annotated([("ship", (10, 10, 30, 30)), ("tank", (12, 10, 32, 30)), ("car", (200, 200, 220, 220))])
    shown = {question.text for question in asked(image).values() if question.family == "region"}
    assert shown and all("[200, 200, 20, 20]" in text for text in shown)
    assert answers_of(image, "count_total") == set()


def test_shadows_are_no_objects():
    image = annotated([("ship", (10, 10, 30, 30)), ("shadow", (30, 10, 50, 30)), ("tank", (200, 10, 210, 20))])
    assert answers_of(image, "region") == {"ship", "tank"}
    assert answers_of(image, "nearest") == {"ship", "tank"}
    about = {claim.group.class_name for item in asked(image).values() for claim in item.claims if item.family in _SUMS}
    assert about == {"ship", "tank"}


_SUMS = ("count", "count_in_cell", "count_total", "comparison", "nearest", "alignment")


def test_a_chip_of_a_target_and_its_shadow_asks_nothing_that_all_such_chips_answer_alike():
    chip = annotated([("tank", (100, 100, 140, 130)), ("shadow", (100, 60, 140, 110))], label="tank")
    families = {question.family for question in asked(chip).values()}
    assert families.isdisjoint({*_SUMS, "position_of_most"})
    assert {item.claims[0].group.class_name for item in asked(chip).values() if item.application == "positioning"} == {
        "shadow"
    }
    assert all("shadow" not in item.options for item in asked(chip, CHOICES).values())


def test_a_source_of_one_class_is_not_asked_which_class():
    ships = annotated(placed("ship", 0, 0, 3), labelled_classes=("ship",))
    families = {question.family for question in asked(ships).values()}
    assert families.isdisjoint({"main_object", "categories", "region"}) and "boxes_of_all" in families
    unknown = replace(ships, labelled_classes=())
    assert {"main_object", "region"} <= {question.family for question in asked(unknown).values()}


def test_an_object_in_a_corner_has_no_one_position():
    for column, row, words in ((0, 0, set()), (2, 2, set()), (1, 0, {"top"}), (2, 1, {"right"}), (1, 1, {"center"})):
        assert answers_of(annotated(placed("ship", column, row)), "position_of_one") == words
    lower_left = annotated(placed("ship", 0, 1, 2) + placed("ship", 0, 2, 2))
    assert answers_of(lower_left, "position_of_most") == {"left"}


def test_counts_in_a_cell_may_be_zero_where_that_may_be_said():
    ships = annotated(placed("ship", 0, 0, 3), labelled_classes=("ship",))
    assert answers_of(ships, "count_in_cell") == {"0", "3"}
    assert answers_of(replace(ships, labelled_classes=()), "count_in_cell") == {"3"}


def test_wordings_of_sarlang_without_grammar_are_read_but_not_written():
    harbor = asked(PORT)["Is there a harbor in the image?"]
    for text in ("Does the harbor exist in the image?", "Are there harbors exist in the image?"):
        assert text not in asked(PORT, seeds=200)
        assert verify(harbor._replace(text=text), PORT) == []


def test_plurals_of_names_with_of_are_those_of_the_head():
    ships = annotated(placed("ship of another type", 0, 0, 2))
    assert "How many ships of another type are visible in the image?" in asked(ships)


def test_names_that_could_mean_another_class_are_neither_counted_nor_denied():
    image = annotated(placed("car", 0, 0, 2) + placed("vehicle", 1, 1, 3), labelled_classes=("car", "vehicle", "tank"))
    about = {question.claims[0].group.class_name for question in asked(image).values() if question.family == "count"}
    assert about == {"car"}
    cars = annotated(placed("car", 0, 0, 2), labelled_classes=("car", "vehicle", "tank"))
    claims = [claim for item in asked(cars).values() if item.family != "description" for claim in item.claims]
    assert {claim.group.class_name for claim in claims if claim.kind == "absence"} == {"car", "tank"}


def test_a_chip_is_asked_for_its_label_and_denies_nothing():
    questions = asked(CHIP)
    assert {question.family for question in questions.values()} == {"label", "belongs", "description"}
    assert not any(claim.kind == "absence" for question in questions.values() for claim in question.claims)
    assert questions["Which category does the image belong to?"].answer == "T72 tank"
    options = {question.options for question in asked(CHIP, CHOICES).values() if question.family == "label"}
    assert options == {("T72 tank", "2S1 howitzer"), ("2S1 howitzer", "T72 tank")}


def test_a_chip_belongs_to_the_category_of_its_label_and_to_no_other_that_its_source_labels():
    questions = asked(CHIP)
    assert questions["Does the image belong to the category T72 tank?"].answer == "yes"
    denied = questions["Does the image belong to the category 2S1 howitzer?"]
    assert denied.answer == "no" and [claim.group for claim in denied.claims] == [Group("T72 tank")]
    assert answers_of(replace(CHIP, labelled_classes=()), "belongs") == set()
    # A name that could mean the label as well is neither affirmed nor denied.
    assert answers_of(replace(CHIP, labelled_classes=("T72 tank", "tank")), "belongs") == set()
    assert answers_of(PORT, "belongs") == set()


def test_land_cover_is_asked_for_by_its_shares():
    image = rich([], land_cover=ground(water=0.6, forest=0.395, road=0.005))
    assert answers_of(image, "dominant_land_cover") == {"water"}
    assert answers_of(image, "land_cover") == {"water and forest"}
    assert answers_of(rich([], land_cover=ground(water=0.5, forest=0.5)), "dominant_land_cover") == set()
    shaded = rich([], land_cover=ground(shadow=0.6, forest=0.3, layover=0.1))
    assert answers_of(shaded, "dominant_land_cover") == set()
    assert answers_of(shaded, "land_cover") == {"forest"}
    assert answers_of(rich([], land_cover=ground(water=0.49, forest=0.48)), "dominant_land_cover") == set()


def test_directions_of_oriented_boxes_and_between_two_objects():
    image = rich([oriented("ship", 60, 60, 80, 20, 40), oriented("bridge", 62, 220, 20, 18, 0)])
    assert answers_of(image, "orientation") == {"diagonal"}  # the bridge is nearly square
    assert answers_of(image, "alignment") == {"vertical"}


def test_names_that_are_plurals_get_no_article():
    image = annotated(placed("urban areas", 0, 0), labelled_classes=("urban areas", "ship"))
    texts = list(asked(image))
    assert any("urban areas" in text for text in texts)
    assert not any(re.search(r"\b(an?|only|is the|does the) urban areas", text, re.IGNORECASE) for text in texts)


@settings(max_examples=60)
@given(images(min_objects=1), st.integers(0, 1000))
def test_articles_stand_before_singulars_and_how_many_before_plurals(image, seed):
    names = {name.replace("_", " ") for name in class_names_of(image) if name} | set(image.labelled_classes)
    plurals = {plural_of(name) for name in names} - names
    for question in ask(image, ALL, seed):
        if question.application != "description":
            for plural in plurals:
                assert not re.search(rf"\b([Aa]n?|only|Is the) {re.escape(plural)}\b", question.text)
            assert not re.search(r"\ba (aircraft|urban|automobile|airplane|A220)\b|\ban (ship|T72|unit)", question.text)


def test_human_questions_are_passed_on():
    pairs = (QuestionAnswer("Any ships ?", "Yes"), QuestionAnswer("How many?", "3"), QuestionAnswer("What?", "A port"))
    image = replace(PORT, questions=(*pairs, pairs[0]))
    questions = ask(image)
    assert [(item.text, item.answer, item.answer_type) for item in questions] == [
        ("Any ships ?", "Yes", "yes/no"),
        ("How many?", "3", "number"),
        ("What?", "A port", "text"),
    ]
    assert {(item.producer, item.family, item.kind, item.application) for item in questions} == {
        ("human", "human", "question", None)
    }
    assert [problem for item in questions for problem in verify(item, image)] == []


@pytest.mark.parametrize(
    ("answer", "answer_type"),
    [
        ("No.", "yes/no"),
        ("12", "number"),
        ("Left", "position"),
        ("center.", "position"),
        ("[1, 2, 29, 38]", "box"),
        ("[1, 2, 29, 38], [0, 0, 5, 6]", "box"),
        ("[1, 2, 29]", "text"),
        ("a ship in [1, 2, 29, 38]", "text"),
        ("left of the pier", "text"),
        ("tank and bridge", "text"),
    ],
)
def test_human_answers_are_typed_by_their_form(answer, answer_type):
    (question,) = ask(replace(PORT, questions=(QuestionAnswer("Where?", answer),)))
    assert question.answer_type == answer_type


def test_a_human_caption_makes_a_human_description():
    (question,) = [item for item in ask(replace(PORT, captions=("A port .",))) if item.family == "description"]
    assert (question.answer, question.producer, question.claims) == ("A port .", "human", ())


def test_rewritten_captions_each_answer_a_description_and_are_held_to_the_twin():
    image = annotated([], twin_captions=("two red ships near a pier .", "a green field beside a port ."))
    questions = ask(image, rewritten=twin_statements(image)[0])
    assert [item.answer for item in questions] == ["Two ships near a pier.", "A field beside a port."]
    assert len({item.text for item in questions}) == 2
    assert {item.producer for item in questions} == {"rule:description"}
    for question in questions:
        assert verify(question, image) == []
        (problem,) = verify(question._replace(answer="Three ships near a pier."), image)
        assert "no caption of the optical twin" in problem


def test_nothing_is_asked_of_an_image_of_which_nothing_is_known():
    assert ask(annotated([])) == []


def test_a_class_named_by_a_word_of_questions_is_refused():
    with pytest.raises(LanguageError, match="rename it in class_names"):
        ask(annotated(placed("object", 0, 0)))


def test_tags_say_what_is_hard():
    questions = asked(PORT)
    count = questions["How many ships are visible in the image?"]
    assert count.tags == ("many", "small", "dense")
    assert questions["How many bridges are visible in the image?"].tags == ("small",)
    large = annotated([("ship", (0, 0, 32, 32))])
    assert asked(large)["How many ships are visible in the image?"].tags == ()


def test_evidence_of_a_position_is_the_majority():
    tanks = annotated(placed("tank", 0, 2) + placed("tank", 1, 2) + placed("tank", 1, 1))
    question = asked(tanks)["Where are most tanks positioned within the image?"]
    low = tuple(index for index, item in enumerate(tanks.objects) if item.box.ymin > 170)
    assert question.answer == "bottom"
    assert question.claims == (
        quantity_claim(Group("tank"), "exactly", 3, (0, 1, 2)),
        quantity_claim(Group("tank", "bottom side"), "at least", 2, low),
    )


def test_applications_follow_the_rates_of_sarlang():
    questions = ask(PORT, survey=SURVEY)
    by_application = {name: sum(item.application == name for item in questions) for name in APPLICATIONS}
    assert by_application["region referring"] == len(PORT.objects)
    assert by_application["counting"] == 3
    assert by_application["positioning"] == 1  # ships and tanks lie in corners
    assert by_application["classification"] == by_application["description"] == 1
    assert by_application["identification"] in (4, 5)


def test_balanced_questions_are_spread_over_the_applications():
    questions = ask(PORT, QuestionSettings(preset="balanced"))
    by_application = {name: sum(item.application == name for item in questions) for name in APPLICATIONS}
    assert len(questions) == 14
    assert min(by_application.values()) >= 1 and max(by_application.values()) <= 4


def test_shares_leave_applications_out():
    only = QuestionSettings(shares=dict.fromkeys(APPLICATIONS, 0.0) | {"counting": 1.0})
    assert {question.application for question in ask(PORT, only)} == {"counting"}


def test_the_page_tells_all_families_and_settings():
    page = (Path(__file__).resolve().parents[2] / "docs" / "questions.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(\w+)` \| ([^|]*) \|", page, re.MULTILINE)
    told = dict(rows)
    assert told.keys() - {"many", "small", "dense"} == {*QUESTION_KINDS.names(), *QuestionSettings.model_fields}
    for name, field in QuestionSettings.model_fields.items():
        default = field.get_default(call_default_factory=True)
        assert told[name] == ("none" if default is None else f"`{default}`")

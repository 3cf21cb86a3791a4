"""Surveys and fair choices: what the words of a question tell is balanced away, and nothing that is told is asked."""

from collections import Counter, defaultdict
from dataclasses import replace
from itertools import combinations
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from language_examples import annotated, placed

from sarvl.annotations import AnnotatedObject, Box
from sarvl.language import verify
from sarvl.language.questions import QuestionSettings, Survey, ask, survey
from sarvl.language.questions.fair_choices import arcs_of, fair_options
from sarvl.language.questions.query import Query
from sarvl.language.questions.question_scene import QuestionScene
from sarvl.language.questions.selection import answers_of
from sarvl.language.questions.surveys import Told, count_answers

CLASSES = ("aircraft", "bridge", "harbor", "ship", "tank")
EVERYTHING = QuestionSettings(shares={"others": 1.0}, multiple_choice=1.0)


def port(number: int):
    """An image in which ships are many and lie to the left, tanks are few, and a bridge comes with a harbor."""
    rng = Random(number)
    objects = placed("ship", rng.randrange(3), rng.choice((0, 0, 0, 1, 2)), rng.choice((1, 1, 1, 2, 3, 5)))
    if rng.random() < 0.3:
        objects += placed("tank", rng.randrange(3), 2)
    if rng.random() < 0.4:
        objects += placed("bridge", 1, rng.randrange(3)) + placed("harbor", 2, rng.randrange(3))
    return annotated(objects, file=f"{number}.png", labelled_classes=CLASSES)


PORTS = [port(number) for number in range(500)]


@pytest.fixture(scope="module")
def surveyed():
    return survey(PORTS, EVERYTHING)


def answers_by_told(settings, surveyed):
    counts = defaultdict(Counter)
    for image in PORTS:
        for question in ask(image, settings, survey=surveyed):
            counts[question.family][question.answer] += 1
    return counts


def test_yes_and_no_are_equal_for_whatever_the_question_tells():
    settings = QuestionSettings(shares={"others": 1.0})
    surveyed = survey(PORTS, settings)
    for told, counts in surveyed.answers.items():
        if set(counts) == {"yes", "no"}:
            is_comparison = told.kind == "comparison"
            query = Query(told.kind, told.classes, **{"more" if is_comparison else "position": told.detail or None})
            kept = [counts[answer] * surveyed.rate_of(query, answer) for answer in ("yes", "no")]
            assert kept[0] == pytest.approx(kept[1])
    for family, counts in answers_by_told(settings, surveyed).items():
        if set(counts) <= {"yes", "no"}:
            assert abs(counts["yes"] - counts["no"]) <= 4 * sum(counts.values()) ** 0.5, family


def test_published_rates_leave_other_categories_told_by_the_words():
    published, blind = QuestionSettings(balance="published"), QuestionSettings()
    shares = []
    for settings in (published, blind):
        counts = answers_by_told(settings, survey(PORTS, settings))["other_categories"]
        shares.append(max(counts.values()) / sum(counts.values()))
        assert sum(counts.values()) > 50
    assert shares[0] > 0.6 > shares[1]


def test_what_has_one_answer_nearly_everywhere_is_not_asked(surveyed):
    told = {(found.kind, found.classes): found for found in surveyed.not_asked()}
    assert told["size", ()].answer == "very small"
    assert told["size", ()].share > 0.8
    said = Counter(question.family for image in PORTS[:200] for question in ask(image, EVERYTHING, survey=surveyed))
    assert said["size"] == 0 < said["count"]
    assert all(question.family != "size" for question in ask(PORTS[0], EVERYTHING, survey=surveyed))


def test_few_answers_are_no_reason_to_leave_a_kind_out():
    assert survey(PORTS[:10], EVERYTHING).not_asked() == []


def test_a_class_with_one_answer_is_left_out_and_the_others_are_asked():
    counts = {Told("size", ("ship",)): Counter(small=30), Told("size", ("harbor",)): Counter(large=15, medium=15)}
    surveyed = Survey({}, counts)
    assert [(found.kind, found.classes, found.answer) for found in surveyed.not_asked()] == [
        ("size", ("ship",), "small")
    ]
    assert surveyed.is_told(Query("size", ("ship",))) and not surveyed.is_told(Query("size", ("harbor",)))


@given(st.dictionaries(st.sampled_from("abcdefgh"), st.integers(1, 50), min_size=1))
def test_arcs_are_no_longer_than_a_step(counts):
    options, longest = arcs_of(counts)
    if len(counts) == 1:
        assert (options, longest) == (0, 0.0)
        return
    arcs = [min(count, longest) for count in counts.values()]
    assert 2 <= options <= min(4, len(counts))
    assert max(arcs) <= sum(arcs) / options + 1e-9
    assert options == 2 or sum(arcs) >= sum(counts.values()) / 2


def test_each_choice_is_right_as_often_as_any_other_with_it():
    """One who knows all frequencies cannot tell: given the choices, each is right equally often."""
    counts = {"1": 600, "2": 200, "3": 100, "4": 60, "7": 40}
    scene, rng = QuestionScene(PORTS[0], "sar"), Random(0)
    right = defaultdict(Counter)
    for answer, count in counts.items():
        for _ in range(30 * count):
            chosen = fair_options(Query("count", ("ship",)), answer, counts, scene, rng)
            if chosen:
                assert answer in chosen and len(set(chosen)) == len(chosen)
                right[frozenset(chosen)][answer] += 1
    assert sum(sum(found.values()) for found in right.values()) > 0.45 * 30 * sum(counts.values())
    for found in right.values():
        for first, second in combinations(found.values(), 2):
            assert abs(first - second) <= 4.5 * (first + second) ** 0.5


def test_a_class_that_is_another_is_no_reason_to_ask_without_choices():
    """A tank may be a vehicle: they never stand beside each other, and the other classes still do."""
    scene, rng = (
        QuestionScene(annotated(placed("ship", 0, 0), labelled_classes=("bridge", "car", "ship", "vehicle")), "sar"),
        Random(0),
    )
    counts = {"bridge": 30, "car": 30, "ship": 30, "vehicle": 30}
    right = defaultdict(Counter)
    for answer in sorted(counts) * 1500:
        chosen = fair_options(Query("main_object"), answer, counts, scene, rng)
        assert not {"car", "vehicle"} <= set(chosen)
        right[frozenset(chosen)][answer] += bool(chosen)
    assert sum(sum(found.values()) for found in right.values()) > 0.7 * 4 * 1500
    for found in right.values():
        for first, second in combinations(found.values(), 2):
            assert abs(first - second) <= 4.5 * (first + second) ** 0.5


def test_the_right_choice_stands_in_every_place(surveyed):
    places = Counter()
    for image in PORTS[:300]:
        places.update(
            (len(item.options), item.options.index(item.answer))
            for item in ask(image, EVERYTHING, survey=surveyed)
            if item.options
        )
    for options in {length for length, _ in places}:
        found = [places[options, place] for place in range(options)]
        assert max(found) - min(found) <= 4 * sum(found) ** 0.5


def test_every_surveyed_question_verifies(surveyed):
    said = [(question, image) for image in PORTS[::6] for question in ask(image, EVERYTHING, survey=surveyed)]
    assert [problem for question, image in said for problem in verify(question, image)] == []
    assert {len(question.options) for question, _ in said} >= {0, 2, 4}


def test_a_choice_that_could_be_right_as_well_is_refused():
    image = annotated(placed("ship", 0, 0, 2) + placed("tank", 2, 2), labelled_classes=CLASSES)
    asked = (ask(image, EVERYTHING, seed) for seed in range(60))
    question = next(item for questions in asked for item in questions if item.family == "categories" and item.options)
    for wrong in ("tank and ship", "ship and spaceship"):
        options = (question.answer, wrong)
        text = question.text.split("\n")[0] + "".join(f"\n{a}. {o}" for a, o in zip("AB", options, strict=True))
        (problem,) = verify(question._replace(text=text, options=options), image)
        assert "not known to be wrong" in problem


def test_a_chip_is_not_asked_what_lies_in_the_box_that_it_was_cut_around():
    chip = replace(
        annotated([], label="T72 tank", label_names=("T72 tank",), labelled_classes=("T72 tank", "BMP2")),
        objects=(AnnotatedObject("target", Box(40, 40, 80, 80)),),
    )
    asked = [question for seed in range(40) for question in ask(chip, EVERYTHING, seed)]
    assert not any(question.family == "region" for question in asked)


def test_a_survey_counts_what_is_asked(surveyed):
    pairs = (pair for image in PORTS for pair in answers_of(image, EVERYTHING, surveyed.prevalence))
    assert surveyed.answers == count_answers(pairs)
    assert survey(PORTS, QuestionSettings(balance="published")).answers == {}


def test_a_question_that_shows_a_box_gets_no_choices(surveyed):
    """Pictures of a set overlap and show one object many times, so that the numbers of its box tell its class."""
    said = [item for image in PORTS[:100] for item in ask(image, EVERYTHING, survey=surveyed)]
    regions = [item for item in said if item.family == "region"]
    assert len(regions) > 100
    assert not any(item.options for item in regions)

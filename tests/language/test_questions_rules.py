from collections import Counter
from itertools import combinations
from math import dist
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from language_examples import annotated, placed

from sarvl.annotations import AnnotatedImage
from sarvl.language import vocabulary_of
from sarvl.language.geometry.layout import CENTER, Extent, grid_cell
from sarvl.language.questions import QUESTION_KINDS, QuestionSettings, ask, survey
from sarvl.language.questions.balance import class_prevalence, known_presence
from sarvl.language.questions.layout_words import (
    _nearest_distances,
    arrangement_word,
    direction_word,
    shape_word,
    size_word,
)
from sarvl.language.questions.neighbours import neighbours_of
from sarvl.language.questions.query import Query
from sarvl.language.questions.question_reader import read_question
from sarvl.language.questions.question_scene import QuestionScene
from sarvl.language.questions.question_settings import APPLICATIONS
from sarvl.language.words.name_meaning import are_related, covers

boxes = st.builds(
    lambda x, y, width, height: Extent(x, y, x + width, y + height),
    *(st.integers(-9, 200), st.integers(-9, 200)),
    *(st.integers(0, 60) | st.integers(0, 5) | st.integers(0, 300) for _ in range(2)),
)


POSITION_OF_CELL = {"middle left": "left", "middle right": "right", "upper center": "top", "lower center": "bottom"}


@given(st.tuples(st.integers(0, 190), st.integers(0, 190), st.integers(1, 60), st.integers(1, 60)))
def test_the_position_of_one_object_is_that_of_its_cell(box):
    x, y, width, height = box
    image = annotated([("ship", (x, y, x + width, y + height))])
    cell = grid_cell(Extent(x, y, x + width, y + height), image.width, image.height)
    finding = QUESTION_KINDS.get("position_of_one").answer(
        Query("position_of_one", ("ship",)), QuestionScene(image, "sar")
    )
    assert (finding and finding.answer) == (CENTER if cell == CENTER else POSITION_OF_CELL.get(cell))


def test_ships_moored_in_a_row_among_far_ones_are_not_scattered():
    row = [(10 * index, 0) for index in range(6)]
    assert arrangement_word([*row, (500, 20), (30, 480), (480, 490), (260, 250)], 510, 510) is None


@pytest.mark.parametrize(
    ("area", "word"),
    [
        *((4000, "very large"), (3999, "large"), (2500, "large"), (2499, "medium"), (1000, "medium")),
        *((999, "small"), (300, "small"), (299, "very small")),
    ],
)
def test_sizes_begin_at_their_thresholds(area, word):
    assert size_word((0, 0, area, 1), 100, 100) == word


@pytest.mark.parametrize(
    ("width", "height", "word"),
    [(151, 100, "wide"), (150, 100, "roughly square"), (67, 100, "roughly square"), (66, 100, "tall")],
)
def test_shapes_begin_at_their_thresholds(width, height, word):
    assert shape_word((5, 5, width, height)) == word


@pytest.mark.parametrize(
    ("across", "down", "word"),
    [(1000, 414, "horizontal"), (-1000, 415, "diagonal"), (415, 1000, "diagonal"), (-414, -1000, "vertical")],
)
def test_directions_part_at_22_5_degrees(across, down, word):
    assert direction_word(across, down) == word


def _area(box: Extent) -> int:
    return max(box.xmax - box.xmin, 0) * max(box.ymax - box.ymin, 0)


@settings(max_examples=300)
@given(st.lists(st.tuples(boxes, st.sampled_from("ab")), max_size=14), st.lists(st.integers(0, 13), max_size=3))
def test_neighbours_are_those_of_all_pairs(found, copied):
    found += [found[index] for index in copied if index < len(found)]
    crowded, doubtful, has_mixed = set(), set(), False
    for (first, (box, name)), (second, (other, other_name)) in combinations(enumerate(found), 2):
        reach = min(max(item.xmax - item.xmin, item.ymax - item.ymin) // 2 for item in (box, other))
        gap_x = max(box.xmin - other.xmax, other.xmin - box.xmax)
        if max(gap_x, box.ymin - other.ymax, other.ymin - box.ymax) <= reach:
            crowded |= {first, second}
        both = _area(Extent(*map(max, box[:2], other[:2]), *map(min, box[2:], other[2:])))
        if box == other or (both and 2 * both >= _area(box) + _area(other) - both):
            doubtful |= {first, second}
            has_mixed = has_mixed or name != other_name
    boxes_found, names = [box for box, _ in found], [name for _, name in found]
    assert neighbours_of(boxes_found, names) == (crowded, doubtful, has_mixed)


@given(st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60)), min_size=2, max_size=15))
def test_nearest_distances_are_those_of_all_pairs(points):
    ordered = sorted(points)
    naive = [min(dist(point, other) for j, other in enumerate(ordered) if i != j) for i, point in enumerate(ordered)]
    assert _nearest_distances(points) == pytest.approx(naive)


@pytest.mark.parametrize(
    ("points", "word"),
    [
        ([(10, 10), (30, 31), (50, 49), (70, 70)], "in a row"),
        ([(10, 50), (10, 60), (10, 70), (10, 80)], "in a row"),
        ([(10, 10), (11, 10), (90, 10), (91, 10)], None),  # two pairs far apart are no row
        ([(10, 10), (20, 10), (10, 20), (20, 20)], "in a cluster"),
        ([(20, 20), (80, 20), (20, 80), (80, 80)], "scattered"),
        ([(10, 10), (10, 12), (90, 90), (90, 88)], None),
        ([(10, 10), (50, 90), (90, 10)], None),  # three objects have no arrangement
        ([(10, 10)] * 5, None),
    ],
)
def test_arrangements(points, word):
    assert arrangement_word(points, 100, 100) == word


def test_names_that_cover_others():
    assert covers("vehicle", "car") and covers("vehicle", "fire truck") and covers("tank", "T72 tank")
    assert covers("boat", "ship") and covers("ship", "boat")
    assert covers("ship", "oil tanker") and covers("aircraft", "helicopter") and not covers("plane", "helicopter")
    assert covers("ships", "Oil_Tankers") and covers("ship", "cargo ships") and not covers("ships", "water")
    assert are_related("storage_tank", "tank") and not are_related("ship", "bridge")


def test_presence_is_known_of_labelled_and_present_classes():
    image = annotated(placed("car", 0, 0), labelled_classes=("car", "vehicle", "ship"))
    assert known_presence(image) == {"car": True, "ship": False}
    assert known_presence(annotated([], label="ship", labelled_classes=("ship", "car"))) == {"ship": True}
    assert known_presence(annotated(placed("ship", 0, 0))) == {"ship": True}
    assert class_prevalence([image, annotated(placed("ship", 0, 0))]) == {"car": 1.0, "ship": 0.5}


CORPUS_SHARES = {"aircraft": 0.03, "bridge": 0.1, "car": 0.3, "harbor": 0.5, "ship": 0.8, "tank": 1.0}


def corpus(size: int) -> list[AnnotatedImage]:
    """Images in which each class is as common as CORPUS_SHARES says, in places drawn at random."""
    rng, found = Random(0), []
    for index in range(size):
        objects = [
            item
            for class_name, share in CORPUS_SHARES.items()
            if rng.random() < share
            for _ in range(rng.randint(1, 3))
            for item in placed(class_name, rng.randrange(3), rng.randrange(3))
        ]
        found.append(annotated(objects, file=f"{index}.png", labelled_classes=tuple(CORPUS_SHARES)))
    return found


def identifications(images, settings, surveyed) -> tuple[Counter, Counter]:
    """How often yes and no are the answer, by class, of all identification questions and of "is there one"."""
    every, existence = Counter(), Counter()
    for image in images:
        for question in ask(image, settings, survey=surveyed):
            if question.application == "identification":
                (class_name,) = read_question(question.text, vocabulary_of(image)).query.classes
                every[class_name, question.answer] += 1
                existence[class_name, question.answer] += question.family == "exists"
    return every, existence


@pytest.mark.parametrize(
    "settings",
    [
        QuestionSettings(),
        QuestionSettings(preset="balanced"),
        QuestionSettings(preset="balanced", per_image=3),
        QuestionSettings(shares={"identification": 0.5}),
        QuestionSettings(balance="published"),
    ],
)
def test_yes_and_no_balance_for_each_class_of_a_corpus(settings):
    images = corpus(700)
    every, existence = identifications(images, settings, survey(images, settings))
    for counts in (every, existence):
        for class_name in CORPUS_SHARES:
            yes, no = counts[class_name, "yes"], counts[class_name, "no"]
            # Four standard deviations of a fair coin.
            assert abs(yes - no) <= 4 * (yes + no) ** 0.5
    assert min(existence[name, "yes"] for name in CORPUS_SHARES if name != "tank") > 0
    assert existence["tank", "yes"] == existence["tank", "no"] == 0  # there in every image: the answer is known


def test_yes_and_no_balance_within_each_image_without_a_survey():
    for image in corpus(300):
        asked = [item for item in ask(image) if item.application == "identification"]
        answers = Counter((item.family, item.answer) for item in asked)
        assert all(answers[family, "yes"] == answers[family, "no"] for family, _ in answers)
        assert len(asked) in (0, 2, 4)


def test_identification_follows_the_rate_of_sarlang():
    images, settings = corpus(500), QuestionSettings(balance="published")
    every, _ = identifications(images, settings, survey(images, settings))
    assert 4 <= sum(every.values()) / len(images) <= 5


def test_neither_order_nor_word_tells_the_answer_of_a_comparison():
    image = annotated(placed("ship", 0, 0, 3) + placed("tank", 2, 2))
    answers: Counter[tuple[str, ...]] = Counter()
    settings = QuestionSettings(shares=dict.fromkeys(APPLICATIONS, 0.0) | {"others": 1.0})
    for seed in range(2000):
        for question in ask(image, settings, seed):
            if question.family == "comparison":
                query = read_question(question.text, vocabulary_of(image)).query
                answers[query.classes[0], question.answer] += 1
                answers[query.more, question.answer] += 1
    assert len(answers) == 8
    assert all(400 < count < 600 for count in answers.values())

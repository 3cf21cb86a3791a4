import re
from dataclasses import replace
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from language_examples import annotated, images, placed, rich_images

from sarvl.annotations import AnnotatedImage
from sarvl.language import Claim, Group, Statement, verify, vocabulary_of
from sarvl.language.claims.construction import quantity_claim
from sarvl.language.claims.kinds.count import Count
from sarvl.language.geometry.layout import GRID_CELLS
from sarvl.language.questions import QUESTION_KINDS, QuestionSettings, ask, verify_question
from sarvl.language.questions.layout_words import (
    ARRANGEMENT_WORDS,
    DIRECTION_WORDS,
    POSITION_WORDS,
    SHAPE_WORDS,
    SIDES,
    SIZE_WORDS,
)
from sarvl.language.questions.question_reader import read_question
from sarvl.language.questions.question_scene import QuestionScene

ALL = QuestionSettings(shares={"others": 1.0}, multiple_choice=0.3)
FEW = QuestionSettings(preset="balanced", multiple_choice=0.3)
PLACES = re.compile("|".join(sorted((*GRID_CELLS, *SIDES), key=len, reverse=True)))
PORT = annotated(
    placed("ship", 0, 0, 14) + placed("bridge", 2, 1) + placed("tank", 2, 2, 2),
    labelled_classes=("ship", "bridge", "tank", "harbor"),
)
any_images = st.one_of(images(min_objects=1), rich_images())


def replaced(text: str, found: re.Match, new: str) -> str:
    return text[: found.start()] + new + text[found.end() :]


def changed_texts(question: Statement, image, random: Random) -> list[str]:
    """The text with each number, place, class and comparison changed in turn, and with words that are not read."""
    text = question.text
    changed = [replaced(text, found, str(int(found[0]) + 1)) for found in re.finditer(r"(?<![\w-])\d+(?![\w-])", text)]
    stem = text.split("\n")[0]
    for found in PLACES.finditer(stem):
        others = SIDES if found[0] in SIDES else GRID_CELLS
        changed.append(replaced(text, found, random.choice([place for place in others if place != found[0]])))
    changed += [text.replace(*pair) for pair in (("more", "fewer"), ("fewer", "more")) if f" {pair[0]} " in text]
    named = [other for other in changed_classes(text, image) if not is_as_true(question, other, image)]
    return [*changed, *named, f"{text} There are 99.", text.replace("the ", "the large ")]


def is_as_true(question: Statement, other: str, image) -> bool:
    """Tell whether both ask what there is apart from a class that is not there: the answer is the same."""
    if question.family != "other_categories":
        return False
    there = {item.class_name for item in image.objects}
    vocabulary = vocabulary_of(image)
    return there.isdisjoint(
        name for text in (question.text, other) for name in read_question(text, vocabulary).query.classes
    )


def changed_classes(text: str, image) -> list[str]:
    """Every name of a class in turn, replaced by a name of another class of the vocabulary."""
    names = vocabulary_of(image).names
    forms = {form: own for own, found in names.items() for name in found for form in (name.singular, name.plural)}
    if not forms:
        return []
    pattern = re.compile(rf"(?<![\w-])({'|'.join(map(re.escape, sorted(forms, key=len, reverse=True)))})(?![\w-])")
    return [
        replaced(text, found, names[other][0].plural if found[0] == names[forms[found[0]]][0].plural else other_name)
        for found in pattern.finditer(text)
        for other in names
        if forms[found[0]] != other
        for other_name in (names[other][0].singular,)
    ]


def changed_answers(question: Statement, image) -> list[str]:
    answer = question.answer or ""
    found = [{"yes": "no", "no": "yes"}.get(answer, "yes"), "", f"{answer} and a dog"]
    for words in (POSITION_WORDS, SIZE_WORDS, SHAPE_WORDS, DIRECTION_WORDS, ARRANGEMENT_WORDS):
        found += words if answer in words else ()
    numbers = re.finditer(r"(?<![\w-])\d+(?![\w-])", answer)
    found += [replaced(answer, number, str(int(number[0]) + 1)) for number in numbers]
    return [*found, *changed_classes(answer, image)]


def changed_claims(question: Statement) -> list[tuple[Claim, ...]]:
    claims = question.claims
    found = [claims[1:], (*claims, quantity_claim(Group("dog"), "at least", 1))]
    for index, claim in enumerate(claims):
        more = claim.resting_on((*claim.objects, 999))
        elsewhere = replace(claim, group=claim.group._replace(position="periphery"))
        found += [(*claims[:index], changed, *claims[index + 1 :]) for changed in (more, elsewhere)]
    return found


def changed_statements(question: Statement, image, random: Random) -> list[Statement]:
    """The question with each of its fields changed in turn."""
    values = {
        "text": changed_texts(question, image, random),
        "answer": changed_answers(question, image),
        "claims": changed_claims(question),
        "tags": [tuple({"many", "small", "dense"} - set(question.tags)), (*question.tags, "many")],
        "application": ["counting", "others"],
        "answer_type": ["number", "box"],
        "family": ["dog"],
        "producer": ["rule:dog"],
        "options": [(*question.options, "dog"), question.options[1:]],
    }
    changed = [question._replace(**{field: value}) for field, found in values.items() for value in found]
    return [other for other in changed if other != question]


@settings(max_examples=50, deadline=None)
@given(any_images, st.integers(0, 1000), st.randoms(use_true_random=False))
def test_every_corruption_of_a_question_is_found(image, seed, random):
    for question in ask(image, FEW, seed):
        assert verify_question(question, image) == []
        if question.application == "description":  # see test_a_changed_description_is_found
            continue
        changed_ones = changed_statements(question, image, random)
        for changed in random.sample(changed_ones, k=min(15, len(changed_ones))):
            assert verify_question(changed, image) or is_still_true(changed, question, image), changed


def is_still_true(changed: Statement, question: Statement, image: AnnotatedImage) -> bool:
    """Tell whether only another class is asked about that the chip does not belong to either."""
    is_denied = question.family == "belongs" and question.answer == "no" and (image.label or "") not in changed.text
    return is_denied and changed == question._replace(text=changed.text)


@settings(max_examples=60, deadline=None)
@given(any_images, st.integers(0, 1000), st.randoms(use_true_random=False))
def test_every_corruption_of_a_choice_is_found(image, seed, random):
    for question in ask(image, QuestionSettings(multiple_choice=1.0), seed):
        if question.options:
            wrong = random.choice([option for option in question.options if option != question.answer])
            text = question.text.replace(f". {wrong}", f". {question.answer}")
            options = tuple(question.answer if option == wrong else option for option in question.options)
            assert verify_question(question._replace(text=text, options=options), image)
            assert verify_question(question._replace(answer=wrong), image)
            assert verify_question(question._replace(text=question.text.replace("\nA. ", "\nC. ")), image)
            assert verify_question(question._replace(options=question.options[::-1]), image)


@settings(max_examples=40, deadline=None)
@given(images(min_objects=1), st.integers(0, 1000))
def test_a_changed_annotation_is_found(image, seed):
    """A question is not confirmed by an image that lacks one of the objects that it counts."""
    for question in ask(image, ALL, seed):
        counted = [
            claim.objects for claim in question.claims if isinstance(claim, Count) and claim.comparison == "exactly"
        ]
        if counted:
            kept = tuple(item for index, item in enumerate(image.objects) if index != counted[0][0])
            assert verify(question, replace(image, objects=kept))


def test_a_changed_description_is_found():
    for seed in range(40):
        (question,) = [item for item in ask(PORT, seed=seed) if item.application == "description"]
        for answer in changed_classes(question.answer, PORT):
            assert verify(question._replace(answer=answer), PORT)
        assert verify(question._replace(text="Describe the content of this optical image in one sentence."), PORT)
        assert verify(question._replace(answer="This image shows a dog."), PORT)
    lie = quantity_claim(Group("ship"), "exactly", 13, tuple(range(1, 14)))
    told = question._replace(answer="A SAR image of 13 ships.", claims=(lie,), tags=("many", "small", "dense"))
    assert verify_question(told, PORT) == []
    assert verify(told, PORT) == ["'exactly 13 ship': the annotation has 14"]


def test_a_rewritten_question_that_asks_the_same_is_confirmed():
    found = {item.family: item for item in ask(PORT, seed=3)}
    count = found["count"]
    name = count.claims[0].group.class_name
    rewritten = count._replace(text=f"How many {name}s does the SAR scene contain?", producer="model:test")
    assert verify(rewritten, PORT) == []
    assert verify(rewritten._replace(text=f"How many {name}s does the center contain?"), PORT)
    assert verify(rewritten._replace(text=f"How many {name}s does the photo contain?"), PORT)


@pytest.mark.parametrize(
    ("text", "family"),
    [
        ("Is there a ship?", "exists"),
        ("Are any ships seen on the left side?", "exists_on_side"),
        ("Does the picture show a ship at the top left?", "exists_in_cell"),
        ("Besides ships, are there other classes?", None),
        ("Besides ships, are there other categories?", "other_categories"),
        ("Count the vessels in the scene.", "count"),
        ("How many ships and tanks can be seen altogether?", "count_total"),
        ("How many ships and tanks can be seen?", None),
        ("How many large ships can be seen?", None),
        ("Where is the only bridge?", "position_of_one"),
        ("Is there no ship?", None),
        ("Are there 3 ships?", None),
        ("Is there a dog?", None),
        ("The ship.", None),
        ("Where are most ships in the image not located?", None),
        ("What lies outside the center?", None),
    ],
)
def test_questions_are_read_by_their_words(text, family):
    try:
        found = read_question(text, vocabulary_of(PORT)).query.kind
    except Exception as problem:
        assert type(problem).__name__ == "LanguageError"
        found = None
    assert found == family


@settings(max_examples=40, deadline=None)
@given(any_images, st.integers(0, 1000))
def test_a_question_is_read_in_one_way_and_without_its_image(image, seed):
    for question in ask(image, ALL, seed):
        reading = read_question(question.text, vocabulary_of(image))
        assert reading.query.kind == question.family
        assert reading.options == question.options


def test_the_sketches_of_kinds_do_not_meet():
    sketches = [
        *("verb class", "verb class cell", "verb class side", "what category", "what category belongs", "what main"),
        *(
            "where most class",
            "where only class",
            "where only class bounds",
            "what region",
            "what category region belongs",
        ),
        *("how_many class side", "how_many class cell", "how_many class total", "what sum class", "sum class class"),
        *("how_many class", "how_many class class total", "verb more class than class", "what sentence"),
    ]
    for sketch in sketches:
        assert sum(bool(kind.pattern.fullmatch(sketch)) for _, kind in QUESTION_KINDS.items()) == 1


@pytest.mark.parametrize(
    ("text", "kind", "answer"),
    [
        ("What is the total number of ships in the image?", "count", "14"),
        ("How many tanks are there in total?", "count", "2"),
        ("How many tanks are located on the right side of the image?", "count_on_side", "2"),
        ("How many ships are on the bottom side of the image?", "count_on_side", "0"),
    ],
)
def test_counts_that_people_ask_for_and_corpora_do_not_are_read_and_answered(text, kind, answer):
    """Regression: a total of one class, and a count on a side, were not read."""
    query = read_question(text, vocabulary_of(PORT)).query
    assert query.kind == kind
    finding = QUESTION_KINDS.get(kind).answer(query, QuestionScene(PORT, "sar"))
    assert finding and finding.answer == answer


def test_a_caption_is_no_question_and_a_human_question_is_not_checked():
    caption = Statement("A SAR image of ship.", "general", (), "rule:general")
    assert verify_question(caption, PORT) == ["a caption is no question"]
    human = Statement("Is it so?", "human", (), "human", "question", "maybe", "text")
    assert verify_question(human, PORT) == verify(human, PORT) == []

import dataclasses
import math
from collections import Counter
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from language_examples import CLASS_NAMES, annotated, ground, images, oriented, placed, rich, rich_images

from sarvl.annotations import AnnotatedObject, Box
from sarvl.annotations.parsing.box_checks import in_order
from sarvl.errors import LanguageError
from sarvl.language import CAPTION_FAMILIES, Vocabulary, describe, read_claims, verify, vocabulary_of
from sarvl.language.captions.sampling import LONG_TEXT_WORDS

drawn_images = st.tuples(images(), st.integers(0, 2**40), st.sampled_from(("sar", "optical")))
drawn_rich_images = st.tuples(rich_images(), st.integers(0, 2**40), st.sampled_from(("sar", "optical")))


@settings(max_examples=200)
@given(drawn_images | drawn_rich_images)
def test_every_statement_verifies_and_reads_as_english(drawn):
    image, seed, domain = drawn
    for statement in describe(image, seed=seed, domain=domain):
        assert verify(statement, image, domain) == []
        text = statement.text
        assert text[0].isupper()
        assert text.endswith(".") and "  " not in text and " ," not in text and " ." not in text
        assert statement.producer == f"rule:{statement.family}"


@settings(max_examples=50)
@given(drawn_images)
def test_texts_differ_and_come_from_several_families(drawn):
    image, seed, domain = drawn
    statements = describe(image, seed=seed, domain=domain)
    assert len({statement.text for statement in statements}) == len(statements)
    if image.objects:
        assert len(statements) == 5
        assert len({statement.family for statement in statements}) >= 3
    else:
        assert len(statements) == (5 if image.labelled_classes else 0)


@settings(max_examples=50)
@given(drawn_images, st.randoms(use_true_random=False))
def test_fractions_of_pixels_and_the_folder_play_no_part(drawn, random):
    image, seed, domain = drawn
    moved = [
        AnnotatedObject(item.class_name, Box(*[math.floor(edge) + 0.999 * random.random() for edge in item.box]))
        for item in image.objects
    ]
    other = dataclasses.replace(
        image, objects=in_order(moved), path=Path("/elsewhere"), labelled_classes=image.labelled_classes[::-1]
    )
    assert describe(other, seed=seed, domain=domain) == describe(image, seed=seed, domain=domain)


@settings(max_examples=50)
@given(drawn_images)
def test_only_labelled_classes_are_said_to_be_absent(drawn):
    image, seed, domain = drawn
    present = {item.class_name for item in image.objects}
    for statement in describe(image, captions=9, seed=seed, domain=domain):
        absent = {claim.group.class_name for claim in statement.claims if claim.kind == "absence"}
        assert absent <= set(image.labelled_classes) - present


@settings(max_examples=30)
@given(drawn_images)
def test_a_text_is_read_without_its_image(drawn):
    image, seed, domain = drawn
    vocabulary = Vocabulary(tuple({item.class_name for item in image.objects} | set(image.labelled_classes)))
    for statement in describe(image, seed=seed, domain=domain):
        claims = tuple(claim.resting_on(()) for claim in statement.claims)
        assert read_claims(statement.text, vocabulary)[:2] == (claims, ())


@settings(max_examples=50)
@given(drawn_rich_images)
def test_a_text_about_radar_and_ground_is_read_without_its_image(drawn):
    image, seed, domain = drawn
    for statement in describe(image, captions=9, seed=seed, domain=domain):
        claims = tuple(claim.resting_on(()) for claim in statement.claims)
        assert read_claims(statement.text, vocabulary_of(image))[:2] == (claims, ())


@settings(max_examples=50)
@given(drawn_rich_images, st.lists(st.sampled_from(CAPTION_FAMILIES.names()), unique=True, min_size=1, max_size=4))
def test_only_the_chosen_families_speak_in_whatever_order(drawn, families):
    image, seed, domain = drawn
    statements = describe(image, seed=seed, domain=domain, families=families)
    assert {statement.family for statement in statements} <= set(families)
    assert describe(image, seed=seed, domain=domain, families=families[::-1]) == statements


def test_all_families_are_the_default():
    image = annotated(placed("ship", 0, 0, 5), spacing_m=(3.0, 3.0), looks=1.0)
    assert describe(image, families=CAPTION_FAMILIES.names()) == describe(image)
    assert describe(image, families=[]) == []


def test_an_unknown_family_is_refused():
    with pytest.raises(LanguageError, match="no caption family 'poetry'; there are absence, absolute_region,"):
        describe(annotated([]), families=["general", "poetry"])


def test_seed_and_file_choose_the_texts():
    image = annotated(placed("ship", 0, 0, 5) + placed("tank", 1, 1, 2))
    first = describe(image, seed=1)
    assert describe(image, seed=1) == first
    assert describe(image, seed=2) != first
    assert describe(dataclasses.replace(image, file="other.png"), seed=1) != first


def test_texts_stay_the_same_in_every_process():
    image = annotated(placed("ship", 0, 0, 5) + placed("tank", 1, 1, 2), labelled_classes=("ship", "tank", "car"))
    assert describe(image)[0].text == "This SAR image shows 2 tanks below the 5 ships."


@pytest.mark.parametrize("class_name", CLASS_NAMES)
def test_one_object_gives_five_texts(class_name):
    for index in range(20):
        image = annotated(placed(class_name, index % 3, index % 2), file=f"{index}.png")
        texts = [statement.text for statement in describe(image)]
        assert len(set(texts)) == len(texts) == 5


@pytest.mark.parametrize("label", ["2S1 howitzer", "urban areas", "open spaces or mineral", "forest"])
def test_a_chip_gives_five_texts_of_its_label(label):
    image = annotated([], label=label, label_names=(label,), labelled_classes=(label, "T72 tank"))
    statements = describe(image)
    assert len({statement.text for statement in statements}) == 5
    assert all(label.lower() in statement.text.lower() and verify(statement, image) == [] for statement in statements)
    assert {statement.claims for statement in statements} == {statements[0].claims}


def test_human_captions_pass_through_without_repeats():
    image = annotated(placed("ship", 0, 0), captions=("Two boats .", "A port", "Two boats .", "two boats ."))
    statements = describe(image)
    assert [statement.text for statement in statements] == ["Two boats .", "A port", "two boats ."]
    assert {(item.producer, item.family, item.claims) for item in statements} == {("human", "human", ())}
    assert [problem for statement in statements for problem in verify(statement, image)] == []


def test_nothing_is_said_of_an_image_of_which_nothing_is_known():
    assert describe(annotated([])) == []


def rich_images() -> list:
    rng = Random(0)
    cells = [(column, row) for column in range(3) for row in range(3)]
    found = []
    for index in range(400):
        # A class in two cells, another in the center: every family of objects has something to say.
        (first, second), other = rng.sample([cell for cell in cells if cell != (1, 1)], 2), (1, 1)
        objects = (
            placed("ship", *first, count=rng.randint(1, 6)) + placed("ship", *second, count=2) + placed("tank", *other)
        )
        found.append(annotated(objects, file=f"{index}.png", labelled_classes=("ship", "tank", "car")))
    return found


def test_families_are_balanced_where_all_have_something_to_say():
    families = Counter(statement.family for image in rich_images() for statement in describe(image))
    assert len(families) == 9
    assert min(families.values()) > 0.5 * sum(families.values()) / len(families)
    assert max(families.values()) < 2 * sum(families.values()) / len(families)


def test_families_are_balanced_where_the_source_gives_more():
    rng, said = Random(0), Counter()
    for index in range(400):
        boxes = [(rng.uniform(40, 260), rng.uniform(40, 260), rng.random() * 180) for _ in range(rng.randint(2, 6))]
        objects = [oriented("ship", cx, cy, 40, 10, degrees) for cx, cy, degrees in boxes]
        land_cover = ground(water=0.7, urban_areas=0.2, forest=0.1)
        image = rich(objects, spacing_m=(3.0, 3.0), looks=4.0, land_cover=land_cover, file=f"{index}.png")
        said.update(statement.family for statement in describe(image))
    told = sum(said.values())
    assert min(said[family] for family in ("orientation", "size", "land_cover", "general")) > 0.06 * told
    assert said["speckle"] < 0.06 * told  # the same for all images of a source


def test_a_chip_with_masks_is_told_by_its_label():
    objects = [("target", (50, 60, 80, 80)), ("shadow", (50, 20, 80, 65))]
    land_cover = ground(clutter=0.93, shadow=0.05, target=0.02)
    names, texts = ("T72 tank",), []
    for index in range(50):
        image = annotated(objects, label=names[0], label_names=names, land_cover=land_cover, file=f"{index}.png")
        texts += [statement.text for statement in describe(image)]
    assert sum("T72 tank" in text for text in texts) > len(texts) / 2
    assert not any("target" in text for text in texts)


def test_at_most_half_of_the_texts_are_long():
    for image in rich_images():
        long = [statement for statement in describe(image) if statement.text.count(" ") >= LONG_TEXT_WORDS]
        assert len(long) <= 2

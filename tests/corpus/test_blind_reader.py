"""The blind reader: it finds what the words of questions give away, and is at chance where they give nothing away."""

from random import Random

import pytest
from made_corpus import image_of, made_corpus, question_of, speckle

from sarvl.corpus import inspect
from sarvl.corpus.inspecting.blind_reader import LEAST_QUESTIONS, blind_scores

IMAGES = 60


def scores(folder, ask, count: int = IMAGES, group=str):
    """Return the scores, by kind, of a corpus with two questions an image, whose fields ``ask(number, rng)`` gives."""
    rng = Random(0)
    picture = speckle()
    images = [image_of(folder, "made", f"{n}.png", picture, group=group(n)) for n in range(count)]
    texts = [question_of(image, **ask(n, rng)) for n, image in enumerate(images) for _ in range(2)]
    return {score.kind: score for score in blind_scores(made_corpus(folder, images, texts))}


def yes_no(text: str, answer: str):
    return {"text": text, "answer": answer, "answer_type": "yes/no", "family": "exists"}


def test_words_that_tell_the_answer_are_found(tmp_path):
    def ask(_, rng):
        name, answer = rng.choice((("ship", "yes"), ("tank", "no")))
        return yes_no(f"Is there a {name} in the image?", answer)

    found = scores(tmp_path, ask)["exists"]
    assert (found.questions, found.chance, found.words) == (2 * IMAGES, 0.5, 1.0)
    assert found.majority < 0.65


def test_fair_questions_are_answered_at_chance(tmp_path):
    found = scores(tmp_path, lambda _, rng: yes_no(f"Is there a {rng.choice('abcd')} here?", rng.choice(("yes", "no"))))
    assert abs(found["exists"].words - 0.5) < 0.12


@pytest.mark.parametrize("rule", ["second smallest", "alike"])
def test_choices_that_give_themselves_away_are_found(tmp_path, rule):
    def ask(_, rng):
        if rule == "alike":
            options = ["a", "b", "a and b", rng.choice(("c and d", "d and e", "f"))]
            answer = "a and b"
        else:
            options = [str(n) for n in sorted(rng.sample(range(90), 4))]
            answer = options[1]
        rng.shuffle(options)
        return {"text": "What?", "answer": answer, "options": options, "answer_type": "text", "family": "count"}

    found = scores(tmp_path, ask)["count, with choices"]
    assert found.chance == 0.25
    assert found.words > 0.95


def test_a_box_tells_by_its_size(tmp_path):
    def ask(_, rng):
        side = rng.choice((rng.randint(8, 15), rng.randint(60, 90)))
        answer = "ship" if side > 40 else "car"
        text = f"What is in the area [{rng.randint(0, 50)}, {rng.randint(0, 50)}, {side}, {side}]?"
        return {"text": text, "answer": answer, "answer_type": "class set", "family": "region"}

    assert scores(tmp_path, ask)["region"].words > 0.9


def test_images_of_one_scene_are_never_on_both_sides(tmp_path):
    """Each scene has one answer, which a reader that has seen the scene's name would know."""

    def ask(number, _):
        return yes_no(f"Is there a ship near place{number // 4}?", ("yes", "no")[number // 4 % 2])

    grouped = scores(tmp_path / "scenes", ask, group=lambda n: f"scene{n // 4}")["exists"]
    assert grouped.words < 0.65
    assert scores(tmp_path / "images", ask)["exists"].words > 0.8


def test_boxes_sentences_and_rare_kinds_are_left_out(tmp_path):
    def ask(number, _):
        if number < LEAST_QUESTIONS // 2 - 1:
            return yes_no("Is there a ship?", "yes")
        if number % 2:
            return {"text": "Give the box.", "answer": "[1, 2, 3, 4]", "answer_type": "box", "family": "box_of_one"}
        return {"text": "Describe.", "answer": "A SAR image of one ship.", "family": "description"}

    assert scores(tmp_path, ask) == {}


def test_inspect_says_it_the_same_each_time(tmp_path):
    picture, rng = speckle(), Random(1)
    images = [image_of(tmp_path, "made", f"{n}.png", picture) for n in range(30)]
    texts = [question_of(image, **yes_no("Is there a ship?", rng.choice(("yes", "no")))) for image in images]
    corpus = made_corpus(tmp_path, images, texts)
    assert inspect(corpus).blind == inspect(corpus).blind == blind_scores(corpus)
    assert inspect(corpus).as_json()["blind"][0]["kind"] == "exists"

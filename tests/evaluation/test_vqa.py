"""Visual question answering: an Answerer, the floor by similarity, the baselines, the judge, and SARLANG's prefix."""

from pathlib import Path

import numpy as np
import pytest
import yaml
from chat_server import FakeClock, chat_server, says
from micro import make_build_recipe, make_corpus, make_model

from sarvl.corpus import BuildRecipe, Corpus, build
from sarvl.endpoint.endpoint_settings import EndpointSettings
from sarvl.errors import EvaluationError, ModelError
from sarvl.evaluation.evaluated import EvaluatedModel, SplitImages
from sarvl.evaluation.evaluator import evaluate
from sarvl.evaluation.results import results_of
from sarvl.evaluation.tasks.vqa import TASK, VqaSettings, outcome, prompt_of, risk_of_answers, runs
from sarvl.evaluation.vqa.answered import Answer, measures, outcome_of
from sarvl.evaluation.vqa.asking import Asking, parts_of, space_of_question
from sarvl.evaluation.vqa.baselines import FrequentAnswers
from sarvl.evaluation.vqa.calibrating import calibrate
from sarvl.evaluation.vqa.grounding import evidence_of
from sarvl.evaluation.vqa.judge import Judge, Judged
from sarvl.evaluation.vqa.questions import VqaQuestion, class_names_of, classes_of, questions_of, training_questions
from sarvl.language.questions.sarlang_wording import CLASSES_PREFIX
from sarvl.measures.answers.class_names import ClassNames
from sarvl.measures.answers.strict import Asked
from sarvl.models.answering.answer_space import Boxes, Count, Option
from sarvl.models.answering.box_words import BoxStyle
from sarvl.models.answering.calibration import FILE, Calibration, temperature_of, write_calibration
from sarvl.models.answering.closed_world import check_question, taught_by
from sarvl.models.history import StageEntry
from sarvl.models.protocols import Choice, Generated
from sarvl.recipes import load_recipe


@pytest.fixture(scope="module")
def corpus(tmp_path_factory) -> Corpus:
    folder = tmp_path_factory.mktemp("questions")
    path = make_build_recipe(folder)
    recipe = yaml.safe_load(path.read_text())
    recipe["questions"] = {"preset": "balanced", "multiple_choice": 0.5}
    path.write_text(yaml.safe_dump(recipe))
    return build(load_recipe(path, BuildRecipe), folder / "corpus")


class Oracle:
    """Answers as it is told by the text of the question; it keeps what it was asked."""

    history = ()

    def __init__(self, answers: dict[str, str]) -> None:
        self.answers, self.asked = answers, []

    def answer(self, images, questions, decoding):
        assert len(images.batch(np.arange(len(images)))) == len(questions)
        self.asked += questions
        return [Generated(self.answers.get(question, "no idea"), -0.1) for question in questions]


def evaluated_by(model: object, corpus: Corpus) -> EvaluatedModel:
    evaluated = EvaluatedModel("fake", SplitImages.open(corpus.folder, "test"), workers=1)
    evaluated.__dict__["model"] = model
    return evaluated


PLAIN = VqaSettings(prompt="{question}", choice_prompt="{question}")


def value(outcome, metric: str) -> float:
    return next(measure.value for measure in measures(outcome) if measure.metric == metric)


def test_questions_about_an_image_are_handed_over_together():
    for places, size in (([0, 0, 0, 1, 1, 2], 4), ([0] * 7 + [1], 3), ([0, 1, 1, 1, 1], 2), ([0, 1], 9), ([], 4)):
        parts = [places[part] for part in parts_of(places, size)]
        assert [place for part in parts for place in part] == places
        assert all(0 < len(part) <= size for part in parts)
        for image in set(places):
            assert sum(image in part for part in parts) == 1 or places.count(image) > size
    assert [len([0, 0, 0, 1, 1, 2][part]) for part in parts_of([0, 0, 0, 1, 1, 2], 4)] == [3, 3]


def test_an_answerer_that_knows_all_is_right_in_all(corpus):
    questions = questions_of(SplitImages.open(corpus.folder, "test"))
    oracle = Oracle({each.asked.question: each.asked.answer for each in questions})
    evaluated = evaluated_by(oracle, corpus)
    evaluated.__dict__["prepared_images"] = EveryImage()
    (run,) = runs(evaluated, PLAIN)
    found = run.outcome()
    by_text: dict[str, set[str]] = {}
    for each in questions:
        by_text.setdefault(each.asked.question, set()).add(each.asked.answer)
    known = {text for text, answers in by_text.items() if len(answers) == 1}
    is_known = np.array([text in known for text in found.column("question")])
    assert is_known.sum() > 10
    assert found.column("right")[is_known].min() == 1
    assert len(found) == len(questions) == len(oracle.asked)
    assert all(0 <= share <= 1 for share in found.column("score"))


class Pointing(Oracle):
    """An oracle that points at what it is asked for boxes of, and tells in how many answers it was held to a type."""

    box_style = BoxStyle()

    def __init__(self, answers: dict[str, str], boxes: dict[str, tuple]) -> None:
        super().__init__(answers)
        self.boxes, self.spaces = boxes, []

    def answer(self, images, questions, decoding, spaces=None):
        self.spaces += spaces or []
        said = super().answer(images, questions, decoding)
        return [
            Generated("", -1.0, self.boxes.get(question, ())) if question.startswith("Give the boxes") else text
            for question, text in zip(questions, said, strict=True)
        ]


def test_boxes_that_answers_rest_on_are_held_against_the_evidence_and_the_count(corpus):
    images = SplitImages.open(corpus.folder, "test")
    counts = [each for each in questions_of(images) if each.family == "count" and len(each.evidence) == 2][:1]
    (asked,) = counts
    objects = images.corpus.image(int(images.rows[asked.place])).annotation.objects
    right = [tuple(map(float, objects[number].box)) for number in asked.evidence]
    (said,) = [
        each for each in images.corpus.statements(int(images.rows[asked.place])) if each.text == asked.asked.question
    ]
    plural = said.claims[0].groups()[0].class_name + "s"
    pointing = f"Give the boxes [x, y, width, height] of all {plural} in the image, the topmost first."
    for boxes, is_count, overlap in ((right, 1, 1), (right[:1], 0, 2 / 3), ([], 0, 0)):
        model = Pointing({asked.asked.question: asked.asked.answer}, {pointing: tuple(boxes)})
        evaluated = evaluated_by(model, corpus)
        evaluated.__dict__["prepared_images"] = EveryImage()
        settings = PLAIN.model_copy(update={"grounded": True, "typed": True})
        answers = Asking(evaluated, model, settings).answers(counts)
        assert model.spaces == [Option(asked.asked.options) if asked.asked.options else Count(), Boxes(20)]
        evidence = evidence_of(images, counts, answers) or [np.array(right)]
        found = outcome_of(counts, answers, ClassNames(("tank",)), seen=FrequentAnswers([]), evidence=evidence)
        assert value(found, "grounded") == bool(boxes)
        assert value(found, "evidence_iou50") == pytest.approx(overlap)
        assert value(found, "evidence_mean_iou") == pytest.approx(len(boxes) / 2)
        assert value(found, "count_is_boxes") == is_count


def test_sure_answers_are_held_against_how_often_they_are_right(corpus):
    questions = questions_of(SplitImages.open(corpus.folder, "test"))[:4]
    names = class_names_of(corpus, questions)
    said = [
        Answer(each.asked.answer if right else "no such thing", sure)
        for each, right, sure in zip(questions, (True, True, False, False), (0.9, 0.9, 0.9, None), strict=True)
    ]
    outcome = outcome_of(questions, said, names, seen=FrequentAnswers([]))
    assert value(outcome, "ECE") == pytest.approx(0.9 - 2 / 3)
    assert value(outcome, "AURC") == pytest.approx(1 / 3)
    (curve,) = risk_of_answers(outcome)
    assert curve.courses[0].y[-1] == pytest.approx(1 / 3)
    unsure = outcome_of(questions, [Answer(each.text) for each in said], names, seen=FrequentAnswers([]))
    assert not {"ECE", "AURC"} & {measure.metric for measure in measures(unsure)}
    assert risk_of_answers(unsure) == []


def test_what_may_be_answered_is_what_ask_lets_be_answered(corpus):
    """Regression: a typed answer could be "large_vehicle" and not "large vehicle", as corpora have it."""
    model = Oracle({})
    stage = {"stage": "one", "corpus_digest": "0" * 64, "split": "train", "images": 1, "steps": 1, "epochs": 1}
    taught = {"classes": ("large_vehicle", "storage tanks", "ship"), "question_kinds": ("categories",)}
    model.history = [StageEntry(**stage, batch_size=1, learning_rate=1, seed=0, **taught)]
    classes = Asking(evaluated_by(model, corpus), model, PLAIN).classes
    assert set(classes) == {*taught["classes"], *classes_of(corpus)}
    asked = Asked("What are the categories visible in the image?", "ship", "class set", (), "classification", None)
    question = VqaQuestion("0#q0", "0", "0", 0, "scenes", "categories", asked)
    space = space_of_question(question, classes)
    assert space == check_question(asked.question, taught_by(model.history), classes).space
    assert {("storage tanks", "storage tank")} <= set(space.also)
    assert "large vehicle" in space.classes


def test_where_no_answer_comes_with_boxes_nothing_is_told_of_them(corpus):
    images = SplitImages.open(corpus.folder, "test")
    questions = questions_of(images)
    answers = [Answer("1")] * len(questions)
    assert evidence_of(images, questions, answers) is None
    found = outcome_of(questions, answers, ClassNames(("tank",)), seen=FrequentAnswers([]))
    assert not {measure.metric for measure in measures(found)} & {"grounded", "count_is_boxes", "evidence_mean_iou"}


class Unsure(Oracle):
    """Says yes to all, and is nearly sure of it."""

    name, weights_hash = "unsure", "0" * 64

    def answer(self, images, questions, decoding, spaces=None):
        sure = Choice(np.log([0.99, 0.01]), 0)
        return [Generated("yes", -0.01, (), 0.99, (sure,)) for _ in questions]


def test_calibration_makes_answers_as_sure_as_they_are_right_and_is_kept_beside_the_weights(
    corpus, tmp_path, monkeypatch
):
    monkeypatch.setattr("sarvl.models.load_model", lambda name: Unsure({}))
    monkeypatch.setattr("sarvl.models.device.on_device", lambda model, device: model)
    monkeypatch.setattr(EvaluatedModel, "prepared_images", EveryImage())
    kept = calibrate(tmp_path, corpus.folder, "train")
    images = SplitImages.open(corpus.folder, "train")
    typed = [each for each in questions_of(images) if each.asked.scored_as != "box"]
    right = np.mean([each.asked.answer == "yes" for each in typed])
    assert 0 < right < 0.5
    assert kept.temperature == pytest.approx(20, rel=0.01)  # two ways cannot be less sure than a half
    assert kept.answers == len(typed)
    assert temperature_of(tmp_path, Unsure({})) == kept.temperature
    other = Unsure({})
    other.weights_hash = "1" * 64
    with pytest.raises(ModelError, match="found by the answers of other weights; calibrate again"):
        temperature_of(tmp_path, other)
    assert temperature_of(tmp_path / "elsewhere", other) == 1.0


@pytest.mark.parametrize("stale", ["of other weights", "damaged"])
def test_a_model_with_a_stale_calibration_is_calibrated_again(corpus, tmp_path, monkeypatch, stale):
    """Regression: calibrate loaded the model first, which said to calibrate again."""
    told = {"temperature": 2.0, "answers": 10, "corpus_digest": "0" * 64, "split": "val", "weights_hash": "1" * 64}
    write_calibration(tmp_path, Calibration(**told))
    if stale == "damaged":
        (tmp_path / FILE).write_text("{")
    loaded = []

    def load(_name):
        loaded.append(temperature_of(tmp_path, Unsure({})))
        return Unsure({})

    monkeypatch.setattr("sarvl.models.load_model", load)
    monkeypatch.setattr("sarvl.models.device.on_device", lambda model, device: model)
    monkeypatch.setattr(EvaluatedModel, "prepared_images", EveryImage())
    with pytest.raises(ModelError, match=r"calibrate again|not valid JSON"):
        load("before")
    kept = calibrate(tmp_path, corpus.folder, "train")
    assert loaded == [1.0]
    assert temperature_of(tmp_path, Unsure({})) == kept.temperature


class EveryImage:
    """Images of which only the number counts."""

    def __len__(self) -> int:
        return 1000

    def batch(self, rows):
        return list(rows)


def test_an_embedder_answers_what_has_few_answers_and_the_rest_is_counted(corpus, tmp_path):
    rows = evaluate(str(make_model(tmp_path)), corpus.folder, "test", ["vqa"], tmp_path / "rows.jsonl", workers=1)
    by_metric = {row.metric: row for row in rows}
    (result,), _ = results_of([tmp_path / "rows.jsonl"])
    found = result.outcome
    assert set(found.column("scored_as")) <= {"yes/no", "option"}
    asked = by_metric["asked_share"]
    assert asked.n == len(questions_of(SplitImages.open(corpus.folder, "test")))
    assert asked.value == len(found) / asked.n
    assert by_metric["strict"].chance == pytest.approx(found.column("chance").mean())
    blocks = TASK.views(result.rows, found)
    assert {type(block).__name__ for block in blocks} >= {"Tiles", "Table", "Bars", "Gallery"}


def test_an_embedder_is_refused_where_no_question_has_few_answers(corpus, tmp_path):
    """Regression: it was told to build a corpus with questions, which it had, after all images were encoded."""
    evaluated = EvaluatedModel.named(make_model(tmp_path), SplitImages.open(corpus.folder, "test"))
    with pytest.raises(EvaluationError, match="none of the 1 questions has such an answer"):
        outcome(evaluated, VqaSettings(), [question("How many ships?", "2")])
    assert "image_features" not in vars(evaluated)


def test_a_model_that_can_neither_answer_nor_embed_is_refused_in_one_line(corpus):
    with pytest.raises(EvaluationError, match="needs an Answerer or an Embedder"):
        evaluated_by(object(), corpus).able(TASK.needs, "task vqa")


def question(text: str, answer: str, answer_type="number", options=(), application="counting") -> VqaQuestion:
    asked = Asked(text, answer, answer_type, options, application)
    return VqaQuestion(text + answer, "image", "group", 0, "source", "count", asked)


def test_baselines_go_by_the_words_then_the_kind_then_the_type():
    seen = FrequentAnswers(
        [question("How many ships?", "2")] * 3
        + [question("How many tanks in [1, 2, 3, 4]?", "1")] * 2
        + [question("How many cars?", "7")] * 4
    )
    assert seen.blind(question("How many ships?", "9")) == "2"
    assert seen.blind(question("How many tanks in [5, 6, 7, 8]?", "9")) == "1"
    assert seen.blind(question("How many planes?", "9")) == "7"
    assert seen.majority(question("How many ships?", "9")) == "7"
    assert seen.majority(question("How many ships?", "1", options=("5", "1", "2"))) == "2"
    assert seen.blind(question("What?", "x", "text", ("x", "y"))) == "x"
    assert not FrequentAnswers([])


def test_baselines_see_the_training_split_alone(corpus):
    train = {each.item for each in training_questions(corpus)}
    test = {each.item for each in questions_of(SplitImages.open(corpus.folder, "test"))}
    assert train
    assert not train & test


def judged(tmp_path: Path, replies: dict[str, str], answers: list[str], also: tuple[str, ...] = ()):
    asked = [question("What is there?", "ship", "text", application="others") for _ in answers]
    asked = [each._replace(item=str(place), asked=each.asked._replace(also=also)) for place, each in enumerate(asked)]
    with chat_server(lambda body: says(replies[body["messages"][0]["content"].split()[-1]])) as (server, url):
        endpoint = EndpointSettings(base_url=url, model="judge", max_requests_per_minute=6000, concurrency=1)
        judge = Judge(endpoint, tmp_path, FakeClock().clock())
        said = [Answer(text) for text in answers]
        found = outcome_of(asked, said, ClassNames(()), seen=FrequentAnswers([]), judge=judge)
        return found, len(server.requests), endpoint


def test_the_judge_is_asked_of_words_that_differ_once_and_never_again(tmp_path):
    replies = {"vessel": "1", "tank": "0", "fog": "maybe"}
    found, requests, endpoint = judged(tmp_path, replies, ["ship", "vessel", "tank", "fog", "vessel"])
    assert requests == 3
    assert found.column("judged").tolist()[:3] == [1, 1, 0]
    assert np.isnan(found.column("judged")[3])
    assert value(found, "judged") == value(found, "legacy_judged") == pytest.approx(3 / 4)
    assert value(found, "strict") == pytest.approx(1 / 5)
    offline = Judge(endpoint, tmp_path, FakeClock().clock())
    assert offline.verdicts([Judged("What is there?", "ship", "vessel")]) == [True]


def test_the_judge_is_told_of_all_right_answers(tmp_path):
    found, requests, endpoint = judged(tmp_path, {"boat": "1"}, ["vessel", "boat"], ("vessel",))
    assert (requests, value(found, "strict"), value(found, "judged")) == (1, 0.5, 1)
    told = Judge(endpoint, tmp_path, FakeClock().clock()).verdicts([Judged("What is there?", "ship or vessel", "boat")])
    assert told == [True]


def test_sarlang_prefix_stands_before_the_questions_of_its_first_subset():
    settings = VqaSettings(prefix="sarlang", prefix_sources=("sardet",), prompt="{question}")
    asked = question("How many ships are visible in the image?", "2")
    assert prompt_of(asked._replace(source="sardet"), settings) == f"{CLASSES_PREFIX} {asked.asked.question}"
    assert prompt_of(asked, settings) == asked.asked.question
    assert prompt_of(asked, VqaSettings()) == f"Question: {asked.asked.question}. Answer the question concisely."


def test_boxes_are_scored_at_both_overlaps():
    boxes = question("Where?", "[0, 0, 10, 10]", "box", application="region referring")
    answers = [Answer("[0, 0, 10, 3]"), Answer("[0, 0, 10, 6]"), Answer("here")]
    asked = [boxes._replace(item=str(place)) for place in range(3)]
    found = outcome_of(asked, answers, ClassNames(()), seen=FrequentAnswers([]))
    assert value(found, "box_iou25") == pytest.approx(2 / 3)
    assert value(found, "box_iou50") == pytest.approx(1 / 3)
    assert value(found, "unread") == pytest.approx(1 / 3)


def test_a_corpus_without_questions_is_refused(corpus, tmp_path):
    plain = make_corpus(tmp_path, chips=4)
    with pytest.raises(EvaluationError, match="has no question"):
        runs(evaluated_by(object(), plain), PLAIN)
    assert class_names_of(corpus, []).read("two ships") == {"ship"}

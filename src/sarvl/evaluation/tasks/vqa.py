"""Visual question answering: each question of a split, scored strictly by the type of its answer."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from sarvl.blocks import Bar, Bars, Block, Gallery, Picture, Shown
from sarvl.endpoint.endpoint_settings import EndpointSettings
from sarvl.errors import EvaluationError
from sarvl.evaluation.evaluated import EvaluatedModel, SplitImages
from sarvl.evaluation.outcomes import Outcome
from sarvl.evaluation.predictions.prediction import Prediction
from sarvl.evaluation.row_blocks import other_figures, percent, share_table, tiles
from sarvl.evaluation.rows import ResultRow
from sarvl.evaluation.task import Task, TaskRun
from sarvl.evaluation.trust import remark_of
from sarvl.evaluation.vqa.answered import Answer, measures, outcome_of
from sarvl.evaluation.vqa.baselines import FrequentAnswers
from sarvl.evaluation.vqa.judge import Judge
from sarvl.evaluation.vqa.predicted import questions_of_corpus, questions_of_file
from sarvl.evaluation.vqa.questions import VqaQuestion, class_names_of, questions_of, training_questions
from sarvl.evaluation.vqa.similarity import answers_by_similarity, has_few_answers
from sarvl.imagery import ChosenImages
from sarvl.language.questions.sarlang_wording import with_prefix
from sarvl.measures.answers.boxes import BoxForm
from sarvl.models.decoding_settings import Decoding
from sarvl.models.protocols import Answerer, Embedder, Generated
from sarvl.progress import note, progress

_BATCH = 16


class VqaSettings(BaseModel):
    """What can be set of visual question answering."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    prompt: str = Field(default="Question: {question}. Answer the question concisely.", pattern=r"\{question\}")
    """What a question is put as, with ``{question}`` where it goes: SARLANG-1M's own."""
    choice_prompt: str = Field(
        default="{question}\nAnswer with the letter of the right choice.", pattern=r"\{question\}"
    )
    """The same for a question with choices."""
    prefix: Literal["none", "sarlang"] = "none"
    """``sarlang``: the classes or positions before each question, which SARLANG-1M's first VQA subset needs where it is
    mixed with the second."""
    prefix_sources: tuple[str, ...] = ()
    """The sources of that first subset; all where none is named."""
    boxes: BoxForm = "xywh"
    """What the numbers of a box in an answer are: ``xywh`` or ``xyxy`` in pixels, or corners in parts of ``xyxy/1``,
    ``xyxy/100`` or ``xyxy/1000``."""
    decoding: Decoding = Decoding(most_tokens=64)
    """How answers are generated."""
    judge: EndpointSettings | None = None
    """A model that judges answers in words; none for no judge."""
    judge_cache: Path = Field(default=Path("judged"), exclude=True)
    """Folder of its verdicts, which are asked for once."""


def runs(evaluated: EvaluatedModel, settings: VqaSettings) -> list[TaskRun]:
    """Return the one run over all questions; raises EvaluationError where there is none."""
    images = evaluated.images
    questions = questions_of(images)
    if not questions:
        raise EvaluationError(
            f"{images.corpus.folder}: split {images.split} has no question; build the corpus with questions"
        )
    return [TaskRun(images.whole, partial(outcome, evaluated, settings, questions))]


def outcome(evaluated: EvaluatedModel, settings: VqaSettings, questions: Sequence[VqaQuestion]) -> Outcome:
    """Return one row a question that the model can be asked (``answered.outcome_of``).

    An ``Answerer`` is asked all of them. Any other ``Embedder`` answers yes or no, and chooses, by which caption fits
    the image better; the rest is left out, and counted.
    """
    corpus = evaluated.images.corpus
    if isinstance(evaluated.model, Answerer):
        asked, answers = list(questions), answers_of(evaluated, evaluated.model, settings, questions)
    else:
        asked = [question for question in questions if has_few_answers(question)]
        if left_out := len(questions) - len(asked):
            note(f"vqa: {left_out} of {len(questions)} questions left out: their answers are no choice of captions")
        answers = answers_by_similarity(evaluated, asked)
    judge = Judge(settings.judge, settings.judge_cache) if settings.judge else None
    seen = FrequentAnswers(training_questions(corpus))
    if not seen:
        note(f"{corpus.folder}: no question in split train, so that nothing is known of the baselines")
    names = class_names_of(corpus, questions)
    return outcome_of(asked, answers, names, seen=seen, judge=judge, of=len(questions))


def answers_of(
    evaluated: EvaluatedModel, answerer: Answerer, settings: VqaSettings, questions: Sequence[VqaQuestion]
) -> list[Answer]:
    """Return what a model answers to each question about its image."""
    size = evaluated.batch_size or _BATCH
    answers: list[Answer] = []
    with progress("answer questions", len(questions), "questions") as advance:
        for start in range(0, len(questions), size):
            some = questions[start : start + size]
            images = ChosenImages(evaluated.prepared_images, np.array([question.place for question in some]))
            said = answerer.answer(images, [prompt_of(question, settings) for question in some], settings.decoding)
            answers += [_answer(question, text, settings.boxes) for question, text in zip(some, said, strict=True)]
            advance(len(some))
    return answers


def prompt_of(question: VqaQuestion, settings: VqaSettings) -> str:
    """Return what the model is asked."""
    text, sources = question.asked.question, settings.prefix_sources
    if settings.prefix == "sarlang" and (not sources or question.source in sources):
        text = with_prefix(text)
    return prompt_text(text, bool(question.asked.options), settings)


def prompt_text(question: str, has_choices: bool, settings: VqaSettings) -> str:
    """Return a question as a model is asked it."""
    return (settings.choice_prompt if has_choices else settings.prompt).replace("{question}", question)


def _answer(question: VqaQuestion, said: Generated, form: BoxForm) -> Answer:
    """Return an answer; the boxes that a model points at are those of a question for boxes."""
    sure = float(np.exp(said.log_probability))
    if question.asked.scored_as == "box" and said.boxes:
        return Answer(", ".join(str(list(box)) for box in said.boxes), sure, "xyxy")
    return Answer(said.text, sure, form)


def scores(predictions: Sequence[Prediction], images: SplitImages | None, settings: VqaSettings) -> Outcome:
    """Return one row a prediction, scored as an answer of a model is; what baselines go by is the training split.

    Boxes have the form of the file's format, where ``settings.boxes`` is not set.

    Raises EvaluationError where a prediction belongs to no question, or to several.
    """
    if "boxes" in settings.model_fields_set:
        predictions = [said._replace(box_form=settings.boxes) for said in predictions]
    questions = questions_of_corpus(predictions, images) if images else questions_of_file(predictions)
    names = class_names_of(images.corpus if images else None, questions)
    answers = [Answer(said.text, box_form=said.box_form) for said in predictions]
    return outcome_of(
        questions,
        answers,
        names,
        seen=FrequentAnswers(training_questions(images.corpus) if images else []),
        judge=Judge(settings.judge, settings.judge_cache) if settings.judge else None,
        of=len(questions_of(images)) if images else None,
    )


HEADLINES = {"strict": "Questions, strict score,"}
TILES = {
    "strict": "Questions, strict score",
    "blind": "Questions, without looking",
    "legacy": "Questions, SARLANG's score",
}
LABELS = {
    "strict": "strict, by the type of the answer",
    "judged": "strict, and words by the judge",
    "legacy": "SARLANG-1M's published score, no judge asked",
    "legacy_judged": "the same, its open cases decided by the judge",
    "legacy_unjudged": "of which its judge would have had to say",
    "majority": "always the most frequent answer of the type",
    "blind": "the most frequent answer to the words of the question",
    "unread": "answers that say no one thing of their type",
    "asked_share": "questions that the model could be asked",
    "box_iou25": "boxes met at an overlap of .25",
    "box_iou50": "boxes met at an overlap of .5",
    "box_mean_iou": "mean overlap of boxes",
}
APPLICATION, TYPE, BLIND = "strict/", "strict_type/", "blind/"
WORST = 12


def views(rows: Sequence[ResultRow], outcome: Outcome | None) -> list[Block]:
    """Return the headlines, the score of each application beside the blind reader's, and wrong answers."""
    by_metric = {row.metric: row for row in rows}
    table = share_table("Questions", [(label, by_metric[name]) for name, label in LABELS.items() if name in by_metric])
    legacy = [row.metric for row in rows if row.metric.startswith("legacy/")]
    shown = [name for name in by_metric if name in LABELS or name.startswith((APPLICATION, TYPE, BLIND))]
    bars = [*_bars(rows, "Strict score by application", APPLICATION), *_bars(rows, "Strict score by type", TYPE)]
    by_application = share_table(
        "SARLANG-1M's score by application", [(name.removeprefix("legacy/"), by_metric[name]) for name in legacy]
    )
    blocks: list[Block] = [*tiles(rows, TILES), *table, *bars, *by_application]
    blocks += other_figures(rows, [*shown, *legacy])
    return [*blocks, *wrong_answers(outcome)] if outcome else blocks


def _bars(rows: Sequence[ResultRow], title: str, prefix: str) -> list[Bars]:
    blind = {row.metric.removeprefix(BLIND): row.value for row in rows if row.metric.startswith(BLIND)}
    bars = [
        Bar(
            name,
            row.value,
            percent(row.value),
            f"n = {row.n}",
            blind.get(name) if prefix == APPLICATION else row.chance,
            remark_of(row, percent),
        )
        for row in rows
        if row.metric.startswith(prefix)
        for name in [row.metric.removeprefix(prefix)]
    ]
    ticked = "ticks: the blind reader" if prefix == APPLICATION else "ticks: chance"
    return [Bars(title, bars, ticked if any(bar.tick is not None for bar in bars) else "")] if bars else []


def wrong_answers(outcome: Outcome) -> list[Gallery]:
    """Return the wrong answers of which the model was surest."""
    wrong = np.flatnonzero(outcome.column("right") < 1)
    surest = wrong[np.argsort(-np.nan_to_num(outcome.column("score")[wrong]), kind="stable")][:WORST]
    pictures = [_wrong(outcome, int(row)) for row in surest]
    return [Gallery("Wrong answers", pictures, "Those that the model was surest of come first.")] if pictures else []


def _wrong(outcome: Outcome, row: int) -> Picture:
    image, question = outcome.column("image")[row], next(iter(outcome.column("question")[row].splitlines()), "")
    said, truth = outcome.column("prediction")[row], outcome.column("truth")[row]
    return Picture(question, (Shown(image),), (f"answered: {said[:80]}", f"right: {truth[:80]}", image))


TASK = Task(
    "vqa", "vqa-1", Answerer | Embedder, runs, measures, views, settings=VqaSettings, headlines=HEADLINES, scores=scores
)

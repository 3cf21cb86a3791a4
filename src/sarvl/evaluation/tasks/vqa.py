"""Visual question answering: each question of a split, scored strictly by the type of its answer."""

from collections.abc import Sequence
from functools import partial

import numpy as np

from sarvl.blocks import Bar, Bars, Block, Curve, Gallery, Picture, Shown
from sarvl.errors import EvaluationError
from sarvl.evaluation.classified_outcome import risk_over_coverage
from sarvl.evaluation.evaluated import EvaluatedModel, SplitImages
from sarvl.evaluation.outcomes import Outcome
from sarvl.evaluation.predictions.prediction import Prediction
from sarvl.evaluation.row_blocks import other_figures, percent, share_table, tiles
from sarvl.evaluation.rows import ResultRow
from sarvl.evaluation.task import Task, TaskRun
from sarvl.evaluation.trust import remark_of
from sarvl.evaluation.vqa.answered import Answer, measures, outcome_of, surely
from sarvl.evaluation.vqa.asking import Asking, prompt_of
from sarvl.evaluation.vqa.baselines import FrequentAnswers
from sarvl.evaluation.vqa.grounding import evidence_of
from sarvl.evaluation.vqa.judge import Judge
from sarvl.evaluation.vqa.predicted import questions_of_corpus, questions_of_file
from sarvl.evaluation.vqa.questions import VqaQuestion, class_names_of, questions_of, training_questions
from sarvl.evaluation.vqa.similarity import answers_by_similarity, has_few_answers
from sarvl.evaluation.vqa.vqa_settings import VqaSettings
from sarvl.models.protocols import Answerer, Embedder
from sarvl.progress import note


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
    names = class_names_of(corpus, questions)
    if isinstance(evaluated.model, Answerer):
        asked, answers = list(questions), Asking(evaluated, evaluated.model, settings).answers(questions)
    else:
        asked = [question for question in questions if has_few_answers(question)]
        if not asked:
            raise EvaluationError(
                f"{evaluated.name}: answers by captions alone, which fits yes or no and choices, and none of the "
                f"{len(questions)} questions has such an answer; give a model that writes answers"
            )
        if left_out := len(questions) - len(asked):
            note(f"vqa: {left_out} of {len(questions)} questions left out: their answers are no choice of captions")
        answers = answers_by_similarity(evaluated, asked)
    judge = Judge(settings.judge, settings.judge_cache) if settings.judge else None
    seen = FrequentAnswers(training_questions(corpus))
    if not seen:
        note(f"{corpus.folder}: no question in split train, so that nothing is known of the baselines")
    evidence = evidence_of(evaluated.images, asked, answers)
    return outcome_of(asked, answers, names, seen=seen, judge=judge, of=len(questions), evidence=evidence)


def scores(predictions: Sequence[Prediction], images: SplitImages | None, settings: VqaSettings) -> Outcome:
    """Return one row a prediction, scored as an answer of a model is; what baselines go by is the training split.

    Boxes have the form of the file's format, where ``settings.boxes`` is not set.

    Raises EvaluationError where a prediction belongs to no question, or to several.
    """
    if "boxes" in settings.model_fields_set:
        predictions = [said._replace(box_form=settings.boxes) for said in predictions]
    questions = questions_of_corpus(predictions, images) if images else questions_of_file(predictions)
    asked = len(questions_of(images)) if images else None
    if asked and (left := asked - len(questions)):
        note(f"vqa: {left} of {asked} questions have no answer in the file, and the score is of the others alone")
    names = class_names_of(images.corpus if images else None, questions)
    answers = [Answer(said.text, box_form=said.box_form) for said in predictions]
    return outcome_of(
        questions,
        answers,
        names,
        seen=FrequentAnswers(training_questions(images.corpus) if images else []),
        judge=Judge(settings.judge, settings.judge_cache) if settings.judge else None,
        of=asked,
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
    "ECE": "expected calibration error of the probabilities of answers",
    "ECE_uncalibrated": "the same before the answers were calibrated",
    "AURC": "area under the curve of risk over coverage",
    "unread": "answers that say no one thing of their type",
    "asked_share": "questions that the model could be asked",
    "box_iou25": "boxes met at an overlap of .25",
    "box_iou50": "boxes met at an overlap of .5",
    "box_mean_iou": "mean overlap of boxes",
    "grounded": "answers with boxes, of those that rest on objects",
    "evidence_iou50": "boxes that answers rest on met at an overlap of .5",
    "evidence_mean_iou": "mean overlap of these",
    "count_is_boxes": "counts that are the number of boxes given",
}
APPLICATION, TYPE, BLIND = "strict/", "strict_type/", "blind/"
WORST = 12
__all__ = ["TASK", "VqaSettings", "outcome", "prompt_of", "runs", "scores"]


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
    return [*blocks, *risk_of_answers(outcome), *wrong_answers(outcome)] if outcome else blocks


def risk_of_answers(outcome: Outcome) -> list[Curve]:
    """Return the share of wrong answers over the share of questions that are answered, the surest first."""
    sure, right = surely(outcome)
    return [risk_over_coverage(sure, right, "questions")] if len(sure) else []


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
    name="vqa",
    protocol="vqa-1",
    needs=Answerer | Embedder,
    runs=runs,
    measures=measures,
    views=views,
    settings=VqaSettings,
    headlines=HEADLINES,
    scores=scores,
    asking=frozenset({"prompt", "choice_prompt", "prefix", "prefix_sources", "boxes", "decoding", "typed", "grounded"}),
)

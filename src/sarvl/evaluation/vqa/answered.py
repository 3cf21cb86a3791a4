"""Answered questions: an outcome of them, one row a question, and the figures made from it."""

from collections.abc import Sequence
from functools import partial
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sarvl.errors import EvaluationError
from sarvl.evaluation.outcomes import Outcome
from sarvl.evaluation.vqa.baselines import FrequentAnswers
from sarvl.evaluation.vqa.judge import Judge, Judged
from sarvl.evaluation.vqa.questions import VqaQuestion
from sarvl.measures.abstention import risk_terms
from sarvl.measures.answers.boxes import Box, BoxForm, matched_share, mean_overlap
from sarvl.measures.answers.class_names import ClassNames
from sarvl.measures.answers.legacy import legacy_score
from sarvl.measures.answers.numbers import read_number
from sarvl.measures.answers.strict import Asked, Score, strict_score
from sarvl.measures.classification import calibration_error, calibration_terms
from sarvl.measures.measure import Measure

Column = NDArray[np.float64]
NO_APPLICATION = "no application"


class Answer(NamedTuple):
    """What was answered: the text, how sure the answer is (None where nobody says), and the form of its boxes.

    uncalibrated: how sure it was before it was calibrated, where the model tells its choices. boxes: (xmin, ymin,
    xmax, ymax) in pixels, of what an answer in other words rests on.
    """

    text: str
    score: float | None = None
    box_form: BoxForm = "xywh"
    boxes: tuple[Box, ...] = ()
    uncalibrated: float | None = None


Evidence = Sequence[NDArray[np.float64]]
"""The boxes that the right answer to each question rests on, (B, 4)."""


def outcome_of(
    questions: Sequence[VqaQuestion],
    answers: Sequence[Answer],
    names: ClassNames,
    *,
    seen: FrequentAnswers,
    judge: Judge | None = None,
    of: int | None = None,
    evidence: Evidence | None = None,
) -> Outcome:
    """Return one row a question; raises EvaluationError where there is none.

    Beside the usual columns stand ``image``, ``question``, ``scored_as``, ``application``, ``uncalibrated``
    (``Answer``), ``right`` and ``is_read`` (strict), ``iou25``, ``iou50`` and ``iou`` of boxes, ``legacy`` (none where
    the published script asks its judge), ``judged`` and ``legacy_judged`` (the strict and the published score where a
    judge decided what they leave open; none without one), ``chance``, and whether each baseline is right (none where
    there is no training split). seen: what the baselines go by. of: how many questions there were, where some were not
    asked. evidence: where it is given, ``grounded``, ``evidence_iou50``, ``evidence_iou`` and ``count_is_boxes`` tell
    of the boxes that answers came with; else they are none.
    """
    if not questions:
        raise EvaluationError("vqa: no question that can be answered; build the corpus with questions")
    asked = [question.asked for question in questions]
    return Outcome.of(
        facts={"questions": of or len(questions), "is_judged": judge is not None},
        item=[question.item for question in questions],
        group=[question.group for question in questions],
        truth=[each.answer for each in asked],
        prediction=[answer.text for answer in answers],
        score=[answer.score for answer in answers],
        uncalibrated=_numbers([answer.uncalibrated for answer in answers]),
        image=[question.image for question in questions],
        question=[each.question for each in asked],
        scored_as=[each.scored_as for each in asked],
        application=[each.application or NO_APPLICATION for each in asked],
        **_scored(questions, answers, names, judge),
        **_grounded(questions, answers, evidence),
        chance=_numbers([_chance(question) for question in questions]),
        majority=_baseline(questions, seen.majority if seen else None, names),
        blind=_baseline(questions, seen.blind if seen else None, names),
    )


def _scored(
    questions: Sequence[VqaQuestion], answers: Sequence[Answer], names: ClassNames, judge: Judge | None
) -> dict[str, Column]:
    """Return the columns of the strict, the published and the judged score."""
    pairs = [(question.asked, answer) for question, answer in zip(questions, answers, strict=True)]
    scores = [strict_score(asked, answer.text, names, answer.box_form) for asked, answer in pairs]
    legacy = [_published(asked, answer.text) for asked, answer in pairs]
    return {
        "right": np.array([score.right for score in scores]),
        "is_read": np.array([float(score.is_read) for score in scores]),
        "iou25": _numbers([score.iou25 for score in scores]),
        "iou50": _numbers([score.iou50 for score in scores]),
        "iou": _numbers([score.iou for score in scores]),
        "legacy": _numbers(legacy),
        **_judged(questions, answers, scores, legacy, judge),
    }


def _published(asked: Asked, said: str) -> bool | None:
    """Return the published verdict on the right answer that it favours; None where the script asks its judge."""
    verdicts = [legacy_score(right, said) for right in (asked.answer, *asked.also)]
    return True if any(verdicts) else None if None in verdicts else False


def _numbers(values: Sequence[float | bool | None]) -> Column:
    return np.array([np.nan if value is None else float(value) for value in values])


def _chance(question: VqaQuestion) -> float | None:
    """Return how often a guess is right; None where there is no list of answers to guess from."""
    if question.asked.options:
        return 1 / len(question.asked.options)
    return 0.5 if question.asked.answer_type == "yes/no" else None


def _baseline(questions: Sequence[VqaQuestion], answer_of: object, names: ClassNames) -> Column:
    if not callable(answer_of):
        return np.full(len(questions), np.nan)
    return np.array([strict_score(each.asked, answer_of(each), names, each.asked.box_form).right for each in questions])


def _judged(
    questions: Sequence[VqaQuestion],
    answers: Sequence[Answer],
    scores: Sequence[Score],
    legacy: Sequence[bool | None],
    judge: Judge | None,
) -> dict[str, Any]:
    """Return the strict and the published score where a judge decided what they leave open; nothing without one."""
    if judge is None:
        return {name: np.full(len(questions), np.nan) for name in ("judged", "legacy_judged")}
    verdicts = _verdicts(questions, answers, scores, legacy, judge)
    judged = [
        verdict if _is_in_words(question) and score.right < 1 else score.right
        for question, score, verdict in zip(questions, scores, verdicts, strict=True)
    ]
    # What is strictly right means the same, and needs no judge.
    published = [
        said if said is not None else score.right == 1 or verdict
        for said, score, verdict in zip(legacy, scores, verdicts, strict=True)
    ]
    return {"judged": _numbers(judged), "legacy_judged": _numbers(published)}


def _grounded(
    questions: Sequence[VqaQuestion], answers: Sequence[Answer], evidence: Evidence | None
) -> dict[str, Column]:
    """Return what is to be told of the boxes that answers came with; of questions for boxes, and where none came, none.

    An answer that rests on objects and came without boxes is not grounded, and its overlap is 0.
    """
    made = {name: np.full(len(questions), np.nan) for name in GROUNDED}
    each = zip(questions, answers, evidence or [], strict=False)
    for row, (question, answer, right) in enumerate(each):
        if question.asked.scored_as == "box":
            continue
        if len(right):
            boxes = [(left, top, end, bottom) for left, top, end, bottom in right.tolist()]
            made["grounded"][row] = bool(answer.boxes)
            made["evidence_iou50"][row] = matched_share(answer.boxes, boxes, 0.5)
            made["evidence_iou"][row] = mean_overlap(answer.boxes, boxes)
        if question.asked.answer_type == "number" and (number := read_number(answer.text)) is not None:
            made["count_is_boxes"][row] = number == len(answer.boxes)
    return made


def _is_in_words(question: VqaQuestion) -> bool:
    return question.asked.scored_as in ("text", "class set")


def _verdicts(
    questions: Sequence[VqaQuestion],
    answers: Sequence[Answer],
    scores: Sequence[Score],
    legacy: Sequence[bool | None],
    judge: Judge,
) -> list[bool | None]:
    """Return the judge's verdict where the strict score of words, or the published one, leaves a question open."""
    verdicts: list[bool | None] = [None] * len(questions)
    places = [
        place
        for place, (question, score) in enumerate(zip(questions, scores, strict=True))
        if score.right < 1 and (_is_in_words(question) or legacy[place] is None)
    ]
    asked = [questions[place].asked for place in places]
    rights = [" or ".join((each.answer, *each.also)) for each in asked]
    cases = [
        Judged(each.question, right, answers[place].text)
        for each, right, place in zip(asked, rights, places, strict=True)
    ]
    for place, verdict in zip(places, judge.verdicts(cases), strict=True):
        verdicts[place] = verdict
    return verdicts


def measures(outcome: Outcome) -> list[Measure]:
    """Return the strict score, by application and type too, the legacy score, overlaps of boxes, and the baselines."""
    of = partial(_mean, outcome)
    made = [of("strict", "right", chance=_chance_of(outcome))]
    made += [of(f"strict/{name}", "right", part) for name, part in _parts(outcome, "application")]
    made += [of(f"strict_type/{name}", "right", part) for name, part in _parts(outcome, "scored_as")]
    unread = outcome.column("is_read") == 0
    made.append(Measure.of("unread", _terms(unread.astype(float)), len(outcome), groups=outcome.column("group")))
    made += _sureness(outcome)
    made += _legacy(outcome)
    made += [of(name, column) for name, column in BOXES.items()]
    made += [of(name, column) for column, name in GROUNDED.items()]
    made += [of(name, name) for name in ("judged", "legacy_judged")]
    made += [of(name, name, is_of_model=False) for name in BASELINES]
    made += [of(f"blind/{name}", "blind", part, is_of_model=False) for name, part in _parts(outcome, "application")]
    asked = outcome.facts["questions"]
    return [*filter(None, made), Measure("asked_share", len(outcome) / asked, asked)]


def _sureness(outcome: Outcome) -> list[Measure]:
    """Return how far answers are from being as often right as they are sure, and the area under risk over coverage."""
    sure, right = surely(outcome)
    if not len(sure):
        return []
    groups = outcome.column("group")[~np.isnan(outcome.column("score"))]
    made = [_calibration(outcome, "score", "ECE")]
    if "uncalibrated" in outcome.table.column_names and not np.array_equal(surely(outcome, "uncalibrated")[0], sure):
        made.append(_calibration(outcome, "uncalibrated", "ECE_uncalibrated"))
    return [*filter(None, made), Measure.of("AURC", _terms(risk_terms(sure, right)), len(sure), groups=groups)]


def _calibration(outcome: Outcome, column: str, metric: str) -> Measure | None:
    sure, right = surely(outcome, column)
    if not len(sure):
        return None
    groups = outcome.column("group")[~np.isnan(outcome.column(column))]
    return Measure.of(metric, calibration_terms(sure, right), len(sure), statistic=calibration_error, groups=groups)


def surely(outcome: Outcome, column: str = "score") -> tuple[Column, NDArray[np.bool_]]:
    """Return the probability of each answer that has one, and whether it is right."""
    sure = outcome.column(column)
    has_one = ~np.isnan(sure)
    return sure[has_one], outcome.column("right")[has_one] == 1


BOXES = {"box_iou25": "iou25", "box_iou50": "iou50", "box_mean_iou": "iou"}
BASELINES = ("majority", "blind")
GROUNDED = {
    "grounded": "grounded",
    "evidence_iou50": "evidence_iou50",
    "evidence_iou": "evidence_mean_iou",
    "count_is_boxes": "count_is_boxes",
}
"""Figures of the boxes that answers came with, by their columns."""


def _legacy(outcome: Outcome) -> list[Measure | None]:
    """Return the published score with nothing right that its judge would have to say, and how much that is."""
    columns, said = outcome.table.column_names, outcome.column("legacy")
    filled = outcome.table.set_column(columns.index("legacy"), "legacy", [np.nan_to_num(said)])
    of = partial(_mean, Outcome(filled, outcome.facts))
    made = [of("legacy", "legacy")]
    made += [of(f"legacy/{name}", "legacy", part) for name, part in _parts(outcome, "application")]
    terms, groups = _terms(np.isnan(said).astype(float)), outcome.column("group")
    return [*made, Measure.of("legacy_unjudged", terms, len(outcome), groups=groups)]


def _parts(outcome: Outcome, column: str) -> list[tuple[str, NDArray[np.int64]]]:
    values = outcome.column(column)
    return [(name, np.flatnonzero(values == name)) for name in sorted(set(values))]


def _mean(
    outcome: Outcome,
    metric: str,
    column: str,
    rows: NDArray[np.int64] | None = None,
    *,
    chance: float | None = None,
    is_of_model: bool = True,
) -> Measure | None:
    """Return the mean of a column over the rows that have a value; None where none has."""
    part = outcome if rows is None else outcome.at(rows)
    values = part.column(column)
    known = ~np.isnan(values)
    if not known.any():
        return None
    return Measure.of(
        metric,
        _terms(values[known]),
        int(known.sum()),
        chance=_chance_of(part) if column == "right" else chance,
        groups=part.column("group")[known],
        of_model=is_of_model,
    )


def _chance_of(outcome: Outcome) -> float | None:
    chances = outcome.column("chance")
    return None if np.isnan(chances).any() else float(chances.mean())


def _terms(values: Column) -> Column:
    return np.column_stack((values, np.ones(len(values))))

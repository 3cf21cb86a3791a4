"""Respondents: who answers questions about an image: a model that answers, or as a floor one that compares captions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import exp
from typing import Protocol

import numpy as np

from sarvl.evaluation.vqa.similarity import captions_of, likeliest
from sarvl.evaluation.vqa.vqa_settings import VqaSettings, prompt_text
from sarvl.imagery import ChosenImages, PreparedImages
from sarvl.inference.answered import Answered, Bounds
from sarvl.inference.track_record import Record, track_record
from sarvl.language.prompts import CAPTION_PROMPT
from sarvl.models.answering.answer_space import YES_NO, AnswerSpace, Boxes, Option, says_nothing_is_there
from sarvl.models.answering.box_words import Box
from sarvl.models.answering.closed_world import (
    MOST_BOXES,
    CheckedQuestion,
    Taught,
    boxes_in_place,
    boxes_question,
    check_question,
    taught_by,
    why_no_area,
)
from sarvl.models.model import Model
from sarvl.models.protocols import Answerer, Embedder, Features, Generated, Points

FLOOR = "answered by which caption fits the image better, a floor: the model was not made to answer"
_MANY_ANSWERS = "the model only compares captions: ask for yes or no, or give choices (A. ..., B. ...) on further lines"
_OUTSIDE = "what the model points at lies outside of the image"
_ELSEWHERE = "what the model points at lies elsewhere than the question asks"
_NO_CHOICES = (
    "no record of choices is known: nobody says whether the model was taught any, nor how often it chooses right"
)
_TAUGHT_NO_CHOICES = "the model was never taught choices, nor any question"
_OF_FREE_TEXT = "its probability is that of a free text, the geometric mean over its tokens"
_OF_BOXES = "its probability is the geometric mean over the choices on the way to its boxes"


class Respondent(Protocol):
    """Answers questions about one image."""

    def answers(self, image: PreparedImages, questions: Sequence[str]) -> list[Answered]:
        """Return one answer a question about an image, which are given alone."""


def respondent_of(model: Model, name: str, classes: Sequence[str], bounds: Bounds) -> Respondent:
    """Return who answers, by what the model can do. classes: names that questions may use."""
    taught = taught_by(model.history)
    if isinstance(model, Answerer):
        return _Asked(model, taught, tuple(classes), track_record(name), bounds)
    if isinstance(model, Embedder):
        return _Compared(model, taught, tuple(classes), bounds)
    raise TypeError(f"{name} neither answers nor embeds")  # of which ``open_answering_model`` lets none through


def told_of_probabilities(model: Model) -> str:
    """Return whether the probabilities of a model's answers were calibrated, in a line."""
    temperature = getattr(model, "temperature", 1.0)
    if temperature == 1.0:
        return (
            "probabilities: not calibrated, so that they may be far too high; for a model that answers: sarvl calibrate"
        )
    return f"probabilities: calibrated on held-out answers, by a temperature of {temperature:.2f}, but for free texts"


@dataclass(frozen=True)
class _Asked:
    """A model that answers."""

    model: Answerer
    taught: Taught
    classes: tuple[str, ...]
    record: Mapping[str, Record]
    bounds: Bounds

    def answers(self, image: PreparedImages, questions: Sequence[str]) -> list[Answered]:
        """Ask what can be answered, and then for the boxes that the answers given rest on."""
        checked = [_checked(text, self.taught, self.classes, image) for text in questions]
        answers = [_not_asked(*each, self.taught) for each in zip(questions, checked, strict=True)]
        open_ones = [place for place, each in enumerate(checked) if _is_asked(each, self.taught, self.bounds)]
        settings = VqaSettings()
        prompts = [
            prompt_text(checked[place].text, isinstance(checked[place].space, Option), settings) for place in open_ones
        ]
        said = self._answer(image, prompts, [checked[place].space for place in open_ones], settings)
        for place, given in zip(open_ones, said, strict=True):
            answer = self._answered(questions[place], given, checked[place])
            answers[place] = answer.held_back(self.bounds.threshold)
        return self._grounded(image, answers, checked, settings)

    def _answer(
        self, image: PreparedImages, prompts: Sequence[str], spaces: Sequence[AnswerSpace], settings: VqaSettings
    ) -> list[Generated]:
        images = ChosenImages(image, np.zeros(len(prompts), np.int64))
        return self.model.answer(images, prompts, settings.decoding, spaces) if prompts else []

    def _answered(self, question: str, given: Generated, checked: CheckedQuestion) -> Answered:
        warning = _warning(checked)
        remarks = () if warning else checked.remarks
        if not given.text:
            return Answered(question, None, why_not="the model wrote nothing", warning=warning, remarks=remarks)
        remarks = (*remarks, *_of_probability(given, checked.space), *self._known(checked))
        sure = _sureness(given, checked.space)
        return Answered(question, given.text, sure, given.boxes, warning=warning, remarks=remarks)

    def _known(self, checked: CheckedQuestion) -> list[str]:
        """Return how often such answers were right; of choices also that no record is known.

        It is told of the application of the question, as yes and no answer many another one; only of boxes, whose
        application also asks for names, it is told of the type.
        A history tells the kinds of questions, but not which gave choices: of these it only tells that there were none.
        """
        if isinstance(checked.space, Option):
            no_record = _TAUGHT_NO_CHOICES if self.taught.kinds == frozenset() else _NO_CHOICES
            return [self.record["option"].told if "option" in self.record else no_record]
        kind = checked.kind
        names = (() if kind.answer_type == "box" else (kind.application,)) + (kind.answer_type,) if kind else ()
        return [self.record[name].told for name in names if name in self.record][:1]

    def _grounded(
        self, image: PreparedImages, answers: list[Answered], checked: Sequence[CheckedQuestion], settings: VqaSettings
    ) -> list[Answered]:
        """Return the answers with boxes where they can be had, and else why not."""
        answers = [answer._replace(boxes=()) if self._never_points_right else answer for answer in answers]
        given = [place for place, answer in enumerate(answers) if answer.answer is not None and not answer.boxes]
        reasons = {place: self._why_no_boxes(answers[place], checked[place]) for place in given}
        asked = [place for place, reason in reasons.items() if reason is None]
        prompts = [prompt_text(boxes_question(checked[place]) or "", False, settings) for place in asked]
        boxes = self._answer(image, prompts, [Boxes(MOST_BOXES)] * len(asked), settings)
        for place, pointed in zip(asked, boxes, strict=True):
            kept = boxes_in_place(checked[place], pointed.boxes, _size_of(image))
            reasons[place] = self._why_held_back(pointed, kept)
            if reasons[place] is None:
                answers[place] = _with_boxes(answers[place], kept, self.record)
        for place, reason in reasons.items():
            if reason is not None:
                answers[place] = answers[place]._replace(grounding=f"not grounded: {reason}")
        return answers

    @property
    def _never_points_right(self) -> bool:
        return "box" in self.record and self.record["box"].is_never_right

    def _why_no_boxes(self, answer: Answered, checked: CheckedQuestion) -> str | None:
        """Return why no boxes are asked for; None where they are."""
        if not isinstance(self.model, Points) or self.model.box_style is None:
            return "the model is not known to point at anything"
        if self.taught.kinds is not None and not self.taught.kinds & {"box_of_one", "boxes_of_all"}:
            return "the model was trained on no question for boxes"
        if self._never_points_right:
            return "it has not learnt to point"
        if says_nothing_is_there(answer.answer or ""):
            return "there is nothing to point at"
        return None if boxes_question(checked) else "the question is about no one class of objects"

    def _why_held_back(self, pointed: Generated, kept: Sequence[Box]) -> str | None:
        """Return why boxes are not given; None where they are. kept: those that lie where the question asks."""
        if not kept:
            return _ELSEWHERE if pointed.boxes else _OUTSIDE
        sure = _sureness(pointed, Boxes())
        too_little = f"its boxes have a probability of {sure:.2f}, less than {self.bounds.threshold:g}"
        return too_little if sure < self.bounds.threshold else None


def _checked(text: str, taught: Taught, classes: Sequence[str], image: PreparedImages) -> CheckedQuestion:
    """Return a question as it is read, with what speaks against asking it of this image."""
    checked = check_question(text, taught, classes)
    return checked._replace(unanswerable=checked.unanswerable or why_no_area(checked, _size_of(image)))


def _is_asked(checked: CheckedQuestion, taught: Taught, bounds: Bounds) -> bool:
    """Return whether a question is asked.

    What no rule reads is asked only where bidden, where it gives the choices, or nobody recorded what was taught.
    """
    is_bounded = isinstance(checked.space, Option) or _warning(checked) is None or taught.kinds is None
    return checked.unanswerable is None and (is_bounded or bounds.unchecked)


def _not_asked(question: str, checked: CheckedQuestion, taught: Taught) -> Answered:
    """Return that a question has no answer, since it asks of what was never taught or is not there, or is not read."""
    if checked.unanswerable is None:
        return Answered(question, None, why_not=f"{_warning(checked)}; --unchecked asks it all the same")
    asks_of_others = taught.classes is not None and not taught.classes.issuperset(checked.classes)
    classes = tuple(sorted(taught.classes or ())) if asks_of_others else ()
    remarks = checked.remarks if checked.reading else ()
    return Answered(question, None, why_not=f"unanswerable: {checked.unanswerable}", remarks=remarks, taught=classes)


def _warning(checked: CheckedQuestion) -> str | None:
    """Return why a question is not checked; None where it is read, or asks for a caption as models learn it."""
    return None if checked.reading or checked.text == CAPTION_PROMPT else "; ".join(checked.remarks)


def _size_of(image: PreparedImages) -> tuple[int, int]:
    """Return the width and height of an image in pixels, which its tiles show the whole of."""
    offsets = image.offsets
    width, height = (offsets[:, :2] + offsets[:, 2:]).max(axis=0).tolist()
    return width, height


def _sureness(given: Generated, space: AnswerSpace) -> float:
    """Return the probability of an answer; of boxes and free texts the mean, as the product is next to nothing."""
    is_long = _points(given, space) or given.probability is None
    if is_long and given.mean_probability is not None:
        return given.mean_probability
    return exp(given.log_probability) if given.probability is None else given.probability


def _of_probability(given: Generated, space: AnswerSpace) -> list[str]:
    """Return what a probability is, where it is not that of one among a few answers."""
    if _points(given, space):
        return [_OF_BOXES]
    return [_OF_FREE_TEXT] if given.probability is None else []


def _points(given: Generated, space: AnswerSpace) -> bool:
    return bool(given.boxes) or isinstance(space, Boxes)


def _with_boxes(answer: Answered, boxes: tuple[Box, ...], record: Mapping[str, Record]) -> Answered:
    count = answer.answer or ""
    differs = count.isdecimal() and int(count) != len(boxes)
    told = [f"it counts {count} and points at {len(boxes)}"] if differs else []
    known = [record["box"].told] if "box" in record else []
    return answer._replace(boxes=boxes, remarks=(*answer.remarks, *told, *known))


@dataclass(frozen=True)
class _Compared:
    """A model that compares captions with the image: a floor."""

    model: Embedder
    taught: Taught
    classes: tuple[str, ...]
    bounds: Bounds

    def answers(self, image: PreparedImages, questions: Sequence[str]) -> list[Answered]:
        """Choose among the answers that there are; where these are many, there is none."""
        (features,) = self.model.encode_images(image)
        checked = [_checked(question, self.taught, self.classes, image) for question in questions]
        answers = [self._answer(features, *each) for each in zip(questions, checked, strict=True)]
        return [answer.held_back(self.bounds.threshold) for answer in answers]

    def _answer(self, features: Features, question: str, checked: CheckedQuestion) -> Answered:
        if not _is_asked(checked, self.taught, self.bounds):
            return _not_asked(question, checked, self.taught)
        possible, warning = _possible(checked), _warning(checked)
        remarks = () if warning else checked.remarks
        if not possible:
            return Answered(question, None, why_not=_MANY_ANSWERS, warning=warning, remarks=remarks)
        captions = self.model.encode_texts(captions_of(checked.text, possible, checked.vocabulary))
        best = likeliest(possible, captions, features, self.model)
        return Answered(
            question,
            best.text,
            best.score,
            warning=warning,
            grounding="not grounded: the model compares the whole image with captions",
            remarks=(FLOOR, *_without_kinds(remarks)),
        )


def _possible(checked: CheckedQuestion) -> tuple[str, ...]:
    if isinstance(checked.space, Option):
        return checked.space.options
    return ("yes", "no") if checked.space == YES_NO else ()


def _without_kinds(remarks: Sequence[str]) -> list[str]:
    """Leave out that it was trained on no such question: that is what a floor is."""
    return [remark for remark in remarks if not remark.startswith("the model was trained on no question")]

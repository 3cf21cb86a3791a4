"""Respondents: who answers questions about an image: a model that answers, or as a floor one that compares captions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from sarvl.evaluation.vqa.similarity import captions_of, likeliest
from sarvl.evaluation.vqa.vqa_settings import VqaSettings, prompt_text
from sarvl.imagery import ChosenImages, PreparedImages
from sarvl.inference.answered import Answered
from sarvl.inference.track_record import track_record
from sarvl.models.answering.answer_space import YES_NO, AnswerSpace, Boxes, Option
from sarvl.models.answering.box_words import Box
from sarvl.models.answering.closed_world import (
    MOST_BOXES,
    CheckedQuestion,
    Taught,
    boxes_in_place,
    boxes_question,
    check_question,
    taught_by,
)
from sarvl.models.model import Model
from sarvl.models.protocols import Answerer, Embedder, Features, Generated, Points

FLOOR = "answered by which caption fits the image better, a floor: the model was not made to answer"
_MANY_ANSWERS = "the model only compares captions: ask for yes or no, or give choices (A. ..., B. ...) on further lines"
_POINTLESS = ("no", "0")
_OUTSIDE = "what the model points at lies outside of the image"
_ELSEWHERE = "what the model points at lies elsewhere than the question asks"


class Respondent(Protocol):
    """Answers questions about one image."""

    def answers(self, image: PreparedImages, questions: Sequence[str]) -> list[Answered]:
        """Return one answer a question about an image, which are given alone."""


def respondent_of(model: Model, name: str, classes: Sequence[str]) -> Respondent:
    """Return who answers, by what the model can do. classes: names that questions may use."""
    taught = taught_by(model.history)
    if isinstance(model, Answerer):
        return _Asked(model, taught, tuple(classes), track_record(name))
    if isinstance(model, Embedder):
        return _Compared(model, taught, tuple(classes))
    raise TypeError(f"{name} neither answers nor embeds")  # of which ``open_answering_model`` lets none through


@dataclass(frozen=True)
class _Asked:
    """A model that answers."""

    model: Answerer
    taught: Taught
    classes: tuple[str, ...]
    record: Mapping[str, str]

    def answers(self, image: PreparedImages, questions: Sequence[str]) -> list[Answered]:
        """Ask what can be answered, and then for the boxes that the answers rest on."""
        checked = [check_question(text, self.taught, self.classes) for text in questions]
        open_ones = [place for place, each in enumerate(checked) if each.unanswerable is None]
        settings = VqaSettings()
        prompts = [
            prompt_text(checked[place].text, isinstance(checked[place].space, Option), settings) for place in open_ones
        ]
        said = self._answer(image, prompts, [checked[place].space for place in open_ones], settings)
        answers = [_unanswerable(text, each, self.taught) for text, each in zip(questions, checked, strict=True)]
        for place, given in zip(open_ones, said, strict=True):
            answers[place] = _answered(questions[place], given, checked[place], self.record)
        return self._grounded(image, answers, checked, settings)

    def _answer(
        self, image: PreparedImages, prompts: Sequence[str], spaces: Sequence[AnswerSpace], settings: VqaSettings
    ) -> list[Generated]:
        images = ChosenImages(image, np.zeros(len(prompts), np.int64))
        return self.model.answer(images, prompts, settings.decoding, spaces) if prompts else []

    def _grounded(
        self, image: PreparedImages, answers: list[Answered], checked: Sequence[CheckedQuestion], settings: VqaSettings
    ) -> list[Answered]:
        """Return the answers with boxes where they can be had, and else why not."""
        reasons = [self._why_no_boxes(answer, each) for answer, each in zip(answers, checked, strict=True)]
        asked = [
            place
            for place, (answer, reason) in enumerate(zip(answers, reasons, strict=True))
            if answer.answer is not None and not answer.boxes and reason is None
        ]
        prompts = [prompt_text(boxes_question(checked[place]) or "", False, settings) for place in asked]
        boxes = self._answer(image, prompts, [Boxes(MOST_BOXES)] * len(asked), settings)
        for place, given in zip(asked, boxes, strict=True):
            kept = boxes_in_place(checked[place], given.boxes, _size_of(image))
            reasons[place] = _ELSEWHERE if given.boxes else _OUTSIDE
            answers[place] = _with_boxes(answers[place], kept, self.record)
        return [
            answer if answer.boxes or answer.answer is None else answer._replace(grounding=f"not grounded: {reason}")
            for answer, reason in zip(answers, reasons, strict=True)
        ]

    def _why_no_boxes(self, answer: Answered, checked: CheckedQuestion) -> str | None:
        """Return why no boxes are asked for; None where they are."""
        if not isinstance(self.model, Points) or self.model.box_style is None:
            return "the model is not known to point at anything"
        if self.taught.kinds is not None and not self.taught.kinds & {"box_of_one", "boxes_of_all"}:
            return "the model was trained on no question for boxes"
        if answer.answer in _POINTLESS:
            return "there is nothing to point at"
        return None if boxes_question(checked) else "the question is about no one class of objects"


def _size_of(image: PreparedImages) -> tuple[int, int]:
    """Return the width and height of an image in pixels, which its tiles show the whole of."""
    offsets = image.offsets
    width, height = (offsets[:, :2] + offsets[:, 2:]).max(axis=0).tolist()
    return width, height


def _answered(question: str, given: Generated, checked: CheckedQuestion, record: Mapping[str, str]) -> Answered:
    if not given.text:
        return Answered(question, None, why_not="the model wrote nothing", remarks=checked.remarks)
    known = record.get(checked.kind.answer_type) if checked.kind else None
    remarks = (*checked.remarks, *([known] if known else []))
    return Answered(question, given.text, given.probability, given.boxes, remarks=remarks)


def _with_boxes(answer: Answered, boxes: tuple[Box, ...], record: Mapping[str, str]) -> Answered:
    count = answer.answer or ""
    differs = count.isdecimal() and int(count) != len(boxes)
    told = [f"it counts {count} and points at {len(boxes)}"] if differs else []
    known = [record["box"]] if boxes and "box" in record else []
    return answer._replace(boxes=boxes, remarks=(*answer.remarks, *told, *known))


def _unanswerable(question: str, checked: CheckedQuestion, taught: Taught) -> Answered:
    why_not, classes = f"unanswerable: {checked.unanswerable}", tuple(sorted(taught.classes or ()))
    return Answered(question, None, why_not=why_not, remarks=checked.remarks, taught=classes)


@dataclass(frozen=True)
class _Compared:
    """A model that compares captions with the image: a floor."""

    model: Embedder
    taught: Taught
    classes: tuple[str, ...]

    def answers(self, image: PreparedImages, questions: Sequence[str]) -> list[Answered]:
        """Choose among the answers that there are; where these are many, there is none."""
        (features,) = self.model.encode_images(image)
        return [self._answer(features, question) for question in questions]

    def _answer(self, features: Features, question: str) -> Answered:
        checked = check_question(question, self.taught, self.classes)
        if checked.unanswerable is not None:
            return _unanswerable(question, checked, self.taught)
        possible = _possible(checked)
        if not possible:
            return Answered(question, None, why_not=_MANY_ANSWERS, remarks=checked.remarks)
        captions = self.model.encode_texts(captions_of(checked.text, possible, checked.vocabulary))
        best = likeliest(possible, captions, features, self.model)
        grounding = "not grounded: the model compares the whole image with captions"
        return Answered(
            question, best.text, best.score, grounding=grounding, remarks=(FLOOR, *_without_kinds(checked.remarks))
        )


def _possible(checked: CheckedQuestion) -> tuple[str, ...]:
    if isinstance(checked.space, Option):
        return checked.space.options
    return ("yes", "no") if checked.space == YES_NO else ()


def _without_kinds(remarks: Sequence[str]) -> list[str]:
    """Leave out that it was trained on no such question: that is what a floor is."""
    return [remark for remark in remarks if not remark.startswith("the model was trained on no question")]

"""Asking a model the questions of a split: as free texts or inside their types, and for the boxes of its answers."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from sarvl.evaluation.evaluated import EvaluatedModel
from sarvl.evaluation.vqa.answered import Answer
from sarvl.evaluation.vqa.questions import VqaQuestion, classes_of
from sarvl.evaluation.vqa.vqa_settings import VqaSettings, prompt_text
from sarvl.imagery import ChosenImages
from sarvl.language.questions.question_kind import QUESTION_KINDS
from sarvl.language.questions.sarlang_wording import with_prefix
from sarvl.measures.answers.boxes import BoxForm
from sarvl.models.answering.answer_space import AnswerSpace, Boxes, says_nothing_is_there
from sarvl.models.answering.closed_world import (
    MOST_BOXES,
    CheckedQuestion,
    Taught,
    boxes_in_place,
    boxes_question,
    check_question,
    space_of,
    taught_by,
)
from sarvl.models.answering.sureness import probability_of
from sarvl.models.protocols import Answerer, Generated, Points
from sarvl.progress import progress

_HANDED_OVER = 64
"""Questions that a model gets at a time; it answers as many at once as it can."""


@dataclass(frozen=True)
class Asking:
    """A model that is asked about the images of a split. settings: how questions are put."""

    evaluated: EvaluatedModel
    answerer: Answerer
    settings: VqaSettings

    @cached_property
    def classes(self) -> list[str]:
        """The classes of the corpus and those that the model was taught, among which ``ask`` chooses: sorted."""
        taught = taught_by(self.evaluated.model.history).classes or ()
        return sorted({*classes_of(self.evaluated.images.corpus), *taught})

    def answers(self, questions: Sequence[VqaQuestion]) -> list[Answer]:
        """Return what the model answers to each question, with the boxes that the answer rests on, where asked for."""
        spaces = [space_of_question(question, self.classes) for question in questions] if self.settings.typed else None
        said = self.said(questions, [prompt_of(question, self.settings) for question in questions], spaces)
        answers = [_answer(each, text, self.settings.boxes) for each, text in zip(questions, said, strict=True)]
        if self.settings.grounded and isinstance(self.answerer, Points) and self.answerer.box_style is not None:
            self._point(questions, answers)
        return answers

    def said(
        self, questions: Sequence[VqaQuestion], prompts: Sequence[str], spaces: Sequence[AnswerSpace] | None
    ) -> list[Generated]:
        """Return what the model says to each prompt about the image of a question; spaces: what each answer may be."""
        places = [question.place for question in questions]
        prepared, size = self.evaluated.prepared_images, self.evaluated.batch_size or _HANDED_OVER
        said: list[Generated] = []
        with progress("answer questions", len(questions), "questions") as advance:
            for some in parts_of(places, size):
                images = ChosenImages(prepared, np.array(places[some]))
                given = (images, prompts[some], self.settings.decoding)
                said += self.answerer.answer(*given, *([] if spaces is None else [spaces[some]]))
                advance(len(images))
        return said

    def _point(self, questions: Sequence[VqaQuestion], answers: list[Answer]) -> None:
        """Ask for the boxes of each answer about one class that is there, and put them beside it."""
        asked: dict[int, str] = {}
        checked: dict[int, CheckedQuestion] = {}
        for place, (question, answer) in enumerate(zip(questions, answers, strict=True)):
            if question.asked.scored_as != "box" and not answer.boxes and not says_nothing_is_there(answer.text):
                checked[place] = check_question(question.asked.question, Taught(None, None), self.classes)
                if (text := boxes_question(checked[place])) is not None:
                    asked[place] = prompt_text(text, False, self.settings)
        some = [questions[place] for place in asked]
        said = self.said(some, list(asked.values()), [Boxes(MOST_BOXES)] * len(some))
        for place, given in zip(asked, said, strict=True):
            size = questions[place].asked.size
            boxes = boxes_in_place(checked[place], given.boxes, size) if size else given.boxes
            answers[place] = answers[place]._replace(boxes=boxes)


def parts_of(places: Sequence[int], size: int) -> Iterator[slice]:
    """Yield parts of at most ``size`` questions, by the places of their images: those about one image stay together.

    Where an image has more of them, so that they cannot, a part is full.
    """
    start = 0
    while start < len(places):
        end = min(start + size, len(places))
        if end < len(places) and places[start] != places[end]:
            while places[end - 1] == places[end]:
                end -= 1
        yield slice(start, end)
        start = end


def prompt_of(question: VqaQuestion, settings: VqaSettings) -> str:
    """Return what the model is asked."""
    text, sources = question.asked.question, settings.prefix_sources
    if settings.prefix == "sarlang" and (not sources or question.source in sources):
        text = with_prefix(text)
    return prompt_text(text, bool(question.asked.options), settings)


def space_of_question(question: VqaQuestion, classes: Sequence[str]) -> AnswerSpace:
    """Return what may be an answer to a question of a corpus of some classes, by its type and kind."""
    asked = question.asked
    kind = QUESTION_KINDS.get(question.family) if question.family in QUESTION_KINDS.names() else None
    return space_of(kind, asked.answer_type, asked.options, classes)


def _answer(question: VqaQuestion, said: Generated, form: BoxForm) -> Answer:
    """Return an answer; the boxes that a model points at are those of a question for boxes."""
    sure = float(np.exp(said.log_probability)) if said.probability is None else said.probability
    before = probability_of(said.choices) if said.choices else sure
    if question.asked.scored_as == "box" and said.boxes:
        return Answer(", ".join(str(list(box)) for box in said.boxes), sure, "xyxy", uncalibrated=before)
    return Answer(said.text, sure, form, said.boxes, before)

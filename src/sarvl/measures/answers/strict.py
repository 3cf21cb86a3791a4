"""The strict typed score: an answer is right where it says what the right answer says, read by its type."""

from typing import NamedTuple

from sarvl.language.statement import AnswerType
from sarvl.measures.answers.boxes import BoxForm, Size, matched_share, mean_overlap, read_boxes
from sarvl.measures.answers.class_names import ClassNames
from sarvl.measures.answers.numbers import Quantity, is_measured, read_quantity
from sarvl.measures.answers.plain_answer import NEGATIONS, words_of
from sarvl.measures.answers.readers import read_option, read_position, read_yes_no, text_words


class Asked(NamedTuple):
    """What is known of a question that an answer is scored by.

    answer: the right one; of a choice the text of the right option, else as its type has it. size: of the image, where
    it is known. box_form: of the boxes in ``answer``. application: what the question belongs to, for figures by part.
    also: other answers that are right as well.
    """

    question: str
    answer: str
    answer_type: AnswerType
    options: tuple[str, ...] = ()
    application: str | None = None
    size: Size | None = None
    box_form: BoxForm = "xywh"
    also: tuple[str, ...] = ()

    @property
    def scored_as(self) -> str:
        """The type that it is scored by: ``option`` for a choice, else that of the answer; "15 m" is a number."""
        if self.options:
            return "option"
        return "number" if self.answer_type == "text" and is_measured(self.answer) else self.answer_type


class Score(NamedTuple):
    """What an answer is worth. right: 0 to 1. is_read: whether it says one thing of its type at all.

    iou25, iou50, iou: of a box, the shares met at an overlap of .25 and .5, and the mean overlap; else None.
    """

    right: float
    is_read: bool
    iou25: float | None = None
    iou50: float | None = None
    iou: float | None = None


def strict_score(asked: Asked, prediction: str, names: ClassNames, box_form: BoxForm = "xywh") -> Score:
    """Return the score of a prediction by the right answer that it fits best.

    names: the classes of the set. box_form: of the boxes in the prediction.
    """
    right = (asked.answer, *asked.also)
    scores = [_score(asked._replace(answer=each), prediction, names, box_form) for each in right]
    return max(scores, key=lambda score: (score.right, score.iou or 0.0))


def _score(asked: Asked, prediction: str, names: ClassNames, box_form: BoxForm) -> Score:
    if asked.scored_as == "box":
        return _score_of_boxes(asked, prediction, box_form)
    said = read_answer(asked, prediction, names)
    return Score(float(said is not None and said == right_answer(asked, names)), said is not None)


def read_answer(asked: Asked, prediction: str, names: ClassNames) -> object | None:
    """Return what a prediction says, in the form of ``right_answer``; None where it does not say one thing."""
    match asked.scored_as:
        case "option":
            return read_option(prediction, asked.options)
        case "yes/no":
            return read_yes_no(prediction)
        case "number":
            return _read_number(asked.answer, prediction)
        case "position":
            return read_position(prediction)
        case "class set":
            return names.read(prediction)
    turned = NEGATIONS & set(words_of(prediction)) - set(words_of(asked.answer))
    return None if turned else tuple(text_words(prediction)) or None


def _read_number(answer: str, prediction: str) -> Quantity | None:
    """Return the number that is said, with a unit where the right answer has one: its own, or else that.

    A range is read where the right answer is one.
    """
    right, said = read_quantity(answer), read_quantity(prediction)
    if said and (said.to is not None) != (right is not None and right.to is not None):
        return None
    return said.like(right) if right and said else said


def right_answer(asked: Asked, names: ClassNames) -> object | None:
    """Return what the right answer says; None where it is none of its type."""
    match asked.scored_as:
        case "option":
            return asked.options.index(asked.answer) if asked.answer in asked.options else None
        case "class set":
            return names.of(asked.answer)
        case _:
            return read_answer(asked, asked.answer, names)


def _score_of_boxes(asked: Asked, prediction: str, box_form: BoxForm) -> Score:
    right = read_boxes(asked.answer, asked.box_form, asked.size)
    given = read_boxes(prediction, box_form, asked.size)
    at25, at50 = (matched_share(given, right, least) for least in (0.25, 0.5))
    return Score(float(at50 == 1.0), bool(given), at25, at50, mean_overlap(given, right))

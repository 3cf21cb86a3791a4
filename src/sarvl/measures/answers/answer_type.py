"""The type of an answer that somebody wrote: what it is to be scored as."""

import re

from sarvl.language.questions.sarlang_wording import application_of
from sarvl.language.statement import AnswerType
from sarvl.measures.answers.boxes import BoxForm, read_boxes
from sarvl.measures.answers.numbers import is_measured, read_number
from sarvl.measures.answers.plain_answer import QUIET, words_of
from sarvl.measures.answers.readers import read_position, read_yes_no

_ASKS_NUMBER = re.compile(r"\bhow many\b|\bnumber of\b|\bcount\b", re.IGNORECASE)
_ASKS_WHAT = re.compile(
    r"(?!\W*(?:is|are|was|were|do|does|did|has|have|had|can|could|will|would|should)\b)"
    r".*\b(?:what|which|where|when|who|whose|why|how)\b",
    re.IGNORECASE | re.DOTALL,
)
_OF_CLASSES = ("classification", "region referring")


def answer_type_of(question: str, answer: str, box_form: BoxForm = "xywh") -> AnswerType:
    """Return how an answer is to be scored, by what it says, and where that is a number or a "no" by what was asked.

    A box where it has one; a number where it has one and a number was asked for, or it is one, with its unit or
    without; yes/no where it opens with that, and is no "no parking" to a question for what; a position where it names
    places alone; a class set where SARLANG's wording asks for classes; else a text.
    """
    if read_boxes(answer, box_form):
        return "box"
    words = [word for word in words_of(answer) if word not in QUIET]
    number, asks_number = read_number(answer), _ASKS_NUMBER.search(question)
    if number is not None and asks_number:
        return "number"
    if read_yes_no(answer) and not (_ASKS_WHAT.match(question) and _says_no_such(answer)):
        return "yes/no"
    if (number is not None and len(words) == 1) or is_measured(answer):
        return "number"
    if words and all(read_position(word) for word in words):
        return "position"
    return "class set" if application_of(question) in _OF_CLASSES else "text"


def _says_no_such(answer: str) -> bool:
    """Return whether an answer goes on where a yes or no would end: "no parking"."""
    return any(word.isalnum() for word in words_of(answer)[1:2])

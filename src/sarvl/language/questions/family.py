"""QuestionFamily: one kind of question, as each file of an application declares its own."""

from collections.abc import Callable
from random import Random
from typing import NamedTuple

from sarvl.language.questions.query import Finding, Query
from sarvl.language.questions.question_scene import QuestionScene
from sarvl.language.statement import AnswerType, Application

Rule = Callable[[Query, QuestionScene], Finding | None]
WrongAnswers = Callable[[Query, str, QuestionScene], list[str]]
Slot = tuple[Query, ...]
"""One question to be asked: the first of these queries that the annotation answers."""
Offer = Callable[[QuestionScene, Random], list[Slot]]


class QuestionFamily(NamedTuple):
    """One kind of question.

    templates: SARLANG's wordings first, where it has any, then our own. rule: the answer that the annotation gives, or
    None where it decides nothing. wrong_answers: answers that are plausible and wrong, for multiple choice; None where
    choices make no sense. has_synonyms: whether the texts may use other names of the class than its own.
    """

    name: str
    application: Application
    answer_type: AnswerType
    templates: tuple[str, ...]
    rule: Rule
    wrong_answers: WrongAnswers | None = None
    has_synonyms: bool = False

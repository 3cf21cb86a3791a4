"""Questions with answers from annotations, in the seven applications of SARLANG-1M, and the check of any of them."""

from sarvl.language.questions.choices import option_letter
from sarvl.language.questions.question_kind import QUESTION_KINDS, QuestionKind
from sarvl.language.questions.question_settings import QuestionSettings
from sarvl.language.questions.question_verification import verify_question
from sarvl.language.questions.selection import ask, survey
from sarvl.language.questions.surveys import Survey

__all__ = [
    "QUESTION_KINDS",
    "QuestionKind",
    "QuestionSettings",
    "Survey",
    "ask",
    "option_letter",
    "survey",
    "verify_question",
]

"""Questions with answers from annotations, in the seven applications of SARLANG-1M, and the check of any of them."""

from sarvl.language.questions.balance import class_prevalence
from sarvl.language.questions.choices import option_letter
from sarvl.language.questions.question_kind import QUESTION_KINDS, QuestionKind
from sarvl.language.questions.question_settings import QuestionSettings
from sarvl.language.questions.question_verification import verify_question
from sarvl.language.questions.selection import ask

__all__ = [
    "QUESTION_KINDS",
    "QuestionKind",
    "QuestionSettings",
    "ask",
    "class_prevalence",
    "option_letter",
    "verify_question",
]

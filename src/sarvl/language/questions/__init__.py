"""Questions with answers from annotations, in the seven applications of SARLANG-1M, and the check of any of them."""

from sarvl.language.questions.ask import ask
from sarvl.language.questions.balance import class_prevalence
from sarvl.language.questions.choices import option_letter
from sarvl.language.questions.settings import QuestionSettings
from sarvl.language.questions.verify_question import verify_question

__all__ = ["QuestionSettings", "ask", "class_prevalence", "option_letter", "verify_question"]

"""What one would answer who never sees an image, learnt from the questions of the training split alone.

The majority answers as is most frequent for the type and application of the question. The blind reader also reads the
question: it answers as is most frequent for its words, boxes masked; else for its kind; else as the majority. Of a
choice both take the option that was the most frequent answer, the first where none was. Ties go by the alphabet.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Sequence

from sarvl.evaluation.vqa.questions import VqaQuestion
from sarvl.language.questions.sarlang_wording import without_prefix

_BOX = re.compile(r"[\[{(<][\d.,\s<>]+[\]})>]")

Level = Hashable


class FrequentAnswers:
    """How often each answer was right, by level: the words of a question, its kind, its type and application."""

    def __init__(self, seen: Iterable[VqaQuestion]) -> None:
        """Count the answers to the questions seen."""
        self._counts: dict[Level, Counter[str]] = defaultdict(Counter)
        for question in seen:
            for level in _levels(question):
                self._counts[level][question.asked.answer] += 1

    def __bool__(self) -> bool:
        """Return whether any question was seen."""
        return bool(self._counts)

    def majority(self, question: VqaQuestion) -> str:
        """Return the answer that is most frequent for the type and application of a question."""
        return self._answer(question, _levels(question)[-1:])

    def blind(self, question: VqaQuestion) -> str:
        """Return the answer that is most frequent for the words of a question, or else for its kind or its type."""
        return self._answer(question, _levels(question))

    def _answer(self, question: VqaQuestion, levels: Sequence[Level]) -> str:
        options = question.asked.options
        for level in levels:
            counts = self._counts.get(level)
            known = [answer for answer in counts or () if not options or answer in options]
            if counts and known:
                return min(known, key=lambda answer: (-counts[answer], answer))
        return options[0] if options else ""


def _levels(question: VqaQuestion) -> tuple[Level, ...]:
    words = _BOX.sub("[]", next(iter(without_prefix(question.asked.question).splitlines()), "").lower())
    kind = ("kind", question.family, question.asked.answer_type)
    return ("words", words), kind, ("type", question.asked.answer_type, question.asked.application)

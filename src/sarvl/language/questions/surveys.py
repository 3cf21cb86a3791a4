"""Survey: what the questions of a source would be answered, so that their words alone do not tell the answer.

A first pass over a source counts the answers to all that would be asked. In the second, of each question that is
answered yes or no, as many are kept of both answers. Choices are drawn from the answers that the source has, so that
each of them is right equally often. What has one answer nearly everywhere is not asked.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from functools import cached_property
from typing import NamedTuple

from sarvl.language.questions.balance import Prevalence
from sarvl.language.questions.query import Query

SAME_ANSWER = 0.8  # a question that has one answer in more than this share of a source is not asked
LEAST_JUDGED = 20  # answers; of fewer nothing is concluded
YES_NO = frozenset(("yes", "no"))


class Told(NamedTuple):
    """What the words of a question tell: its kind, its classes, and its place or its comparison."""

    kind: str
    classes: tuple[str, ...] = ()
    detail: str = ""


class OneAnswer(NamedTuple):
    """A question that is not asked: its kind, its classes, and the answer that it has in ``share`` of ``answers``."""

    kind: str
    classes: tuple[str, ...]
    answer: str
    share: float
    answers: int


AnswerCounts = Mapping[Told, Mapping[str, int]]


def told_by(query: Query) -> Told:
    """Return what the words of a query tell; what the numbers of a box tell is left out."""
    return Told(query.kind, query.classes, query.position or query.more or "")


def count_answers(answered: Iterable[tuple[Query, str]]) -> dict[Told, Counter[str]]:
    """Return how often each answer is given to what each query tells."""
    counts: dict[Told, Counter[str]] = defaultdict(Counter)
    for query, answer in answered:
        counts[told_by(query)][answer] += 1
    return counts


class Survey:
    """How common the classes of a source are, and how often each answer is given to what a question tells.

    answers: none where questions are balanced as SARLANG-1M balances them.
    """

    def __init__(self, prevalence: Prevalence, answers: AnswerCounts | None = None) -> None:
        """Keep the counts."""
        self.prevalence = prevalence
        self.answers = answers or {}

    @cached_property
    def _by_class(self) -> AnswerCounts:
        return _summed(self.answers, lambda told: Told(told.kind, told.classes))

    @cached_property
    def _by_kind(self) -> AnswerCounts:
        return _summed(self.answers, lambda told: Told(told.kind))

    def rate_of(self, query: Query, answer: str) -> float:
        """Return the share of the questions with this answer, yes or no, to keep, so that there are as many of both."""
        counts = self.answers.get(told_by(query), {})
        count = counts.get(answer, 0)
        return min(1.0, (sum(counts.values()) - count) / count) if count else 1.0

    def is_told(self, query: Query) -> bool:
        """Tell whether the words of the query tell its answer, since it has one nearly everywhere."""
        return not self._told.isdisjoint((Told(query.kind), Told(query.kind, query.classes)))

    @cached_property
    def _told(self) -> frozenset[Told]:
        return frozenset(Told(kind.kind, kind.classes) for kind in self.not_asked())

    def answers_like(self, query: Query) -> Mapping[str, int]:
        """Return the answers, with their counts, from which choices may be drawn; few where it is seldom asked.

        None for a question that shows a box: sets are cut so that they show one object many times, and the numbers of
        its box, exact or nearly so, then tell its class and how it lies.
        """
        if query.region is not None:
            return {}
        told = told_by(query)
        counts = self.answers.get(told, {})
        return counts if sum(counts.values()) >= LEAST_JUDGED else self._by_class.get(told._replace(detail=""), {})

    def not_asked(self) -> list[OneAnswer]:
        """Return what is not asked since it has one answer: whole kinds, and classes of the other kinds."""
        kinds = _with_one_answer(self._by_kind)
        dropped = {constant.kind for constant in kinds}
        return kinds + [constant for constant in _with_one_answer(self._by_class) if constant.kind not in dropped]


def _summed(answers: AnswerCounts, told_less: Callable[[Told], Told]) -> AnswerCounts:
    totals: dict[Told, Counter[str]] = defaultdict(Counter)
    for told, counts in answers.items():
        totals[told_less(told)].update(counts)
    return totals


def _with_one_answer(answers: AnswerCounts) -> list[OneAnswer]:
    """Return what has one answer nearly everywhere; not yes and no, which are kept in equal numbers."""
    constant = []
    for told, counts in sorted(answers.items()):
        total = sum(counts.values())
        answer, count = max(counts.items(), key=lambda item: (item[1], item[0]))
        if total >= LEAST_JUDGED and count > SAME_ANSWER * total and not counts.keys() <= YES_NO:
            constant.append(OneAnswer(told.kind, told.classes, answer, count / total, total))
    return constant

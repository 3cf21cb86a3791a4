"""QuestionKind: one thing that can be asked of an image, as each file of ``kinds`` declares its own."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from math import inf
from random import Random

from sarvl.annotations import Wording
from sarvl.errors import LanguageError
from sarvl.language.questions.query import Finding, Query
from sarvl.language.questions.question_scene import QuestionScene
from sarvl.language.statement import AnswerType, Application
from sarvl.registry import Registry

Alternatives = tuple[Query, ...]
"""One question to be asked: the first of these queries that the annotation answers."""

AnswerRule = Callable[[Query, QuestionScene], Finding | None]
WrongAnswers = Callable[[Query, str, QuestionScene], list[str]]
Exclusion = Callable[[str, str, QuestionScene], bool]
Proposals = Callable[[QuestionScene, Random], list[Alternatives]]

_SINGULAR = re.compile(r"\{(cat|a_cat|other_cat|object)\}")


@dataclass(frozen=True)
class QuestionKind:
    """One thing that can be asked; its name is that of the ``family`` of its questions.

    templates: its questions, SARLANG's wordings first, where it has any, then our own; ``wording.py`` fills them.
    published_templates: those of published wording, where they differ.
    sketch: the regular expression over kinds of words that its questions are read by (``question_words.py``).
    answer: the answer that the annotation gives, or None where it decides nothing; it must not draw. Only a description
        has none: it is answered by a caption.
    words: words that none but its questions have, by the kind of word that ``sketch`` calls them.
    answers: all answers that there can be, where a text is one of few words.
    asks_of_ground: whether its answers are classes of land cover.
    wrong_answers: answers that are plausible and wrong, for multiple choice; None where choices make no sense.
    excludes: whether two answers cannot both be right; where None, the second must be one of ``wrong_answers``.
    propose: what may be asked of an image, before it is drawn what is asked; None where another kind proposes it.
    has_synonyms: whether the texts may use other names of the class than its own.
    order: its place among the proposals of its application, which decides the texts. Plug-ins leave it alone: theirs
        stand behind our own.
    """

    application: Application
    answer_type: AnswerType
    templates: tuple[str, ...]
    sketch: str
    answer: AnswerRule | None
    published_templates: tuple[str, ...] = ()
    words: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    answers: tuple[str, ...] = ()
    asks_of_ground: bool = False
    wrong_answers: WrongAnswers | None = None
    excludes: Exclusion | None = None
    propose: Proposals | None = None
    has_synonyms: bool = False
    order: float = inf

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """The sketch, compiled."""
        return re.compile(self.sketch)

    def templates_for(self, wording: Wording, plurals_only: bool) -> tuple[str, ...]:
        """Return the templates; for names that are plurals alone no "a urban areas" and no "only urban areas"."""
        templates = (self.published_templates if wording == "published" else ()) or self.templates
        return tuple(each for each in templates if not _SINGULAR.search(each)) if plurals_only else templates


QUESTION_KINDS: Registry[QuestionKind] = Registry(
    "question kind",
    "sarvl.language.questions.kinds",
    "KIND",
    "sarvl.question_kinds",
    QuestionKind,
    LanguageError,
)
"""The kinds of questions: one module each in ``language/questions/kinds``; entry points ``sarvl.question_kinds``."""


@lru_cache(maxsize=1)
def kinds_in_order() -> dict[str, QuestionKind]:
    """Return all kinds by name, in the order of their proposals; those of plug-ins behind our own."""
    return dict(sorted(QUESTION_KINDS.items(), key=lambda item: item[1].order))

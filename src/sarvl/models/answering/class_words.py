"""The words by which an answer may name classes: those that corpora write of them, in each of their two ways."""

from collections.abc import Iterable
from contextlib import suppress
from functools import lru_cache

from sarvl.errors import LanguageError
from sarvl.language.words.tokens import tokens_of
from sarvl.language.words.vocabulary import Vocabulary
from sarvl.models.answering.answer_space import AnswerSpace, ClassSet, FreeText


def class_answers(classes: Iterable[str]) -> AnswerSpace:
    """Return the lists of some classes, named as sources do; a free text where none has a name.

    Of an image with a label a corpus says "storage tanks", as the class is called; of one without, "storage tank", as
    one object of it is. Both may be answered, as one name.
    """
    return _class_answers(tuple(sorted(set(classes))))


@lru_cache(maxsize=8)
def _class_answers(classes: tuple[str, ...]) -> AnswerSpace:
    own: dict[tuple[str, ...], str] = {}
    also: dict[str, str] = {}
    for name in classes:
        with suppress(LanguageError):
            of_one, of_label = (Vocabulary((name,), label).names[name][0].singular for label in (None, name))
            first = own.setdefault(tuple(tokens_of(of_one)), of_one)
            also |= {spelling: first for spelling in (of_one, of_label) if spelling not in own.values()}
    return ClassSet(tuple(own.values()), tuple(also.items())) if own else FreeText()

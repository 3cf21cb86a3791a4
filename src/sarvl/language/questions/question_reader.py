"""Reading a question: what it asks, from its text alone; nothing here knows how questions are written."""

import re
from collections.abc import Iterator, Sequence
from string import ascii_uppercase
from typing import NamedTuple

from sarvl.errors import LanguageError
from sarvl.language.geometry.layout import GRID_CELLS
from sarvl.language.questions.query import More, Query, Region
from sarvl.language.questions.question_kind import kinds_in_order
from sarvl.language.questions.question_words import (
    QUESTION_WORDS,
    QUIET,
    kinds_of_phrases,
    most_words,
)
from sarvl.language.reader.grammar import match_phrase
from sarvl.language.reader.symbols import Article, Place, Quiet, Sensor, Symbol
from sarvl.language.words.tokens import tokens_of
from sarvl.language.words.vocabulary import Vocabulary

_REGION = re.compile(r"\[(\d{1,9}), (\d{1,9}), (\d{1,9}), (\d{1,9})\]")
_OPTION = re.compile(r"([A-Z])\. (.+)")
BOX_FORM = re.compile(r"\[[^\]]*\]")
"""A box, or the form of one: its letters are no names."""


class Word(NamedTuple):
    """One phrase of a question: its kind and, for some, what it names."""

    kind: str
    name: str = ""
    region: Region | None = None


class QuestionReading(NamedTuple):
    """What a question asks, the choices that it gives, and the domains (``sar``, ``optical``) that it names."""

    query: Query
    options: tuple[str, ...]
    domains: frozenset[str]


def read_question(text: str, vocabulary: Vocabulary) -> QuestionReading:
    """Read every word of a question; LanguageError where one is not known, or it asks nothing that is known here."""
    question, *lines = text.split("\n")
    try:
        words = list(_words(question, vocabulary))
        options = options_of(lines)
        query = _query([word for word in words if word.kind not in (QUIET, "domain")])
    except LanguageError as problem:
        raise LanguageError(f"cannot read {text!r}: {problem}") from None
    return QuestionReading(query, options, frozenset(word.name for word in words if word.kind == "domain"))


def regions_in(text: str) -> list[Region]:
    """Return the boxes in a text, in its order."""
    return [_region_of(match) for match in _REGION.finditer(text)]


def _region_of(match: re.Match[str]) -> Region:
    x, y, width, height = map(int, match.groups())
    return x, y, width, height


def _words(question: str, vocabulary: Vocabulary) -> Iterator[Word]:
    end = 0
    for match in _REGION.finditer(question):
        yield from _words_of_text(question[end : match.start()], vocabulary)
        yield Word("region", region=_region_of(match))
        end = match.end()
    yield from _words_of_text(question[end:], vocabulary)


def _words_of_text(text: str, vocabulary: Vocabulary) -> Iterator[Word]:
    tokens, start = tokens_of(text), 0
    while start < len(tokens):
        entry = vocabulary.match(tokens, start)
        # The longer one, so that "land cover" may be asked of an image with a class "land".
        if entry and entry[1] >= _length_of_phrase(tokens, start):
            word, length = Word("class", entry[0].class_name), entry[1]
        else:
            word, length = phrase_at(tokens, start)
        yield word
        start += length


def _length_of_phrase(tokens: list[str], start: int) -> int:
    try:
        return phrase_at(tokens, start)[1]
    except LanguageError:
        return 0


def phrase_at(tokens: list[str], start: int) -> tuple[Word, int]:
    """Return the longest phrase of questions at ``tokens[start]`` and its length; LanguageError where there is none."""
    for length in range(most_words(), 0, -1):
        phrase = " ".join(tokens[start : start + length])
        if kind := kinds_of_phrases().get(phrase):
            return Word(kind, phrase), min(length, len(tokens) - start)
    matched = match_phrase(tokens, start)
    word = _word_of_captions(matched[0]) if matched else None
    if not matched or not word:
        raise LanguageError(f"the word {tokens[start]!r} is neither a class nor a word of questions")
    return word, matched[1]


def _word_of_captions(symbol: Symbol) -> Word | None:
    """Return a word of captions as questions hold it; None for one that they do not hold."""
    match symbol:
        case Quiet() | Article():
            return Word(QUIET)
        case Sensor(domain):
            return Word("domain", domain)
        case Place(position) if position in GRID_CELLS:
            return Word("cell", position)
    return None


def options_of(lines: Sequence[str]) -> tuple[str, ...]:
    """Return the choices that lines give, as "A. ship"; LanguageError where one is none."""
    return tuple(_options(lines))


def _options(lines: Sequence[str]) -> Iterator[str]:
    for letter, line in zip(ascii_uppercase, lines, strict=False):
        match = _OPTION.fullmatch(line)
        if not match or match[1] != letter:
            raise LanguageError(f"{line!r} is not choice {letter}")
        yield match[2]


def _query(words: list[Word]) -> Query:
    if any(word.kind in QUESTION_WORDS for word in words):
        words = [word for word in words if word.kind != "verb"]
    sketch = " ".join(word.kind for word in words)
    kinds = [name for name, kind in kinds_in_order().items() if kind.pattern.fullmatch(sketch)]
    if len(kinds) != 1:
        raise LanguageError("its words ask nothing that can be answered from annotations")
    more: dict[str, More] = {"more": "more", "fewer": "fewer"}
    return Query(
        kind=kinds[0],
        classes=tuple(word.name for word in words if word.kind == "class"),
        position=next((word.name for word in words if word.kind in ("side", "cell")), None),
        region=next((word.region for word in words if word.region), None),
        more=next((more[word.kind] for word in words if word.kind in more), None),
    )

"""A question that was read, in the letters of corpora: names as a model was taught them, the rest in small ones."""

import re
from collections.abc import Collection, Sequence
from functools import lru_cache

from sarvl.language.words.tokens import token_spans, tokens_of
from sarvl.language.words.vocabulary import ClassName, Vocabulary

_CAPITALS = frozenset(("sar", "rgb"))
_PARTS = re.compile(r"[^\W\d_]+|\d+")


def in_own_spelling(text: str, known: tuple[str, ...]) -> str:
    """Return a text with the models in it as known classes spell them: "T72" for "T-72" and "t 72"."""
    for spelling, pattern in _models(known):
        text = pattern.sub(spelling, text)
    return text


@lru_cache(maxsize=8)
def _models(known: tuple[str, ...]) -> tuple[tuple[str, re.Pattern[str]], ...]:
    """Return the words of names that have both letters and digits, with what reads them however they are parted."""
    words = dict.fromkeys(word for name in known for word in re.split(r"[\s_]+", name))
    parts = {word: _PARTS.findall(word) for word in words}
    return tuple(
        (word, re.compile(rf"(?<![\w-]){_joint(own).join(own)}(?![\w-])", re.IGNORECASE))
        for word, own in parts.items()
        if len(own) > 1 and any(part.isdigit() for part in own) and re.fullmatch(r"[\w-]+", word)
    )


def _joint(parts: Sequence[str]) -> str:
    return "-?" if parts[0] in ("A", "I") else "[ -]?"  # "a 220" is no A220


def in_usual_letters(text: str, vocabulary: Vocabulary, known: Collection[str]) -> str:
    """Return a question that was read with its known classes as the model was taught them, and other words in small.

    Names that nobody taught stay as they are; choices, on further lines, as well.
    """
    question, *choices = text.split("\n")
    tokens, spans, start, end, parts = tokens_of(question), token_spans(question), 0, 0, list[str]()
    while start < len(tokens):
        matched = vocabulary.match(tokens, start)
        length = matched[1] if matched else 1
        first, last = spans[start][0], spans[start + length - 1][1]
        typed, words = question[first:last], tokens[start : start + length]
        name = matched[0].class_name if matched else None
        if name is None:
            typed = typed.upper() if words[0] in _CAPITALS else typed.lower()
        elif name in known:
            typed = _spelled(words, vocabulary.names[name]) or typed.lower()
        parts += (question[end:first], typed)
        start, end = start + length, last
    whole = "".join((*parts, question[end:]))
    return "\n".join((whole[:1].upper() + whole[1:], *choices))


def without_capitals(text: str) -> str:
    """Return a question that is in capitals alone in small letters; any other as it is."""
    question, *choices = text.split("\n")
    return "\n".join((question.capitalize(), *choices)) if question.isupper() else text


def _spelled(words: list[str], names: Sequence[ClassName]) -> str | None:
    """Return words as a class spells them, singular or plural; None where it does not write them so."""
    spellings = (spelling for name in names for spelling in (name.plural, name.singular))
    return next((spelling for spelling in spellings if tokens_of(spelling) == words), None)

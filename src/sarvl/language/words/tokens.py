"""Tokens: a text in its words, numbers and signs; the one place that says what a word is."""

import re
from collections.abc import Iterator
from functools import lru_cache

HYPHENS = "-\u2010\u2011"
APOSTROPHES = "'’"
BETWEEN_WORDS = r"[^\pL\pM\pN]+"
"""What parts the words of a text that are counted in bulk: for the regular expressions of Arrow (RE2)."""


# A number with its fraction (".5" too), a word, or a sign; a hyphen that joins two words is none.
_TOKEN = re.compile(r"\d*(?:[.,]\d+)+|[^\W_]+|[^\w\s-]|(?<!\w)-|-(?!\w)")


def tokens_of(text: str) -> list[str]:
    """Return the words and signs of ``text`` in lower case; hyphens and underscores inside words part them."""
    return _TOKEN.findall(lowered(text))


def token_spans(text: str) -> list[tuple[int, int]]:
    """Return where each of ``tokens_of(text)`` begins and ends in ``text``, in characters."""
    return [match.span() for match in _TOKEN.finditer(lowered(text))]


def lowered(text: str) -> str:
    """Return the text in lower case, of the same length, so that places stay (``"İ".lower()`` has two characters)."""
    lower = text.lower()
    return lower if len(lower) == len(text) else "".join(char.lower()[0] for char in text)


def matches_of(text: str, joints: str = "", parts_numbers: bool = False) -> Iterator[re.Match[str]]:
    """Yield the words, numbers ("1,200") and signs of ``text``, each with its place; blanks and underscores are none.

    joints: signs that join two words into one. parts_numbers: whether "12m" is a number and a word, not one word.
    """
    return _pattern(joints, parts_numbers).finditer(text)


@lru_cache
def _pattern(joints: str, parts_numbers: bool) -> re.Pattern[str]:
    number = rf"\d+(?:[.,]\d+){'*' if parts_numbers else '+'}"
    word = rf"[^\W_]+(?:[{re.escape(joints)}][^\W_]+)*" if joints else r"[^\W_]+"
    return re.compile(rf"{number}|{word}|[^\w\s]")

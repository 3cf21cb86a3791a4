"""Tokens: a text in its words, numbers and signs; the one place that says what a word is."""

import re
from collections.abc import Iterator
from functools import lru_cache

HYPHENS = "-\u2010\u2011"
APOSTROPHES = "'’"
BETWEEN_WORDS = r"[^\pL\pM\pN]+"
"""What parts the words of a text that are counted in bulk: for the regular expressions of Arrow (RE2)."""


def tokens_of(text: str) -> list[str]:
    """Return the words and signs of ``text`` in lower case; hyphens and underscores inside words part them."""
    return [word for word in _pattern("", False).findall(text.lower()) if word != "-"]


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

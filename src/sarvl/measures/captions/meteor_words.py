"""The words that METEOR 1.5 compares: its own normalisation of a caption (``-norm``), lower-cased."""

import re
from collections.abc import Mapping
from functools import cache

_LETTERS = "A-Za-z\xc0-\xd6\xd8-\xf6\xf8-\u017e\u0400-\u0527\u1d00-\u1d7f\ua640-\ua66e\ua67e-\ua697"
_BLANK = " \t\n\x0b\f\r"
_STEPS = (
    ("[`\u2018\u2019]", "'"),
    ("''|[\u201c\u201d]", '"'),
    ("\u2013", " - "),
    ("--", "-"),
    (f"([^{_LETTERS}0-9{_BLANK}.',-])", r" \1 "),
    (r"(\.{2,})", r" \1 "),
    ("([^0-9]),([^0-9])", r"\1 , \2"),
    ("([0-9]),([^0-9])", r"\1 , \2"),
    ("([^0-9]),([0-9])", r"\1 , \2"),
    (f"([^{_LETTERS}])'([^{_LETTERS}])", r"\1 ' \2"),
    (f"([^{_LETTERS}0-9])'([{_LETTERS}])", r"\1 ' \2"),
    (f"([{_LETTERS}])'([^{_LETTERS}])", r"\1 ' \2"),
    (f"([{_LETTERS}])'([{_LETTERS}])", r"\1 '\2"),
    ("([0-9])'(s)", r"\1 '\2"),
    (f"([{_LETTERS}0-9.])-([{_LETTERS}0-9])", r"\1 \2"),
)
_PLAIN = re.compile("[A-Za-z ]*")


def meteor_words(text: str, prefixes: Mapping[str, bool]) -> list[str]:
    """Return the words: signs and contractions stand alone, hyphens between words are gone, "u.s." becomes "us".

    prefixes: abbreviations whose full stop stays; true where it stays only before a number.
    Found by asking METEOR 1.5 about strings of our own, the way of Moses' tokenizer (Koehn et al., 2007) in mind.
    """
    if _PLAIN.fullmatch(text):
        return text.lower().split()
    line = f" {text} "
    for pattern, written in _steps():
        line = pattern.sub(written, line)
    words = [word for word in re.split(f"[{_BLANK}]+", line) if word]
    following = [*words[1:], ""]
    parts = [_full_stop(word, then, prefixes) for word, then in zip(words, following, strict=True)]
    return " ".join(parts).lower().split(" ") if parts else []


@cache
def _steps() -> tuple[tuple[re.Pattern[str], str], ...]:
    return tuple((re.compile(pattern), written) for pattern, written in _STEPS)


def _full_stop(word: str, following: str, prefixes: Mapping[str, bool]) -> str:
    """Return a word with its full stop: as it is, taken off, or, of an acronym, left out."""
    before = word[:-1]
    if not word.endswith(".") or not before.strip("."):
        return word
    if "." in before and re.search(f"[{_LETTERS}]", before):
        return before.replace(".", "")
    only_before_a_number = prefixes.get(before)
    stays = only_before_a_number is False or (only_before_a_number and following[:1].isdecimal())
    return word if stays or "a" <= following[:1] <= "z" else f"{before} ."

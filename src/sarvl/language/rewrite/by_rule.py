"""Rewriting by rule: an optical caption without its colours, or the reason why none is left; no network, no model."""

import re

from sarvl.language.rewrite.check import check_rewrite
from sarvl.language.rewrite.naming import name_image, name_plants
from sarvl.language.rewrite.result import Refusal, RewrittenCaption
from sarvl.language.rewrite.rules import CLAUSE_RULES, REFUSED, RULES
from sarvl.language.rewrite.spelling import mend_spelling
from sarvl.language.rewrite.stems import stem_of
from sarvl.language.rewrite.word_classes import STILL_OPTICAL, classes_of
from sarvl.language.rewrite.words import joined, tidy, words_of

PRODUCER = "rule:rewrite"

_NAMING = "ngmzRHFQTKWEstjqpu1"  # classes of words that name something, or say how many or where
# "half half", "buildings, buildings", "a roof with a roof": a word twice with nothing but small words between.
_SMALL = "and|or|with|of|in|on|near|beside|the|a|an|some|many|several|other|mixed|scattered|surrounded|by"
_TWICE = re.compile(rf"(?i)\b(\w{{3,}})(?:,? (?:{_SMALL}))*,? \1s?\b")


def rewrite_by_rule(caption: str) -> RewrittenCaption | Refusal:
    """Return ``caption`` as a SAR caption: optical words dropped, every other word kept, nothing added.

    "Photo" and the like become "SAR image", nouns of colour such as "greenery" become "vegetation", and slips of
    spelling are mended. A Refusal where the sentence is about what only an optical image shows, or where no rule can
    take that out without leaving a broken sentence. Whatever comes back has passed ``check_rewrite``.
    """
    words = mend_spelling(words_of(caption))
    words = words_of(name_plants(name_image(" ".join(words))))
    letters = classes_of(words)
    if any(pattern.search(letters) for pattern in REFUSED):
        return Refusal(caption, "only its colours tell apart what it speaks of")
    words, letters = _dropped(words, letters)
    left = [word for word, letter in zip(words, letters, strict=True) if letter in STILL_OPTICAL]
    if left:
        return Refusal(caption, f"no rule can take {left[0]!r} out")
    text = joined(tidy(words)) if words else ""
    if alike := _newly_twice(caption, text):
        return Refusal(caption, f"without optical words {alike!r} are not told apart")
    problems = check_rewrite(caption, text)
    return Refusal(caption, problems[0]) if problems else RewrittenCaption(text, caption, PRODUCER)


def _newly_twice(caption: str, text: str) -> str | None:
    """Return the first run of ``text`` that names one thing twice, where ``caption`` does not have it so."""
    original = joined(words_of(caption)).lower()
    return next((match[0] for match in _TWICE.finditer(text) if match[0].lower() not in original), None)


def _dropped(words: list[str], letters: str) -> tuple[list[str], str]:
    """Return the words, and their classes ``letters``, without those that the rules drop."""
    for rule in RULES:
        for match in reversed(list(rule.pattern.finditer(letters))):
            words, letters = _without(words, letters, match.span())
    for rule in CLAUSE_RULES:
        clause = rule.pattern.search(letters)
        if clause and _names_all(words, letters, clause.span()):
            words, letters = _without(words, letters, clause.span())
    return words, letters


def _without(words: list[str], letters: str, span: tuple[int, int]) -> tuple[list[str], str]:
    start, end = span
    return words[:start] + words[end:], letters[:start] + letters[end:]


def _names_all(words: list[str], letters: str, span: tuple[int, int]) -> bool:
    """Tell whether what lies outside ``span`` names all that the words inside name, optical words aside."""
    rest = {stem_of(word.lower()) for word in _without(words, letters, span)[0]}
    inside = zip(words[slice(*span)], letters[slice(*span)], strict=True)
    return all(stem_of(word.lower()) in rest for word, letter in inside if letter in _NAMING)

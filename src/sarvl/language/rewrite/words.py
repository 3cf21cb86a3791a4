"""A sentence to its words and signs, and back: spaces, capitals, articles, separators that lost what they parted."""

import re
import unicodedata
from itertools import pairwise

from sarvl.language.words.lexicon import with_article
from sarvl.language.words.tokens import APOSTROPHES, HYPHENS, matches_of

_READ_AS_SPELT = re.compile(r"(?i)(?!hour|honest|honou?r|heir|ut)[^\W\d]{2}")
_ARTICLES = ("a", "an")
_SEPARATORS = (",", "and", "or", "but")
_MAY_NOT_REPEAT = frozenset((*_ARTICLES, *_SEPARATORS, "the", "of", "in", "with", "by", "is", "are"))


def words_of(text: str) -> list[str]:
    """Return words (with their inner hyphens and apostrophes), numbers and signs; underscores part words."""
    text = unicodedata.normalize("NFC", text).replace("`", "'")
    return [match[0] for match in matches_of(text, HYPHENS + APOSTROPHES)]


def joined(words: list[str]) -> str:
    """Return the words as text: sentences begin with a capital and end with a sign, signs stand as in print."""
    text = " ".join(words)
    text = re.sub(r" ([,.;:!?%)\]])", r"\1", text)
    text = re.sub(r"([(\[]) ", r"\1", text)
    text = re.sub(r"(^|[.!?] )([^\W\d_])", lambda match: match[1] + match[2].upper(), text)
    return text if text[-1:] in (".", "!", "?") else text + "."


def tidy(words: list[str]) -> list[str]:
    """Return the words without doubled articles and separators, none of these at either end, articles as spoken."""
    kept: list[str] = []
    for word in words:
        low, last = word.lower(), kept[-1].lower() if kept else "."
        if low == last and low in _MAY_NOT_REPEAT:
            continue
        if low in _SEPARATORS and last in (".", "and", "or", "but"):
            continue
        if word in (".", ";"):
            _drop_last_separators(kept)
        kept.append(word)
    _drop_last_separators(kept)
    return [_spoken(word, following) for word, following in pairwise([*kept, ""])]


def _drop_last_separators(words: list[str]) -> None:
    while words and words[-1].lower() in _SEPARATORS:
        words.pop()


def _spoken(word: str, following: str) -> str:
    """Return ``a`` or ``an`` as the next word asks; before letters, and words not read as spelt, it stays as it is."""
    if word.lower() not in _ARTICLES or not _READ_AS_SPELT.match(following):
        return word
    article = with_article(following).split(" ")[0]
    return article.capitalize() if word[0].isupper() else article

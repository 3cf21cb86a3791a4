"""Which class names could mean another class as well, so that a count or a "no" would be doubtful."""

from functools import lru_cache

from sarvl.language.words.lexicon import COVERED, SYNONYMS, is_plural, singular_of
from sarvl.language.words.tokens import tokens_of


@lru_cache(maxsize=1 << 16)
def covers(wide: str, narrow: str) -> bool:
    """Tell whether an object of class ``narrow`` could be called ``wide`` too: a car a vehicle, a T72 tank a tank."""
    wide_words, narrow_words = _words_of_one(wide), _words_of_one(narrow)
    wide_name = " ".join(wide_words)
    return (
        set(wide_words) <= set(narrow_words)
        or wide_name in SYNONYMS.get(" ".join(narrow_words), ())
        or not set(COVERED.get(wide_name, ())).isdisjoint(narrow_words)
    )


def _words_of_one(class_name: str) -> list[str]:
    name = class_name.lower()
    return tokens_of(singular_of(name) if is_plural(name) else name)


def are_related(first: str, second: str) -> bool:
    """Tell whether one of two classes could be called by the other's name."""
    return covers(first, second) or covers(second, first)

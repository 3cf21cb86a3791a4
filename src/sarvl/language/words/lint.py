"""Lint: the words of a text that only an optical image can bear out, by ``optical_lexicon.py``."""

import re
from typing import NamedTuple

from sarvl.language.words.optical_lexicon import (
    BEFORE_NAMES,
    BRIGHTNESS_WORDS,
    COLOUR,
    COLOUR_ENDINGS,
    COLOUR_VOWEL_ENDINGS,
    COLOURS,
    FALSE_FRIENDS,
    FOLIAGE,
    FOLIAGE_WORDS,
    IN_CONTEXT,
    LIGHT,
    LIGHT_WORDS,
    MISSPELT_COLOURS,
    MORE_COLOUR_WORDS,
    NAMES_WITH_COLOURS,
    PALE_LIGHT,
    PLANTS_NAMED_BY_COLOUR,
    SENSOR,
    SENSOR_WORDS,
    WATER,
    WATER_WORDS,
    WEATHER,
    WEATHER_WORDS,
)
from sarvl.language.words.tokens import APOSTROPHES, HYPHENS, lowered, matches_of

_LETTERS = re.compile(r"[^\W\d_]+")
_FALSE_FRIEND = re.compile("|".join(FALSE_FRIENDS))
_NAME = re.compile(rf"((?:^|\w+|\W) ?)\b({'|'.join(NAMES_WITH_COLOURS)})\b")
_IN_CONTEXT = tuple((re.compile(pattern), why) for pattern, why in IN_CONTEXT.items())
_PALE_LIGHT = re.compile(PALE_LIGHT)
_REASONS = {
    **{colour + ending: COLOUR for colour in COLOURS for ending in COLOUR_ENDINGS},
    **{colour[:-1] + ending: COLOUR for colour in COLOURS if colour[-1] == "e" for ending in COLOUR_VOWEL_ENDINGS},
    **dict.fromkeys(MORE_COLOUR_WORDS | MISSPELT_COLOURS | PLANTS_NAMED_BY_COLOUR.keys(), COLOUR),
    **dict.fromkeys(LIGHT_WORDS, LIGHT),
    **dict.fromkeys(WEATHER_WORDS, WEATHER),
    **dict.fromkeys(WATER_WORDS, WATER),
    **dict.fromkeys(FOLIAGE_WORDS, FOLIAGE),
    **dict.fromkeys(SENSOR_WORDS, SENSOR),
}
_BRIGHTNESS_REASONS = dict.fromkeys(BRIGHTNESS_WORDS, "brightness in an optical image is not backscatter")


class OpticalWord(NamedTuple):
    """A word found by the lint: as the text has it, where it begins (in characters), and why it is refused."""

    word: str
    start: int
    why: str


def optical_words(text: str) -> list[OpticalWord]:
    """Return the colour words and optical-only words of ``text``, in order; empty for a text that a SAR image can have.

    Compounds count as one word ("dark-green"). A colour in a name of ``NAMES_WITH_COLOURS`` is none: "the Yellow
    River", capitalised as it is there, in a text that also has words in lower case. "A wide Yellow River" has a
    colour.
    """
    lower = lowered(text)
    friends = [match.span() for match in _FALSE_FRIEND.finditer(lower)] + _names(text)
    words = [
        OpticalWord(text[start:end], start, why)
        for start, end, why in _listed(lower, _REASONS)
        if not any(begin <= start < stop for begin, stop in friends)
    ]
    for pattern, why in _IN_CONTEXT:
        words += [OpticalWord(text[slice(*match.span())], match.start(), why) for match in pattern.finditer(lower)]
    return sorted(words, key=lambda match: match.start)


def brightness_words(text: str) -> list[OpticalWord]:
    """Return the words of brightness and shadow: legal in a SAR caption, but not to be taken from an optical one."""
    lower = lowered(text)
    listed = [OpticalWord(text[start:end], start, why) for start, end, why in _listed(lower, _BRIGHTNESS_REASONS)]
    pale = [
        OpticalWord(text[slice(*item.span())], item.start(), _BRIGHTNESS_REASONS["pale"])
        for item in _PALE_LIGHT.finditer(lower)
    ]
    return sorted(listed + pale, key=lambda item: item.start)


def _listed(lower: str, reasons: dict[str, str]) -> list[tuple[int, int, str]]:
    spans = []
    for compound in matches_of(lower, HYPHENS + APOSTROPHES):  # dark-green, sun's
        for part in _LETTERS.findall(compound[0]):
            if part in reasons:
                spans.append((*compound.span(), reasons[part]))
                break
    return spans


def _names(text: str) -> list[tuple[int, int]]:
    """Return where names with a colour stand: at the head of a clause or behind a word of ``BEFORE_NAMES``.

    None in a text that has no word in lower case, such as a heading.
    """
    if not any(word.islower() and len(word) > 3 for word in _LETTERS.findall(text)):
        return []
    return [match.span(2) for match in _NAME.finditer(text) if _may_precede_a_name(match[1].strip().lower())]


def _may_precede_a_name(word: str) -> bool:
    return not word[:1].isalnum() or word in BEFORE_NAMES

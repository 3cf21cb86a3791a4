"""Numbers of a text, in digits or words, each with the words that it stands before."""

from typing import NamedTuple

from sarvl.language.words.lexicon import NUMBER_WORDS

_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_UNITS = {word: number for number, word in enumerate(NUMBER_WORDS)} | {
    **{word: 10 * number for number, word in enumerate(_TENS, start=2)},
    **{"single": 1, "pair": 2, "couple": 2},
}
_SMALL_FACTORS = {"dozen": 12, "hundred": 100}
_LARGE_FACTORS = {"thousand": 1000, "million": 1_000_000}
_FACTORS = _SMALL_FACTORS | _LARGE_FACTORS


class Number(NamedTuple):
    """A number, and the place of the word behind it."""

    value: float
    end: int


def numbers_in(words: list[str]) -> list[Number]:
    """Return the numbers among lower-case ``words`` without hyphens: "1,200", "twenty one", "two hundred and five".

    "a pair of" and "a couple of" are 2, "single" is 1; "dozens" and "hundreds" are no numbers but words like any other.
    """
    numbers: list[Number] = []
    place = 0
    while place < len(words):
        number = _number_at(words, place)
        if number is None:
            place += 1
        else:
            numbers.append(number)
            place = number.end
    return numbers


def _number_at(words: list[str], start: int) -> Number | None:
    if words[start][0].isdigit():
        digits = words[start].replace(",", "")
        return Number(float(digits), start + 1) if digits.replace(".", "", 1).isdecimal() and digits.isascii() else None
    total, group, place = 0, 0, start  # of "two thousand five": 2000, 5
    while place < len(words):
        is_first = place == start
        at = place + 1 if not is_first and words[place] == "and" else place  # two hundred and five
        value, end = _below_hundred(words, at)
        if value is not None and (is_first or words[place - 1] in _FACTORS):
            group, place = group + value, end
        elif words[place] in _SMALL_FACTORS:
            group, place = (group or 1) * _SMALL_FACTORS[words[place]], place + 1
        elif words[place] in _LARGE_FACTORS:
            total, group, place = total + (group or 1) * _LARGE_FACTORS[words[place]], 0, place + 1
        else:
            break
    return Number(float(total + group), place) if place > start else None


def _below_hundred(words: list[str], start: int) -> tuple[int | None, int]:
    """Return "five", "twenty" or "twenty one" at ``start`` and the place behind it; None where there is no number."""
    if start >= len(words) or words[start] not in _UNITS:
        return None, start
    value = _UNITS[words[start]]
    following = _UNITS.get(words[start + 1], 0) if start + 1 < len(words) else 0
    if words[start] in _TENS and 0 < following < 10 and words[start + 1] in NUMBER_WORDS:
        return value + following, start + 2
    return value, start + 1

"""The number that an answer says, in digits or words, and the unit that it names."""

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from sarvl.language.words.lexicon import NUMBER_WORDS
from sarvl.language.words.word_set import word_set
from sarvl.measures.answers.plain_answer import QUIET, plain_answer, words_of

_TENS = dict(
    zip(("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"), range(20, 100, 10), strict=True)
)
_NUMBERS = {word: number for number, word in enumerate(NUMBER_WORDS)} | _TENS
_MULTIPLES = {"dozen": 12, "hundred": 100, "thousand": 1000, "million": 10**6, "billion": 10**9}
_PLURALS = {f"{word}s": times for word, times in _MULTIPLES.items()}
_AFTER_NUMBER = _MULTIPLES | _PLURALS
_SOME = "|".join((r"\d+", *_NUMBERS, *_MULTIPLES))
_SOME_TENS, _MANY, _MANIES = map("|".join, (_TENS, _MULTIPLES, _PLURALS))
# What makes another number of one: "three and a half", "three point three", "twenty-first", "3/3", "a few hundred".
_OF_SEVERAL_WORDS = re.compile(
    rf"\b(?:{_SOME}|an?|and)[\s-]+(?:half|halves|(?:third|quarter|fourth|fifth|eighth|tenth)s?)\b|\bhalf an?\b"
    rf"|\b(?:{_SOME_TENS})[\s-](?:first|second|sixth|seventh|ninth)\b"
    rf"|\b(?:{_SOME})\s+(?:point\s+(?:{_SOME})|pairs|couples|k)\b"
    rf"|\b(?:few|several|many|couple|couple of)\s+(?:{_MANY})\b|\b(?:tens|{_MANIES}) of (?:{_MANIES})\b"
    r"|\d\s*[/⁄*x×^+÷=]\s*\d",
    re.IGNORECASE,
)
_BOUNDS = word_set("least most more fewer less between than minimum maximum exceeds")
_BOUND_BEFORE = re.compile(
    rf"\b(?:over|under|above|below|up to)\s+(?:{_SOME})|[<>≥≤]=?\s*\d(?!\d*>)|\d\s*\+", re.IGNORECASE
)
_NO_ANSWER = word_set(
    """
    answer answers clue comment count data detail details doubt evidence idea image info information longer matter need
    number opinion picture problem reason response result sure thanks way
    """
)
_NO = rf"no (?!(?:[\w-]+ ){{0,2}}(?:{'|'.join(sorted(_NO_ANSWER))})\b)"
_NO_SUCH = rf"{_NO}[\w-]+(?: [\w-]+){{0,2}}(?: in (?:the|this) (?:image|scene|picture))?"
_SEEN = rf"{_NO}(?:[\w-]+ ){{1,3}}(?:are|is|can be) (?:visible|present|seen|found|there)\b.*"
_NONE = re.compile(rf"(?:none|there (?:are|is) (?:no|none)\b.*|{_NO_SUCH}|{_SEEN})[.!]?", re.IGNORECASE | re.DOTALL)
# What a unit is called, as tokens have it: "m²" is "m2" there.
_SPELLINGS = {
    "m": "m metre metres meter meters",
    "km": "km kilometre kilometres kilometer kilometers",
    "cm": "cm centimetre centimetres centimeter centimeters",
    "mm": "mm millimetre millimetres millimeter millimeters",
    "ft": "ft foot feet",
    "m²": "m2",
    "km²": "km2",
    "px": "px pixel pixels",
    "°": "° deg degree degrees",
    "dB": "db decibel decibels",
    "GHz": "ghz gigahertz",
    "MHz": "mhz megahertz",
    "kHz": "khz kilohertz",
    "%": "% percent",
}
_UNIT_OF = {word: unit for unit, words in _SPELLINGS.items() for word in words.split()}
_WITH_UNIT = re.compile(r"(\d+)([a-z]+2?)")
_TO = re.compile(
    rf"(?<=[\w°%.])(?:\s*[-–—]\s*(?=[-−]?\.?\d)|\s+to\s+(?=(?:minus\s+)?[-−]?\.?(?:{_SOME})))", re.IGNORECASE
)
_SIGN = re.compile(r"(?<!\w)(?:[-−]|minus\s+)(?=\.?\d)", re.IGNORECASE)


class Quantity(NamedTuple):
    """A number, and the unit behind it; None where that is none that is known. to: where it is a range, its end."""

    number: float
    unit: str | None
    to: float | None = None

    def like(self, right: "Quantity") -> "Quantity":
        """Return it as it is held against a right one: in that unit where it has none, in none where that has none."""
        return self._replace(unit=right.unit and (self.unit or right.unit))


def read_quantity(text: str) -> Quantity | None:
    """Return the one number of an answer with its unit, where it may be negative, as decibels are; or the one range.

    None where ``read_number`` gives none for another reason, or of several units.
    """
    return _signed(text) or _range(text)


def _signed(text: str) -> Quantity | None:
    unsigned, signs = _SIGN.subn("", plain_answer(text))
    words, number = measured_words(unsigned), read_number(unsigned)
    units = {_UNIT_OF[unit] for word, unit in pairwise(words) if unit in _UNIT_OF and read_number(word) is not None}
    if number is None or len(units) > 1 or (signs and signs != len(_numbers_in(words))):
        return None
    return Quantity(-number if signs else number, next(iter(units), None))


def _range(text: str) -> Quantity | None:
    """Return an answer such as "5-10 m" or "5 to 10", which says nothing else."""
    sides = list(filter(None, map(_alone, _TO.split(plain_answer(text)))))
    if len(sides) != 2 or len(_TO.findall(plain_answer(text))) != 1:
        return None
    start, end = sides
    return end._replace(number=start.number, to=end.number) if start.unit in (None, end.unit) else None


def _alone(text: str) -> Quantity | None:
    """Return the number that a text is, with its unit or without, and with nothing else; no range."""
    plain = plain_answer(text)
    said = [word for word in measured_words(_SIGN.sub("", plain)) if word not in QUIET]
    is_alone = said and len(said) <= 2 and all(word in _UNIT_OF for word in said[1:]) and not _TO.search(plain)
    return _signed(plain) if is_alone else None


def is_measured(answer: str) -> bool:
    """Return whether an answer is a number with its unit or a sign, or a range, and nothing else."""
    alone = _alone(answer) or _range(answer)
    return alone is not None and (alone.unit is not None or alone.number < 0 or alone.to is not None)


def measured_words(text: str) -> list[str]:
    """Return the words of an answer, in which "15m" are two."""
    return [part for word in words_of(text) for part in _parts_of(word)]


def _parts_of(word: str) -> tuple[str, ...]:
    match = _WITH_UNIT.fullmatch(word)
    return (match[1], match[2]) if match and match[2] in _UNIT_OF else (word,)


def read_number(text: str) -> float | None:
    """Return the one number of an answer, in digits or words; 0 of "none", "no ships" and "there are no ...".

    None where it has none or several, is negative, gives a bound ("at least 3") or a part ("three and a half").
    """
    plain = plain_answer(text)
    words = measured_words(text)
    is_other = _BOUNDS & set(words) or _BOUND_BEFORE.search(plain) or _OF_SEVERAL_WORDS.search(plain)
    if re.search(r"(?<!\w)[-−]\d", plain) or is_other or {"not", "minus"} & set(words):
        return None
    numbers = set(_numbers_in(words))
    if not numbers and _NONE.fullmatch(plain):
        return 0.0
    return numbers.pop() if len(numbers) == 1 else None


def _numbers_in(words: Sequence[str]) -> list[float]:
    numbers: list[float] = []
    place = 0
    while place < len(words):
        number, end = _number_at(words, place)
        numbers += [number] if end > place else []
        place = max(end, place + 1)
    return numbers


def _number_at(words: Sequence[str], start: int) -> tuple[float, int]:
    """Return the number that begins at a place, such as "two hundred and five", and where it ends: there, if none."""
    number, place = _small_number(words, start)
    while place < len(words) and (times := (_AFTER_NUMBER if place > start else _MULTIPLES).get(words[place])):
        number, place = (number if place > start else 1.0) * times, place + 1
        joint = place + (words[place : place + 1] == ["and"])
        more, end = _number_at(words, joint)
        if end > joint and more < times:
            number, place = number + more, end
    return number, place


def _small_number(words: Sequence[str], start: int) -> tuple[float, int]:
    """Return the number in digits, or in words up to ninety-nine, at a place, and where it ends: there, if none."""
    word, after = (*words[start : start + 2], "", "")[:2]
    ones = _NUMBERS.get(after, 0)
    if word in _TENS and 0 < ones < 10:
        return float(_TENS[word] + ones), start + 2
    if word in _NUMBERS:
        return float(_NUMBERS[word]), start + 1
    digits = _digits(word)
    return (0.0, start) if digits is None else (digits, start + 1)


def _digits(word: str) -> float | None:
    if re.fullmatch(r"\d{1,3}(?:,\d{3})+", word):
        return float(word.replace(",", ""))
    return float(word) if re.fullmatch(r"\d+(?:\.\d+)?|\.\d+", word) else None

"""What an answer says, by its type: yes or no, a number, a position, an option. None where it does not say one thing.

Strict throughout: an answer that says two things, hedges or turns what it says is no answer. A word is read whole:
"no" is not in "north", and "1" is not in "10".
"""

import re
from collections.abc import Sequence
from string import ascii_uppercase

from sarvl.language.words.lexicon import NUMBER_WORDS
from sarvl.language.words.word_set import word_set
from sarvl.measures.answers.plain_answer import NEGATIONS, QUIET, plain_answer, words_of

_YES_NO = {"yes": "yes", "yeah": "yes", "yep": "yes", "no": "no", "nope": "no"}
_JOINTS = frozenset((",", "/", ".", "or", "and"))
_TENS = dict(
    zip(("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"), range(20, 100, 10), strict=True)
)
_NUMBERS = {word: number for number, word in enumerate(NUMBER_WORDS)} | _TENS
_UNITS = {"dozen": 12, "hundred": 100, "thousand": 1000}
_BOUNDS = word_set("least most more fewer less between than minimum maximum exceeds")
_BOUND_BEFORE = re.compile(
    r"\b(?:over|under|above|below|up to)\s+(?:\d|(?:" + "|".join(_NUMBERS) + r")\b)", re.IGNORECASE
)
_SEEN = r"no (?!idea|answer|information)(?:[\w-]+ ){1,3}(?:are|is|can be) (?:visible|present|seen|found|there)\b.*"
_NONE = re.compile(rf"(?:none|there (?:are|is) (?:no|none)\b.*|{_SEEN})[.!]?", re.IGNORECASE | re.DOTALL)
_PLACES = {"upper": "top", "lower": "bottom", "middle": "center", "central": "center", "centrally": "center"}
_PLACES |= {place: place for place in ("left", "right", "top", "bottom", "center")}
_LETTER = re.compile(r"\(?(?:option |choice )?\(?([A-Za-z])\)?(?:[.):,](.*)|\s*)", re.DOTALL | re.IGNORECASE)


def read_yes_no(text: str) -> str | None:
    """Return ``yes`` or ``no``, which must open the answer; None for anything else, and for "yes or no"."""
    words = [_YES_NO.get(word, word) for word in words_of(text)]
    if not words or words[0] not in ("yes", "no"):
        return None
    behind = [word for word in words[1:] if word not in _JOINTS]
    is_other = behind[:1] == ["no" if words[0] == "yes" else "yes"]
    return None if is_other and (len(behind) == 1 or words[1] in ("/", "or")) else words[0]


def read_number(text: str) -> float | None:
    """Return the one number of an answer, in digits or words; 0 of "none", "there are no ..." and "no ... are visible".

    None where it has none or several, is negative, or gives a bound ("at least 3").
    """
    plain = plain_answer(text)
    words = words_of(text)
    is_bound = _BOUNDS & set(words) or _BOUND_BEFORE.search(plain)
    if re.search(r"(?<!\w)[-−]\d", plain) or is_bound or "not" in words:
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
    while place < len(words) and (unit := _UNITS.get(words[place])):
        number, place = (number if place > start else 1.0) * unit, place + 1
        joint = place + (words[place : place + 1] == ["and"])
        more, end = _number_at(words, joint)
        if end > joint and more < unit:
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


def read_position(text: str) -> frozenset[str] | None:
    """Return the places that an answer names, such as {top, left}; None where it names none, or turns one."""
    words = words_of(text)
    places = frozenset(_PLACES[word] for word in words if word in _PLACES)
    return None if not places or NEGATIONS & set(words) else places


def read_option(text: str, options: Sequence[str]) -> int | None:
    """Return which of the options an answer chooses, by its letter, by its text, or by both where they agree.

    A letter stands alone or before one of ``. ) : ,``: the "A" of "A ship" is none.
    """
    plain = plain_answer(text)
    letter, rest = _letter(plain, len(options))
    if letter is None:
        return _option_of_text(plain, options)
    if not rest:
        return letter
    by_text, (second, _) = _option_of_text(rest, options), _letter(rest, len(options))
    return letter if {by_text, second} <= {letter, None} else None


def _letter(text: str, options: int) -> tuple[int | None, str]:
    """Return the place of the letter that opens an answer, and what stands behind it; None where none of them does."""
    match = _LETTER.fullmatch(text)
    place = ascii_uppercase.find(match[1].upper()) if match else -1
    return (place, (match[2] or "").strip()) if match and 0 <= place < options else (None, text)


def _option_of_text(text: str, options: Sequence[str]) -> int | None:
    """Return the one option whose words end what is said, the longest of them; of numbers the one that is said."""
    if all(read_number(option) is not None for option in options):
        number = read_number(text)
        chosen = [place for place, option in enumerate(options) if read_number(option) == number]
        return chosen[0] if number is not None and len(chosen) == 1 else None
    said = text_words(text)
    ends = {place: words for place, option in enumerate(options) if said[-len(words := text_words(option)) :] == words}
    longest = max(map(len, ends.values()), default=0)
    chosen = [place for place, words in ends.items() if len(words) == longest]
    turned = NEGATIONS & set(said) - {word for words in ends.values() for word in words}
    return chosen[0] if len(chosen) == 1 and not turned else None


def text_words(text: str) -> list[str]:
    """Return the words of a text that say something, as they are compared."""
    words = words_of(text)
    said = [word for word in words if word not in QUIET]
    return said or words

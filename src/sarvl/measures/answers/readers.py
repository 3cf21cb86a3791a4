"""What an answer says, by its type: yes or no, a position, an option. None where it does not say one thing.

Strict throughout: an answer that says two things, hedges or turns what it says is no answer. A word is read whole:
"no" is not in "north", and "1" is not in "10".
"""

import re
from collections.abc import Sequence
from string import ascii_uppercase

from sarvl.measures.answers.numbers import read_quantity
from sarvl.measures.answers.plain_answer import NEGATIONS, QUIET, plain_answer, words_of

_YES_NO = {"yes": "yes", "yeah": "yes", "yep": "yes", "no": "no", "nope": "no"}
_JOINTS = frozenset((",", "/", ".", "or", "and"))
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
    quantities = [read_quantity(option) for option in options]
    if None not in quantities and len(set(quantities)) == len(options):
        number = read_quantity(text)
        chosen = [
            place for place, option in enumerate(quantities) if number and option and number.like(option) == option
        ]
        return chosen[0] if len(chosen) == 1 else None
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
